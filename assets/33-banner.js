// What stands above every page: the banner with the alarm that matters most, notices, the title; and what is said aloud.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, PRIORITIES, words, state, show, say, signs, alarmAge } = chairside;

  const element = (id) => document.getElementById(id);
  const bound = (name) => document.querySelector(`#banner [data-bind="${name}"]`);
  const mean = (button, name, value) => {
    if (button.dataset[name] !== value) button.dataset[name] = value;
  };

  // The worst of the whole clinic; among equals the one of the room that is looked at.
  const choose = (all, page) => {
    const worst = all.filter(({ alarm }) => alarm.priority === all[0].alarm.priority);
    return (page && worst.find(({ room }) => room.id === page.dataset.room)) || all[0] || null;
  };

  const paintBanner = () => {
    const banner = element("banner");
    if (!banner) return;
    const now = chairside.now();
    const page = document.querySelector("[data-room-page]");
    const all = chairside.everywhere(chairside.unanswered);
    const shown = choose(all, page);
    const paused = state.audioPausedUntil !== null && state.audioPausedUntil > now;
    show(element("audio-paused"), paused);
    show(element("pause-audio"), !paused && Boolean(shown || chairside.notRecording()));
    show(element("acknowledge"), Boolean(shown));
    if (paused) say(bound("audio-left"), { text: `Audio paused ${words.minutes((state.audioPausedUntil - now) / SECOND)}` });
    mean(banner, "alarm", shown ? shown.alarm.priority : "none");
    const others = shown ? chairside.unanswered(shown.room).filter((alarm) => alarm !== shown.alarm) : [];
    say(bound("banner-text"), { text: shown ? `${signs[shown.alarm.priority]} ${shown.room.name} · ${shown.alarm.text}` : quiet() });
    say(bound("banner-since"), { text: shown ? ` · ${alarmAge(shown.alarm, now)}` : "" });
    say(bound("banner-also"), { text: others.length ? `+${others.length}: ${others.map(({ text }) => text).join(" · ")}` : "" });
    say(bound("banner-counts"), { text: counts(all) });
    paintElsewhere(page && shown ? all.find((each) => each.room !== shown.room && each.room.id !== page.dataset.room) : null, now);
    if (shown) paintAcknowledge(shown, others, page);
  };

  // Nothing is known of alarms while nothing comes in.
  const quiet = () => {
    if (state.at === null || chairside.liveness !== "live") return "Alarms not known";
    return chairside.everywhere(chairside.activeAlarms).length ? "No alarm unanswered" : "No alarm";
  };

  const paintAcknowledge = ({ room, alarm }, others, page) => {
    const button = element("acknowledge");
    const condition = others.length ? null : alarm.condition;
    mean(button, "command", JSON.stringify({ type: "Acknowledge", room: room.id, condition }));
    mean(button, "means", [alarm, ...others].map((each) => each.condition).sort().join());
    const here = page && page.dataset.room === room.id;
    const text = others.length ? `Acknowledge ${others.length + 1} in ${room.name}` : page && !here ? `Acknowledge ${room.name}` : "Acknowledge";
    say(button, { text });
  };

  const paintElsewhere = (other, now) => {
    const holder = bound("banner-elsewhere");
    if (!other) return holder.replaceChildren();
    const link = holder.firstChild || holder.appendChild(document.createElement("a"));
    const address = `/room/${encodeURIComponent(other.room.id)}`;
    if (link.getAttribute("href") !== address) link.setAttribute("href", address);
    const { room, alarm } = other;
    say(link, { text: `${signs[alarm.priority]} ${room.name} · ${alarm.text} · ${alarmAge(alarm, now)}` });
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
    const fresh = all.filter(({ room, alarm }) => !known.has(`${room.id} ${alarm.condition}`));
    known = new Set(all.map(({ room, alarm }) => `${room.id} ${alarm.condition}`));
    const text = (some) => some.map(({ room, alarm }) => `${alarm.priority} alarm, ${room.name}: ${alarm.text}`).join(". ");
    const now = fresh.filter(({ alarm }) => alarm.priority === "high");
    const soon = fresh.filter(({ alarm }) => alarm.priority !== "high");
    if (now.length) element("announce-now").textContent = text(now);
    if (soon.length) element("announce-soon").textContent = text(soon);
  };

  const title = () => {
    if (chairside.liveness !== "live") return "NOT LIVE · Chairside";
    if (chairside.notRecording()) return "NOT RECORDING · Chairside";
    const worst = chairside.everywhere(chairside.unanswered)[0];
    return worst ? `${signs[worst.alarm.priority]} ${worst.room.name} · ${worst.alarm.text}` : "Chairside";
  };

  const paintNotices = () => {
    const { recording, notice } = state;
    const away = element("not-recording");
    if (!away) return;
    show(away, chairside.notRecording());
    if (chairside.notRecording()) say(away, { text: `NOT RECORDING: ${recording.problem}` });
    show(element("notice"), Boolean(notice));
    say(element("notice"), { text: notice || "" });
    if (document.title !== title()) document.title = title();
  };

  chairside.on("alarms", announce);
  chairside.on("page", announce);
  for (const event of ["alarms", "page", "tick", "liveness"]) {
    chairside.on(event, () => {
      paintBanner();
      paintNotices();
    });
  }
})();
