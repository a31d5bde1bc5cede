// What tiles and room pages say of the session, and which of their blocks are there at all.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, words, painters } = chairside;

  const phaseClock = (room, now) => {
    const { session } = room;
    return session && session.first_dose_at !== null ? words.hours((now - session.first_dose_at) / SECOND) : "";
  };

  const inTrouble = (device) => device.state !== "ok" || Boolean(device.problem);
  // What an alarm says already need not be said twice.
  const told = (room, device) =>
    chairside.activeAlarms(room).some(({ text }) => text.toLowerCase().includes(device.name.toLowerCase()));
  // A tile has one strip: what else is wrong with the devices, such as why there is no number, stands above it.
  const besideTheStrip = (room) =>
    chairside.activeAlarms(room).filter((alarm) => alarm !== chairside.foremost(room) && isOfDevice(room, alarm));
  const isOfDevice = (room, { condition }) => (room.devices || []).some(({ name }) => condition.startsWith(`${name}.`));
  const troubled = (room) => (room.devices || []).filter((device) => inTrouble(device) && !told(room, device));
  const STATES = { ok: "connected", waiting: "connecting", lost: "lost", silent: "silent" };
  const trouble = (device) => `${device.name}: ${device.problem || STATES[device.state] || device.state}`;

  const setCommand = (chairside.setCommand = (element, command) => {
    const text = JSON.stringify(command);
    if (element.dataset.command !== text) element.dataset.command = text;
  });

  // What the main button leads to: a dialog where there is something to say, else the next phase at once.
  const OPENS = {
    dosing: ({ dosing }) => (dosing.route === "iv" ? "infusion" : "device"),
    monitoring: ({ dosing }) => (dosing.next_device === null ? "end-dosing" : "device"),
    discharged: () => "discharge",
  };
  const nextStep = ({ session, treatment, id }, now, element) => {
    if (!session || !treatment || session.next_phase === null) return { text: "" };
    const opens = OPENS[session.next_phase];
    if (opens) {
      delete element.dataset.command;
      const dialog = opens(treatment);
      if (element.dataset.open !== dialog) element.dataset.open = dialog;
      if (dialog === "device") return { text: `Give device ${treatment.dosing.next_device}` };
    } else {
      delete element.dataset.open;
      setCommand(element, { type: "EnterPhase", room: id, session: session.id, phase: session.next_phase });
    }
    return { text: session.next_label };
  };

  const cuffButton = ({ session, cuff, id }, now, element) => {
    if (!session || !cuff) return {};
    if (cuff.measuring) setCommand(element, { type: "CancelCuff", room: id });
    else setCommand(element, { type: "TakeCuffReading", room: id, session: session.id });
    return cuff.measuring ? { text: "Stop cuff", look: "stop" } : { text: "Take BP now", look: "" };
  };

  const steps = ({ session }, now, element) => {
    const all = [...element.querySelectorAll("[data-step]")];
    const present = session ? all.findIndex((step) => step.dataset.step === session.phase) : -1;
    all.forEach((step, place) => {
      const is = place < present ? "done" : place === present ? "now" : "";
      if (step.className !== is) step.className = is;
      if (is === "now") step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
    return {};
  };

  const interval = ({ cuff, session, id }, now, element) => {
    if (!cuff || !session || element.dataset.pending || element.dataset.busy) return {};
    const value = cuff.interval_s === null ? "" : String(cuff.interval_s / 60);
    if (![...element.options].some((option) => option.value === value)) {
      element.add(new Option(`BP every ${value} min`, value));
    }
    if (element.value !== value) element.value = value;
    element.dataset.fixed = JSON.stringify({ room: id, session: session.id });
    return {};
  };

  const done = (session) => session.all_items - session.open_items;
  // How far the patient is, in a word: before the first dose, what it waits for; then the way to the discharge.
  const progress = (session, treatment) => {
    const gate = treatment && treatment.gate;
    if (gate) {
      const found = Object.keys(gate.findings).length;
      return found ? `Dose waits: ${found} to do` : "Ready for the dose";
    }
    return treatment && treatment.ready ? "✓ Clinically ready" : `Discharge ${done(session)}/${session.all_items}`;
  };

  Object.assign(painters, {
    patient: ({ session }) => ({ text: session ? chairside.patientOf(session) : "" }),
    "head-patient": ({ session }) => ({ text: session ? ` · ${chairside.patientOf(session)}` : "" }),
    person: ({ session, treatment }) => {
      if (!session) return { text: "Free" };
      const age = treatment ? treatment.intake.age : null;
      return { text: `${Number.isInteger(age) ? `${age} y · ` : ""}${session.weight_kg} kg` };
    },
    dose: ({ session }) => ({ text: session ? session.dose : "" }),
    phase: ({ session }) => ({ text: session ? session.phase_label : "" }),
    clock: (room, now) => ({ text: phaseClock(room, now) }),
    "clock-long": (room, now) => {
      const clock = phaseClock(room, now);
      return { text: clock || (room.session ? room.session.phase_label : "") };
    },
    discharge: ({ session, treatment }) => ({ text: session ? progress(session, treatment) : "" }),
    "discharge-bar": ({ session }, now, element) => {
      const width = session && session.all_items && session.first_dose_at !== null ? `${Math.round((100 * done(session)) / session.all_items)}%` : "0%";
      if (element.style.width !== width) element.style.width = width;
      return {};
    },
    "checklist-count": ({ session }) => ({ text: session ? `${done(session)} / ${session.all_items}` : "" }),
    "device-problem": (room, now, element) => {
      const untold = element.closest(".tile") ? besideTheStrip(room).map(({ text }) => text) : [];
      const cuff = room.cuff && room.cuff.problem && !told(room, { name: "cuff" }) ? [room.cuff.problem] : [];
      const text = [...untold, ...troubled(room).map(trouble), ...cuff].join(" · ");
      return { text, title: text };
    },
    "device-state": (room, now, element) => {
      const name = element.closest("[data-device]").dataset.device;
      const device = (room.devices || []).find((each) => each.name === name);
      if (!device) return { text: "unknown", look: "problem" };
      const state = STATES[device.state] || device.state;
      return { text: device.problem ? `${state} · ${device.problem}` : state, look: inTrouble(device) ? "problem" : "fine" };
    },
    "next-step": nextStep,
    "cuff-button": cuffButton,
    "pause-alarms": ({ id, session }, now, element) => {
      if (session) setCommand(element, { type: "PauseAlarms", room: id, session: session.id });
      return {};
    },
    steps,
    interval,
  });

  const conditions = {
    session: (room) => Boolean(room.session),
    dosed: (room) => Boolean(room.session && room.session.first_dose_at !== null),
    cuff: (room) => Boolean(room.session && room.cuff && room.cuff.present),
    watched: (room) => Boolean(room.session && !(room.alarms_off || []).some(({ condition }) => condition === null)),
  };
  // Conditions about something that is named after a colon.
  const about = { protocol: ({ session }, protocol) => Boolean(session) && session.protocol === protocol };
  Object.assign(chairside, { conditions, about });
  const holds = (condition, room) => {
    if (condition.startsWith("!")) return !holds(condition.slice(1), room);
    const [kind, name] = condition.split(":");
    if (name !== undefined) return about[kind](room, name);
    return condition in conditions ? conditions[condition](room) : Boolean((room.numbers || {})[condition]);
  };

  // The parts of the page by room, found anew whenever the page changes.
  let parts = new Map();
  const collect = () => {
    parts = new Map();
    for (const holder of document.querySelectorAll("[data-room]")) {
      const part = { holder, bound: [...holder.querySelectorAll("[data-bind]")], shown: [...holder.querySelectorAll("[data-show]")] };
      if (!parts.has(holder.dataset.room)) parts.set(holder.dataset.room, []);
      parts.get(holder.dataset.room).push(part);
    }
  };

  // What cannot be painted is blank, never an old number that looks like one of now, and keeps nothing else from it.
  const failed = new Set();
  const guarded = (element, name, draw) => {
    try {
      draw();
      if (element.dataset.failed) delete element.dataset.failed;
    } catch (error) {
      element.dataset.failed = "yes";
      if (!failed.has(name)) console.error(error);
      failed.add(name);
    }
  };

  const paint = (ids) => {
    const now = chairside.now();
    for (const id of ids) {
      const room = chairside.state.rooms.get(id);
      if (!room || !room.name) continue;
      for (const part of parts.get(id) || []) {
        for (const element of part.shown) {
          guarded(element, element.dataset.show, () => chairside.show(element, holds(element.dataset.show, room)));
        }
        for (const element of part.bound) {
          const painter = painters[element.dataset.bind];
          if (painter) guarded(element, element.dataset.bind, () => chairside.say(element, painter(room, now, element)));
        }
        chairside.emit("painted", room, part.holder);
      }
    }
  };
  chairside.repaint = () => paint(parts.keys());

  chairside.on("rooms", paint);
  chairside.on("page", () => {
    collect();
    chairside.repaint();
  });
  // Ages go on when nothing comes; the service's time stands for now.
  let ticks = 0;
  chairside.on("tick", () => {
    ticks += 1;
    if (ticks % 2) chairside.repaint();
  });
})();
