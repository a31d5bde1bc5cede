// The chart of a session: what is looked at, and every lane read at one time. The server draws it; what people typed is
// put into the page as text and never into the chart. Times are milliseconds of the chart's axis unless they are called us.
(() => {
  "use strict";
  const { chairside } = window;
  const { review } = chairside;
  const SHORTEST_MS = 2000;
  const ASK_AFTER_MS = 90;
  const LIMIT_MS = 15000;
  const LIVE_EVERY_MS = 15000;
  const SECOND_MS = 1000;
  const MINUTE_MS = 60000;

  const page = () => document.querySelector("[data-session-page]");
  const plot = () => document.querySelector("[data-review-plot]");
  const graph = () => document.querySelector("[data-review-plot] .js-plotly-plot");
  const properties = (id, data) => window.dash_clientside.set_props(id, { data });
  const fresh = () => ({ meta: null, curves: [], view: null, cursor: null, pinned: null, drag: "zoom", run: 0, asked: -Infinity });
  let now = fresh();

  // ---- what is looked at
  const shown = () => now.view || now.meta.whole;
  const span = () => shown()[1] - shown()[0];
  const toUs = (ms) => Math.round((ms - now.meta.offset_ms) * 1000);
  const toMs = (us) => us / 1000 + now.meta.offset_ms;

  // The stretch, moved into the session where it lies beyond; nothing when it is all of it.
  const fitted = ([from, to]) => {
    const [first, last] = now.meta.whole;
    const length = Math.max(to - from, SHORTEST_MS);
    if (length >= last - first) return null;
    const start = Math.min(Math.max((from + to - length) / 2, first), last - length);
    return [start, start + length];
  };

  const look = (stretch) => {
    now.view = stretch && fitted(stretch);
    const { dtick, thin, tickformat } = review.ticks(span());
    const steps = { "xaxis.dtick": dtick, "xaxis.minor.dtick": thin, "xaxis.tickformat": tickformat };
    if (window.Plotly && graph()) window.Plotly.relayout(graph(), { "xaxis.range": shown(), ...steps });
    askSoon();
    show();
  };

  const around = (length) => {
    const [from, to] = shown();
    const chosen = now.pinned ? now.pinned.at : now.cursor;
    const middle = chosen !== null && chosen >= from && chosen <= to ? chosen : (from + to) / 2;
    look([middle - length / 2, middle + length / 2]);
  };
  const along = (share) => look(shown().map((each) => each + span() * share));

  const goTo = ({ start, end, at }, what = "") => {
    now.pinned = at === null || at === undefined ? null : { at: toMs(at), what };
    now.cursor = null;
    look([toMs(start), toMs(end)]);
    plot().scrollIntoView({ block: "nearest" });
  };

  // ---- questions
  let waits;
  const askSoon = () => {
    clearTimeout(waits);
    waits = setTimeout(ask, ASK_AFTER_MS);
  };
  let unanswered;
  const ask = () => {
    if (!page()) return;
    now.run += 1;
    now.asked = performance.now();
    clearTimeout(unanswered);
    unanswered = setTimeout(() => tell("No answer: Chairside is busy or away. Try again.", "problem"), LIMIT_MS);
    const view = now.view && now.view.map(toUs);
    properties("review-request", { run: now.run, now: Math.round(chairside.now()), session: page().dataset.sessionPage, view });
  };
  const tell = (text, look = "") => {
    const place = document.querySelector("[data-review-says]");
    if (place) chairside.say(place, { text, look });
  };

  // Nothing of the session stays, neither to be seen nor to be pointed at; an answer on its way is none any more.
  const HEIGHT_PX = 560;
  const forget = () => {
    now = Object.assign(fresh(), { run: now.run + 1 });
    const [line, box, reads] = ["line", "box", "reads"].map((name) => document.querySelector(`[data-review-${name}]`));
    line.hidden = box.hidden = true;
    line.dataset.pinned = "";
    for (const place of [box, reads]) place.replaceChildren();
    return { data: [], layout: { height: HEIGHT_PX, xaxis: { visible: false }, yaxis: { visible: false } } };
  };

  // The answer, with what is looked at now: it may have been asked for another stretch, and then another one comes.
  const draw = (answer) => {
    const nothing = window.dash_clientside.no_update;
    if (!answer || !page()) return nothing;
    const meta = answer.layout && answer.layout.meta;
    if ((meta || answer).run !== now.run || (meta && meta.session !== page().dataset.sessionPage)) return nothing;
    clearTimeout(unanswered);
    tell(answer.problem || "", answer.problem ? "problem" : "");
    if (answer.problem) return forget();
    now.meta = meta;
    now.curves = review.curvesOf(answer);
    const { dtick, thin, tickformat } = review.ticks(span());
    const { xaxis } = answer.layout;
    const axis = { ...xaxis, range: [...shown()], autorange: false, dtick, tickformat, minor: { ...xaxis?.minor, dtick: thin } };
    requestAnimationFrame(show);
    return { ...answer, layout: { ...answer.layout, dragmode: now.drag, xaxis: axis } };
  };

  // What a person drags, or what look() set itself.
  const moment = (value) => (typeof value === "number" ? value : Date.parse(`${value.replace(" ", "T")}Z`));
  const moved = (change) => {
    if (!change || !now.meta) return;
    if (change["xaxis.autorange"]) look(null);
    const range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (range[0] === undefined || range[1] === undefined) return;
    const there = range.map(moment);
    if (there.every((each, place) => Math.abs(each - shown()[place]) < 1)) return;
    look(there);
  };
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.review = { draw, moved };

  // ---- the reading line
  const placeOf = (at) => {
    const { left_px: left, right_px: right } = now.meta;
    return left + ((at - shown()[0]) / span()) * (plot().clientWidth - left - right);
  };
  const timeAt = (px) => {
    const { left_px: left, right_px: right } = now.meta;
    return shown()[0] + ((px - left) / (plot().clientWidth - left - right)) * span();
  };

  const press = (mark, value) => {
    for (const button of document.querySelectorAll(`[data-${mark}]`)) {
      button.setAttribute("aria-pressed", String(button.dataset[mark] === value));
    }
  };
  const rangeName = () => {
    if (!now.view) return "whole";
    const minutes = String(Math.round(span() / MINUTE_MS));
    const { dosing } = now.meta;
    const isDosing = dosing && Math.abs(now.view[0] - dosingStretch()[0]) < 1 && Math.abs(now.view[1] - dosingStretch()[1]) < 1;
    return isDosing ? "dosing" : Math.abs(span() - minutes * MINUTE_MS) < 1 ? minutes : "";
  };

  const show = () => {
    const mark = document.querySelector("[data-review-line]");
    if (!mark || !now.meta || !now.meta.readings) return;
    const box = document.querySelector("[data-review-box]");
    const at = now.cursor ?? (now.pinned && now.pinned.at);
    const isThere = at !== null && at >= shown()[0] && at <= shown()[1];
    mark.hidden = !isThere;
    box.hidden = !isThere || now.cursor === null;
    press("range", rangeName());
    press("drag", now.drag);
    document.querySelector("[data-range='dosing']").disabled = !now.meta.dosing;
    const bar = document.querySelector("[data-review-reads]");
    if (!isThere) return bar.replaceChildren(review.element("span", "muted", "Point at the chart, or press the arrow keys in it, to read every lane at one time."));
    const x = placeOf(at);
    mark.style.left = `${x}px`;
    mark.style.bottom = `${now.meta.bottom_px}px`;
    mark.dataset.pinned = now.cursor === null ? (now.pinned.what || "") : "";
    const chart = { curves: now.curves, meta: now.meta, span: span() };
    bar.replaceChildren(...review.read(at, chart));
    if (box.hidden) return;
    box.replaceChildren(...review.read(at, chart));
    const beyond = x + 16 + box.offsetWidth > plot().clientWidth;
    box.style.left = `${beyond ? x - 12 - box.offsetWidth : x + 12}px`;
  };

  // ---- pointer, keys, buttons
  let pending = false;
  document.addEventListener("pointermove", ({ target, clientX, buttons }) => {
    const place = plot();
    if (!place || !now.meta || !now.meta.readings) return;
    const inside = target.closest && target.closest("[data-review-plot]");
    const at = inside && !buttons ? timeAt(clientX - place.getBoundingClientRect().left) : null;
    const next = at !== null && at >= shown()[0] && at <= shown()[1] ? at : null;
    if (next === null && (now.cursor === null || now.byKey)) return;
    now.cursor = next;
    now.byKey = false;
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      show();
    });
  });

  const step = (share) => {
    const [from, to] = shown();
    const at = now.cursor ?? (now.pinned ? now.pinned.at : (from + to) / 2);
    now.cursor = Math.min(Math.max(at + span() * share, now.meta.whole[0]), now.meta.whole[1]);
    now.byKey = true;
    if (now.cursor < from || now.cursor > to) along(Math.sign(share) / 4);
    else show();
  };
  const KEYS = {
    ArrowLeft: ({ shiftKey }) => step(shiftKey ? -0.1 : -0.01),
    ArrowRight: ({ shiftKey }) => step(shiftKey ? 0.1 : 0.01),
    "+": () => around(span() / 2),
    "-": () => around(span() * 2),
    Escape: () => look((now.pinned = now.cursor = null)),
  };
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest || !event.target.closest("[data-review-plot]") || !now.meta || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key](event);
  });

  const dosingStretch = () => {
    const [from, to] = now.meta.dosing;
    const margin = Math.max((to - from) / 12, MINUTE_MS);
    return fitted([from - margin, to + margin]) || now.meta.whole;
  };
  const ALONG = { back: () => along(-0.5), on: () => along(0.5), in: () => around(span() / 2), out: () => around(span() * 2) };
  const PRESSED = {
    range: (name) => (name === "whole" ? look(null) : name === "dosing" ? look(dosingStretch()) : around(Number(name) * MINUTE_MS)),
    along: (way) => ALONG[way](),
    drag: (mode) => {
      now.drag = mode;
      window.Plotly.relayout(graph(), { dragmode: mode });
      show();
    },
    zoom: (place, { what }) => goTo(JSON.parse(place), what),
  };
  document.addEventListener("click", ({ target }) => {
    if (!page() || !now.meta) return;
    for (const [mark, act] of Object.entries(PRESSED)) {
      const pressed = target.closest(`button[data-${mark}]`);
      if (pressed && !pressed.disabled) act(pressed.dataset[mark], pressed.dataset);
    }
  });

  // The stretch that is shown, as far as the session reaches, in microseconds and to whole seconds.
  const shownUs = () => {
    if (!now.meta) return null;
    const [first, end] = now.meta.session_span;
    const from = Math.ceil(Math.max(shown()[0], first) / SECOND_MS) * SECOND_MS;
    const to = Math.floor(Math.min(shown()[1], end) / SECOND_MS) * SECOND_MS;
    return [from, Math.max(to, from + SECOND_MS)].map(toUs);
  };
  Object.assign(review, { page, graph, press, shownUs });

  // ---- when to ask
  let asked = false;
  const askFirst = () => {
    if (asked || chairside.state.at === null || !page()) return;
    asked = true;
    ask();
  };
  const isOpen = () => document.querySelector(".session-page dialog[open]") !== null;
  const refresh = () => {
    if (!page() || !now.meta || !now.meta.goes_on || performance.now() - now.asked < LIVE_EVERY_MS) return;
    if (document.visibilityState !== "visible" || chairside.liveness !== "live" || isOpen()) return;
    ask();
    chairside.showSession();
  };
  chairside.on("page", () => {
    if (!page()) return;
    const { run } = now;
    now = Object.assign(fresh(), { run });
    asked = false;
    askFirst();
  });
  chairside.on("snapshot", askFirst);
  chairside.on("tick", refresh);
  chairside.on("left", () => {
    if (!page()) return;
    clearTimeout(waits);
    clearTimeout(unanswered);
    window.dash_clientside.set_props("review-chart", { figure: forget() });
    properties("review-drawn", null);
  });
  chairside.on("identity", () => {
    asked = false;
    askFirst();
  });
  for (const news of ["carried-out", "outdated"]) {
    chairside.on(news, (command) => {
      if (page() && command.session === page().dataset.sessionPage) ask();
    });
  }
})();
