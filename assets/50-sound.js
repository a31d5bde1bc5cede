// Alarm sounds after IEC 60601-1-8: bursts by priority, for the worst alarm that nobody has answered.
(() => {
  "use strict";
  const { chairside } = window;
  const { state } = chairside;
  const HARMONICS = [0, 1, 0.55, 0.4, 0.28, 0.18];
  const BURSTS = {
    high: { pitch: 523, pulse: 0.14, starts: [0, 0.24, 0.48, 0.9, 1.14, 1.9, 2.14, 2.38, 2.8, 3.04], every: 6 },
    medium: { pitch: 440, pulse: 0.2, starts: [0, 0.42, 0.84], every: 12 },
    low: { pitch: 349, pulse: 0.2, starts: [0, 0.42], every: 25 },
  };
  const ORDER = ["high", "medium", "low"];

  let context = null;
  let volume = null;
  let wave = null;
  let playing = null;
  let nextBurst = 0;

  const ready = () => context !== null && context.state === "running";

  const begin = () => {
    if (!context) {
      context = new AudioContext();
      volume = context.createGain();
      volume.gain.value = 0.5;
      volume.connect(context.destination);
      wave = context.createPeriodicWave(new Float32Array(HARMONICS.length), new Float32Array(HARMONICS));
      context.onstatechange = paint;
    }
    if (context.state !== "running") context.resume().then(paint, paint);
  };

  const pulse = (pitch, start, length) => {
    const tone = context.createOscillator();
    const shape = context.createGain();
    const rise = length * 0.2;
    tone.setPeriodicWave(wave);
    tone.frequency.value = pitch;
    shape.gain.setValueAtTime(0, start);
    shape.gain.linearRampToValueAtTime(0.6, start + rise);
    shape.gain.setValueAtTime(0.6, start + length - rise);
    shape.gain.linearRampToValueAtTime(0, start + length);
    tone.connect(shape).connect(playing.gain);
    tone.start(start);
    tone.stop(start + length);
  };

  const silence = () => {
    if (!playing) return;
    playing.gain.gain.setTargetAtTime(0, context.currentTime, 0.02);
    playing = null;
    nextBurst = 0;
  };

  const burst = (priority) => {
    const { pitch, pulse: length, starts, every } = BURSTS[priority];
    const gain = context.createGain();
    gain.connect(volume);
    playing = { priority, gain };
    const start = context.currentTime + 0.03;
    for (const each of starts) pulse(pitch, start + each, length);
    nextBurst = context.currentTime + starts[starts.length - 1] + every;
  };

  const paused = () => state.audioPausedUntil !== null && state.audioPausedUntil > chairside.now();

  // A lost connection is itself an alarm, and no pause that was set before covers it.
  const wanted = () => {
    if (chairside.liveness === "lost") return "high";
    if (paused()) return null;
    if (chairside.notRecording()) return "high";
    const worst = chairside.everywhere(chairside.unanswered)[0];
    return worst ? worst.alarm.priority : null;
  };

  const sound = () => {
    const priority = wanted();
    chairside.sounding = priority;
    if (!ready()) return;
    const worse = playing && priority && ORDER.indexOf(priority) < ORDER.indexOf(playing.priority);
    if (!priority || worse) silence();
    if (priority && context.currentTime >= nextBurst) burst(priority);
  };

  const paint = () => {
    const chip = document.getElementById("sound-chip");
    if (!chip) return;
    const on = ready();
    chip.dataset.on = on ? "yes" : "no";
    chairside.say(chip, { text: !on ? "Sound is off – click to switch on" : paused() ? "Sound paused" : "Sound on" });
  };

  // Browsers stay mute until somebody has touched the page.
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, begin, { capture: true });
  for (const event of ["alarms", "liveness", "tick"]) chairside.on(event, sound);
  chairside.on("page", paint);
  chairside.on("tick", () => {
    if (!context && navigator.userActivation && navigator.userActivation.hasBeenActive) begin();
    paint();
  });
  chairside.soundReady = ready;
})();
