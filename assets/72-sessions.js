// The page of one session: asks for what stands there, and again when something of it was changed.
(() => {
  "use strict";
  const { chairside } = window;
  const LIMIT_MS = 15000;
  const NO_ANSWER = "No answer: Chairside is busy or away. Try again.";

  const sessionPage = () => document.querySelector("[data-session-page]");
  const properties = (id, data) => window.dash_clientside.set_props(id, { data });

  // ---- questions. Until its answer is there a place is marked as waiting, so that nobody reads old lines as new ones.
  let runs = 0;
  class Question {
    constructor(store, place, says, answered, then = () => {}) {
      Object.assign(this, { store, place, says, answered, then, run: null });
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
      if (answered) this.then();
    }

    // What was told, here and in the places beside, is for nobody who comes by.
    forget(...beside) {
      clearTimeout(this.timer);
      this.run = null;
      this.mark(false);
      for (const place of [this.place, ...beside]) window.dash_clientside.set_props(place, { children: null });
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

  chairside.Question = Question;
  // Why the page was drawn anew although nothing was done.
  let outdated = "";
  const sayOutdated = () => outdated && session.tell(outdated, "problem");
  const session = new Question("session-request", "session", "data-session-says", () => "", sayOutdated);

  // ---- one session
  const show = (chairside.showSession = (why = "") => {
    outdated = why;
    session.ask({ session: sessionPage().dataset.sessionPage, minutes: Number(sessionPage().dataset.step) });
  });
  const isShown = (command) => sessionPage() && command.session === sessionPage().dataset.sessionPage;

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
    const pressed = target.closest("[data-entry]");
    if (pressed) chooseEntry(pressed.dataset.entry);
  });
  document.addEventListener("change", ({ target }) => {
    if (target.dataset.corrects !== undefined) choose(target);
  });

  // The times asked for are the service's: the desk's own clock may be wrong, so nobody asks by it.
  let asked = false;
  const askFirst = () => {
    if (asked || chairside.state.at === null || !sessionPage()) return;
    asked = true;
    show();
  };

  chairside.on("page", () => {
    asked = false;
    if (sessionPage()) session.follow();
    askFirst();
  });
  chairside.on("snapshot", askFirst);
  chairside.on("left", () => sessionPage() && session.forget("session-rest"));
  chairside.on("identity", () => {
    asked = false;
    askFirst();
  });
  chairside.on("carried-out", (command) => {
    if (isShown(command)) show();
  });
  chairside.on("outdated", (command, { text }) => {
    if (isShown(command)) show(text);
  });
})();
