// The page of alarms: asks for the log and for what other limits would have made of it, and says when an answer is due.
(() => {
  "use strict";
  const { chairside } = window;
  const DAY_S = 86400;
  const LOG_LIMIT_MS = 15000;
  const WHAT_IF_LIMIT_MS = 300000;
  const NO_ANSWER = "No answer: Chairside is busy or away. Try again.";

  const page = () => document.querySelector("[data-alarms-page]");
  const part = (name) => page().querySelector(`[${name}]`);
  const properties = (id, data) => window.dash_clientside.set_props(id, { data });

  // ---- times by the browser's clock, the date only where it is not today
  const DATE = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });
  const DATE_AND_YEAR = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric" });
  const sameDay = (one, other) => one.toDateString() === other.toDateString();
  const clockWords = (at) => {
    const there = new Date(at / 1000);
    const now = new Date(chairside.now() / 1000);
    const clock = chairside.words.clockWithSeconds(at);
    if (sameDay(there, now)) return clock;
    return `${clock} · ${(there.getFullYear() === now.getFullYear() ? DATE : DATE_AND_YEAR).format(there)}`;
  };
  const writeTimes = (place) => {
    for (const time of place.querySelectorAll("time[data-at]")) {
      chairside.say(time, { text: clockWords(Number(time.dataset.at)) });
    }
  };

  // ---- questions. Until its answer is there a place is marked as waiting, so that nobody reads old lines as new ones.
  let runs = 0;
  class Question {
    constructor(store, places, limit, settled) {
      Object.assign(this, { store, places, limit, settled, run: null });
    }

    ask(data) {
      this.run = runs += 1;
      this.mark(true);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.settle(null), this.limit);
      properties(this.store, { run: this.run, now: Math.round(chairside.now()), ...data });
    }

    look() {
      this.elements().forEach(writeTimes);
      const answer = this.elements().map((each) => each.querySelector(`[data-run="${this.run}"]`)).find(Boolean);
      if (this.run !== null && answer) this.settle(answer);
    }

    settle(answer) {
      clearTimeout(this.timer);
      this.run = null;
      if (!page()) return;
      this.mark(answer === null);
      this.settled(answer);
    }

    mark(waiting) {
      this.elements().forEach((each) => each.toggleAttribute("data-waiting", waiting));
    }

    elements() {
      return this.places.map((id) => document.getElementById(id)).filter(Boolean);
    }

    follow() {
      const observer = new MutationObserver(() => this.look());
      const changes = { childList: true, subtree: true, attributeFilter: ["data-run", "data-at"] };
      for (const each of this.elements()) observer.observe(each, changes);
    }
  }

  // ---- the log
  const log = new Question("alarm-log-request", ["alarm-figures", "alarm-log", "what-if-sessions"], LOG_LIMIT_MS, (answer) => {
    const failed = answer === null;
    const text = failed ? NO_ANSWER : `as of ${chairside.words.clockWithSeconds(asked.now)}`;
    chairside.say(part("data-log-says"), { text, look: failed ? "problem" : "" });
    countChosen();
  });
  let asked = null;
  let answeredFor = "";

  const since = (span, now) => {
    if (span === "all") return 0;
    if (span === "today") return new Date(now / 1000).setHours(0, 0, 0, 0) * 1000;
    return Math.max(0, now - Number(span) * DAY_S * chairside.SECOND);
  };

  const filter = () => Object.fromEntries(new FormData(part("data-alarm-filter")));
  const ask = () => {
    const { span, unanswered, ...words } = filter();
    const now = Math.round(chairside.now());
    asked = { ...words, unanswered: unanswered === "yes", now, since: since(span, now) };
    answeredFor = JSON.stringify(filter());
    question(asked);
  };
  // Pages are turned within one time, so that nothing slips from one to the next.
  const turn = (page) => question({ ...asked, page, only_list: true });
  const question = (data) => {
    chairside.say(part("data-log-says"), { text: "reading", look: "" });
    log.ask(data);
  };
  const askIfChanged = () => JSON.stringify(filter()) !== answeredFor && ask();

  // ---- what if
  const choices = () => [...page().querySelectorAll("[data-session]")];
  const chosen = () => choices().filter((each) => each.getAttribute("aria-checked") === "true");
  const countChosen = () => {
    const place = part("data-chosen");
    if (place) chairside.say(place, { text: `${chosen().length} of ${choices().length} chosen` });
  };

  const whatIf = new Question("what-if-request", ["what-if-result"], WHAT_IF_LIMIT_MS, (answer) => {
    setBusy(false);
    const refused = answer && answer.dataset.refused;
    const field = refused ? chairside.markProblem(part("data-what-if"), refused, answer.textContent) : null;
    chairside.say(part("data-what-if-says"), { text: answer === null ? NO_ANSWER : "", look: "problem" });
    if (answer) answer.hidden = Boolean(field);
    if (field) field.focus();
    else if (answer) answer.scrollIntoView({ block: "start" });
  });

  const setBusy = (busy) => {
    const button = part("data-what-if").querySelector("[type=submit]");
    button.disabled = busy;
    if (busy) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  };

  const tryLimits = (form) => {
    chairside.clearProblems(form);
    const typed = [...new FormData(form)].filter(([, text]) => text.trim() !== "");
    const sessions = chosen().map((each) => each.dataset.session);
    setBusy(true);
    const many = sessions.length === 1 ? "1 session" : `${sessions.length} sessions`;
    chairside.say(part("data-what-if-says"), { text: `Playing ${many} again; this takes some seconds.`, look: "busy" });
    whatIf.ask({ sessions, settings: Object.fromEntries(typed) });
  };

  // ---- what is pressed and chosen
  const showTab = (name) => {
    for (const tab of page().querySelectorAll("[data-tab]")) tab.setAttribute("aria-selected", tab.dataset.tab === name);
    for (const panel of page().querySelectorAll("[data-panel]")) chairside.show(panel, panel.dataset.panel === name);
  };
  const choose = (elements, wanted) => {
    for (const each of elements) each.setAttribute("aria-checked", wanted);
    countChosen();
  };

  document.addEventListener("click", ({ target }) => {
    const pressed = page() && target.closest("[data-tab], [data-page], [data-refresh], [data-session], [data-choose]");
    if (!pressed || pressed.disabled) return;
    const { tab, page: turnTo, refresh, session, choose: wanted } = pressed.dataset;
    if (tab) showTab(tab);
    else if (turnTo !== undefined) turn(Number(turnTo));
    else if (refresh !== undefined) ask();
    else if (session) choose([pressed], pressed.getAttribute("aria-checked") !== "true");
    else choose(choices(), wanted);
  });
  document.addEventListener("change", ({ target }) => {
    if (target.form && target.form.dataset.alarmFilter !== undefined) askIfChanged();
  });
  document.addEventListener("submit", (event) => {
    const { alarmFilter, whatIf: isWhatIf } = event.target.dataset;
    if (alarmFilter === undefined && isWhatIf === undefined) return;
    event.preventDefault();
    if (isWhatIf !== undefined) tryLimits(event.target);
    else askIfChanged();
  });

  // The times asked for are the service's: the desk's own clock may be wrong, so nobody asks by it.
  const askFirst = () => {
    if (page() && asked === null && chairside.state.at !== null) ask();
  };

  chairside.on("page", () => {
    if (!page()) return;
    log.follow();
    whatIf.follow();
    asked = null;
    askFirst();
  });
  chairside.on("snapshot", askFirst);
  // Who may know who the patients are has changed.
  const empty = (places) => places.forEach((id) => window.dash_clientside.set_props(id, { children: null }));
  chairside.on("left", () => page() && empty([...log.places, ...whatIf.places]));
  chairside.on("identity", () => {
    if (!page() || asked === null) return;
    ask();
    empty(whatIf.places);
  });
})();
