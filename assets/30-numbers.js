// What each piece of a tile or a room page says. A number that is not of now is never shown as one.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, QUALITY, words } = chairside;
  const NOTHING = "– –";
  const GREY_S = 3;
  const GONE_S = 5;
  const CUFF_GRACE_S = 60;
  const CUFF_BY_HAND_S = 15 * 60;
  const DECIMALS = { PI: 1, Temp: 1 };

  const reading = (room, metric, now) => {
    const number = (room.numbers || {})[metric];
    const age = number ? (now - number.at) / SECOND : Infinity;
    if (!number || number.value === null || number.quality & QUALITY.NOT_LIVE || age > GONE_S) {
      return { text: NOTHING, look: "none" };
    }
    const text = number.value.toFixed(DECIMALS[metric] || 0);
    const questionable = Boolean(number.quality & QUALITY.QUESTIONABLE);
    return { text, look: age > GREY_S ? "old" : "fresh", questionable };
  };

  const number = (metric) => (room, now) => {
    const { text, look, questionable } = reading(room, metric, now);
    return {
      text,
      look: questionable ? `${look} questionable` : look,
      title: questionable ? "The device marks this value as questionable" : "",
    };
  };

  const limit = (metric, side) => (room) => {
    const view = (room.numbers || {})[metric];
    return { text: view && view[side] !== null ? `${side === "high" ? "≤" : "≥"} ${view[side]}` : "" };
  };

  const mark = (metric) => (room, now) => {
    const { look, questionable } = reading(room, metric, now);
    if (questionable) return { text: "questionable" };
    return { text: look === "old" ? "not updated" : look === "none" ? "no current value" : "" };
  };

  const cuffAge = (cuff, now) => (now - cuff.measured_at) / SECOND;
  const hasReading = (cuff) => cuff && cuff.measured_at !== null && cuff.sys !== null && cuff.dia !== null;

  const cuffIsOld = (cuff, now) => {
    const longest = cuff.interval_s === null ? CUFF_BY_HAND_S : cuff.interval_s + CUFF_GRACE_S;
    return cuffAge(cuff, now) > longest;
  };

  const nibp = ({ cuff }, now) =>
    hasReading(cuff)
      ? { text: `${Math.round(cuff.sys)}/${Math.round(cuff.dia)}`, look: cuffIsOld(cuff, now) ? "old" : "fresh" }
      : { text: NOTHING, look: "none" };

  const measuring = (cuff) =>
    cuff.pressure === null ? "measuring" : `measuring ${Math.round(cuff.pressure)} mmHg`;

  const nibpAge = ({ cuff }, now) => {
    if (!cuff || (!cuff.present && !hasReading(cuff))) return { text: "no cuff" };
    const age = hasReading(cuff) ? `${words.ago(cuffAge(cuff, now))}${cuff.by_hand ? " by hand" : ""}` : "none yet";
    if (!cuff.measuring) return hasReading(cuff) && cuffIsOld(cuff, now) ? { text: `${age}, overdue`, look: "problem" } : { text: age, look: "" };
    const pressure = cuff.pressure === null ? "measuring" : `cuff ${Math.round(cuff.pressure)}`;
    return { text: `${age} · ${pressure}`, look: "busy" };
  };

  const nibpWhen = ({ cuff }, now) => {
    if (!cuff || (!cuff.present && !hasReading(cuff))) return { text: "No cuff is configured in this room" };
    if (!hasReading(cuff)) return { text: "no reading in this session" };
    const source = cuff.by_hand ? "by hand · " : "";
    const mean = cuff.map === null ? "" : `mean ${Math.round(cuff.map)} · `;
    const age = words.ago(cuffAge(cuff, now));
    const due = cuffIsOld(cuff, now) ? " · overdue" : "";
    return { text: `${source}${mean}${words.clock(cuff.measured_at)}, ${age === "now" ? "just now" : `${age} ago`}${due}` };
  };

  const nibpBaseline = ({ cuff }) => {
    if (!cuff || cuff.baseline_sys === null || cuff.baseline_dia === null) return { text: "" };
    const baseline = `baseline ${Math.round(cuff.baseline_sys)}/${Math.round(cuff.baseline_dia)}`;
    if (!hasReading(cuff)) return { text: baseline };
    const change = Math.round((100 * (cuff.sys - cuff.baseline_sys)) / cuff.baseline_sys);
    return { text: `${baseline} · ${change > 0 ? "+" : change < 0 ? "−" : "±"}${Math.abs(change)} %` };
  };

  const every = (cuff) => (cuff.interval_s === null ? "only when asked" : `every ${cuff.interval_s / 60} min`);
  const nibpPlan = ({ cuff }) => {
    if (!cuff || !cuff.present) return { text: "" };
    return { text: cuff.next_at === null ? every(cuff) : `next ${words.clock(cuff.next_at)} · ${every(cuff)}` };
  };

  const nibpNext = ({ cuff }, now) => {
    if (!cuff || !cuff.present) return { text: "" };
    if (cuff.next_at === null) return { text: "BP when asked" };
    const left = (cuff.next_at - now) / SECOND;
    return left >= 0
      ? { text: `BP in ${words.minutes(left)}` }
      : { text: `BP late ${words.minutes(-left)}`, look: left < -30 ? "problem" : "" };
  };

  const nibpLimits = ({ cuff }) => {
    const side = (name, low, high) =>
      low === null && high === null ? null : `${name} ${low === null ? "" : low}–${high === null ? "" : high}`;
    if (!cuff) return { text: "" };
    const lines = [side("sys", cuff.sys_low, cuff.sys_high), side("dia", cuff.dia_low, cuff.dia_high)];
    return { text: lines.some(Boolean) ? `limits ${lines.filter(Boolean).join(" · ")}` : "" };
  };

  const painters = (chairside.painters = {
    nibp,
    "nibp-age": nibpAge,
    "nibp-when": nibpWhen,
    "nibp-baseline": nibpBaseline,
    "nibp-plan": nibpPlan,
    "nibp-next": nibpNext,
    "nibp-limits": nibpLimits,
    "nibp-now": ({ cuff }) => ({ text: cuff && cuff.measuring ? `${measuring(cuff)} ` : "" }),
    "nibp-problem": ({ cuff }) => ({ text: cuff ? cuff.problem : "" }),
  });
  for (const metric of ["SpO2", "PR", "PI", "RR"]) {
    painters[metric] = number(metric);
    painters[`${metric}-low`] = limit(metric, "low");
    painters[`${metric}-high`] = limit(metric, "high");
    painters[`${metric}-mark`] = mark(metric);
  }

  const write = (element, text) => {
    const only = element.firstChild;
    if (only && only === element.lastChild && only.nodeType === Node.TEXT_NODE) only.nodeValue = text;
    else element.textContent = text;
  };

  // Writes only what changed: the page is painted ten times a second.
  chairside.say = (element, { text, look, title }) => {
    if (text !== undefined && element.textContent !== text) write(element, text);
    if (look !== undefined && element.dataset.look !== look) element.dataset.look = look;
    if (title !== undefined && element.title !== title) element.title = title;
  };
  chairside.show = (element, there) => {
    if (element.hidden === there) element.hidden = !there;
  };
})();
