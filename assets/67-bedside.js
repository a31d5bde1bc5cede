// The quiet display at the chair. It says nothing by itself but the time, the phase, and that it is not live.
(() => {
  "use strict";
  const { chairside } = window;
  const AWAKE_MS = 20000;
  // In words for the person in the chair.
  const PHASES = {
    baseline: "Getting ready",
    dosing: "Treatment",
    monitoring: "Rest",
    recovery: "Coming back",
  };

  chairside.painters["bedside-phase"] = ({ session }) => ({ text: session ? PHASES[session.phase] || "" : "" });

  let asleepAt = 0;
  const display = () => document.querySelector(".bedside");

  const paint = () => {
    const page = display();
    if (!page) return;
    const live = chairside.liveness === "live" && chairside.state.at !== null;
    const at = chairside.state.at === null ? Date.now() * 1000 : chairside.now();
    chairside.say(page.querySelector("[data-bedside-clock]"), { text: chairside.words.clock(at) });
    chairside.say(page.querySelector("[data-bedside-link]"), { text: live ? "" : "not live" });
    const awake = performance.now() < asleepAt;
    chairside.show(page.querySelector("[data-awake]"), awake);
    page.dataset.awakeNow = awake ? "yes" : "no";
  };

  const wake = () => {
    if (!display()) return;
    asleepAt = performance.now() + AWAKE_MS;
    paint();
  };
  document.addEventListener("pointerdown", wake);
  document.addEventListener("keydown", wake);
  chairside.on("tick", paint);
  chairside.on("page", () => {
    asleepAt = 0;
    paint();
  });
})();
