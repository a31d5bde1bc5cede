// What sounds and when: the worst alarm that nobody has answered, the reminder that the audio is off, the test.
(() => {
  "use strict";
  const { chairside } = window;
  const { state, tones, SECOND, PRIORITIES } = chairside;
  const VOLUME = { floor: 30, full: 100, usual: 70 };
  const VOLUME_KEY = "alarm-volume";
  const LEAD_S = 0.03;
  const TEST = ["low", "medium", "high"];
  const TEST_PAUSE_S = 0.8;
  const LONGEST_REMINDER_S = 180;
  const WAKING_MS = 1000;

  let context = null;
  let speaker = null;
  let playing = null;
  let nextBurst = 0;
  let test = null;
  let quiet = false;
  let reminders = null;

  const running = () => context !== null && context.state === "running";
  const paused = () => state.audioPausedUntil !== null && state.audioPausedUntil > chairside.now();

  // ---- volume, kept for this browser

  const keptVolume = () => {
    const percent = Number(localStorage.getItem(VOLUME_KEY));
    return percent >= VOLUME.floor && percent <= VOLUME.full ? percent : VOLUME.usual;
  };
  let volume = keptVolume();
  const setVolume = (percent) => {
    volume = percent;
    localStorage.setItem(VOLUME_KEY, volume);
    if (speaker) speaker.gain.value = volume / VOLUME.full;
  };

  // ---- the browser's audio. Browsers stay mute until somebody has touched the page.

  const open = () => {
    context = new AudioContext();
    speaker = context.createGain();
    speaker.gain.value = volume / VOLUME.full;
    speaker.connect(context.destination);
    context.onstatechange = wake;
  };
  const wake = () => {
    if (!context) open();
    if (!running()) context.resume().then(paint, paint);
    paint();
  };

  // ---- bursts

  const play = (priority, kind, { escalated = 0, pause = 0 } = {}) => {
    const gain = context.createGain();
    gain.connect(speaker);
    const end = tones.schedule(context, gain, priority, context.currentTime + LEAD_S, tones.strength(escalated));
    playing = { priority, kind, gain };
    nextBurst = end + pause;
  };

  const silence = () => {
    playing.gain.gain.setTargetAtTime(0, context.currentTime, 0.02);
    playing = null;
    nextBurst = 0;
  };

  // A lost connection is itself an alarm, and no pause that was set before covers it.
  const wanted = () => {
    if (quiet) return null;
    if (chairside.liveness === "lost") return { priority: "high" };
    if (paused() || state.audioOff) return null;
    if (chairside.notRecording()) return { priority: "high" };
    const all = chairside.everywhere(chairside.unanswered).map(({ alarm }) => alarm);
    if (!all.length) return null;
    const worst = all.filter(({ priority }) => priority === all[0].priority);
    return { priority: all[0].priority, escalated: Math.max(...worst.map(({ escalated }) => escalated || 0)) };
  };

  const mustStop = (alarm) => {
    if (playing.kind !== "alarm") return alarm !== null || quiet;
    return alarm === null || PRIORITIES.indexOf(alarm.priority) < PRIORITIES.indexOf(playing.priority);
  };

  const sound = () => {
    quiet = document.querySelector("[data-quiet-page]") !== null;
    const alarm = wanted();
    chairside.sounding = alarm && alarm.priority;
    countReminders();
    if (test && (quiet || alarm || !running())) endTest(quiet ? "quiet page" : alarm ? "alarm" : "mute");
    if (!running()) return;
    if (playing && mustStop(alarm)) silence();
    if (context.currentTime < nextBurst) return;
    if (alarm) play(alarm.priority, "alarm", { ...alarm, pause: tones.BURSTS[alarm.priority].interval });
    else if (test) goOnTesting();
    else if (reminders && reminders.due && !quiet) remind();
  };

  // ---- while the audio is off: a reminder. Counted from when it was switched off, so that all screens remind together.

  const countReminders = () => {
    const { audioOff, reminderS } = state;
    if (!audioOff) {
      reminders = null;
      return;
    }
    const { since } = audioOff;
    const every = Math.min(reminderS || LONGEST_REMINDER_S, LONGEST_REMINDER_S) * SECOND;
    const count = Math.floor((chairside.now() - since) / every);
    if (!reminders || reminders.since !== since) reminders = { since, count, due: false };
    reminders.due ||= count > reminders.count;
    reminders.count = count;
  };

  const remind = () => {
    reminders.due = false;
    play("low", "reminder");
  };

  // ---- the test: every tone once, also while the audio is paused. Tells "sound-test" what plays and how it ended.

  const startTest = async () => {
    wake();
    if (!running()) await new Promise((woken) => setTimeout(woken, WAKING_MS));
    test ||= [...TEST];
    sound();
  };

  const endTest = (how) => {
    test = null;
    chairside.emit("sound-test", how);
  };

  const goOnTesting = () => {
    const tone = test.shift();
    if (!tone) return endTest("heard");
    play(tone, "test", { pause: TEST_PAUSE_S });
    chairside.emit("sound-test", tone);
  };

  // ---- the chip

  const saying = () => {
    if (quiet) return "This page is silent";
    if (!running()) return "Sound is off – click to switch on";
    if (state.audioOff) return "Audio off";
    return paused() ? "Sound paused" : "Sound on";
  };

  // Not while it is pressed: a chip that shrinks under the finger would not be there when the finger is lifted.
  const paint = () => {
    const chip = document.getElementById("sound-chip");
    if (!chip || chip.matches(":active")) return;
    const on = quiet || (running() && !state.audioOff) ? "yes" : "no";
    if (chip.dataset.on !== on) chip.dataset.on = on;
    chairside.say(chip, { text: saying() });
  };

  for (const gesture of ["pointerdown", "pointerup", "keydown"]) {
    document.addEventListener(gesture, wake, { capture: true });
  }
  for (const event of ["alarms", "liveness", "page", "tick"]) chairside.on(event, sound);
  chairside.on("page", paint);
  chairside.on("tick", () => {
    if (!context && navigator.userActivation && navigator.userActivation.hasBeenActive) wake();
    paint();
  });
  chairside.sound = { VOLUME, volume: () => volume, setVolume, startTest };
})();
