// Pages come and go, time passes: everything else follows from here.
(() => {
  "use strict";
  const { chairside } = window;
  const TREND_EVERY_MS = 15000;
  const FAST_TREND_EVERY_MS = 3000;
  const TREND_APART_MS = 1000;
  const MISPLACED_MS = 3000;

  const properties = (id, values) => window.dash_clientside && window.dash_clientside.set_props(id, values);
  const path = () => {
    const page = document.querySelector("[data-path]");
    return page ? page.dataset.path : null;
  };

  // An address as the server reads it.
  const address = () => {
    const { pathname } = window.location;
    try {
      return decodeURIComponent(pathname).replace(/\/+$/, "") || "/";
    } catch {
      return pathname;
    }
  };

  const markLinks = () => {
    for (const link of document.querySelectorAll(".bar nav a")) {
      const on = link.getAttribute("href") === address();
      if (on) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };

  // Pages are parts of one document, so that stream and sound go on from one to the next.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='/']");
    if (!link || link.hasAttribute("download") || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.pathname !== window.location.pathname) properties("url", { pathname: link.pathname, search: link.search });
  });

  let current = null;
  const lookAtPage = () => {
    const page = document.querySelector("[data-path]");
    if (page === current || !page) return;
    const arrived = current !== null;
    current = page;
    markLinks();
    if (arrived) chairside.focusPage();
    if (path() === address()) sessionStorage.removeItem("asked-again");
    trend = { drawn: -Infinity, event: null };
    chairside.emit("page");
  };

  let trend = { drawn: -Infinity, event: null };
  const refreshTrend = () => {
    const room = chairside.roomOf(chairside.roomPage());
    if (!room || !room.session || document.visibilityState !== "visible" || chairside.liveness !== "live") return;
    const key = `${room.session.id} ${room.last_event}`;
    const waited = performance.now() - trend.drawn;
    const every = chairside.runsFast() ? FAST_TREND_EVERY_MS : TREND_EVERY_MS;
    if (waited < TREND_APART_MS || (key === trend.event && waited < every)) return;
    trend = { drawn: performance.now(), event: key };
    const now = Math.round(chairside.now());
    const offset = -new Date(now / 1000).getTimezoneOffset();
    properties("trend-request", { data: { room: room.id, now, offset_min: offset } });
  };

  chairside.on("left", () => chairside.roomPage() && properties("timeline", { children: null }));
  chairside.on("identity", () => {
    trend = { drawn: -Infinity, event: null };
    refreshTrend();
  });

  const tick = () => {
    const clock = document.getElementById("clock");
    if (clock && chairside.state.at !== null) {
      chairside.say(clock, { text: chairside.words.clockWithSeconds(chairside.now()) });
    }
    chairside.emit("tick");
    refreshTrend();
    followAddress();
  };

  // An address that the server could not be asked for while it was away is asked for again, once.
  let elsewhereSince = null;
  const followAddress = () => {
    if (path() === null) return;
    if (path() === address()) {
      elsewhereSince = null;
      return;
    }
    elsewhereSince ??= performance.now();
    if (performance.now() - elsewhereSince < MISPLACED_MS || chairside.liveness !== "live") return;
    if (sessionStorage.getItem("asked-again") === address()) return;
    sessionStorage.setItem("asked-again", address());
    window.location.reload();
  };

  const start = () => {
    new MutationObserver(lookAtPage).observe(document.body, { childList: true, subtree: true });
    lookAtPage();
    new Worker("/assets/worker/ticker.js").onmessage = tick;
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
