// What stands above every page: the banner with the alarm that matters most, what is silenced, notices, the title.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, PRIORITIES, HOUSE, words, state, show, say, signs, alarmCourse, roomPage } = chairside;

  const element = (id) => document.getElementById(id);
  const bound = (name) => document.querySelector(`#banner [data-bind="${name}"]`);
  const set = (target, name, value) => {
    if (target.dataset[name] !== value) target.dataset[name] = value;
  };
  const isOver = (alarm) => alarm.state === "latched";

  // The worst of the whole clinic; among equals the one of the room that is looked at.
  const choose = (all, page) => {
    const [first] = all;
    const worst = all.filter(({ alarm }) => alarm.priority === first.alarm.priority && isOver(alarm) === isOver(first.alarm));
    return (page && worst.find(({ room }) => room.id === page.dataset.room)) || first || null;
  };

  const paintBanner = () => {
    const banner = element("banner");
    if (!banner) return;
    const now = chairside.now();
    const page = roomPage();
    const all = chairside.everywhere(chairside.toAnswer);
    const shown = choose(all, page);
    const others = shown ? chairside.toAnswer(shown.room).filter((alarm) => alarm !== shown.alarm) : [];
    set(banner, "alarm", shown ? `${isOver(shown.alarm) ? "latched " : ""}${shown.alarm.priority}` : "none");
    say(bound("banner-text"), { text: shown ? titled(shown) : quiet() });
    say(bound("banner-since"), { text: shown ? ` · ${alarmCourse(shown.alarm, now)}` : "" });
    const also = [...others.map(briefly), ...ownUntold(all, shown)];
    say(bound("banner-also"), { text: also.length ? `+${also.length}: ${also.join(" · ")}` : "" });
    say(bound("banner-counts"), { text: counts(all) });
    paintElsewhere(page && shown ? all.find(({ room }) => ![shown.room.id, page.dataset.room, HOUSE].includes(room.id)) : null, now);
    show(element("acknowledge"), Boolean(shown));
    if (shown) paintAcknowledge(shown, others, page);
    paintAudio(banner, now, chairside.everywhere(chairside.unanswered).length > 0);
    const off = chairside.alarmsOffEverywhere(now);
    say(bound("banner-off"), { ...off, title: off.text });
  };

  const titled = ({ room, alarm }) => `${signs[alarm.priority]} ${room.name} · ${alarm.text}`;
  // An alarm of Chairside itself has no tile: it is named here whatever is worse elsewhere.
  const ownUntold = (all, shown) =>
    all.filter(({ room }) => room.id === HOUSE && room !== shown.room).map(({ room, alarm }) => `${room.name}: ${briefly(alarm)}`);
  const briefly = (alarm) => (isOver(alarm) ? `${alarm.text} (over)` : alarm.text);

  // Nothing is known of alarms while nothing comes in.
  const quiet = () => {
    if (state.at === null || chairside.liveness !== "live") return "Alarms not known";
    return chairside.everywhere(chairside.activeAlarms).length ? "No alarm unanswered" : "No alarm";
  };

  // It answers what stands there and nothing that comes while it is pressed.
  const paintAcknowledge = ({ room, alarm }, others, page) => {
    const button = element("acknowledge");
    chairside.setCommand(button, chairside.acknowledgeCommand(room, [alarm, ...others]));
    const here = page && page.dataset.room === room.id;
    const text = others.length ? `Acknowledge ${others.length + 1} in ${room.name}` : `Acknowledge ${room.name}`;
    say(button, { text: here && !others.length ? "Acknowledge" : text });
  };

  const paintElsewhere = (other, now) => {
    const holder = bound("banner-elsewhere");
    if (!other) return holder.replaceChildren();
    const link = holder.firstChild || holder.appendChild(document.createElement("a"));
    chairside.leadTo(link, other.room);
    say(link, { text: `${titled(other)} · ${alarmCourse(other.alarm, now)}` });
  };

  chairside.leadTo = (link, room) => {
    const address = room.id === HOUSE ? null : `/room/${encodeURIComponent(room.id)}`;
    if (link.getAttribute("href") === address) return;
    if (address === null) link.removeAttribute("href");
    else link.setAttribute("href", address);
  };

  const counts = (all) => {
    const over = all.filter(({ alarm }) => isOver(alarm)).length;
    return [
      ...PRIORITIES.map((priority) => [all.filter(({ alarm }) => alarm.priority === priority && !isOver(alarm)).length, priority]),
      [over, "over"],
    ]
      .filter(([count]) => count)
      .map(([count, name]) => `${count} ${name}`)
      .join(" · ");
  };

  // ---- silenced sound

  const paintAudio = (banner, now, waiting) => {
    const off = state.audioOff;
    const paused = !off && state.audioPausedUntil !== null && state.audioPausedUntil > now;
    set(banner, "audio", off ? "off" : paused ? "paused" : "on");
    show(element("audio-off"), Boolean(off));
    show(element("audio-paused"), paused);
    show(element("pause-audio"), !off && !paused && (waiting || chairside.notRecording()));
    if (paused) say(bound("audio-left"), { text: `Audio paused ${words.minutes((state.audioPausedUntil - now) / SECOND)}` });
    if (off) {
      const text = `Audio off by ${off.by}: ${off.reason} · ${words.span((now - off.since) / SECOND)}`;
      say(bound("audio-off-words"), { text, title: text });
    }
  };

  // ---- said aloud once, when an alarm begins and again when nobody has answered it; not each second

  let known = new Set();
  const announce = () => {
    if (!element("announce-now")) return;
    const all = chairside.everywhere(chairside.unanswered);
    const key = ({ room, alarm }) => `${room.id} ${alarm.condition} ${chairside.isEscalated(alarm)}`;
    const fresh = all.filter((each) => !known.has(key(each)));
    known = new Set(all.map(key));
    const isHigh = ({ alarm }) => alarm.priority === "high";
    const isLess = (each) => !isHigh(each);
    tell(element("announce-now"), all.filter(isHigh), fresh.filter(isHigh));
    tell(element("announce-soon"), all.filter(isLess), fresh.filter(isLess));
  };
  // Whoever reads the page through finds no alarm there that is over.
  const tell = (place, all, fresh) => {
    if (fresh.length) place.textContent = fresh.map(aloud).join(". ");
    else if (!all.length) place.textContent = "";
  };
  const aloud = ({ room, alarm }) =>
    `${chairside.isEscalated(alarm) ? "Unanswered " : ""}${alarm.priority} alarm, ${room.name}: ${alarm.text}`;

  const title = () => {
    if (chairside.liveness !== "live") return "NOT LIVE · Chairside";
    if (chairside.notRecording()) return "NOT RECORDING · Chairside";
    const worst = chairside.everywhere(chairside.unanswered)[0];
    return worst ? titled(worst) : "Chairside";
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
