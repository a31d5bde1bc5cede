// The dialog of a session's alarm limits: limits in force beside the profile's and a formula's, and the baseline. What
// somebody has typed stands until it is saved or left; all else follows the session.
(() => {
  "use strict";
  const { chairside } = window;
  const { words, say, show, roomOf } = chairside;
  const OXIMETER = { PR: "PR", SpO2: "SpO₂" };

  const dialogHere = () => document.getElementById("limits");
  const part = (name) => dialogHere().querySelector(`[data-limits="${name}"]`);
  const control = (name) => dialogHere().querySelector(`[name="${CSS.escape(name)}"]`);

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // ---- the table, made anew for every opening

  const input = (name, label) =>
    make("input", { name, "aria-label": label, type: "text", inputmode: "decimal", maxlength: 5, autocomplete: "off" });

  const areaChoice = ({ key, label }) => {
    const choice = part("areas").cloneNode(true);
    choice.hidden = false;
    choice.removeAttribute("data-limits");
    choice.name = `${key}.area`;
    choice.setAttribute("aria-label", `${label}, area`);
    choice.setAttribute("inputmode", "decimal");
    return choice;
  };

  const row = (view) => {
    const { key, label, unit, lowest, highest, episodic } = view;
    const streamed = [
      make("td", {}, input(`${key}.delay`, `${label}, delay in seconds`)),
      make("td", {}, areaChoice(view)),
    ];
    return make(
      "tr",
      { "data-key": key },
      make("th", { scope: "row" }, label, make("span", { class: "unit" }, ` ${unit}`)),
      make("td", {}, input(key, `${label}, ${unit}`)),
      ...(episodic ? [make("td", { class: "sub", colspan: 2 }, "judged at each reading")] : streamed),
      make("td", { class: "offered" }),
      make("td", { class: "profile" }),
      make("td", { class: "guard" }, `${lowest} – ${highest}`),
    );
  };

  const problems = ({ key }) => {
    const places = [key, `${key}.delay`, `${key}.area`].map((name) =>
      make("span", { class: "problem", role: "alert", "data-problem": name }),
    );
    return make("tr", { class: "problems" }, make("td", { colspan: 7 }, ...places));
  };

  const build = (limits) => part("rows").replaceChildren(...limits.flatMap((view) => [row(view), problems(view)]));

  // ---- what is in force. A field that somebody has changed keeps it.

  const isEdited = (field) => field.dataset.before !== undefined && field.value.trim() !== field.dataset.before;

  const settle = (field, value) => {
    const text = value === null ? "none" : String(value);
    const before = field.dataset.before;
    if (!isEdited(field)) field.value = text;
    field.dataset.before = text;
    markEdited(field);
    return before === undefined || before === text ? null : `${before} → ${text}`;
  };
  const markEdited = (field) => {
    field.dataset.edited = isEdited(field) ? "yes" : "no";
  };

  const asProfile = (view) =>
    view.limit === view.profile_limit && view.delay_s === view.profile_delay_s && view.area === view.profile_area;
  const profile = ({ profile_limit, profile_delay_s, profile_area, episodic }) => {
    if (episodic) return String(profile_limit);
    return `${profile_limit} · ${profile_area === null ? `${profile_delay_s} s` : `area ${profile_area}`}`;
  };

  // Returns what was changed of a limit since the dialog showed it last.
  const settleLimit = (view) => {
    const { key, label, limit, delay_s, area, episodic } = view;
    const changes = [[label, settle(control(key), limit)]];
    if (!episodic) {
      changes.push([`${label} delay`, settle(control(`${key}.delay`), delay_s)]);
      changes.push([`${label} area`, settle(control(`${key}.area`), area)]);
      freeDelay(control(`${key}.area`));
    }
    const line = part("rows").querySelector(`[data-key="${CSS.escape(key)}"]`);
    line.dataset.own = asProfile(view) ? "no" : "yes";
    say(line.querySelector(".profile"), { text: profile(view) });
    return changes.filter(([, change]) => change !== null).map(([name, change]) => `${name} ${change}`);
  };

  // An area takes the place of the delay; without one the delay counts again.
  const freeDelay = (area) => {
    const delay = control(area.name.replace(/area$/, "delay"));
    delay.readOnly = area.value !== "none";
  };
  const swapDelay = (area) => {
    const key = area.name.replace(/\.area$/, "");
    const delay = control(`${key}.delay`);
    const wasFree = !delay.readOnly;
    freeDelay(area);
    if (delay.readOnly && wasFree) {
      delay.dataset.typed = delay.value;
      delay.value = "0";
    } else if (!delay.readOnly && !wasFree) {
      const view = roomOf(dialogHere()).watching.limits.find((each) => each.key === key);
      delay.value = delay.dataset.typed || (view.profile_area === null ? String(view.profile_delay_s) : "");
    }
    markEdited(delay);
  };

  // ---- baseline and formulas

  const values = ({ values: own }) => {
    const pressure = own.SYS === undefined ? [] : [`${Math.round(own.SYS)}/${Math.round(own.DIA)}`];
    const others = Object.entries(OXIMETER).filter(([metric]) => own[metric] !== undefined);
    return [...pressure, ...others.map(([metric, label]) => `${label} ${Math.round(own[metric])}`)].join(", ");
  };
  const counted = (readings) => `${readings} reading${readings === 1 ? "" : "s"}`;

  const paintBaseline = ({ baseline }) => {
    const { locked, at, readings } = baseline;
    const known = values(baseline);
    const open = known ? `${known} · ${counted(readings)}` : "No reading yet: take a blood pressure first.";
    say(part("baseline"), { text: locked ? `${known} · locked ${words.clock(at)}, ${counted(readings)}` : open });
    say(part("locked"), { text: locked ? "locked" : "not locked", look: locked ? "fine" : "problem" });
    show(part("reason"), locked);
    say(part("lock"), { text: locked ? "Lock anew" : "Lock baseline" });
  };

  let formula = null;
  const paintOffers = ({ offers, limits }, room) => {
    for (const button of part("formulas").children) {
      button.disabled = !offers.some((offer) => offer.formula === button.dataset.formula);
      button.setAttribute("aria-pressed", button.dataset.formula === formula);
    }
    const chosen = offers.find((offer) => offer.formula === formula);
    show(part("no-offers"), !offers.length);
    show(part("take"), Boolean(chosen));
    if (chosen) {
      say(part("take"), { text: `Take the limits of ${formula}` });
      chairside.setCommand(part("take"), { type: "TakeOfferedLimits", ...whose(room), formula });
    }
    for (const { key, limit } of limits) {
      const offered = chosen && chosen.settings[key];
      const cell = part("rows").querySelector(`[data-key="${CSS.escape(key)}"] .offered`);
      say(cell, { text: offered === undefined ? "" : String(offered), look: offered === limit ? "same" : "other" });
    }
  };
  const whose = (room) => ({ room: room.id, session: room.session.id });

  // ---- the whole dialog

  const paint = (room) => {
    const changes = room.watching.limits.flatMap(settleLimit);
    paintBaseline(room.watching);
    paintOffers(room.watching, room);
    show(part("to-profile"), !room.watching.limits.every(asProfile));
    chairside.setCommand(part("to-profile"), { type: "ReturnToProfile", ...whose(room) });
    return changes;
  };

  // Said only to somebody who has begun to change limits, and not of what they are saving just now.
  const tellMeanwhile = (changes) => {
    const typing = [...part("rows").querySelectorAll("[data-edited=yes]")].length > 0;
    if (!changes.length || !typing || dialogHere().querySelector("[data-busy]")) return;
    show(part("meanwhile"), true);
    say(part("meanwhile"), { text: `Changed meanwhile: ${changes.join(", ")}. What you typed still stands here: look before you save.` });
  };

  chairside.on("open", (dialog) => {
    if (dialog.id !== "limits") return;
    const room = roomOf(dialog);
    formula = null;
    show(part("meanwhile"), false);
    build(room.watching.limits);
    paint(room);
  });

  chairside.on("watching", () => {
    const dialog = dialogHere();
    const room = dialog && dialog.open && roomOf(dialog);
    if (room && room.watching) tellMeanwhile(paint(room));
  });

  document.addEventListener("input", ({ target }) => {
    if (target.closest("[data-limits=rows]")) markEdited(target);
  });
  document.addEventListener("change", ({ target }) => {
    if (target.closest("[data-limits=rows]") && target.tagName === "SELECT") swapDelay(target);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-formula]");
    if (!button) return;
    formula = button.dataset.formula === formula ? null : button.dataset.formula;
    const room = roomOf(dialogHere());
    paintOffers(room.watching, room);
  });
})();
