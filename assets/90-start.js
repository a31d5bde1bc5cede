// Pages come and go, time passes: everything else follows from here.
(() => {
  "use strict";
  const { chairside } = window;
  const TREND_EVERY_MS = 15000;
  const TREND_APART_MS = 1000;

  const properties = (id, values) => window.dash_clientside && window.dash_clientside.set_props(id, values);
  const path = () => {
    const page = document.querySelector("[data-path]");
    return page ? page.dataset.path : null;
  };

  const markLinks = () => {
    for (const link of document.querySelectorAll(".bar nav a")) {
      const on = link.getAttribute("href") === window.location.pathname;
      if (on) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };

  // Pages are parts of one document, so that stream and sound go on from one to the next.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='/']");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.pathname !== window.location.pathname) properties("url", { pathname: link.pathname });
  });

  let current = null;
  const lookAtPage = () => {
    const page = document.querySelector("[data-path]");
    if (page === current || !page) return;
    current = page;
    markLinks();
    trend = { drawn: -Infinity, event: null };
    chairside.emit("page");
  };

  let trend = { drawn: -Infinity, event: null };
  const refreshTrend = () => {
    const page = document.querySelector("[data-room-page]");
    const room = page && chairside.state.rooms.get(page.dataset.room);
    if (!room || !room.session || document.visibilityState !== "visible" || chairside.liveness !== "live") return;
    const key = `${room.session.id} ${room.last_event}`;
    const waited = performance.now() - trend.drawn;
    if (waited < TREND_APART_MS || (key === trend.event && waited < TREND_EVERY_MS)) return;
    trend = { drawn: performance.now(), event: key };
    const now = Math.round(chairside.now());
    const offset = -new Date(now / 1000).getTimezoneOffset();
    properties("trend-request", { data: { room: room.id, now, offset_min: offset } });
  };

  const tick = () => {
    const clock = document.getElementById("clock");
    if (clock && chairside.state.at !== null) {
      chairside.say(clock, { text: chairside.words.clockWithSeconds(chairside.now()) });
    }
    chairside.emit("tick");
    refreshTrend();
  };

  // An address that the server could not be asked for while it was away is asked for again.
  chairside.on("snapshot", () => {
    if (path() !== null && path() !== decodeURI(window.location.pathname)) window.location.reload();
  });

  const start = () => {
    new MutationObserver(lookAtPage).observe(document.body, { childList: true, subtree: true });
    lookAtPage();
    new Worker("/assets/worker/ticker.js").onmessage = tick;
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
