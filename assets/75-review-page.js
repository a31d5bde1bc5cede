// The parts of a session's page around its chart: which is shown, the table's steps, what the dialogs fill in, paper.
(() => {
  "use strict";
  const { chairside } = window;
  const { review } = chairside;
  const { page, graph, press, two } = review;
  // A sheet of A4 across, and what is left of its height under the head.
  const PRINTED_PX = 1010;
  const PRINTED_HEIGHT_PX = 580;

  // ---- what stays as it is when the words beside the chart come again
  let scrolled = 0;
  const settle = () => {
    if (!page()) return;
    press("section", page().dataset.shows);
    const list = document.querySelector(".review-events .entries");
    if (list && scrolled) list.scrollTop = scrolled;
  };
  document.addEventListener("scroll", ({ target }) => {
    if (target.closest && target.closest(".review-events")) scrolled = target.scrollTop;
  }, { capture: true });

  // ---- forms
  const momentText = (us) => {
    const there = new Date(us / 1000);
    const date = [there.getFullYear(), two(there.getMonth() + 1), two(there.getDate())].join("-");
    return `${date}T${[there.getHours(), there.getMinutes(), there.getSeconds()].map(two).join(":")}`;
  };

  // Of a value that an entry has, only another one is sent.
  const showValues = (select) => {
    const chosen = select.selectedOptions[0];
    const values = chosen && chosen.dataset.values ? JSON.parse(chosen.dataset.values) : {};
    const withdrawal = select.form.querySelector("[data-withdraw]");
    withdrawal.hidden = !chosen || chosen.dataset.withdrawable === undefined;
    const { withdrawn } = select.form.elements;
    if (withdrawal.hidden) withdrawn.checked = false;
    for (const place of select.form.querySelectorAll("[data-value-of]")) {
      const name = place.dataset.valueOf;
      const control = place.querySelector("input");
      place.hidden = !(name in values) || withdrawn.checked;
      if (!(name in values)) continue;
      const value = values[name];
      const text = value === null ? "" : control.dataset.kind === "moment" ? momentText(value) : String(value);
      if (control.dataset.of !== chosen.value) chairside.setValue(control, text);
      Object.assign(control.dataset, { before: text, of: chosen.value });
    }
  };
  document.addEventListener("change", ({ target }) => {
    if (target.dataset.corrects !== undefined) showValues(target);
    else if (target.name === "withdrawn" && target.form.querySelector("[data-corrects]")) showValues(target.form.querySelector("[data-corrects]"));
  });

  // An artefact is marked in the stretch that is shown.
  chairside.on("open", (dialog) => {
    const shown = dialog.id === "mark-artefact" && review.shownUs();
    if (!shown) return;
    const { elements } = dialog.querySelector("form");
    ["start", "end"].forEach((name, place) => chairside.setValue(elements[name], momentText(shown[place])));
  });

  // ---- on paper
  const PAPER = window.matchMedia("print");
  PAPER.addEventListener("change", ({ matches }) => {
    const drawn = graph() && graph().layout.meta;
    if (!drawn || !window.Plotly) return;
    const onPaper = { autosize: false, width: PRINTED_PX, height: Math.min(drawn.height, PRINTED_HEIGHT_PX) };
    window.Plotly.relayout(graph(), matches ? onPaper : { autosize: true, width: null, height: drawn.height });
  });

  // ---- buttons
  const PRESSED = {
    section: (name) => {
      page().dataset.shows = name;
      settle();
      if (name === "chart" && graph()) window.Plotly.Plots.resize(graph());
    },
    step: (minutes) => {
      page().dataset.step = minutes;
      press("step", minutes);
      chairside.showSession();
    },
    print: () => window.print(),
    marked: (seq, { open }) => {
      const form = document.getElementById(open).querySelector("form");
      form.dataset.fixed = JSON.stringify({ ...JSON.parse(form.dataset.fixed), marked: Number(seq) });
    },
    entry: () => showValues(page().querySelector("[data-corrects]")),
  };
  document.addEventListener("click", ({ target }) => {
    if (!page()) return;
    for (const [mark, act] of Object.entries(PRESSED)) {
      const pressed = target.closest(`button[data-${mark}]`);
      if (pressed) act(pressed.dataset[mark], pressed.dataset);
    }
  });

  chairside.on("page", () => {
    if (!page()) return;
    scrolled = 0;
    for (const id of ["session", "session-rest"]) new MutationObserver(settle).observe(document.getElementById(id), { childList: true });
    settle();
  });
})();
