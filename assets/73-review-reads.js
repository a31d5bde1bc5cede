// How the time axis of the chart of a session is divided, and what every lane says at one time. What people typed is put
// into the page as text.
(() => {
  "use strict";
  const { chairside } = window;
  const SEEN_MS = 3000;
  const SECOND_MS = 1000;
  const MINUTE_MS = 60000;
  const NEAR_SHARE = 1 / 90;
  const MOST_EVENTS = 4;

  const NUMBERS = { f4: Float32Array, f8: Float64Array };
  // The curves of a figure as numbers.
  const numbers = ({ dtype, bdata }) => new NUMBERS[dtype](Uint8Array.from(atob(bdata), (char) => char.charCodeAt(0)).buffer);

  const curvesOf = ({ data }) =>
    data.filter((trace) => trace.meta && trace.meta.metric).map(({ meta, x, y }) => ({ ...meta, x: numbers(x), y: numbers(y) }));

  const two = (number) => String(number).padStart(2, "0");
  const clock = (ms, seconds = true) => {
    const there = new Date(ms);
    const minutes = `${two(there.getUTCHours())}:${two(there.getUTCMinutes())}`;
    return seconds ? `${minutes}:${two(there.getUTCSeconds())}` : minutes;
  };
  const within = (at) => (each) => each.from <= at && at <= each.to;
  const last = (list, at) => list.filter((each) => each.at <= at).pop();

  const nearest = ({ x, y }, at) => {
    let low = 0;
    let high = x.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x[middle] < at) low = middle + 1;
      else high = middle;
    }
    const best = { away: Infinity, value: NaN };
    for (let place = Math.max(low - 2, 0); place <= Math.min(low + 2, x.length - 1); place += 1) {
      const away = Math.abs(x[place] - at);
      if (!Number.isNaN(y[place]) && away < best.away) Object.assign(best, { away, value: y[place] });
    }
    return best;
  };

  // A value stands for the moment when it was no longer away than two neighbours in the chart are.
  const streamed = (at, { curves, meta, span }) => {
    const found = new Map();
    const reach = Math.max(SEEN_MS / 2, span / 700);
    for (const curve of curves) {
      const { away, value } = nearest(curve, at);
      const known = found.get(curve.metric) || { ...curve, away: Infinity, text: "–", note: "" };
      if (away <= reach && away < known.away) {
        Object.assign(known, { away, text: `${value.toFixed(curve.decimals)} ${curve.unit}`, note: curve.kind });
      }
      found.set(curve.metric, known);
    }
    for (const each of found.values()) {
      if (meta.lost.some((lost) => lost.metric === each.metric && within(at)(lost))) each.note = "record damaged";
    }
    return [...found.values()].map(({ label, text, note, metric }) => ({ label, text, note, look: metric }));
  };

  const pressure = (at, readings) => {
    const reading = last(readings, at);
    if (!reading) return { label: "NIBP", text: "–", note: "", look: "NIBP" };
    const ago = Math.round((at - reading.at) / MINUTE_MS);
    const notes = [`${clock(reading.at, false)}${ago ? `, ${ago} min before` : ""}`];
    if (reading.percent !== null) notes.push(`${reading.percent} %`);
    if (reading.by_hand) notes.push("by hand");
    if (reading.artefact) notes.push("artefact");
    return { label: "NIBP", text: reading.text, note: notes.join(" · "), look: "NIBP" };
  };

  // What there is in every lane at a time, with so much time shown.
  const read = (at, chart) => {
    const { readings, phases, assessments, alarms, artefacts, bars, events } = chart.meta;
    const items = [{ label: "", text: clock(at), note: last(phases, at)?.name || "", look: "time" }, ...streamed(at, chart), pressure(at, readings)];
    const byScale = new Map(assessments.filter((each) => each.at <= at).map((each) => [each.label, each]));
    for (const { label, result, at: when } of byScale.values()) items.push({ label, text: String(result), note: clock(when, false) });
    for (const { text } of bars.filter(within(at))) items.push({ label: "Given", text, note: "" });
    for (const { text, priority } of alarms.filter(within(at))) items.push({ label: "Alarm", text, note: priority, look: `alarm-${priority}` });
    for (const { text } of artefacts.filter(within(at))) items.push({ label: "Artefact", text, note: "", look: "words" });
    const near = events.filter((each) => Math.abs(each.at - at) < chart.span * NEAR_SHARE);
    for (const { number, text } of near.slice(0, MOST_EVENTS)) items.push({ label: String(number), text, note: "", look: "event" });
    return items;
  };

  const element = (tag, name, text) => {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text;
    return made;
  };
  const line = ({ label, text, note, look }) => {
    const made = element("span", "read", "");
    if (look) made.dataset.look = look;
    if (label) made.append(element("span", "read-label", label));
    made.append(element("bdi", "read-value", text));
    if (note) made.append(element("span", "read-note", note));
    return made;
  };

  // While more than the first is shown, lines stand so far apart, the bold ones and the thin ones.
  const TICKS = [
    [5 * 60 * MINUTE_MS, 60 * MINUTE_MS, 15 * MINUTE_MS],
    [3 * 60 * MINUTE_MS, 30 * MINUTE_MS, 5 * MINUTE_MS],
    [50 * MINUTE_MS, 15 * MINUTE_MS, 5 * MINUTE_MS],
    [20 * MINUTE_MS, 5 * MINUTE_MS, MINUTE_MS],
    [6 * MINUTE_MS, 2 * MINUTE_MS, 30 * SECOND_MS],
    [2 * MINUTE_MS, MINUTE_MS, 10 * SECOND_MS],
    [40 * SECOND_MS, 10 * SECOND_MS, 2 * SECOND_MS],
    [0, 5 * SECOND_MS, SECOND_MS],
  ];
  const ticks = (span) => {
    const [, bold, thin] = TICKS.find(([beyond]) => span > beyond);
    return { dtick: bold, thin, tickformat: bold < MINUTE_MS ? "%H:%M:%S" : "%H:%M" };
  };

  chairside.review = { ticks, curvesOf, two, element, read: (at, chart) => read(at, chart).map(line) };
})();
