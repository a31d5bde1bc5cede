// How fast time runs: the chip that says so on every page, and which of the speeds that can be chosen is set.
(() => {
  "use strict";
  const { chairside } = window;

  const paint = () => {
    const { speed } = chairside.state;
    const chip = document.getElementById("speed-chip");
    if (!chip) return;
    chairside.show(chip, speed > 1);
    chairside.say(chip, { text: `Clock ${speed >= Number(chip.dataset.fastest) ? "fastest" : `${speed}×`}` });
    for (const button of document.querySelectorAll("[data-speed]")) {
      const pressed = String(Number(button.dataset.speed) === speed);
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
  };

  for (const event of ["snapshot", "page", "tick"]) chairside.on(event, paint);
})();
