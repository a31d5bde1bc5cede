// Dialogs. They leave the page alive, so that an alarm can be answered beside them, and they belong to one patient.
(() => {
  "use strict";
  const { chairside } = window;
  const roomPage = () => document.querySelector("[data-room-page]");
  const roomOf = (page) => page && chairside.state.rooms.get(page.dataset.room);

  chairside.closeDialog = (dialog) => {
    if (!dialog || !dialog.open) return;
    const inside = dialog.contains(document.activeElement);
    dialog.close();
    const lost = document.activeElement === document.body || dialog.contains(document.activeElement);
    if (inside && lost) chairside.focusPage();
  };
  const closeAll = () => document.querySelectorAll("dialog[open]").forEach(chairside.closeDialog);

  const open = (dialog) => {
    const room = roomOf(roomPage());
    if (!dialog || dialog.open || !room || !room.session) return;
    closeAll();
    dialog.dataset.session = room.session.id;
    for (const place of dialog.querySelectorAll("[data-patient]")) place.textContent = room.session.patient;
    chairside.clearAnswer(dialog.querySelector("[data-answer]"));
    dialog.show();
    dialog.querySelector("input, textarea, [data-close]").focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open], [data-close]");
    if (!button) return;
    if (button.dataset.open) open(document.getElementById(button.dataset.open));
    else chairside.closeDialog(button.closest("dialog"));
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
  chairside.on("alarms", follow);
  chairside.on("page", follow);
})();
