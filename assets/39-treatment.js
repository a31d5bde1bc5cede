// What the room page says of the treatment: gate, dose, what is due, checklist.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, words, painters, conditions, about, setCommand } = chairside;
  const MINUTE = 60 * SECOND;

  const dosing = ({ treatment }) => (treatment ? treatment.dosing : null);
  const mg = (value) => `${Math.round(value * 10) / 10}`;
  // A pump is set by it: as exact as the record.
  const rate = (value) => `${Math.round(value * 100) / 100} mL/h`;
  const minutesTo = (at, now) => Math.ceil((at - now) / MINUTE);
  const left = (at, now) => {
    const seconds = Math.ceil((at - now) / SECOND);
    return seconds < 600 ? words.minutes(Math.max(0, seconds)) : `${minutesTo(at, now)} min`;
  };

  // ---- before the dose
  const hold = ({ id, session, treatment }, now, element) => {
    const gate = treatment && treatment.gate;
    const waits = Boolean(gate && gate.findings.pressure && !(gate.held_until > now));
    chairside.show(element, waits);
    if (!waits) return {};
    setCommand(element, { type: "HoldDose", room: id, session: session.id, minutes: gate.repeat_min });
    return { text: `Wait ${gate.repeat_min} min, repeat` };
  };
  const gateSaid = ({ treatment }, now) => {
    const gate = treatment && treatment.gate;
    if (!gate) return { text: "" };
    if (gate.held_until !== null && gate.held_until > now && Object.keys(gate.findings).length) {
      return { text: `The dose waits: next reading in ${left(gate.held_until, now)}, at ${words.clock(gate.held_until)}`, look: "waits" };
    }
    if (Object.keys(gate.findings).length) return { text: "The dose waits for this.", look: "waits" };
    if (gate.overridden) return { text: `✓ Released by ${gate.overridden}`, look: "ready" };
    return { text: "✓ Nothing speaks against the first dose", look: "ready" };
  };

  // ---- nasal devices
  const device = (room, element) => {
    const number = Number(element.closest("[data-number]").dataset.number);
    return { number, given: dosing(room) && dosing(room).devices.find((each) => each.number === number) };
  };
  const deviceSaid = (room, now, element) => {
    const { number, given } = device(room, element);
    const plan = dosing(room);
    return { text: plan ? `Device ${number}, ${given ? given.mg : plan.device_mg} mg${given ? ` · ${given.lot}` : ""}` : "" };
  };
  const deviceWhen = (room, now, element) => {
    const { number, given } = device(room, element);
    const plan = dosing(room);
    if (!plan) return { text: "" };
    if (given) return { text: words.clock(given.given_at) };
    if (plan.next_device !== number) return { text: "" };
    return { text: plan.next_at !== null && plan.next_at > now ? `in ${left(plan.next_at, now)}` : "now" };
  };

  // ---- the infusion: what is in follows from the rate, and never exceeds what there is
  const infused = (infusion, now) =>
    Math.min(infusion.dose_mg, infusion.mg + (infusion.mg_per_h * Math.max(0, now - infusion.since)) / (3600 * SECOND));
  // How much of what was planned is in; a bolus is beside it.
  const progress = ({ devices, infusion, planned_mg }, now) =>
    infusion
      ? { given: infused(infusion, now), of: infusion.dose_mg }
      : { given: devices.reduce((sum, each) => sum + each.mg, 0), of: planned_mg };
  const infusion = (say) => (room, now, element) => {
    const plan = dosing(room);
    return plan && plan.infusion ? say(plan.infusion, now, plan, element) : { text: "" };
  };
  const infusionSaid = infusion((running, now, plan) => {
    const bolus = plan.bolus_mg ? ` · ${mg(plan.bolus_mg)} mg bolus beside it` : "";
    if (plan.ended_at !== null) return { text: `Ended ${words.clock(plan.ended_at)}${bolus}`, look: "" };
    if (!running.running) return { text: `Paused since ${words.clock(running.since)}: ${running.paused_for}${bolus}`, look: "waits" };
    if (running.empty_at <= now) return { text: `The planned dose should be in: end the infusion${bolus}`, look: "waits" };
    return { text: `${rate(running.rate_ml_h)}, until ${words.clock(running.empty_at)}${bolus}`, look: "" };
  });
  const infusionLeft = infusion((running, now, plan) => {
    if (plan.ended_at !== null) return { text: "ended" };
    if (!running.running) return { text: "paused" };
    return { text: running.empty_at > now ? `${left(running.empty_at, now)} left` : "done" };
  });
  const infusionBar = infusion((running, now, plan, element) => {
    const width = `${Math.min(100, Math.round((100 * infused(running, now)) / running.dose_mg))}%`;
    if (element.style.width !== width) element.style.width = width;
    return {};
  });
  const doseGiven = (room, now) => {
    const plan = dosing(room);
    if (!plan) return { text: "" };
    const { given, of } = progress(plan, now);
    return { text: `${mg(given)} of ${mg(of)} mg` };
  };

  // ---- what is due
  const dueOf = (room, element) => {
    const { due } = element.closest("[data-due]").dataset;
    return { what: due, item: room.treatment && room.treatment.due.find(({ what }) => what === due) };
  };
  const dueWhen = (room, now, element) => {
    const { what, item } = dueOf(room, element);
    const planned = what === "nibp" && room.cuff ? room.cuff.next_at : null;
    const at = planned ?? (item ? item.due_at : null);
    if (at === null) return { text: item ? "before the dose" : "–", look: "" };
    if (item && item.overdue_at !== null && now > item.overdue_at) return { text: `overdue ${-minutesTo(item.due_at, now)} min`, look: "overdue" };
    return now >= at ? { text: "due now", look: "now" } : { text: `in ${minutesTo(at, now)} min`, look: "" };
  };
  const ago = (at, now) => (now - at < MINUTE ? "now" : `${Math.floor((now - at) / MINUTE)} min ago`);
  const dueLast = (room, now, element) => {
    const { what } = dueOf(room, element);
    if (what === "nibp") return { text: room.cuff && room.cuff.measured_at !== null ? `${Math.round(room.cuff.sys)}/${Math.round(room.cuff.dia)}, ${ago(room.cuff.measured_at, now)}` : "none yet" };
    const result = room.treatment && room.treatment.results.find(({ scale }) => scale === what);
    return { text: result ? `${result.result}, ${ago(result.at, now)}` : "none yet" };
  };
  const episode = (room, now, element) => {
    const wanted = element.closest("[data-episode]").dataset.episode;
    const found = room.treatment && room.treatment.episodes.find((each) => each.episode === wanted);
    if (!found || !found.assessed) return { text: "not assessed" };
    if (found.onset_at === null) return { text: found.set_by ? `none, says ${found.set_by}` : "none found" };
    const end = found.resolved_at === null ? "goes on" : `resolved ${words.clock(found.resolved_at)}`;
    return { text: `since ${words.clock(found.onset_at)}, ${end}` };
  };

  // On a tile only what presses: due now or overdue.
  const duePressing = (room, now) => {
    const pressing = room.treatment ? room.treatment.due.filter(({ due_at, what }) => due_at !== null && due_at <= now && what !== "nibp") : [];
    const overdue = pressing.some(({ overdue_at }) => overdue_at < now);
    return { text: pressing.length ? `${pressing.map(({ label }) => label).join(", ")} ${overdue ? "overdue" : "due"}` : "", look: overdue ? "overdue" : "" };
  };

  // ---- the checklist
  const itemOf = (room, element) => {
    const row = element.closest("[data-item]");
    return room.treatment && room.treatment.checklist.find(({ id }) => id === row.dataset.item);
  };
  const itemSays = (say) => (room, now, element) => {
    const item = itemOf(room, element);
    return item ? say(item, room, now, element) : { text: "" };
  };
  const itemMark = itemSays((item) => ({ text: item.holds ? "✓" : "◯", look: item.holds ? "holds" : "open", title: item.holds ? "holds" : "open" }));
  const itemMissing = itemSays((item, room, now) => {
    if (item.holds) return { text: "" };
    if (item.holds_at !== null) return { text: item.holds_at > now ? `in ${minutesTo(item.holds_at, now)} min, at ${words.clock(item.holds_at)}` : "any moment" };
    return { text: item.missing };
  });
  const attest = itemSays((item, { id, session }, now, element) => {
    const asks = element.dataset.asks;
    if (!item.holds && asks) {
      delete element.dataset.command;
      if (element.dataset.open !== asks) element.dataset.open = asks;
      return { text: "Attest" };
    }
    delete element.dataset.open;
    const type = item.holds ? "WithdrawAttestation" : "Attest";
    setCommand(element, { type, room: id, session: session.id, item: item.id });
    return { text: item.holds ? "Undo" : "Attest" };
  });
  const ready = ({ treatment }) => {
    if (!treatment || treatment.ready_at === null) return { text: "" };
    const first = `Clinically ready ${words.clock(treatment.ready_at)}`;
    return treatment.ready ? { text: `✓ ${first}`, look: "ready" } : { text: `${first}, not any more: ${treatment.lost.join("; ")}`, look: "waits" };
  };
  const openItems = ({ treatment }) => (treatment ? treatment.checklist.filter(({ holds }) => !holds) : []);
  const signHint = (room) => {
    const open = openItems(room).length;
    const inRecovery = room.session && room.session.phase === "recovery";
    if (!open) return { text: inRecovery ? "" : "Discharge follows recovery." };
    return { text: `${open} ${open === 1 ? "item" : "items"} open` };
  };

  Object.assign(painters, {
    hold,
    "gate-said": gateSaid,
    finding: (room, now, element) => ({ text: (room.treatment && room.treatment.gate && room.treatment.gate.findings[element.closest("[data-finding]").dataset.finding]) || "" }),
    "device-mark": (room, now, element) => ({ text: device(room, element).given ? "✓" : "◯", look: device(room, element).given ? "holds" : "open" }),
    "device-said": deviceSaid,
    "device-when": deviceWhen,
    "dose-given": doseGiven,
    "dose-so-far": (room, now) => ({ text: dosing(room) ? `${doseGiven(room, now).text} so far.` : "" }),
    "dose-said": (room) => {
      const plan = dosing(room);
      return { text: plan && plan.ended_at !== null ? `Ended ${words.clock(plan.ended_at)}` : plan && plan.next_device === null ? "All devices were given." : "" };
    },
    "next-device": (room, now) => {
      const plan = dosing(room);
      if (!plan || plan.next_device === null) return { text: "All devices were given." };
      const wait = plan.next_at !== null && plan.next_at > now ? ` Not before ${words.clock(plan.next_at)}, in ${left(plan.next_at, now)}.` : "";
      return { text: `Device ${plan.next_device}: ${plan.device_mg} mg.${wait}` };
    },
    "infusion-mg": infusion((running, now) => ({ text: mg(infused(running, now)) })),
    "infusion-planned": infusion((running) => ({ text: `of ${mg(running.dose_mg)} mg` })),
    "infusion-left": infusionLeft,
    "infusion-said": infusionSaid,
    "infusion-bar": infusionBar,
    "due-when": dueWhen,
    "due-last": dueLast,
    "due-pressing": duePressing,
    episode,
    oxygen: ({ treatment }) => ({ text: treatment ? (treatment.oxygen_l_min ? `Oxygen ${treatment.oxygen_l_min} L/min` : "On room air") : "" }),
    "item-mark": itemMark,
    "item-said": itemSays((item) => ({ text: item.said })),
    "item-missing": itemMissing,
    attest,
    ready,
    "open-items": (room) => ({ text: openItems(room).map(({ text }) => text).join("; ") }),
    "sign-hint": signHint,
    "discharge-said": (room) => ({ text: openItems(room).length ? "" : "Every item of the checklist holds. The patient leaves, and the record is closed." }),
  });
  Object.assign(conditions, {
    "before-dose": ({ treatment }) => Boolean(treatment && treatment.gate),
    "gate-found": ({ treatment }) => Boolean(treatment && treatment.gate && Object.keys(treatment.gate.findings).length),
    "dose-panel": (room) => Boolean(dosing(room) && (dosing(room).devices.length || dosing(room).infusion)),
    dosing: ({ session }) => Boolean(session && session.phase === "dosing"),
    infusing: (room) => Boolean(dosing(room) && dosing(room).infusion && dosing(room).infusion.running),
    "infusion-paused": (room) => Boolean(dosing(room) && dosing(room).infusion && !dosing(room).infusion.running),
    signable: ({ session }) => Boolean(session && session.phase === "recovery"),
    "open-items": (room) => openItems(room).length > 0,
  });
  Object.assign(about, {
    finding: ({ treatment }, finding) => Boolean(treatment && treatment.gate && treatment.gate.findings[finding]),
    device: (room, number) => Boolean(dosing(room) && Number(number) <= Math.round(dosing(room).planned_mg / dosing(room).device_mg)),
  });
})();
