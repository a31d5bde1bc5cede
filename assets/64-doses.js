// Doses that are offered for a protocol and a weight, and a weight that was read off in pounds.
(() => {
  "use strict";
  const { chairside } = window;
  const { numberIn, setValue, markProblem } = chairside;
  const KG_PER_LB = 0.45359237;
  // Fewer pounds than this would be a child.
  const LIKELY_LB = 88;

  const offerDoses = (form) => {
    if (!form.elements.dose_mg || !form.elements.weight_kg) return;
    for (const offers of form.querySelectorAll("[data-offers-of]")) {
      offers.hidden = offers.dataset.offersOf !== form.elements.protocol.value;
    }
    for (const button of form.querySelectorAll("[data-mg-per-kg]")) suggest(button, form.elements.weight_kg.value.trim());
    const pounds = form.querySelector("[data-pounds]");
    const lb = numberIn(form.elements.weight_kg.value.trim());
    pounds.hidden = !(lb >= LIKELY_LB);
    if (lb) pounds.textContent = `${lb} lb are ${(lb * KG_PER_LB).toFixed(1)} kg: take that`;
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
    const pounds = event.target.closest("[data-pounds]");
    if (pounds) {
      const weight = pounds.form.elements.weight_kg;
      setValue(weight, (numberIn(weight.value.trim()) * KG_PER_LB).toFixed(1));
      weight.focus();
    }
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
    if (!form || !form.elements.dose_mg || !form.elements.weight_kg) return;
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
  chairside.on("emptied", offerDoses);
  chairside.on("page", () => document.querySelectorAll("form").forEach(offerDoses));
})();
