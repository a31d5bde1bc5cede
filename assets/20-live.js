// The stream of frames, and whether what stands on the page is live.
(() => {
  "use strict";
  const { chairside } = window;
  const STALE_S = 2;
  const LOST_S = 5;
  const RETRY_MS = 1000;
  const OPENING_S = 4;
  const SAYINGS = {
    live: "",
    stale: "NOT LIVE",
    lost: "No connection to Chairside: watch the patient and the bedside device. NOT LIVE",
  };

  let source = null;
  let wanted = null;
  let openedAt = 0;
  let closedAt = performance.now();
  let received = { steady: performance.now(), wall: Date.now() };
  let liveness = "live";

  const room = () => {
    const page = chairside.roomPage();
    return page ? page.dataset.room : null;
  };

  // Counts by both clocks: one stands still while the computer sleeps, the other can be changed.
  const sinceReceived = () =>
    Math.max(performance.now() - received.steady, Date.now() - received.wall, 0) / 1000;

  const age = () => {
    const { at } = chairside.state;
    return at === null ? sinceReceived() : Math.max(sinceReceived(), (chairside.now() - at) / chairside.SECOND);
  };

  const note = () => {
    received = { steady: performance.now(), wall: Date.now() };
  };

  const close = () => {
    if (source) source.close();
    source = null;
    closedAt = performance.now();
  };

  const open = () => {
    close();
    wanted = room();
    openedAt = performance.now();
    const stream = new EventSource(wanted === null ? "/live" : `/live?room=${encodeURIComponent(wanted)}`);
    source = stream;
    const listen = (event, take) =>
      stream.addEventListener(event, (message) => {
        if (stream === source) take(JSON.parse(message.data));
      });
    listen("snapshot", (message) => {
      if (message.now - message.at < STALE_S * chairside.SECOND) note();
      chairside.takeSnapshot(message);
      judge();
    });
    listen("frame", (message) => {
      if (!chairside.takeFrame(message)) return open();
      note();
      judge();
    });
    listen("person", (person) => chairside.emit("person", person));
    listen("wave", (message) => chairside.emit("wave", message));
    stream.onerror = () => {
      if (stream === source) close();
    };
  };

  const judge = () => {
    const seconds = age();
    const before = liveness;
    liveness = seconds < STALE_S ? "live" : seconds < LOST_S ? "stale" : "lost";
    chairside.liveness = liveness;
    if (liveness !== before) {
      paint(seconds);
      chairside.emit("liveness", liveness);
    }
    return seconds;
  };

  const paint = (seconds) => {
    document.documentElement.dataset.liveness = liveness;
    const chip = document.getElementById("live-chip");
    const notice = document.getElementById("not-live");
    if (!chip || !notice) return;
    const connected = chairside.state.at !== null;
    // In fifths of a second, rounded up: a chip that flickers between 0.0 and 0.1 says no more and costs a repaint.
    const fresh = `live ${(Math.max(1, Math.ceil(seconds * 5)) / 5).toFixed(1)} s`;
    chairside.say(chip, { text: liveness === "live" ? (connected ? fresh : "connecting") : "NOT LIVE" });
    const look = `chip live-${liveness}`;
    if (chip.className !== look) chip.className = look;
    chairside.show(notice, liveness !== "live");
    const kind = liveness === "lost" ? "notice high" : "notice medium";
    if (notice.className !== kind) notice.className = kind;
    const [words, age] = notice.children;
    chairside.say(words, { text: SAYINGS[liveness] });
    // Beside the alert, not in it: a screen reader would say every second.
    chairside.say(age, { text: connected ? `— last data ${Math.floor(seconds)} s ago` : "— no data yet" });
  };

  // A stream that was opened and brings nothing may hang on a connection that is dead.
  const revive = () => {
    const opening = (performance.now() - openedAt) / 1000;
    if (!source && performance.now() - closedAt > RETRY_MS) open();
    else if (source && sinceReceived() > STALE_S && opening > OPENING_S && source.readyState !== EventSource.OPEN) open();
    else if (source && sinceReceived() > 3 * LOST_S && opening > 3 * LOST_S) open();
  };

  Object.assign(chairside, { liveness, reopen: open });
  chairside.on("page", () => {
    paint(judge());
    if (!source || wanted !== room()) open();
  });
  chairside.on("tick", () => {
    paint(judge());
    revive();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && age() > STALE_S) open();
  });
  document.addEventListener("resume", open);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  window.addEventListener("online", () => age() > STALE_S && open());
})();
