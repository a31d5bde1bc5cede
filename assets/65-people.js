// Who is signed in at this browser. The server decides and tells it on the live stream; this page says it, asks for the
// PIN, tells the server of input, and hides the patients by itself when nobody has touched it for long.
(() => {
  "use strict";
  const { chairside } = window;
  const { state, show, say } = chairside;
  const NOTED_EVERY_MS = 30000;
  const COOKIE_CHANGES = ["/sign-in", "/sign-out"];
  const SIGN_IN_PAGE = "/sign-in";

  let person = null;
  const element = (id) => document.getElementById(id);

  const paint = () => {
    if (!person || !element("person")) return;
    document.documentElement.dataset.person = person.state;
    show(element("sign-in"), person.state === "nobody");
    show(element("person"), person.state === "in");
    show(element("unlock"), person.state === "locked");
    say(element("person"), { text: person.name, title: `Signed in as ${person.role}` });
    say(element("person-menu-title"), { text: `${person.name} · ${person.role}` });
    say(element("locked-words"), { text: `Locked · ${person.name}` });
    const own = person.state === "in" ? `You are signed in as ${person.role}.` : "";
    for (const place of document.querySelectorAll("[data-own-role]")) say(place, { text: own });
  };

  const take = (told) => {
    const before = person;
    person = told;
    paint();
    if (before && before.state === told.state && before.name === told.name) return;
    if (told.state === "in") input = noted = steadyNow();
    else leave();
    chairside.emit("identity");
  };

  // What was typed waits, unseen (style_people.css); what was answered may name a patient. Pages forget what they tell.
  const leave = () => {
    chairside.emit("left");
    chairside.closeDialog(element("person-menu"));
    document.querySelectorAll(".page form").forEach(chairside.clearProblems);
    document.querySelectorAll("[data-answer]").forEach(chairside.clearAnswer);
  };

  // ---- pages of one browser hold one cookie and know of each other
  const pages = new BroadcastChannel("chairside-people");
  pages.onmessage = ({ data }) => {
    if (data === "changed") chairside.reopen();
    else input = steadyNow();
  };

  chairside.on("done", (address, asked) => {
    if (!COOKIE_CHANGES.includes(address)) return;
    chairside.closeDialog(asked.closest("dialog"));
    pages.postMessage("changed");
    chairside.reopen();
    if (address === SIGN_IN_PAGE && asked.closest(".sign-in-page")) window.dash_clientside.set_props("url", { pathname: "/" });
  });

  // ---- what needs a person opens the way in, beside what was typed
  chairside.on("unsigned", () => {
    if (person && person.state === "locked") element("unlock").elements.pin.focus();
    else chairside.openDialog(element("sign-in-box"));
  });

  // ---- input, by both clocks: one stands still while the computer sleeps, the other can be changed
  const steadyNow = () => ({ steady: performance.now(), wall: Date.now() });
  const since = ({ steady, wall }) => Math.max(performance.now() - steady, Date.now() - wall);
  let input = steadyNow();
  let noted = steadyNow();
  let unnoted = false;
  // The browser tells of a move also when the page moves under a mouse that lies still.
  const isStill = ({ type, movementX, movementY }) => type === "pointermove" && !movementX && !movementY;
  for (const event of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    document.addEventListener(
      event,
      (moved) => {
        if (isStill(moved)) return;
        input = steadyNow();
        unnoted = true;
      },
      { capture: true, passive: true },
    );
  }

  const note = () => {
    noted = steadyNow();
    unnoted = false;
    pages.postMessage("active");
    chairside.send({}, "/active");
  };

  // Also when the server cannot be reached: whoever comes by must not read who the patients are.
  const lock = () => {
    for (const room of state.rooms.values()) {
      if (room.session) hide(room.session);
      if (room.treatment) room.treatment = withoutWords(room.treatment);
      if (room.alarms_off) room.alarms_off = room.alarms_off.map((off) => ({ ...off, reason: "" }));
    }
    person = { ...person, state: "locked" };
    paint();
    leave();
    chairside.repaint();
    // What pages ask before the server knows of it, it would still answer in full.
    chairside.send({}, "/lock").then(({ done }) => done && chairside.emit("identity"));
  };
  // As the server sends a treatment to a screen that is locked.
  const withoutWords = (treatment) => ({
    ...treatment,
    intake: {},
    gate: treatment.gate && { ...treatment.gate, overridden: "" },
    checklist: treatment.checklist.map((item) => (item.kind === "nurse" ? { ...item, said: "" } : item)),
    dosing: { ...treatment.dosing, infusion: treatment.dosing.infusion && { ...treatment.dosing.infusion, paused_for: "" } },
  });
  const hide = (session) => {
    for (const member of person.identifying) if (member in session) session[member] = "";
    session.hidden = true;
  };

  chairside.on("tick", () => {
    if (!person || person.state !== "in") return;
    if (since(input) >= person.lock_s * 1000) lock();
    else if (unnoted && since(noted) >= NOTED_EVERY_MS) note();
  });
  chairside.on("person", take);
  chairside.on("page", paint);
})();
