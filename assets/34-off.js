// Alarms that are paused or switched off: on tiles, on the room page, and for the whole clinic in the banner.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, words, painters, say, show, roomOf } = chairside;

  const ALL = "All alarms of this room";

  const offs = (room) => room.alarms_off || [];
  const ofRoom = (room) => offs(room).find(({ condition }) => condition === null);
  const lookOf = (off) => (off.until === null ? "off" : "paused");
  const left = (off, now) => words.minutes(Math.max(0, (off.until - now) / SECOND));
  // On a locked screen the reason is not told: a name may stand in it.
  const because = (off, now) => `${off.by}${off.reason ? `: ${off.reason}` : ""} · ${words.span((now - off.since) / SECOND)}`;
  const named = ({ condition }) => (condition === null ? "ALARMS OFF" : `OFF: ${words.condition(condition)}`);
  const paused = (off, now) => `Alarms paused · ${left(off, now)}`;
  const phrase = (off, now) =>
    off.until === null ? `${named(off)} · ${because(off, now)}` : `${paused(off, now)} · ${off.by}`;

  // What is off of the whole room says more than single alarms.
  painters["alarms-off"] = (room, now) => {
    const all = offs(room);
    if (!all.length) return { text: "", look: "", title: "" };
    const first = ofRoom(room) || all[0];
    const more = all.length > 1 ? `+${all.length - 1} ` : "";
    const text = first.until === null ? `${named(first)} ${more}· ${because(first, now)}` : paused(first, now);
    return { text, look: lookOf(first), title: text };
  };

  painters["alarms-off-list"] = (room, now, element) => {
    const all = room.session ? offs(room) : [];
    const key = all.map(({ condition, since }) => `${condition} ${since}`).join();
    if (element.dataset.key !== key) {
      element.dataset.key = key;
      element.replaceChildren(...all.map((off) => listed(room, off)));
    }
    show(element, Boolean(all.length));
    all.forEach((off, place) => say(element.children[place].firstChild, { text: phrase(off, now) }));
    return {};
  };

  const listed = (room, off) => {
    const line = document.createElement("div");
    line.className = "listed-off";
    line.dataset.look = lookOf(off);
    const command = { type: "ResumeAlarms", room: room.id, session: room.session.id, condition: off.condition };
    const label = off.condition === null ? "Resume all alarms" : `Resume ${words.condition(off.condition)}`;
    line.append(document.createElement("span"), chairside.makeButton("Resume", command, label));
    return line;
  };

  // ---- what can be switched off: the alarms that stand there now, but no emergency

  // What was chosen stays on offer when its alarm is over: nothing else, least of all everything, takes its place.
  const offer = (select) => {
    const room = roomOf(select);
    if (!select || !room) return;
    const single = (room.alarms || []).filter(({ condition }) => !condition.startsWith("symptom."));
    const choices = new Map([["", "Choose …"], ...single.map(({ condition, text }) => [condition, text]), ["all", ALL]]);
    const [chosen] = select.selectedOptions;
    if (chosen && !choices.has(chosen.value)) choices.set(chosen.value, chosen.text);
    if ([...select.options].map(({ value }) => value).join() === [...choices.keys()].join()) return;
    const value = chosen ? chosen.value : "";
    select.replaceChildren(...[...choices].map(([each, text]) => new Option(text, each, false, each === value)));
  };
  const offerAnew = (select) => {
    if (select) select.replaceChildren();
    offer(select);
  };
  chairside.on("open", (dialog) => offerAnew(dialog.querySelector("[data-alarm-choice]")));
  chairside.on("watching", () => offer(document.querySelector("dialog[open] [data-alarm-choice]")));

  // ---- the whole clinic

  const inShort = (room, now) => {
    const all = ofRoom(room);
    if (all && all.until !== null) return `${room.name} paused ${left(all, now)}`;
    if (all) return `${room.name} ALARMS OFF`;
    return `${room.name} OFF: ${offs(room).map(({ condition }) => words.condition(condition)).join(", ")}`;
  };
  const isPaused = (room) => Boolean(ofRoom(room) && ofRoom(room).until !== null);

  // One line for the whole clinic: which rooms are not watched, or not wholly; first those that do not come back.
  chairside.alarmsOffEverywhere = (now) => {
    const found = [...chairside.state.rooms.values()].filter((room) => offs(room).length);
    if (!found.length) return { text: "", look: "" };
    found.sort((one, other) => isPaused(one) - isPaused(other));
    return { text: found.map((room) => inShort(room, now)).join(" · "), look: isPaused(found[0]) ? "paused" : "off" };
  };
})();
