// What the dialogs of a treatment fill in by themselves: known answers, the planned dose, picks, what follows from both.
(() => {
  "use strict";
  const { chairside } = window;
  const { numberIn, setValue, named, words } = chairside;

  // ---- answers of the intake that are known
  const shown = (value) => (value === null || value === undefined ? "" : value === true ? "yes" : value === false ? "no" : String(value));

  const fillAnswers = (form, answers) => {
    for (const control of named(form)) {
      const [group, name] = control.name.split(".");
      if (group === "intake" && name in answers && control.type !== "checkbox") setValue(control, shown(answers[name]));
    }
  };
  // What another screen saves meanwhile is not replaced unseen. It is kept beside the form and not in it: a page that is
  // locked must not hold it.
  const fillIntake = (form, intake) => {
    chairside.answersSeen.set(form, intake);
    fillAnswers(form, intake);
    for (const box of form.querySelectorAll("[name='intake.medicines']")) box.checked = (intake.medicines || []).includes(box.value);
    const none = form.querySelector("[data-none-of]");
    if (none) none.checked = Boolean(intake.medicines) && !intake.medicines.length;
  };

  const fillInfusion = (form, { session, treatment }) => {
    const minutes = form.closest("[data-room-page]").querySelector(`[data-minutes-of="${session.protocol}"]`);
    setValue(form.elements["order.dose_mg"], String(treatment.dosing.planned_mg));
    if (minutes) setValue(form.elements["order.minutes"], minutes.dataset.minutes);
  };

  // A clinician decides on what stood there when the dialog was opened: what is found meanwhile is another matter.
  const fillOverride = (dialog, { id, treatment }) => {
    const seen = treatment.gate ? Object.values(treatment.gate.findings) : [];
    dialog.querySelector("[data-findings]").textContent = seen.join(" ");
    dialog.querySelector("form").dataset.fixed = JSON.stringify({ room: id, seen });
  };

  const fillDischarge = (dialog, { id, treatment }) => {
    const seen = treatment.checklist.filter(({ holds }) => !holds).map(({ text }) => text);
    dialog.querySelector("form").dataset.fixed = JSON.stringify({ room: id, seen });
  };
  const SEEN = { override: fillOverride, discharge: fillDischarge };

  const FILL = {
    intake: (dialog, room) => fillIntake(dialog.querySelector("form"), room.treatment.intake),
    infusion: (dialog, room) => fillInfusion(dialog.querySelector("form"), room),
  };
  // What was typed and not sent yet stays when the dialog is closed and opened again.
  chairside.on("open", (dialog) => {
    const room = dialog.closest("[data-room-page]") && chairside.roomOf(dialog);
    if (!room || !room.treatment) return;
    if (SEEN[dialog.id]) SEEN[dialog.id](dialog, room);
    if (!FILL[dialog.id] || dialog.dataset.filledFor === room.session.id) return;
    FILL[dialog.id](dialog, room);
    dialog.dataset.filledFor = room.session.id;
  });
  chairside.on("emptied", (form) => {
    const dialog = form.closest("dialog");
    if (dialog) delete dialog.dataset.filledFor;
  });

  // ---- concentration and rate follow from dose, volume and duration
  const derive = (form) => {
    const said = form.querySelector("[data-derived]");
    const [dose, volume, minutes] = ["dose_mg", "volume_ml", "minutes"].map((name) => numberIn(form.elements[`order.${name}`].value.trim()));
    const room = chairside.roomOf(form);
    const kg = room && room.session ? room.session.weight_kg : null;
    const parts = [];
    if (dose && volume) parts.push(`${(dose / volume).toFixed(2)} mg/mL`);
    if (volume && minutes) parts.push(`${((volume * 60) / minutes).toFixed(2)} mL/h`);
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
  // Only what lasts: what was true that day (weight, fasting, consent, escort) is asked again.
  const LASTING = ["name", "birth_date", "allergies", "medicines_note", "course"];
  const takeOver = (form, { intake }) => {
    const lasting = Object.fromEntries(LASTING.map((name) => [name, intake[name]]));
    if (intake.session_number !== null) lasting.session_number = intake.session_number + 1;
    fillAnswers(form, lasting);
    form.dataset.takenFor = form.elements.patient.value.trim();
  };
  // Another patient's answers must not stay under a new code.
  const dropTaken = (form) => {
    if (!form.dataset.takenFor || form.dataset.takenFor === form.elements.patient.value.trim()) return;
    delete form.dataset.takenFor;
    fillAnswers(form, Object.fromEntries([...LASTING, "session_number"].map((name) => [name, null])));
  };

  let asked = "";
  const offerLastVisit = async (form) => {
    const code = form.elements.patient.value.trim();
    const place = form.querySelector("[data-last-visit]");
    dropTaken(form);
    if (code === asked) return;
    asked = code;
    place.hidden = true;
    if (!code) return;
    const reply = await fetch(`/last-visit?patient=${encodeURIComponent(code)}`).catch(() => null);
    if (!reply || !reply.ok) asked = "";
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
    take.textContent = "Take over name, birth date, allergies, course";
    take.addEventListener("click", () => {
      takeOver(form, visit);
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
    delete form.dataset.takenFor;
    place.hidden = true;
  });
  chairside.on("page", () => (asked = ""));
})();
