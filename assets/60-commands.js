// What people ask for, and the answer that is said beside the button or form they asked with.
(() => {
  "use strict";
  const { chairside } = window;
  const LIMIT_MS = 8000;
  const DONE_MS = 8000;
  const REFUSED_MS = 20000;

  // Without an answer nobody knows whether it was done: the page must not say that it was not.
  const unanswered = (error) => {
    const reason = error.name === "TimeoutError" ? "No answer in time" : "No connection to Chairside";
    return { done: false, text: `${reason}: look at the timeline before you try again.`, field: null, warnings: [] };
  };

  const COMMANDS = "/command";
  const NOT_SIGNED_IN = 401;

  const send = async (command, address = COMMANDS) => {
    try {
      const reply = await fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(command),
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      const outcome = await reply.json();
      if (reply.status === NOT_SIGNED_IN) chairside.emit("unsigned");
      return { done: outcome.done === true, text: outcome.text || "", field: outcome.field || null, warnings: outcome.warnings || [] };
    } catch (error) {
      return unanswered(error);
    }
  };

  const ownPlace = (element) => {
    const near = element.closest("form, .banner, .faults, [data-answers]");
    const away = !near || near.closest("[hidden], dialog:not([open])");
    return away ? null : near.querySelector("[data-answer]");
  };
  const answerPlace = (element) =>
    ownPlace(element) || document.querySelector(".room-bar [data-answer]") || document.querySelector("#banner [data-answer]");

  const say = (place, text, look = "", until = null) => {
    clearTimeout(place.timer);
    place.textContent = text;
    place.dataset.look = look;
    if (until !== null) place.timer = setTimeout(() => (place.textContent = ""), until);
  };

  const answer = (element, { done, text }) => {
    const place = answerPlace(element);
    if (!place) return;
    const stays = !done && place.closest("form");
    say(place, text || (done ? element.dataset.done || "Done." : "Not done."), done ? "done" : "refused", stays ? null : done ? DONE_MS : REFUSED_MS);
  };

  // An element is busy until its answer came: a second press cannot ask twice.
  chairside.ask = async (element, command, address) => {
    if (element.dataset.busy) return null;
    element.dataset.busy = "yes";
    element.setAttribute("aria-busy", "true");
    const outcome = await send(command, address);
    delete element.dataset.busy;
    element.removeAttribute("aria-busy");
    // What is done at an address of its own is seen by what it does.
    if (outcome.done && address) chairside.emit("done", address, element);
    else answer(element, outcome);
    if (outcome.done && !address) chairside.emit("carried-out", command);
    // What the person said was about a record that has changed since: the page shows it as it is now.
    if (!outcome.done && outcome.field === "seen") chairside.emit("outdated", command, outcome);
    return outcome;
  };
  chairside.clearAnswer = (place) => say(place, "");
  Object.assign(chairside, { send, answer });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-command]");
    if (!button || button.disabled) return;
    event.preventDefault();
    chairside.ask(button, JSON.parse(button.dataset.command), button.dataset.address);
  });

  // ---- choices. The arrow keys pass through choices that nobody wants: then it counts with Enter or on leaving.
  let byKeyboard = false;
  const choiceOf = (event) => event.target.closest("[data-select-command]");

  const commit = (select) => {
    const command = select.dataset.pending;
    delete select.dataset.pending;
    if (command) chairside.ask(select, JSON.parse(command));
  };

  document.addEventListener("change", (event) => {
    const select = choiceOf(event);
    if (!select) return;
    const minutes = select.value === "" ? null : Number(select.value);
    select.dataset.pending = JSON.stringify({
      type: select.dataset.selectCommand,
      ...JSON.parse(select.dataset.fixed),
      minutes,
    });
    if (!byKeyboard) commit(select);
    else say(answerPlace(select), `${select.selectedOptions[0].text}: press Enter to set it, Esc to leave it.`);
  });
  document.addEventListener("pointerdown", () => (byKeyboard = false), { capture: true });
  document.addEventListener("keydown", (event) => {
    byKeyboard = true;
    const select = choiceOf(event);
    if (!select || !select.dataset.pending) return;
    if (event.key === "Escape") {
      event.stopImmediatePropagation();
      delete select.dataset.pending;
      chairside.clearAnswer(answerPlace(select));
      chairside.repaint();
    } else if (event.key === "Enter") {
      event.preventDefault();
      commit(select);
    }
  });
  document.addEventListener("focusout", (event) => {
    const select = choiceOf(event);
    if (select) commit(select);
  });
})();
