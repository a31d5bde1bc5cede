// The dialog of assessments: a tap records a value; a scale with several items adds up as it is filled.
(() => {
  "use strict";
  const { chairside } = window;
  const { words } = chairside;

  const dialogOf = (element) => element.closest("#assess");
  const momentIn = (dialog) => chairside.momentOf(dialog.querySelector("[name=assessed_at]").value);

  const paint = (dialog) => {
    const room = chairside.roomOf(dialog);
    if (!room || !room.session || !room.treatment) return;
    for (const part of dialog.querySelectorAll("[data-scale-of]")) {
      chairside.show(part, part.dataset.protocolsOf.split(" ").includes(room.session.protocol));
      const result = room.treatment.results.find(({ scale }) => scale === part.dataset.scaleOf);
      chairside.say(part.querySelector("[data-result-of]"), { text: result ? `last ${result.result} at ${words.clock(result.at)}` : "" });
    }
  };

  document.addEventListener("click", async (event) => {
    const tap = event.target.closest("[data-assess]");
    if (!tap) return;
    const dialog = dialogOf(tap);
    const time = dialog.querySelector("[name=assessed_at]");
    const head = dialog.querySelector("[data-assess-head] [data-answer]");
    chairside.clearAnswer(head);
    if (time.validity.badInput) return chairside.say(head, { text: "Fill in the time whole, or clear it.", look: "refused" });
    const room = chairside.roomOf(dialog);
    const { assess, value } = tap.dataset;
    const command = { type: "RecordAssessment", room: room.id, session: dialog.dataset.session, scale: assess, values: { value: Number(value) } };
    const given_at = momentIn(dialog);
    const outcome = await chairside.ask(tap, given_at === null ? command : { ...command, given_at });
    if (outcome && outcome.done) chairside.say(head, { text: `${dialog.querySelector(`[data-scale-of="${assess}"] h3`).firstChild.textContent.trim()} ${value} recorded`, look: "done" });
  });

  document.addEventListener("change", ({ target }) => {
    const sum = target.form && target.form.querySelector("[data-sum]");
    if (!sum) return;
    const chosen = [...target.form.querySelectorAll("input[type=radio]:checked")].map((radio) => Number(radio.value));
    const all = target.form.querySelectorAll("fieldset").length;
    if (all) sum.textContent = chosen.length === all ? `Total ${chosen.reduce((one, other) => one + other, 0)}` : `${chosen.length} of ${all}`;
  });
  chairside.on("emptied", (form) => {
    const sum = form.querySelector("[data-sum]");
    if (sum) sum.textContent = "";
  });

  // A button beside an item of the checklist leads to its scale.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open=assess]");
    const scale = button && document.querySelector(`#assess [data-scale-of="${button.dataset.scale}"]`);
    if (scale) scale.scrollIntoView({ block: "center" });
  });

  chairside.on("open", (dialog) => {
    if (dialog.id !== "assess") return;
    // What is assessed is assessed now, unless somebody says otherwise this time.
    dialog.querySelector("[name=assessed_at]").value = "";
    paint(dialog);
  });
  chairside.on("treatment", () => {
    const dialog = document.getElementById("assess");
    if (dialog && dialog.open) paint(dialog);
  });
})();
