// What is unusual about a form is asked once more, in the form itself: each sentence has a box to tick.
(() => {
  "use strict";
  const { chairside } = window;

  const place = (form) => form.querySelector("[data-warnings]");

  chairside.clearWarnings = (form) => {
    const asked = place(form);
    if (asked) asked.remove();
  };

  // The sentences that are ticked; a command that has none to confirm does not carry them.
  chairside.confirmed = (form) => {
    const ticked = [...form.querySelectorAll("[data-warning]")].filter((box) => box.checked);
    return ticked.length ? { confirmed: ticked.map((box) => box.dataset.warning) } : {};
  };

  const row = (warning) => {
    const label = document.createElement("label");
    label.className = "tick warning";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.dataset.warning = warning;
    const text = document.createElement("span");
    text.textContent = `${warning} I have checked it: it is right.`;
    label.append(box, text);
    return label;
  };

  chairside.askToConfirm = (form, warnings) => {
    const asked = document.createElement("div");
    asked.dataset.warnings = "";
    asked.className = "warnings";
    asked.setAttribute("role", "alert");
    asked.append(...warnings.map(row));
    form.querySelector("[data-answer]").after(asked);
    asked.querySelector("input").focus({ preventScroll: true });
    asked.scrollIntoView({ block: "center" });
  };
})();
