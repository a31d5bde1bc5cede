// Dialogs. They leave the page alive, so that an alarm can be answered beside them, and they belong to one patient.
(() => {
  "use strict";
  const { chairside } = window;
  const { roomOf, roomPage } = chairside;

  chairside.closeDialog = (dialog) => {
    if (!dialog || !dialog.open) return;
    const inside = dialog.contains(document.activeElement);
    // Whoever opens it next may be somebody else.
    for (const pin of dialog.querySelectorAll("[name=pin]")) pin.value = "";
    dialog.close();
    const lost = document.activeElement === document.body || dialog.contains(document.activeElement);
    if (inside && lost) chairside.focusPage();
  };
  const closeAll = () => document.querySelectorAll("dialog[open]").forEach(chairside.closeDialog);
  const closePanels = () => document.querySelectorAll(".panel[open]").forEach(chairside.closeDialog);

  // A dialog of a room page is for the patient who is there; "open" lets others fill it in first.
  // What stands "beside" leaves other dialogs open: whoever must sign in first goes on with what they typed.
  const open = (chairside.openDialog = (dialog) => {
    const page = dialog.closest("[data-room-page]");
    const room = roomOf(page);
    if (dialog.open || (page && !(room && room.session))) return;
    // Where nobody may know who the patient is, their answers are blank: saved again, they would be lost.
    if (dialog.dataset.identifying !== undefined && room.session.hidden) return chairside.emit("unsigned");
    if (dialog.dataset.beside === undefined) closeAll();
    else closePanels();
    if (page) {
      dialog.dataset.session = room.session.id;
      namePatient(dialog, room);
    }
    dialog.querySelectorAll("[data-answer]").forEach(chairside.clearAnswer);
    chairside.emit("open", dialog);
    dialog.show();
    const first = [...dialog.querySelectorAll("input, textarea, [data-close]")].find((each) => !each.closest("[hidden]"));
    (dialog.querySelector("[data-focus]") || first).focus();
  });

  const namePatient = (dialog, { session }) => {
    const text = session.hidden || !session.patient ? "this patient" : session.patient;
    for (const place of dialog.querySelectorAll("[data-patient]")) chairside.say(place, { text });
  };

  const press = (button) => {
    const dialog = button.dataset.open ? document.getElementById(button.dataset.open) : button.closest("dialog");
    if (!dialog) return;
    if (button.dataset.open && !(dialog.open && dialog.matches(".panel"))) open(dialog);
    else chairside.closeDialog(dialog);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open], [data-close]");
    if (button) press(button);
    else if (!event.target.closest(".panel")) closePanels();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeAll();
  });

  // What was typed, asked and answered for one patient is nothing to the next one in the room.
  const forget = (page) => {
    closeAll();
    for (const select of page.querySelectorAll("[data-pending]")) delete select.dataset.pending;
    page.querySelectorAll("form").forEach(chairside.emptyForm);
    page.querySelectorAll("[data-answer]").forEach(chairside.clearAnswer);
  };

  let seen = { page: null, session: null };
  const follow = () => {
    const page = roomPage();
    const room = roomOf(page);
    if (!room || room.session === undefined) return;
    const session = room.session ? room.session.id : null;
    if (seen.page === page && seen.session !== session) forget(page);
    seen = { page, session };
  };
  // Who has just signed in is told the name a moment after the dialog was opened.
  const nameAgain = () => {
    const room = roomOf(roomPage());
    for (const dialog of document.querySelectorAll("[data-room-page] dialog[data-session]")) {
      if (room && room.session && dialog.dataset.session === room.session.id) namePatient(dialog, room);
    }
  };
  for (const event of ["identity", "left"]) chairside.on(event, nameAgain);
  chairside.on("rooms", nameAgain);
  chairside.on("alarms", follow);
  chairside.on("page", follow);
})();
