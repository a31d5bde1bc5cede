// Forms: what is wrong is said at its field, and nothing typed is lost by it.
(() => {
  "use strict";
  const { chairside } = window;

  // Digits with at most one point or comma: what else a computer takes for a number, such as 1e2, is a slip here.
  // A comma before three digits may be meant as thousands: nobody knows.
  const numberIn = (text) => (/^\d+([.,]\d+)?$/.test(text) && !/,\d{3}$/.test(text) ? Number(text.replace(",", ".")) : null);

  const named = (form) => [...form.elements].filter((control) => control.name);
  const problemPlace = (form, name) => form.querySelector(`[data-problem="${CSS.escape(name)}"]`);
  const isBox = (control) => control.type === "checkbox" || control.type === "radio";

  const clearProblem = (control) => {
    control.removeAttribute("aria-invalid");
    const place = control.form && problemPlace(control.form, control.name);
    if (place) place.textContent = "";
  };
  const clearProblems = (form) => {
    named(form).forEach(clearProblem);
    chairside.clearWarnings(form);
  };

  // Returns the field that was marked. A problem of a part that has no field, such as SpO2.low.severe, belongs to the
  // field that it is a part of; delay_s is the delay in seconds.
  const markProblem = (form, name, text) => {
    const parts = name.replace(/delay_s$/, "delay").split(".");
    while (parts.length > 1 && !form.elements[parts.join(".")]) parts.pop();
    const field = parts.join(".");
    // A part of what the form sends is named alone, such as the lot of a device.
    const found = form.elements[field] || named(form).find((control) => control.name.endsWith(`.${name}`));
    const control = found && (found.form ? found : found[0]);
    const place = control && problemPlace(form, control.name);
    if (!place) return null;
    control.setAttribute("aria-invalid", "true");
    place.textContent = text;
    return control;
  };

  const isNone = (control, text) => control.dataset.none !== undefined && text === control.dataset.none;
  const isOptional = (control) => control.dataset.optional !== undefined;

  const problemOf = (control) => {
    const text = control.value.trim();
    if (isBox(control)) return null;
    if (text === "") return control.validity && control.validity.badInput ? "Fill this in whole." : "Fill this in.";
    if (isNone(control, text) || control.inputMode !== "decimal") return null;
    return numberIn(text) === null ? "Give a number in digits, such as 37.5." : null;
  };

  // The time of day that is nearest to now, in microseconds.
  const momentOf = (text) => {
    if (text === "") return null;
    const now = new Date(chairside.now() / 1000);
    const [hours, minutes] = text.split(":").map(Number);
    const moment = new Date(now);
    moment.setHours(hours, minutes, 0, 0);
    const HALF_A_DAY = 12 * 3600e3;
    if (moment - now > HALF_A_DAY) moment.setDate(moment.getDate() - 1);
    else if (now - moment > HALF_A_DAY) moment.setDate(moment.getDate() + 1);
    return moment.getTime() * 1000;
  };

  // A day and time, in microseconds.
  const dayAndTime = (text) => new Date(text).getTime() * 1000;

  const KINDS = { time: momentOf, moment: dayAndTime, flag: (text) => text === "yes", int: (text) => Number(text) };

  const valueOf = (control) => {
    if (control.type === "password") return control.value;
    const text = control.value.trim();
    if (isNone(control, text)) return null;
    if (control.type === "checkbox") return control.checked;
    const convert = KINDS[control.dataset.kind];
    if (convert) return convert(text);
    return control.inputMode === "decimal" ? numberIn(text) : text;
  };

  // What is not shown is not asked; of what has a value already, only a new one is sent.
  const isGiven = (control) => {
    if (control.closest("[hidden]") || control.disabled) return false;
    if (control.type === "radio") return control.checked;
    if (control.dataset.kind === "list") return false;
    if (isOptional(control) && control.value.trim() === "" && !(control.validity && control.validity.badInput)) return false;
    return isBox(control) || control.value.trim() !== control.dataset.before;
  };

  // Ticked boxes of one name are a list; with none ticked it is empty where the form says what that means.
  const listsOf = (form) => {
    const lists = {};
    for (const box of named(form).filter((control) => control.dataset.kind === "list" && !control.closest("[hidden]"))) {
      lists[box.name] ||= [];
      if (box.checked) lists[box.name].push(box.value);
    }
    for (const none of form.querySelectorAll("[data-none-of]")) {
      if (!none.checked && !(lists[none.dataset.noneOf] || []).length) delete lists[none.dataset.noneOf];
    }
    return lists;
  };

  // intake.age is the member age of the member intake.
  const nested = (values) => {
    const whole = {};
    for (const [name, value] of Object.entries(values)) {
      const parts = name.split(".");
      const last = parts.pop();
      parts.reduce((inside, part) => (inside[part] ||= {}), whole)[last] = value;
    }
    return whole;
  };

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
    const values = { ...Object.fromEntries(given.map((control) => [control.name, valueOf(control)])), ...listsOf(form) };
    // The PIN of who asks is no part of what they ask for: it goes beside it.
    const { pin, ...rest } = values;
    const told = form.dataset.times && momentOf(form.closest("dialog").querySelector(`[name=${form.dataset.times}]`).value);
    if (told) rest.given_at = told;
    const members = into ? { [into]: rest } : nested(rest);
    const signed = pin === undefined ? {} : { pin };
    return { type: commandType, ...JSON.parse(fixed || "{}"), ...ofPatient(form), ...seenOf(form), ...members, ...signed, ...chairside.confirmed(form) };
  };

  const answersSeen = new WeakMap();
  const seenOf = (form) => (answersSeen.has(form) ? { seen: answersSeen.get(form) } : {});

  const ofPatient = (form) => {
    const dialog = form.closest("dialog");
    return dialog && dialog.dataset.session ? { session: dialog.dataset.session } : {};
  };

  const setValue = (control, value) => {
    if (isBox(control)) control.checked = value;
    else control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
  };

  chairside.emptyForm = (form) => {
    delete form.dataset.offered;
    for (const control of named(form)) {
      if (isBox(control)) control.checked = control.defaultChecked;
      else if (control.tagName === "SELECT") control.selectedIndex = 0;
      else setValue(control, control.defaultValue);
    }
    for (const none of form.querySelectorAll("[data-none-of]")) none.checked = false;
    clearProblems(form);
    const answer = form.querySelector("[data-answer]");
    if (answer) chairside.clearAnswer(answer);
    chairside.emit("emptied", form);
  };

  const submit = async (form) => {
    const answer = form.querySelector("[data-answer]");
    chairside.clearAnswer(answer);
    named(form).forEach(clearProblem);
    const command = read(form);
    if (!command) return;
    chairside.clearWarnings(form);
    const button = form.querySelector("[type=submit]");
    const outcome = await chairside.ask(button, command, form.dataset.address);
    if (!outcome) return;
    if (outcome.done) {
      chairside.emptyForm(form);
      if (form.dataset.stays === undefined) chairside.closeDialog(form.closest("dialog"));
      else chairside.answer(button, outcome);
      return;
    }
    if (form.elements.pin) form.elements.pin.value = "";
    if (outcome.warnings.length) return chairside.askToConfirm(form, outcome.warnings);
    const wrong = outcome.field && markProblem(form, outcome.field, outcome.text);
    if (!wrong) return;
    chairside.clearAnswer(answer);
    wrong.focus();
  };

  Object.assign(chairside, { answersSeen, momentOf, clearProblems, markProblem, numberIn, setValue, named });

  document.addEventListener("submit", (event) => {
    const { commandType, address } = event.target.dataset;
    if (!commandType && !address) return;
    event.preventDefault();
    submit(event.target);
  });
  document.addEventListener("input", (event) => clearProblem(event.target));

  // "None of these" and the others exclude each other.
  document.addEventListener("change", ({ target }) => {
    if (!target.form || target.type !== "checkbox") return;
    if (target.dataset.noneOf && target.checked) {
      for (const box of named(target.form)) if (box.name === target.dataset.noneOf) box.checked = false;
    } else if (target.dataset.kind === "list" && target.checked) {
      const none = target.form.querySelector(`[data-none-of="${CSS.escape(target.name)}"]`);
      if (none) none.checked = false;
    }
  });
})();
