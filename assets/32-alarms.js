// Alarms on tiles, number cards and in the list of a room page, and their flashing.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, words, painters } = chairside;
  const SIGNS = (chairside.signs = { high: "▲▲▲", medium: "▲▲", low: "▲" });
  const CARDS = { SYS: "NIBP", DIA: "NIBP", MAP: "NIBP" };

  const since = (alarm, now) => words.span(Math.max(0, (now - alarm.since) / SECOND));
  const left = (alarm, now) => `${Math.max(0, Math.ceil((alarm.until - now) / SECOND))} s`;
  const isAlarm = (alarm) => alarm.state === "active" || alarm.state === "latched";
  const isOfCuff = (alarm) => alarm.metric in CARDS;

  // What follows an alarm's words: how long it lasts, or why it is none yet or none any more. A reading that waits to be
  // confirmed says so itself.
  const course = (chairside.alarmCourse = (alarm, now) => {
    if (alarm.state === "active") return since(alarm, now);
    if (alarm.state === "latched") return `over ${words.clock(alarm.until)}, not answered`;
    if (alarm.state === "held") return `held back: cuff on the same arm, ${left(alarm, now)} left`;
    return isOfCuff(alarm) ? "" : "in delay";
  });
  const titled = (alarm) => (isAlarm(alarm) ? `${SIGNS[alarm.priority]} ${alarm.text}` : alarm.text);
  const look = (alarm) => {
    if (!alarm) return "";
    if (alarm.state === "active") return `${alarm.priority}${alarm.acknowledged_by ? " answered" : ""}`;
    return alarm.state === "latched" ? `latched ${alarm.priority}` : alarm.state;
  };
  const joined = (...pieces) => pieces.filter(Boolean).join(" ");

  // The room's alarm that matters most: unanswered before answered, active before over before pending.
  const foremost = (chairside.foremost = (room) => chairside.unanswered(room)[0] || (room.alarms || [])[0] || null);

  // The words may wrap and be cut at last; how long, how many more and that it is answered never are. Why an alarm is
  // held back, and that it is over, may stand on a line of its own.
  painters.alarm = (room, now, element) => {
    const alarm = foremost(room);
    if (!alarm) return { text: "", look: "" };
    const more = room.alarms.length - 1;
    const [text, tail, who] = stripOf(element);
    chairside.say(text, { text: titled(alarm), title: alarm.text });
    const after = joined(course(alarm, now), more > 0 && `+${more}`, alarm.acknowledged_by && "✓");
    chairside.say(tail, { text: after && (alarm.until === null ? ` · ${after}` : after) });
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

  // ---- the list of a room page

  painters["alarm-list"] = (room, now, element) => {
    const alarms = room.alarms || [];
    const repeated = toRepeat(room);
    const key = alarms.map((alarm) => `${alarm.condition}:${look(alarm)}:${alarm === repeated}`).join();
    if (element.dataset.key !== key) {
      const focused = element.contains(document.activeElement);
      element.dataset.key = key;
      element.replaceChildren(...alarms.map((alarm) => listed(room, alarm, alarm === repeated)));
      chairside.show(element, Boolean(alarms.length));
      if (focused) chairside.focusPage();
    }
    alarms.forEach((alarm, place) => {
      const after = joined(course(alarm, now), alarm.acknowledged_by && `✓ ${alarm.acknowledged_by}`);
      chairside.say(element.children[place].firstChild, { text: titled(alarm) + (after && ` · ${after}`) });
    });
    return {};
  };

  // One reading may be the arm's movement: the next one decides.
  const toRepeat = ({ session, cuff, alarms }) => {
    if (!session || !cuff || !cuff.present || cuff.measuring) return null;
    return (alarms || []).find((alarm) => isOfCuff(alarm) && alarm.state !== "latched") || null;
  };

  const listed = (room, alarm, repeat) => {
    const line = document.createElement("div");
    line.className = "listed-alarm";
    line.dataset.look = look(alarm);
    line.append(document.createElement("span"));
    if (repeat) line.append(press("Repeat BP now", { type: "TakeCuffReading", room: room.id, session: room.session.id }));
    if (isAlarm(alarm) && !alarm.acknowledged_by) {
      line.append(press("Acknowledge", acknowledge(room, [alarm]), `Acknowledge ${alarm.text}`));
    }
    return line;
  };

  const acknowledge = (chairside.acknowledgeCommand = (room, alarms) => ({
    type: "Acknowledge",
    room: room.id,
    session: room.session ? room.session.id : null,
    conditions: alarms.map(({ condition }) => condition).sort(),
  }));

  const press = (chairside.makeButton = (text, command, label = "") => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = text;
    if (label) button.setAttribute("aria-label", label);
    button.dataset.command = JSON.stringify(command);
    return button;
  });

  // ---- tiles and number cards

  chairside.on("painted", (room, holder) => {
    const worst = look(foremost(room));
    const level = worst === "pending" || worst === "held" ? "" : worst;
    if (holder.dataset.alarm !== level) holder.dataset.alarm = level;
    for (const card of holder.querySelectorAll("[data-metric]")) {
      const own = (room.alarms || []).find(
        (alarm) => alarm.state !== "latched" && (CARDS[alarm.metric] || alarm.metric) === card.dataset.metric,
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
