// Alarms: on tiles and number cards, in the banner, and said to screen readers.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, PRIORITIES, words, painters, state } = chairside;
  const SIGNS = { high: "▲▲▲", medium: "▲▲", low: "▲" };
  const CARDS = { SYS: "NIBP", DIA: "NIBP", MAP: "NIBP" };

  const since = (alarm, now) => words.span(Math.max(0, (now - alarm.since) / SECOND));
  const phrase = (alarm, now) =>
    alarm.active ? `${alarm.text} · ${since(alarm, now)}` : `${alarm.text} · in delay`;
  const answered = (alarm) => (alarm.acknowledged_by ? ` ✓ ${alarm.acknowledged_by}` : "");
  const look = (alarm) =>
    !alarm ? "" : alarm.active ? `${alarm.priority}${alarm.acknowledged_by ? " answered" : ""}` : "pending";

  // The room's alarm that matters most: unanswered before answered, active before pending.
  const foremost = (room) => {
    const alarms = room.alarms || [];
    return chairside.unanswered(room)[0] || chairside.activeAlarms(room)[0] || alarms[0] || null;
  };

  painters.alarm = (room, now) => {
    const alarm = foremost(room);
    if (!alarm) return { text: "", look: "" };
    const more = (room.alarms || []).length - 1;
    const sign = alarm.active ? `${SIGNS[alarm.priority]} ` : "";
    return { text: `${sign}${phrase(alarm, now)}${answered(alarm)}${more > 0 ? `  +${more}` : ""}`, look: look(alarm) };
  };

  painters["alarm-list"] = (room, now, element) => {
    const alarms = room.alarms || [];
    const key = alarms.map((alarm) => `${alarm.condition}:${look(alarm)}`).join();
    if (element.dataset.key !== key) {
      element.dataset.key = key;
      element.hidden = !alarms.length;
      element.replaceChildren(...alarms.map((alarm) => listed(room, alarm)));
    }
    alarms.forEach((alarm, place) => {
      const sign = alarm.active ? `${SIGNS[alarm.priority]} ` : "";
      chairside.say(element.children[place].firstChild, { text: sign + phrase(alarm, now) + answered(alarm) });
    });
    return {};
  };

  const listed = (room, alarm) => {
    const line = document.createElement("div");
    line.className = "listed-alarm";
    line.dataset.look = look(alarm);
    line.append(document.createElement("span"));
    if (alarm.active && !alarm.acknowledged_by) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.textContent = "Acknowledge";
      button.setAttribute("aria-label", `Acknowledge ${alarm.text}`);
      button.dataset.command = JSON.stringify({ type: "Acknowledge", room: room.id, condition: alarm.condition });
      line.append(button);
    }
    return line;
  };

  chairside.on("painted", (room, holder) => {
    const worst = chairside.unanswered(room)[0] || chairside.activeAlarms(room)[0];
    const level = look(worst);
    if (holder.dataset.alarm !== level) holder.dataset.alarm = level;
    for (const card of holder.querySelectorAll("[data-metric]")) {
      const own = chairside.activeAlarms(room).find(
        (alarm) => (CARDS[alarm.metric] || alarm.metric) === card.dataset.metric,
      );
      if (card.dataset.alarm !== look(own)) card.dataset.alarm = look(own);
    }
  });

  const element = (id) => document.getElementById(id);
  const bound = (name) => document.querySelector(`#banner [data-bind="${name}"]`);
  const inRoom = ({ room, alarm }, now) => `${room.name} · ${phrase(alarm, now)}`;

  const paintBanner = () => {
    const banner = element("banner");
    if (!banner) return;
    const now = chairside.now();
    const page = document.querySelector("[data-room-page]");
    const all = chairside.everywhere(chairside.unanswered);
    // The worst of the whole clinic; among equals the one of the room that is looked at.
    const worst = all.filter(({ alarm }) => alarm.priority === all[0].alarm.priority);
    const own = page ? worst.find(({ room }) => room.id === page.dataset.room) : null;
    const shown = own || all[0];
    const paused = state.audioPausedUntil !== null && state.audioPausedUntil > now;
    const sounding = shown || chairside.notRecording();
    banner.hidden = !sounding && !paused;
    element("audio-paused").hidden = !paused;
    element("pause-audio").hidden = paused || !sounding;
    element("acknowledge").hidden = !shown;
    if (paused) chairside.say(bound("audio-left"), { text: `Audio paused ${words.minutes((state.audioPausedUntil - now) / SECOND)}` });
    const level = shown ? shown.alarm.priority : "paused";
    if (banner.dataset.alarm !== level) banner.dataset.alarm = level;
    chairside.say(bound("banner-text"), { text: shown ? `${SIGNS[level]} ${inRoom(shown, now)}` : "No alarm unanswered" });
    chairside.say(bound("banner-counts"), { text: counts(all) });
    paintElsewhere(page && shown ? all.find((each) => each.room.id !== page.dataset.room && each !== shown) : null, now);
    if (shown) {
      const command = JSON.stringify({ type: "Acknowledge", room: shown.room.id, condition: null });
      const button = element("acknowledge");
      if (button.dataset.command !== command) button.dataset.command = command;
      chairside.say(button, { text: page && !own ? `Acknowledge ${shown.room.name}` : "Acknowledge" });
    }
  };

  const paintElsewhere = (other, now) => {
    const holder = bound("banner-elsewhere");
    if (!other) return holder.replaceChildren();
    const link = holder.firstChild || holder.appendChild(document.createElement("a"));
    const address = `/room/${encodeURIComponent(other.room.id)}`;
    if (link.getAttribute("href") !== address) link.setAttribute("href", address);
    chairside.say(link, { text: `${SIGNS[other.alarm.priority]} ${inRoom(other, now)}` });
  };

  const counts = (all) =>
    PRIORITIES.map((priority) => [all.filter(({ alarm }) => alarm.priority === priority).length, priority])
      .filter(([count]) => count)
      .map(([count, priority]) => `${count} ${priority}`)
      .join(" · ");

  // Said once, when an alarm begins; not each second.
  let known = new Set();
  const announce = () => {
    if (!element("announce-now")) return;
    const all = chairside.everywhere(chairside.unanswered);
    const present = new Set(all.map(({ room, alarm }) => `${room.id} ${alarm.condition}`));
    const fresh = all.filter(({ room, alarm }) => !known.has(`${room.id} ${alarm.condition}`));
    known = present;
    const text = (some) => some.map(({ room, alarm }) => `${alarm.priority} alarm, ${room.name}: ${alarm.text}`).join(". ");
    const now = fresh.filter(({ alarm }) => alarm.priority === "high");
    const soon = fresh.filter(({ alarm }) => alarm.priority !== "high");
    if (now.length) element("announce-now").textContent = text(now);
    if (soon.length) element("announce-soon").textContent = text(soon);
    const worst = all[0];
    document.title = worst ? `${SIGNS[worst.alarm.priority]} ${worst.room.name} · ${worst.alarm.text}` : "Chairside";
  };

  const paintNotices = () => {
    const { recording, notice } = state;
    const failing = chairside.notRecording();
    const away = element("not-recording");
    if (!away) return;
    away.hidden = !failing;
    if (failing) chairside.say(away, { text: `NOT RECORDING: ${recording.problem}` });
    element("notice").hidden = !notice;
    chairside.say(element("notice"), { text: notice || "" });
  };

  // A tick is 250 ms: high goes dark every other tick (2 Hz), medium for three of seven (0.57 Hz).
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  let ticks = 0;
  chairside.on("tick", () => {
    ticks += 1;
    const dark = stillness.matches ? [] : [ticks % 2 ? "high" : "", ticks % 7 < 3 ? "medium" : ""];
    const flash = dark.filter(Boolean).join(" ");
    const root = document.documentElement;
    if (root.dataset.flash !== flash) root.dataset.flash = flash;
  });

  chairside.on("alarms", announce);
  chairside.on("page", announce);
  for (const event of ["alarms", "page", "tick"]) {
    chairside.on(event, () => {
      paintBanner();
      paintNotices();
    });
  }
})();
