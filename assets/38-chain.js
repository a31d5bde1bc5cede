// The test of the way from a violation to this screen: tells when a made-up alarm has been painted, and how long it took.
(() => {
  "use strict";
  const { chairside } = window;
  const { HOUSE, state, words, say } = chairside;

  const element = (id) => document.getElementById(id);
  const runs = (chain) => chain !== null && chain.ms === null && !chain.failed;

  // The made-up alarm is the only one there on a measured value. What is said aloud only is not seen.
  const isShown = () => {
    const house = state.rooms.get(HOUSE);
    const alarm = house && house.alarms.find(({ metric }) => metric !== null);
    const banner = element("banner");
    return Boolean(alarm && banner && banner.checkVisibility() && banner.textContent.includes(alarm.text));
  };

  // Only a page that is painted counts as a screen: one behind others gets no animation frame.
  let told = null;
  const look = () => {
    const { chain } = state;
    if (!runs(chain) || chain.test === told || !isShown()) return;
    told = chain.test;
    requestAnimationFrame(() => setTimeout(() => tell(chain)));
  };
  const tell = ({ test, since }) => {
    const ms = Math.max(0, Math.round((chairside.now() - since) / 1000));
    chairside.send({ type: "ChainSeen", test, ms });
  };

  const result = (chain) => {
    if (chain === null) return "Alarm chain: not tested yet";
    if (runs(chain)) return "Alarm chain: the test runs";
    const outcome = chain.failed ? "FAILED, no screen showed the test alarm" : `${chain.ms} ms`;
    return `Alarm chain: ${outcome}, ${words.clock(chain.since)}`;
  };

  // Whoever asked for the test is told how it ended, also when they have closed the menu.
  let asked = false;
  document.addEventListener("click", ({ target }) => {
    if (target.closest("#chain-test")) asked = true;
  });
  const answer = () => {
    if (!asked || state.chain === null || runs(state.chain)) return;
    asked = false;
    const button = element("chain-test");
    const place = button.closest("dialog[open] [data-answers]");
    if (place) chairside.clearAnswer(place.querySelector("[data-answer]"));
    else chairside.answer(button, { done: !state.chain.failed, text: result(state.chain) });
  };

  const paint = () => {
    const place = element("chain-result");
    if (place) say(place, { text: result(state.chain), look: state.chain && state.chain.failed ? "problem" : "" });
  };

  for (const event of ["chain", "page"]) chairside.on(event, paint);
  chairside.on("chain", answer);
  for (const event of ["chain", "alarms"]) chairside.on(event, look);
})();
