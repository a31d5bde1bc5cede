// Alarms on tiles and number cards, and their flashing.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, words, painters } = chairside;
  const SIGNS = (chairside.signs = { high: "▲▲▲", medium: "▲▲", low: "▲" });
  const CARDS = { SYS: "NIBP", DIA: "NIBP", MAP: "NIBP" };

  const since = (chairside.alarmAge = (alarm, now) => words.span(Math.max(0, (now - alarm.since) / SECOND)));
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

  // The words may wrap and be cut at last; how long, how many more and that it is answered never are.
  painters.alarm = (room, now, element) => {
    const alarm = foremost(room);
    if (!alarm) return { text: "", look: "" };
    const more = (room.alarms || []).length - 1;
    const [text, tail, who] = stripOf(element);
    chairside.say(text, { text: alarm.active ? `${SIGNS[alarm.priority]} ${alarm.text}` : alarm.text, title: alarm.text });
    const pieces = [alarm.active ? since(alarm, now) : "in delay", more > 0 ? `+${more}` : "", alarm.acknowledged_by ? "✓" : ""];
    chairside.say(tail, { text: ` · ${pieces.filter(Boolean).join(" ")}` });
    chairside.say(who, { text: alarm.acknowledged_by ? ` ${alarm.acknowledged_by}` : "" });
    return { look: look(alarm) };
  };
  const stripOf = (element) => {
    if (!element.firstElementChild) {
      element.replaceChildren(...["alarm-words", "alarm-tail", "alarm-who"].map(piece));
    }
    return element.children;
  };
  const piece = (name) => Object.assign(document.createElement("span"), { className: name });

  painters["alarm-list"] = (room, now, element) => {
    const alarms = room.alarms || [];
    const key = alarms.map((alarm) => `${alarm.condition}:${look(alarm)}`).join();
    if (element.dataset.key !== key) {
      const focused = element.contains(document.activeElement);
      element.dataset.key = key;
      element.replaceChildren(...alarms.map((alarm) => listed(room, alarm)));
      chairside.show(element, Boolean(alarms.length));
      if (focused) chairside.focusPage();
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
})();
