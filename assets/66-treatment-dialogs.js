// What the dialogs of a treatment fill in by themselves: known answers, the planned dose, picks, what follows from both.
(() => {
  "use strict";
  const { chairside } = window;
  const { numberIn, setValue, named, words } = chairside;

  // ---- answers of the intake that are known
  const shown = (value) => (value === null || value === undefined ? "" : value === true ? "yes" : value === false ? "no" : String(value));

  const fillIntake = (form, intake) => {
    for (const control of named(form)) {
      const [group, name] = control.name.split(".");
      if (group !== "intake" || !(name in intake)) continue;
      if (control.type === "checkbox") control.checked = (intake.medicines || []).includes(control.value);
      else setValue(control, shown(intake[name]));
    }
    const none = form.querySelector("[data-none-of]");
    if (none) none.checked = Boolean(intake.medicines) && !intake.medicines.length;
  };

  const fillInfusion = (form, { session, treatment }) => {
    const minutes = form.closest("[data-room-page]").querySelector(`[data-minutes-of="${session.protocol}"]`);
    setValue(form.elements["order.dose_mg"], String(treatment.dosing.planned_mg));
    if (minutes) setValue(form.elements["order.minutes"], minutes.dataset.minutes);
  };

  // A clinician decides on what stands in the dialog: what is found meanwhile is another matter.
  const fillOverride = (dialog, { id, treatment }) => {
    const seen = treatment.gate ? Object.values(treatment.gate.findings) : [];
    dialog.querySelector("[data-findings]").textContent = seen.join(" ");
    dialog.querySelector("form").dataset.fixed = JSON.stringify({ room: id, seen });
  };

  const FILL = {
    override: fillOverride,
    intake: (dialog, room) => fillIntake(dialog.querySelector("form"), room.treatment.intake),
    infusion: (dialog, room) => fillInfusion(dialog.querySelector("form"), room),
  };
  chairside.on("open", (dialog) => {
    const room = dialog.closest("[data-room-page]") && chairside.roomOf(dialog);
    if (room && room.treatment && FILL[dialog.id]) FILL[dialog.id](dialog, room);
  });

  // ---- concentration and rate follow from dose, volume and duration
  const derive = (form) => {
    const said = form.querySelector("[data-derived]");
    const [dose, volume, minutes] = ["dose_mg", "volume_ml", "minutes"].map((name) => numberIn(form.elements[`order.${name}`].value.trim()));
    const room = chairside.roomOf(form);
    const kg = room && room.session ? room.session.weight_kg : null;
    const parts = [];
    if (dose && volume) parts.push(`${(dose / volume).toFixed(2)} mg/mL`);
    if (volume && minutes) parts.push(`${((volume * 60) / minutes).toFixed(1)} mL/h`);
    if (dose && minutes && kg) parts.push(`${(dose / kg).toFixed(2)} mg/kg, ${((dose * 60) / minutes / kg).toFixed(2)} mg/kg/h`);
    said.textContent = parts.join(" · ");
  };
  document.addEventListener("input", ({ target }) => {
    if (target.form && target.form.querySelector("[data-derived]")) derive(target.form);
  });

  // ---- picks
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-pick]");
    if (pick) setValue(pick.form.elements[pick.dataset.pick], pick.textContent);
    const medicine = event.target.closest("[data-medicine]");
    if (!medicine) return;
    setValue(medicine.form.elements.medicine, medicine.dataset.medicine);
    setValue(medicine.form.elements.dose, medicine.dataset.medicineDose);
  });

  // ---- a patient who was here before: what is known is offered, and taken over only by a press
  let asked = "";
  const offerLastVisit = async (form) => {
    const code = form.elements.patient.value.trim();
    const place = form.querySelector("[data-last-visit]");
    if (code === asked) return;
    asked = code;
    place.hidden = true;
    if (!code) return;
    const reply = await fetch(`/last-visit?patient=${encodeURIComponent(code)}`).catch(() => null);
    if (!reply || !reply.ok || form.elements.patient.value.trim() !== code) return;
    const visit = await reply.json();
    if (!visit) return;
    const date = new Date(visit.at / 1000).toLocaleDateString([], { dateStyle: "medium" });
    const known = [`${visit.weight_kg} kg`, visit.intake.age === null ? "" : `${visit.intake.age} y`, visit.intake.allergies && `allergies: ${visit.intake.allergies}`];
    const text = document.createElement("span");
    text.textContent = `Last visit ${date}: ${known.filter(Boolean).join(", ")}`;
    const take = document.createElement("button");
    take.type = "button";
    take.className = "btn offer";
    take.textContent = "Take these answers over";
    take.addEventListener("click", () => {
      setValue(form.elements.weight_kg, String(visit.weight_kg));
      fillIntake(form, visit.intake);
      place.hidden = true;
    });
    place.replaceChildren(text, take);
    place.hidden = false;
  };
  document.addEventListener("focusout", ({ target }) => {
    if (target.name === "patient" && target.form && target.form.querySelector("[data-last-visit]")) offerLastVisit(target.form);
  });
  chairside.on("emptied", (form) => {
    const place = form.querySelector("[data-last-visit]");
    if (!place) return;
    asked = "";
    place.hidden = true;
  });
})();
