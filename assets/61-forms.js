// Forms: what is wrong is said at its field, and nothing typed is lost by it.
(() => {
  "use strict";
  const { chairside } = window;

  // Digits with at most one point or comma: what else a computer takes for a number, such as 1e2, is a slip here.
  const numberIn = (text) => (/^\d+([.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : null);

  const clearProblem = (control) => {
    control.removeAttribute("aria-invalid");
    const place = control.closest(".field") && control.closest(".field").querySelector("[data-problem]");
    if (place) place.textContent = "";
  };
  const named = (form) => [...form.elements].filter((control) => control.name);
  const clearProblems = (form) => named(form).forEach(clearProblem);

  const markProblem = (form, name, text) => {
    const control = form.elements[name];
    const place = form.querySelector(`[data-problem="${CSS.escape(name)}"]`);
    if (!control || !place) return false;
    control.setAttribute("aria-invalid", "true");
    place.textContent = text;
    return true;
  };

  const problemOf = (control) => {
    const text = control.value.trim();
    if (text === "") return "Fill this in.";
    return control.inputMode === "decimal" && numberIn(text) === null ? "Give a number in digits, such as 37.5." : null;
  };

  const valueOf = (control) => {
    const text = control.value.trim();
    return control.inputMode === "decimal" ? numberIn(text) : text;
  };

  // The command in a form, or nothing when a field is wrong: then every wrong one is marked and the first has the focus.
  const read = (form) => {
    const wrong = named(form).filter((control) => problemOf(control) !== null);
    for (const control of wrong) markProblem(form, control.name, problemOf(control));
    if (wrong.length) {
      wrong[0].focus();
      return null;
    }
    const dialog = form.closest("dialog");
    return {
      type: form.dataset.commandType,
      ...JSON.parse(form.dataset.fixed || "{}"),
      ...(dialog ? { session: dialog.dataset.session } : {}),
      ...Object.fromEntries(named(form).map((control) => [control.name, valueOf(control)])),
    };
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
    const outcome = await chairside.ask(form.querySelector("[type=submit]"), command);
    if (!outcome) return;
    if (outcome.done) {
      chairside.emptyForm(form);
      chairside.closeDialog(form.closest("dialog"));
    } else if (outcome.field && markProblem(form, outcome.field, outcome.text)) {
      chairside.clearAnswer(answer);
      form.elements[outcome.field].focus();
    }
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.commandType) return;
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
