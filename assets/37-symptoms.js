// The dialog of signs that are an emergency at any pressure: one press marks, one press says that it is gone.
(() => {
  "use strict";
  const { chairside } = window;
  const { words, say, show, setCommand } = chairside;

  const paint = (dialog) => {
    const room = chairside.roomOf(dialog);
    if (!room.watching) return;
    for (const row of dialog.querySelectorAll("[data-symptom]")) {
      const { symptom } = row.dataset;
      const since = room.watching.symptoms[symptom];
      const present = since !== undefined;
      const [mark, said, gone] = row.children;
      const command = { type: "MarkSymptom", room: room.id, session: room.session.id, symptom };
      row.dataset.present = present ? "yes" : "no";
      mark.disabled = present;
      setCommand(mark, { ...command, present: true });
      setCommand(gone, { ...command, present: false });
      say(said, { text: present ? `since ${words.clock(since)}` : "" });
      show(gone, present);
    }
  };

  chairside.on("open", (dialog) => dialog.id === "symptoms" && paint(dialog));
  chairside.on("watching", () => {
    const dialog = document.getElementById("symptoms");
    if (dialog && dialog.open) paint(dialog);
  });
})();
