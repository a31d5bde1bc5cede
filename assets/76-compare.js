// The page that compares a patient's sessions: asks for them, and again when others are ticked.
(() => {
  "use strict";
  const { chairside } = window;
  const WAIT_MS = 400;

  const page = () => document.querySelector("[data-compare-page]");
  const question = new chairside.Question("compare-request", "compare", "data-compare-says", () => "");

  const form = () => page().querySelector("[data-compare-choices]");
  const chosen = () => [...form().querySelectorAll(":checked")].map((each) => each.value);
  const ask = (data = {}) => question.ask({ patient: page().dataset.comparePage, ...data });

  const say = (text, look) => chairside.say(page().querySelector("[data-choices-say]"), { text, look });
  let waiting = null;
  const choose = (box) => {
    const most = Number(form().dataset.compareChoices);
    if (chosen().length > most) {
      box.checked = false;
      say(`At most ${most} at once: untick another one first.`, "problem");
      return;
    }
    say("", "");
    clearTimeout(waiting);
    // Several boxes are ticked one after the other: what they come to is asked for once.
    waiting = setTimeout(() => page() && form() && ask({ sessions: chosen() }), WAIT_MS);
  };

  document.addEventListener("change", ({ target }) => {
    if (target.form && target.form.dataset.compareChoices !== undefined) choose(target);
  });

  // The times asked for are the service's: the desk's own clock may be wrong, so nobody asks by it.
  let asked = false;
  const askFirst = () => {
    if (asked || chairside.state.at === null || !page()) return;
    asked = true;
    clearTimeout(waiting);
    ask();
  };

  chairside.on("page", () => {
    asked = false;
    if (page()) question.follow();
    askFirst();
  });
  chairside.on("snapshot", askFirst);
  chairside.on("left", () => page() && question.forget("compare-choices"));
  chairside.on("identity", () => {
    asked = false;
    askFirst();
  });
})();
