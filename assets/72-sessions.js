// The list of sessions and the page of one: asks for what stands there, and again when something of it was changed.
(() => {
  "use strict";
  const { chairside } = window;
  const LIMIT_MS = 15000;
  const NO_ANSWER = "No answer: Chairside is busy or away. Try again.";

  const listPage = () => document.querySelector("[data-sessions-page]");
  const sessionPage = () => document.querySelector("[data-session-page]");
  const properties = (id, data) => window.dash_clientside.set_props(id, { data });

  // ---- questions. Until its answer is there a place is marked as waiting, so that nobody reads old lines as new ones.
  let runs = 0;
  class Question {
    constructor(store, place, says, answered) {
      Object.assign(this, { store, place, says, answered, run: null });
    }

    ask(data) {
      this.run = runs += 1;
      this.mark(true);
      this.tell("reading");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.settle(false), LIMIT_MS);
      properties(this.store, { run: this.run, now: Math.round(chairside.now()), ...data });
    }

    look() {
      const place = document.getElementById(this.place);
      if (this.run !== null && place && place.querySelector(`[data-run="${this.run}"]`)) this.settle(true);
    }

    settle(answered) {
      clearTimeout(this.timer);
      this.run = null;
      this.mark(!answered);
      this.tell(answered ? this.answered() : NO_ANSWER, answered ? "" : "problem");
    }

    mark(waiting) {
      const place = document.getElementById(this.place);
      if (place) place.toggleAttribute("data-waiting", waiting);
    }

    tell(text, look = "") {
      const place = document.querySelector(`[${this.says}]`);
      if (place) chairside.say(place, { text, look });
    }

    follow() {
      const place = document.getElementById(this.place);
      new MutationObserver(() => this.look()).observe(place, { childList: true, subtree: true, attributeFilter: ["data-run"] });
    }
  }

  const asOf = () => `as of ${chairside.words.clockWithSeconds(chairside.now())}`;
  const list = new Question("sessions-request", "sessions", "data-list-says", asOf);
  const session = new Question("session-request", "session", "data-session-says", () => "");

  // ---- the list
  let answeredFor = null;
  const filter = () => {
    const { patient, due } = Object.fromEntries(new FormData(listPage().querySelector("[data-sessions-filter]")));
    return { patient, due: due === "yes" };
  };
  const find = (page = 0) => {
    answeredFor = JSON.stringify(filter());
    list.ask({ ...filter(), page });
  };
  const findIfChanged = () => JSON.stringify(filter()) !== answeredFor && find();

  // ---- one session
  const show = (chairside.showSession = () => session.ask({ session: sessionPage().dataset.sessionPage, minutes: Number(sessionPage().dataset.step) }));

  const choose = (select) => {
    const { form } = select;
    form.dataset.fixed = JSON.stringify({ ...JSON.parse(form.dataset.fixed), corrects: Number(select.value) });
  };
  const chooseEntry = (entry) => {
    const select = sessionPage().querySelector("[data-corrects]");
    select.value = entry;
    choose(select);
  };

  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest("[data-turn-to], [data-list-again], [data-entry]");
    if (!pressed || pressed.disabled) return;
    const { turnTo, listAgain, entry } = pressed.dataset;
    if (entry !== undefined) chooseEntry(entry);
    else if (listAgain !== undefined) find();
    else find(Number(turnTo));
  });
  document.addEventListener("change", ({ target }) => {
    if (target.dataset.corrects !== undefined) choose(target);
    else if (target.form && target.form.dataset.sessionsFilter !== undefined) findIfChanged();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sessionsFilter === undefined) return;
    event.preventDefault();
    find();
  });

  // The times asked for are the service's: the desk's own clock may be wrong, so nobody asks by it.
  let asked = false;
  const askFirst = () => {
    if (asked || chairside.state.at === null || !(listPage() || sessionPage())) return;
    asked = true;
    if (listPage()) find();
    else show();
  };

  chairside.on("page", () => {
    asked = false;
    if (listPage()) list.follow();
    if (sessionPage()) session.follow();
    askFirst();
  });
  chairside.on("snapshot", askFirst);
  chairside.on("identity", () => {
    asked = false;
    askFirst();
  });
  chairside.on("carried-out", (command) => {
    if (sessionPage() && command.session === sessionPage().dataset.sessionPage) show();
  });
})();
