// Forms: what is wrong is said at its field, and nothing typed is lost by it.
(() => {
  "use strict";
  const { chairside } = window;

  // Digits with at most one point or comma: what else a computer takes for a number, such as 1e2, is a slip here.
  const numberIn = (text) => (/^\d+([.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : null);

  const named = (form) => [...form.elements].filter((control) => control.name);
  const problemPlace = (form, name) => form.querySelector(`[data-problem="${CSS.escape(name)}"]`);

  const clearProblem = (control) => {
    control.removeAttribute("aria-invalid");
    const place = control.form && problemPlace(control.form, control.name);
    if (place) place.textContent = "";
  };
  const clearProblems = (form) => named(form).forEach(clearProblem);

  // Returns the field that was marked. A problem of a part that has no field, such as SpO2.low.severe, belongs to the
  // field that it is a part of; delay_s is the delay in seconds.
  const markProblem = (form, name, text) => {
    const parts = name.replace(/delay_s$/, "delay").split(".");
    while (parts.length && !form.elements[parts.join(".")]) parts.pop();
    const control = form.elements[parts.join(".")];
    const place = control && problemPlace(form, control.name);
    if (!place) return null;
    control.setAttribute("aria-invalid", "true");
    place.textContent = text;
    return control;
  };

  Object.assign(chairside, { clearProblems, markProblem });

  const isNone = (control, text) => control.dataset.none !== undefined && text === control.dataset.none;

  const problemOf = (control) => {
    const text = control.value.trim();
    if (text === "") return "Fill this in.";
    if (isNone(control, text) || control.inputMode !== "decimal") return null;
    return numberIn(text) === null ? "Give a number in digits, such as 37.5." : null;
  };

  const valueOf = (control) => {
    if (control.type === "password") return control.value;
    const text = control.value.trim();
    if (isNone(control, text)) return null;
    return control.inputMode === "decimal" ? numberIn(text) : text;
  };

  // What is not shown is not asked; of what has a value already, only a new one is sent.
  const isGiven = (control) => !control.closest("[hidden]") && control.value.trim() !== control.dataset.before;

  // The command in a form, or nothing when a field is wrong: then every wrong one is marked and the first has the focus.
  const read = (form) => {
    const given = named(form).filter(isGiven);
    const wrong = given.filter((control) => problemOf(control) !== null);
    for (const control of wrong) markProblem(form, control.name, problemOf(control));
    if (wrong.length) {
      wrong[0].focus();
      return null;
    }
    const { commandType, fixed, into } = form.dataset;
    // The PIN of who asks is no part of what they ask for: it goes beside it.
    const { pin, ...values } = Object.fromEntries(given.map((control) => [control.name, valueOf(control)]));
    const command = { type: commandType, ...JSON.parse(fixed || "{}"), ...ofPatient(form), ...(into ? { [into]: values } : values) };
    return pin === undefined ? command : { ...command, pin };
  };

  const ofPatient = (form) => {
    const dialog = form.closest("dialog");
    return dialog && dialog.dataset.session ? { session: dialog.dataset.session } : {};
  };

  // The page's framework keeps its own copy of an input's value: it must hear of a change as if it were typed.
  const setValue = (control, value) => {
    const kind = control instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(control, value);
    control.dispatchEvent(new Event("input", { bubbles: true }));
  };

  chairside.emptyForm = (form) => {
    delete form.dataset.offered;
    for (const control of named(form)) {
      if (control.tagName === "SELECT") control.selectedIndex = 0;
      else setValue(control, "");
    }
    clearProblems(form);
    chairside.clearAnswer(form.querySelector("[data-answer]"));
    offerDoses(form);
  };

  const submit = async (form) => {
    clearProblems(form);
    const answer = form.querySelector("[data-answer]");
    chairside.clearAnswer(answer);
    const command = read(form);
    if (!command) return;
    const button = form.querySelector("[type=submit]");
    const outcome = await chairside.ask(button, command, form.dataset.address);
    if (!outcome) return;
    if (outcome.done) {
      chairside.emptyForm(form);
      if (form.dataset.stays === undefined) chairside.closeDialog(form.closest("dialog"));
      else chairside.answer(button, outcome);
      return;
    }
    const wrong = outcome.field && markProblem(form, outcome.field, outcome.text);
    if (!wrong) return;
    chairside.clearAnswer(answer);
    wrong.focus();
  };

  document.addEventListener("submit", (event) => {
    const { commandType, address } = event.target.dataset;
    if (!commandType && !address) return;
    event.preventDefault();
    submit(event.target);
  });
  document.addEventListener("input", (event) => clearProblem(event.target));

  // ---- doses that are offered for a protocol and a weight
  const offerDoses = (form) => {
    if (!form.elements.dose_mg) return;
    for (const offers of form.querySelectorAll("[data-offers-of]")) {
      offers.hidden = offers.dataset.offersOf !== form.elements.protocol.value;
    }
    for (const button of form.querySelectorAll("[data-mg-per-kg]")) suggest(button, form.elements.weight_kg.value.trim());
  };

  const suggest = (button, weight) => {
    const perKg = Number(button.dataset.mgPerKg);
    const kg = numberIn(weight);
    const dose = Math.round(perKg * kg * 10) / 10;
    button.disabled = !kg;
    button.dataset.dose = kg ? String(dose) : "";
    button.textContent = kg ? `${perKg} mg/kg × ${kg} kg = ${dose} mg` : `${perKg} mg/kg: give the weight first`;
  };

  document.addEventListener("click", (event) => {
    const offer = event.target.closest("[data-dose]");
    if (!offer || offer.disabled) return;
    const { form } = offer;
    setValue(form.elements.dose_mg, offer.dataset.dose);
    form.dataset.offered = offer.dataset.mgPerKg ? "by weight" : "fixed";
  });

  // A dose that was taken over from an offer is not the dose of another weight or another protocol.
  const dropOfferedDose = (form, reason) => {
    delete form.dataset.offered;
    setValue(form.elements.dose_mg, "");
    markProblem(form, "dose_mg", `${reason} was changed: choose the dose again.`);
  };

  document.addEventListener("input", ({ target, isTrusted }) => {
    const { form } = target;
    if (!form || !form.elements.dose_mg) return;
    if (target.name === "weight_kg") {
      offerDoses(form);
      if (form.dataset.offered === "by weight") dropOfferedDose(form, "The weight");
    } else if (target.name === "dose_mg" && isTrusted) delete form.dataset.offered;
  });
  document.addEventListener("change", ({ target }) => {
    if (target.dataset.protocols === undefined) return;
    offerDoses(target.form);
    if (target.form.dataset.offered) dropOfferedDose(target.form, "The protocol");
  });
  chairside.on("page", () => document.querySelectorAll("form").forEach(offerDoses));
})();
