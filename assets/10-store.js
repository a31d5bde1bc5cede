// The newest state of all rooms, the service's time, and who wants to know of changes.
(() => {
  "use strict";
  const chairside = (window.chairside = {});
  const listeners = {};

  chairside.on = (event, listener) => (listeners[event] ||= []).push(listener);

  // One listener that fails must not keep the others, such as the alarm sound, from working.
  chairside.emit = (event, ...details) => {
    for (const listener of listeners[event] || []) {
      try {
        listener(...details);
      } catch (error) {
        console.error(error);
      }
    }
  };

  const SECOND = 1e6;
  const HISTORY = 120;
  const CURVES = ["SpO2", "PR"];
  const FRESH_S = 3;
  const QUALITY = { QUESTIONABLE: 2, NOT_LIVE: 4 | 8 | 16, SIMULATED: 32 };
  const state = {
    boot: null,
    seq: 0,
    at: null,
    rooms: new Map(),
    history: new Map(),
    audioPausedUntil: null,
    audioOff: null,
    reminderS: null,
    chain: null,
    recording: null,
    notice: "",
    speed: 1,
  };

  // The service's clock, from the least delayed of recent messages; the page's own clock may be wrong.
  // Where it runs fast it stands between two messages: it may wait there, and nobody can tell for how long.
  let offsets = [];
  const runsFast = () => state.speed > 1;
  const learnTime = (now) => {
    if (runsFast()) offsets = [];
    const here = performance.now();
    offsets = offsets.filter((each) => here - each.here < 60000 && each.offset > now - here * 1000);
    offsets.push({ here, offset: now - here * 1000 });
  };
  const now = () => {
    if (runsFast()) return state.at;
    return offsets.length ? performance.now() * 1000 + offsets[0].offset : Date.now() * 1000;
  };

  const takeHead = (message) => {
    state.boot = message.boot;
    state.seq = message.seq;
    state.at = message.at;
    state.audioPausedUntil = message.audio_paused_until;
    state.audioOff = message.audio_off;
    state.reminderS = message.reminder_s;
    state.chain = message.chain;
    state.recording = message.recording;
    state.notice = message.notice;
    state.speed = message.speed;
  };

  const freshValue = (number, at) =>
    number && number.value !== null && !(number.quality & QUALITY.NOT_LIVE) && at - number.at <= FRESH_S * SECOND
      ? number.value
      : null;

  const emptyHistory = (second) => ({ end: second, SpO2: Array(HISTORY).fill(null), PR: Array(HISTORY).fill(null) });

  const remember = (second) => {
    for (const [id, room] of state.rooms) {
      let past = state.history.get(id);
      const patient = room.session ? room.session.id : null;
      if (!past || (past.patient !== undefined && past.patient !== patient)) {
        past = emptyHistory(second - 1);
        state.history.set(id, past);
      }
      past.patient = patient;
      for (; past.end < second; past.end += 1) {
        for (const curve of CURVES) {
          past[curve].shift();
          // A message of fast time stands for all the seconds since the one before it.
          const known = runsFast() || past.end + 1 === second;
          past[curve].push(known ? freshValue((room.numbers || {})[curve], state.at) : null);
        }
      }
    }
  };

  const takeSnapshot = (message) => {
    if (state.boot !== message.boot) offsets = [];
    takeHead(message);
    learnTime(message.now);
    state.rooms = new Map(message.rooms.map((room) => [room.id, room]));
    state.history = new Map(Object.entries(message.history));
    chairside.emit("snapshot");
    chairside.emit("rooms", [...state.rooms.keys()]);
    chairside.emit("alarms");
    chairside.emit("watching");
    chairside.emit("treatment");
    chairside.emit("chain");
  };

  const audio = () => `${state.audioPausedUntil} ${state.audioOff && state.audioOff.since}`;
  const chainTest = () => state.chain && `${state.chain.test} ${state.chain.ms} ${state.chain.failed}`;

  // False when a message between was missed: then only a new snapshot helps.
  const takeFrame = (message) => {
    if (state.boot !== message.boot || message.seq !== state.seq + 1) return false;
    const lastSecond = Math.floor(state.at / SECOND);
    const before = { audio: audio(), chain: chainTest() };
    takeHead(message);
    learnTime(message.at);
    for (const change of message.rooms) {
      state.rooms.set(change.id, Object.assign(state.rooms.get(change.id) || {}, change));
    }
    const second = Math.floor(state.at / SECOND);
    if (second !== lastSecond) {
      remember(second);
      chairside.emit("second");
    }
    if (message.rooms.length) chairside.emit("rooms", message.rooms.map((change) => change.id));
    const changed = (...members) => message.rooms.some((change) => members.some((member) => member in change));
    if (before.audio !== audio() || changed("alarms", "alarms_off", "session")) chairside.emit("alarms");
    if (changed("watching", "alarms_off", "alarms", "session")) chairside.emit("watching");
    if (changed("treatment", "session")) chairside.emit("treatment");
    if (before.chain !== chainTest()) chairside.emit("chain");
    return true;
  };

  // The place of alarms that concern Chairside itself: it has no page and no tile.
  const HOUSE = "chairside";
  const PRIORITIES = ["high", "medium", "low"];
  const alarmsIn = (wanted) => (room) => (room.alarms || []).filter((alarm) => alarm.state === wanted);
  const activeAlarms = alarmsIn("active");
  const latchedAlarms = alarmsIn("latched");
  const unanswered = (room) => activeAlarms(room).filter((alarm) => !alarm.acknowledged_by);
  // What waits for somebody: alarms, and those that were over before anybody came.
  const toAnswer = (room) => [...unanswered(room), ...latchedAlarms(room)];

  // Alarms before what is over, then the worst first, of equals the one that began last.
  const byUrgency = (one, other) =>
    (one.alarm.state === "latched") - (other.alarm.state === "latched") ||
    PRIORITIES.indexOf(one.alarm.priority) - PRIORITIES.indexOf(other.alarm.priority) ||
    other.alarm.since - one.alarm.since;
  const everywhere = (choose) =>
    [...state.rooms.values()].flatMap((room) => choose(room).map((alarm) => ({ room, alarm }))).sort(byUrgency);

  // The room that a part of the page is about; none where there is no such part.
  const roomOf = (element) => (element ? state.rooms.get(element.closest("[data-room]").dataset.room) : undefined);
  const roomPage = () => document.querySelector("[data-room-page]");

  // Nobody who is not signed in is told who the patient is.
  const patientOf = ({ hidden, patient }) => (hidden ? "hidden" : patient);

  const notRecording = () => Boolean(state.recording && !state.recording.working);

  Object.assign(chairside, { SECOND, QUALITY, PRIORITIES, HOUSE, state, now, runsFast, takeSnapshot, takeFrame, freshValue });
  Object.assign(chairside, { activeAlarms, unanswered, toAnswer, everywhere, notRecording, roomOf, roomPage, patientOf });

  // Made once: making one costs more than all else that happens in a second.
  const MINUTES_CLOCK = new Intl.DateTimeFormat([], { timeStyle: "short", hourCycle: "h23" });
  const SECONDS_CLOCK = new Intl.DateTimeFormat([], { timeStyle: "medium", hourCycle: "h23" });

  const pad = (value) => String(Math.floor(value)).padStart(2, "0");
  chairside.words = {
    clock: (at) => MINUTES_CLOCK.format(at / 1000),
    clockWithSeconds: (at) => SECONDS_CLOCK.format(at / 1000),
    minutes: (seconds) => `${pad(seconds / 60)}:${pad(seconds % 60)}`,
    hours: (seconds) => `+${pad(seconds / 3600)}:${pad((seconds / 60) % 60)}`,
    span: (seconds) => (seconds < 100 ? `${Math.floor(seconds)} s` : `${Math.floor(seconds / 60)} min`),
    // An alarm condition as its name in the record: SpO2.low, oximeter.sensor_off.
    condition: (name) => {
      const text = name.replace("SpO2", "SpO₂").replace(/^(\w+)\.\1_/, "$1.").replace(/[._]/g, " ");
      return text.charAt(0).toUpperCase() + text.slice(1);
    },
    ago: (seconds) => (seconds < 60 ? "now" : seconds < 5400 ? `${Math.floor(seconds / 60)} min` : "over 90 min"),
  };
})();
