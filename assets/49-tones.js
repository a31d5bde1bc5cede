// The three bursts of IEC 60601-1-8 (tables 3 and 4), made in code. Lengths in seconds, pitches in hertz.
(() => {
  "use strict";
  const { chairside } = window;

  // A pulse lasts while it is above 90 % of its peak; spacing is from there to the same point of the next pulse. A beat is
  // both together, and a beat left out makes the 3-2 rhythm. The interval is from the end of a burst to the next one.
  const BURSTS = {
    high: { pitch: 523, pulse: 0.13, spacing: 0.115, beats: [0, 1, 2, 4, 5, 8, 9, 10, 12, 13], interval: 6 },
    medium: { pitch: 440, pulse: 0.17, spacing: 0.2, beats: [0, 1, 2], interval: 12 },
    low: { pitch: 349, pulse: 0.17, spacing: 0.2, beats: [0, 1], interval: 25 },
  };
  // The fundamental and its harmonics, all below 4000 Hz and within 15 dB of it: a loudspeaker that loses some keeps others.
  const PARTIALS = [1, 0.7, 0.5, 0.4, 0.3];
  // From 10 % to 90 % of the peak, as a share of the pulse: a tone that startles nobody.
  const RISE = 0.2;
  const ESCALATION = 1.6;

  const waveOf = (context) =>
    context.createPeriodicWave(new Float32Array(PARTIALS.length + 1), new Float32Array([0, ...PARTIALS]));

  const soundPulse = (context, destination, { wave, pitch, start, end, ramp, strength }) => {
    const tone = context.createOscillator();
    const envelope = context.createGain();
    tone.setPeriodicWave(wave);
    tone.frequency.value = pitch;
    envelope.gain.setValueAtTime(0, start);
    envelope.gain.linearRampToValueAtTime(strength, start + ramp);
    envelope.gain.setValueAtTime(strength, end - ramp);
    envelope.gain.linearRampToValueAtTime(0, end);
    tone.connect(envelope).connect(destination);
    tone.start(start);
    tone.stop(end);
  };

  // Puts a burst into any audio context, live or offline; the strength of its peaks is at most 1. Returns when it ends.
  const schedule = (context, destination, priority, at, strength) => {
    const { pitch, pulse, spacing, beats } = BURSTS[priority];
    const ramp = (pulse * RISE) / 0.8;
    const length = pulse + 1.8 * ramp;
    const wave = waveOf(context);
    const starts = beats.map((beat) => at + beat * (pulse + spacing));
    for (const start of starts) {
      soundPulse(context, destination, { wave, pitch, start, end: start + length, ramp, strength });
    }
    return starts[starts.length - 1] + length;
  };

  // An alarm that nobody answered gets louder; the rest leaves room for that at every volume.
  const strength = (escalated) => (escalated >= 1 ? 1 : 1 / ESCALATION);

  chairside.tones = { BURSTS, schedule, strength };
})();
