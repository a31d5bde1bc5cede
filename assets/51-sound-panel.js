// The panel under the sound chip: how loud alarms are, and a test of what they sound like.
(() => {
  "use strict";
  const { chairside } = window;
  const { VOLUME, volume, setVolume, startTest } = chairside.sound;
  const STEP = 5;
  const SAYINGS = {
    low: "Playing: low",
    medium: "Playing: medium",
    high: "Playing: high",
    heard: "Three tones were played. Heard none? Turn up this computer’s loudspeakers.",
    alarm: "The test gave way to a real alarm.",
    mute: "This browser plays no sound: allow sound for this page and plug in a loudspeaker, then test again.",
    "quiet page": "This page never makes a sound. Test on the board.",
  };

  const element = (id) => document.getElementById(id);

  const makeSlider = () => {
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: VOLUME.floor, max: VOLUME.full, step: STEP, value: volume() });
    slider.setAttribute("aria-labelledby", "volume-label");
    slider.addEventListener("input", () => {
      setVolume(Number(slider.value));
      paintVolume(slider);
    });
    return slider;
  };
  const paintVolume = (slider) => {
    slider.setAttribute("aria-valuetext", `${volume()} percent`);
    chairside.say(element("volume-value"), { text: `${volume()} %` });
  };

  const prepare = () => {
    const place = element("volume");
    if (!place || place.firstChild) return;
    paintVolume(place.appendChild(makeSlider()));
  };

  const paintTest = (step) => {
    for (const tone of document.querySelectorAll("#sound-panel [data-tone]")) {
      tone.dataset.playing = tone.dataset.tone === step ? "yes" : "no";
    }
    chairside.say(element("sound-says"), { text: SAYINGS[step], look: step === "mute" ? "problem" : "" });
  };

  const tellOpen = (dialog, open) => {
    if (dialog.id === "sound-panel") element("sound-chip").setAttribute("aria-expanded", open);
  };

  document.addEventListener("click", (event) => event.target.closest("#sound-test") && startTest());
  // Closing does not bubble.
  document.addEventListener("close", (event) => tellOpen(event.target, false), { capture: true });
  chairside.on("open", (dialog) => tellOpen(dialog, true));
  chairside.on("page", prepare);
  chairside.on("sound-test", paintTest);
})();
