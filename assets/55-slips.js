// Presses that were meant for something else. A button counts only after it has stood there, meaning the same, long
// enough to be read; the second click of a double click belongs to what stood there at the first.
(() => {
  "use strict";
  const { chairside } = window;
  const SETTLED_MS = 700;
  const PRESSED = "[data-command], [data-open], [type=submit]";
  const MEANING = ["data-command", "data-open", "data-means", "hidden", "open"];
  const timers = new WeakMap();

  const unsettle = (button) => {
    clearTimeout(timers.get(button));
    button.setAttribute("aria-disabled", "true");
    timers.set(button, setTimeout(() => button.removeAttribute("aria-disabled"), SETTLED_MS));
  };

  const unsettleIn = (element) => {
    if (element.matches(PRESSED)) unsettle(element);
    element.querySelectorAll(PRESSED).forEach(unsettle);
  };

  // Whoever works by keyboard is not thrown back to the top of the page when what they used goes away. By the time that
  // is noticed the browser may have taken the focus from it.
  let used = null;
  document.addEventListener("focusin", ({ target }) => {
    used = target;
  });
  const hadFocus = (target) => target.contains(used) && [used, document.body].includes(document.activeElement);
  chairside.focusPage = () => {
    const heading = document.querySelector("[data-path] h1");
    if (heading) heading.focus({ preventScroll: true });
  };

  const changed = ({ type, target, addedNodes, attributeName, oldValue }) => {
    if (type === "childList") {
      for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) unsettleIn(node);
      return;
    }
    if (oldValue === target.getAttribute(attributeName)) return;
    // A notice moves the whole page.
    unsettleIn(target.matches(".notice") ? document.getElementById("page") || target : target);
    if (target.hidden && hadFocus(target)) chairside.focusPage();
  };

  const start = () =>
    new MutationObserver((records) => records.forEach(changed)).observe(document.body, {
      subtree: true,
      childList: true,
      attributeFilter: MEANING,
      attributeOldValue: true,
    });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();

  const refuse = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener(
    "click",
    (event) => {
      const pressed = event.target.closest("button, a");
      if (pressed && (event.detail > 1 || pressed.getAttribute("aria-disabled") === "true")) refuse(event);
    },
    { capture: true },
  );
  // A key that is held down presses once.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat && (event.key === "Enter" || event.key === " ") && event.target.closest("button, a")) refuse(event);
    },
    { capture: true },
  );
})();
