// The list of sessions: its filter and order stand in the address, so that a view can be bookmarked and gone back to.
(() => {
  "use strict";
  const { chairside } = window;
  const TYPED_MS = 250;

  const listPage = () => document.querySelector("[data-sessions-page]");
  const part = (name) => listPage().querySelector(`[${name}]`);
  const filterForm = () => part("data-sessions-filter");
  const place = () => document.getElementById("sessions");

  // ---- the address
  const members = () => Object.fromEntries(new URLSearchParams(window.location.search));
  const without = (query, ...names) => Object.fromEntries(Object.entries(query).filter(([name]) => !names.includes(name)));
  const textOf = (query) => new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  const sameView = (one, other) => {
    const sorted = (query) => JSON.stringify(Object.entries(without(query, "page")).filter(([, value]) => value !== "").sort());
    return sorted(one) === sorted(other);
  };

  // Dash's own address component hears of it too: what it believes goes into the address of the next page.
  const setAddress = (query, replacing) => {
    const text = textOf(query);
    const url = `${window.location.pathname}${text ? `?${text}` : ""}`;
    window.history[replacing ? "replaceState" : "pushState"]({}, "", url);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };

  const list = new chairside.Question(
    "sessions-request",
    "sessions",
    "data-list-says",
    () => `as of ${chairside.words.clockWithSeconds(chairside.now())}`,
    () => listPage() && answered(),
  );
  let focusAfter = null;
  const ask = () => {
    keepFocus();
    list.ask({ query: members() });
    markView();
  };
  const go = (query, replacing = false) => {
    if (!sameView(without(query, "sort"), without(members(), "sort"))) pickNone();
    setAddress(query, replacing);
    fillForm();
    ask();
  };

  // ---- the filter
  const fillForm = () => {
    const query = members();
    for (const control of chairside.named(filterForm())) {
      const value = query[control.name] || "";
      if (control !== document.activeElement || control.value.trim() !== value) control.value = value;
    }
  };
  const fromForm = () => ({ ...Object.fromEntries(new FormData(filterForm())), sort: members().sort || "" });
  const chosen = (replacing) => {
    const query = fromForm();
    query.patient = query.patient.trim();
    if (!sameView(query, members())) go(query, replacing);
  };
  // Letter after letter is one step back, not many.
  let typing = null;
  let typedBefore = false;
  const typed = () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      if (!listPage()) return;
      chosen(typedBefore);
      typedBefore = true;
    }, TYPED_MS);
  };

  // ---- focus: what had it is made anew by the answer
  const keepFocus = () => {
    const element = document.activeElement;
    const column = place().contains(element) && element.dataset.column;
    if (column) focusAfter = `[data-column="${column}"]`;
  };
  const giveFocus = () => {
    const wanted = focusAfter && place().querySelector(focusAfter);
    focusAfter = null;
    if (wanted && (document.activeElement === document.body || place().contains(document.activeElement))) wanted.focus();
  };
  const answered = () => {
    paintPicked();
    giveFocus();
  };

  // ---- what is picked: some sessions, or all that the filter finds
  let picked = new Set();
  let allFound = false;
  const boxes = () => [...place().querySelectorAll("[name=session]")];
  const answer = () => place().querySelector("[data-total]");
  const pickNone = () => {
    picked = new Set();
    allFound = false;
    if (listPage()) paintPicked();
  };
  const pick = (some, wanted) => {
    if (allFound) picked = new Set(boxes().map((box) => box.value));
    allFound = false;
    for (const box of some) picked[wanted ? "add" : "delete"](box.value);
    paintPicked();
  };
  const paintPicked = () => {
    const total = answer() ? Number(answer().dataset.total) : 0;
    for (const box of boxes()) {
      box.checked = allFound || picked.has(box.value);
      box.closest("tr").toggleAttribute("data-picked", box.checked);
    }
    const ofPage = place().querySelector("[data-pick-page]");
    if (ofPage) {
      const count = boxes().filter((box) => box.checked).length;
      ofPage.checked = count > 0 && count === boxes().length;
      ofPage.indeterminate = count > 0 && !ofPage.checked;
    }
    const count = allFound ? total : picked.size;
    chairside.say(part("data-picked-says"), { text: allFound ? `All ${total} found are selected` : `${count} selected` });
    chairside.say(part("data-pick-found"), { text: `Select all ${total} found` });
    chairside.show(part("data-pick-found"), !allFound && total > picked.size);
    chairside.show(part("data-export-bar"), count > 0);
  };
  // For who exports them: {ids: [...]} or {filter: {...}}, the members of the address's query.
  chairside.sessionsChosen = () => (allFound ? { filter: without(members(), "page") } : { ids: [...picked] });

  // ---- views
  let own = [];
  const loadViews = async () => {
    const reply = await fetch("/session-views").catch(() => null);
    own = reply && reply.ok ? (await reply.json()).views : [];
    if (!listPage()) return;
    const first = Object.assign(document.createElement("option"), { value: "", textContent: "My views" });
    const options = own.map(({ name }) => Object.assign(document.createElement("option"), { value: name, textContent: name }));
    part("data-own-views").replaceChildren(first, ...options);
    chairside.show(part("data-own-views"), own.length > 0);
    markView();
  };
  const queryOf = (view) => Object.fromEntries(new URLSearchParams(view));
  const markView = () => {
    for (const button of listPage().querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", sameView(queryOf(button.dataset.view), members()));
    }
    const present = own.find(({ query }) => sameView(queryOf(query), members()));
    part("data-own-views").value = present ? present.name : "";
    chairside.show(part("data-remove-view"), Boolean(present));
  };
  const removeView = async (button) => {
    const outcome = await chairside.ask(button, { name: part("data-own-views").value }, "/session-views/remove");
    if (outcome && !outcome.done) list.tell(outcome.text, "problem");
  };
  chairside.on("done", (address) => {
    if (listPage() && address.startsWith("/session-views")) loadViews();
  });
  chairside.on("open", (dialog) => {
    const form = dialog.querySelector("[data-save-form]");
    if (form) form.elements.query.value = textOf(without(members(), "page"));
  });

  // ---- what is pressed
  const turnTo = (page) => {
    focusAfter = ".to-session";
    go({ ...members(), page: page === 1 ? "" : page });
    window.scrollTo({ top: 0 });
  };
  const PRESSED = {
    turnTo: (button) => turnTo(Number(button.dataset.turnTo)),
    listAgain: ask,
    sort: (button) => go({ ...without(members(), "page"), sort: button.dataset.sort }),
    view: (button) => go(queryOf(button.dataset.view)),
    clearFilter: () => go({ sort: members().sort || "" }),
    removeView,
    pickNone,
    pickFound: () => {
      allFound = true;
      paintPicked();
    },
  };
  document.addEventListener("click", ({ target }) => {
    const button = listPage() && target.closest("button");
    if (!button || button.disabled) return;
    const name = Object.keys(PRESSED).find((each) => button.dataset[each] !== undefined);
    if (name) PRESSED[name](button);
  });
  document.addEventListener("input", ({ target }) => {
    if (target.name === "patient" && listPage() && target.form === filterForm()) typed();
  });
  document.addEventListener("change", ({ target }) => {
    if (!listPage() || !listPage().contains(target)) return;
    if (target.dataset.pickPage !== undefined) pick(boxes(), target.checked);
    else if (target.name === "session") pick([target], target.checked);
    else if (target.dataset.ownViews !== undefined) pickView(target.value);
    else if (target.form === filterForm() && target.name !== "patient") chosenNow();
  });
  const pickView = (name) => {
    const view = own.find((each) => each.name === name);
    if (view) go(queryOf(view.query));
  };
  const chosenNow = () => {
    clearTimeout(typing);
    typedBefore = false;
    chosen(false);
  };
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sessionsFilter === undefined) return;
    event.preventDefault();
    chosenNow();
  });

  // ---- keys
  const moveRow = (step) => {
    const links = [...place().querySelectorAll(".to-session")];
    const row = document.activeElement.closest("#sessions tbody tr");
    const at = row ? links.indexOf(row.querySelector(".to-session")) : -1;
    const link = links[Math.min(Math.max(at + step, 0), links.length - 1)];
    if (link) link.focus();
  };
  const press = (selector) => {
    const button = place().querySelector(selector);
    if (button && !button.disabled) button.click();
  };
  const KEYS = {
    ArrowDown: () => moveRow(1),
    ArrowUp: () => moveRow(-1),
    "/": () => filterForm().elements.patient.select(),
    n: () => press("[aria-keyshortcuts=n]"),
    p: () => press("[aria-keyshortcuts=p]"),
  };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (!listPage() || !KEYS[key] || event.ctrlKey || event.metaKey || event.altKey || target.closest("dialog")) return;
    const field = target.closest("input:not([type=checkbox]), select, textarea");
    const leaves = key === "ArrowDown" && field && field.name === "patient";
    if (field && !leaves) return;
    event.preventDefault();
    KEYS[key]();
  });

  // The times asked for are the service's: the desk's own clock may be wrong, so nobody asks by it.
  let asked = false;
  const askFirst = () => {
    if (asked || chairside.state.at === null || !listPage()) return;
    asked = true;
    fillForm();
    ask();
  };
  window.addEventListener("popstate", () => {
    if (!listPage() || !asked) return;
    typedBefore = false;
    pickNone();
    fillForm();
    ask();
  });
  chairside.on("page", () => {
    asked = false;
    if (!listPage()) return;
    list.follow();
    pickNone();
    loadViews();
    askFirst();
  });
  chairside.on("snapshot", askFirst);
  chairside.on("left", () => listPage() && list.forget());
  chairside.on("identity", () => {
    asked = false;
    if (!listPage()) return;
    pickNone();
    loadViews();
    askFirst();
  });
})();
