// What people ask for: buttons, forms and dialogs. The answer is said beside them; nothing typed is lost.
(() => {
  "use strict";
  const { chairside } = window;
  const LIMIT_MS = 8000;
  const ANSWER_MS = 8000;

  const send = async (command) => {
    try {
      const reply = await fetch("/command", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(command),
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      const outcome = await reply.json();
      return { done: outcome.done === true, text: outcome.text || "", field: outcome.field || null };
    } catch {
      return { done: false, text: "Not saved: no connection to Chairside. Try again.", field: null };
    }
  };

  const answerPlace = (element) => {
    const near = element.closest("form, .banner, .faults, .room-bar, .listed-alarm");
    return near && near.querySelector("[data-answer]") ? near.querySelector("[data-answer]") : document.querySelector(".room-bar [data-answer], #banner [data-answer]");
  };

  const answer = (element, { done, text }) => {
    const place = answerPlace(element);
    if (!place) return;
    place.textContent = text || (done ? "Done." : "Not done.");
    place.dataset.look = done ? "done" : "refused";
    clearTimeout(place.timer);
    if (done) place.timer = setTimeout(() => (place.textContent = ""), ANSWER_MS);
  };

  // An element is busy until its answer came: a second press cannot ask twice.
  const ask = async (element, command) => {
    if (element.dataset.busy) return null;
    element.dataset.busy = "yes";
    element.setAttribute("aria-busy", "true");
    const outcome = await send(command);
    delete element.dataset.busy;
    element.removeAttribute("aria-busy");
    answer(element, outcome);
    return outcome;
  };

  const clearProblems = (form) => {
    for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
    for (const place of form.querySelectorAll("[data-problem]")) place.textContent = "";
  };

  const showProblem = (form, name, text) => {
    const control = form.elements[name];
    const place = form.querySelector(`[data-problem="${CSS.escape(name)}"]`);
    if (!control || !place) return false;
    control.setAttribute("aria-invalid", "true");
    place.textContent = text;
    control.focus();
    return true;
  };

  // The command in a form; a number that is none is said at its field before anything is sent.
  const read = (form) => {
    const command = { type: form.dataset.commandType, ...JSON.parse(form.dataset.fixed || "{}") };
    for (const control of form.elements) {
      if (!control.name) continue;
      const text = control.value.trim();
      if (control.inputMode !== "decimal") {
        command[control.name] = text;
        continue;
      }
      const value = Number(text.replace(",", "."));
      if (text === "" || !Number.isFinite(value)) {
        showProblem(form, control.name, "Give a number.");
        return null;
      }
      command[control.name] = value;
    }
    return command;
  };

  // The page's framework keeps its own copy of an input's value: it must hear of a change as if it were typed.
  const setValue = (control, value) => {
    const kind = control instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(control, value);
    control.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const empty = (form) => {
    for (const control of form.elements) {
      if (control.name && control.tagName !== "SELECT") setValue(control, "");
    }
  };

  const submit = async (form) => {
    clearProblems(form);
    const command = read(form);
    if (!command) return;
    const button = form.querySelector("[type=submit]");
    const outcome = await ask(button, command);
    if (!outcome) return;
    if (outcome.done) {
      empty(form);
      const dialog = form.closest("dialog");
      if (dialog) dialog.close();
    } else if (outcome.field && showProblem(form, outcome.field, outcome.text)) {
      answerPlace(button).textContent = "";
    }
  };

  const openDialog = (name) => {
    const dialog = document.getElementById(name);
    if (!dialog || dialog.open) return;
    const form = dialog.querySelector("form");
    clearProblems(form);
    form.querySelector("[data-answer]").textContent = "";
    dialog.showModal();
    const first = dialog.querySelector("input, textarea");
    if (first) first.focus();
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-command], [data-open], [data-close], [data-dose], [data-mg-per-kg]");
    if (!target || target.disabled) return;
    if (target.dataset.command) {
      event.preventDefault();
      ask(target, JSON.parse(target.dataset.command));
    } else if (target.dataset.open) openDialog(target.dataset.open);
    else if (target.dataset.close !== undefined) target.closest("dialog").close();
    else setValue(target.closest("form").elements.dose_mg, target.dataset.dose || target.dataset.suggested);
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.commandType) return;
    event.preventDefault();
    submit(event.target);
  });

  document.addEventListener("change", (event) => {
    const select = event.target.closest("[data-select-command]");
    if (select) {
      const minutes = select.value === "" ? null : Number(select.value);
      ask(select, { type: select.dataset.selectCommand, ...JSON.parse(select.dataset.fixed), minutes });
      select.blur();
    }
    if (event.target.closest("[data-protocols]")) offerDoses();
  });

  const offerDoses = () => {
    for (const form of document.querySelectorAll("[data-command-type=StartSession]")) {
      const weight = Number(form.elements.weight_kg.value.replace(",", "."));
      for (const offers of form.querySelectorAll("[data-offers-of]")) {
        offers.hidden = offers.dataset.offersOf !== form.elements.protocol.value;
      }
      for (const button of form.querySelectorAll("[data-mg-per-kg]")) suggest(button, weight);
    }
  };

  const suggest = (button, weight) => {
    const perKg = Number(button.dataset.mgPerKg);
    const usable = weight > 0 && Number.isFinite(weight);
    const dose = Math.round(perKg * weight * 10) / 10;
    button.disabled = !usable;
    button.dataset.suggested = usable ? String(dose) : "";
    button.textContent = usable ? `${perKg} mg/kg × ${weight} kg = ${dose} mg` : `${perKg} mg/kg: give the weight first`;
  };

  document.addEventListener("input", (event) => {
    if (event.target.name === "weight_kg") offerDoses();
    const field = event.target.closest(".field");
    if (!field) return;
    event.target.removeAttribute("aria-invalid");
    const problem = field.querySelector("[data-problem]");
    if (problem) problem.textContent = "";
  });
  chairside.on("page", offerDoses);
})();
