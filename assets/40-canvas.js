// Small curves of two minutes on the board, and the pleth as a sweep. Drawn only while somebody can see them.
(() => {
  "use strict";
  const { chairside } = window;
  const colors = {};
  const color = (name) =>
    (colors[name] ||= getComputedStyle(document.documentElement).getPropertyValue(name).trim());

  // A canvas keeps its own size: set it when the box changes, not at every drawing.
  const sizes = new WeakMap();
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      sizes.set(target, { width: contentRect.width, height: contentRect.height });
      if (target.dataset.spark !== undefined) drawSpark(target);
      else resetSweep(target);
    }
  });
  const fit = (canvas) => {
    const size = sizes.get(canvas);
    if (!size || !size.width || !size.height) return null;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(size.width * ratio);
    const height = Math.round(size.height * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { pen, ...size };
  };

  const LANES = [
    { metric: "SpO2", color: "--spo2", top: 0.04, bottom: 0.5, low: 86, high: 100, reach: 3 },
    { metric: "PR", color: "--pr", top: 0.54, bottom: 0.96, low: null, high: null, reach: 10 },
  ];

  const rangeOf = (lane, values) => {
    const known = values.filter((value) => value !== null);
    if (!known.length) return null;
    const low = Math.min(...known);
    const high = Math.max(...known);
    if (lane.low !== null) return [Math.min(lane.low, low - 1), lane.high];
    const middle = (low + high) / 2;
    const half = Math.max((high - low) / 2, lane.reach);
    return [middle - half, middle + half];
  };

  const drawSpark = (canvas) => {
    const room = canvas.closest("[data-room]").dataset.room;
    const past = chairside.state.history.get(room);
    const area = past && fit(canvas);
    if (!area) return;
    area.pen.clearRect(0, 0, area.width, area.height);
    for (const lane of LANES) drawLane(area, lane, past[lane.metric]);
  };

  const drawLane = ({ pen, width, height }, lane, values) => {
    const range = rangeOf(lane, values);
    if (!range) return;
    const [low, high] = range;
    const top = lane.top * height;
    const reach = (lane.bottom - lane.top) * height;
    pen.beginPath();
    pen.strokeStyle = color(lane.color);
    pen.lineWidth = lane.metric === "SpO2" ? 1.6 : 1.2;
    pen.lineJoin = "round";
    let drawing = false;
    values.forEach((value, place) => {
      if (value === null) {
        drawing = false;
        return;
      }
      const x = (place / (values.length - 1)) * width;
      const y = top + reach * (1 - (Math.min(Math.max(value, low), high) - low) / (high - low));
      if (drawing) pen.lineTo(x, y);
      else pen.moveTo(x, y);
      drawing = true;
    });
    pen.stroke();
  };

  const drawSparks = () => {
    if (document.visibilityState !== "visible") return;
    document.querySelectorAll("[data-spark]").forEach(drawSpark);
  };

  // ---- pleth
  const SWEEP_S = 8;
  const ERASE = 14;
  const FRAME_MS = 40;
  const DELAY_S = 0.6;
  const SILENT_S = 2;
  let sweep = null;
  let lastDrawn = 0;
  let lastWave = -Infinity;
  let drawing = false;

  const resetSweep = (canvas) => {
    const area = fit(canvas);
    if (!area) return;
    area.pen.clearRect(0, 0, area.width, area.height);
    sweep = { canvas, samples: [], low: null, high: null, last: null };
  };

  const takeWave = (waves) => {
    const canvas = document.querySelector("[data-pleth]");
    if (!canvas) return;
    if (!sweep || sweep.canvas !== canvas) resetSweep(canvas);
    if (!sweep) return;
    for (const wave of Array.isArray(waves) ? waves : [waves]) {
      if (wave.room !== canvas.dataset.pleth) continue;
      const start = wave.start / 1e6;
      wave.samples.forEach((sample, place) => {
        sweep.samples.push([start + place / wave.rate_hz, sample / wave.full_scale]);
      });
    }
    const oldest = chairside.now() / 1e6 - SWEEP_S;
    while (sweep.samples.length && sweep.samples[0][0] < oldest) sweep.samples.shift();
    lastWave = performance.now();
    if (!drawing) {
      drawing = true;
      requestAnimationFrame(drawSweep);
    }
  };

  // Scaled by what stands in the window, slowly, so that a small pulse is seen and a big one fits.
  const scale = () => {
    const values = sweep.samples.map((sample) => sample[1]);
    const low = Math.min(...values);
    const high = Math.max(...values, low + 0.02);
    const follow = (before, now) => (before === null ? now : before + (now - before) * 0.1);
    sweep.low = Math.min(low, follow(sweep.low, low));
    sweep.high = Math.max(high, follow(sweep.high, high));
  };

  const drawSweep = (at) => {
    if (!sweep || !sweep.canvas.isConnected || performance.now() - lastWave > SILENT_S * 1000) {
      if (sweep && sweep.canvas.isConnected) resetSweep(sweep.canvas);
      drawing = false;
      return;
    }
    requestAnimationFrame(drawSweep);
    if (at - lastDrawn < FRAME_MS - 4) return;
    lastDrawn = at;
    const area = fit(sweep.canvas);
    if (!area) return;
    const until = chairside.now() / 1e6 - DELAY_S;
    const ready = sweep.samples.filter(([time]) => time <= until && (sweep.last === null || time >= sweep.last[0]));
    if (ready.length < 2) return;
    scale();
    drawStretch(area, ready);
    sweep.last = ready[ready.length - 1];
  };

  const drawStretch = ({ pen, width, height }, samples) => {
    const place = (time) => ((time % SWEEP_S) / SWEEP_S) * width;
    const level = (value) => 4 + (height - 8) * (1 - (value - sweep.low) / (sweep.high - sweep.low));
    const from = place(samples[0][0]);
    const reach = ((samples[samples.length - 1][0] - samples[0][0]) / SWEEP_S) * width;
    pen.clearRect(from + 0.5, 0, reach + ERASE, height);
    if (from + reach + ERASE > width) pen.clearRect(0, 0, from + reach + ERASE - width, height);
    pen.beginPath();
    pen.strokeStyle = color("--spo2");
    pen.lineWidth = 1.8;
    pen.lineJoin = "round";
    samples.forEach(([time, value], index) => {
      const gap = index === 0 || time - samples[index - 1][0] > 0.2 || place(time) < place(samples[index - 1][0]);
      if (gap) pen.moveTo(place(time), level(value));
      else pen.lineTo(place(time), level(value));
    });
    pen.stroke();
  };

  chairside.on("page", () => {
    observer.disconnect();
    sweep = null;
    for (const canvas of document.querySelectorAll("[data-spark], [data-pleth]")) observer.observe(canvas);
  });
  chairside.on("wave", takeWave);
  chairside.on("second", drawSparks);
  chairside.on("snapshot", drawSparks);
  document.addEventListener("visibilitychange", drawSparks);
})();
