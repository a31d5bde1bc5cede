// Sessions that leave the house in one archive: which, how far it is, and where it is to be had.
(() => {
  "use strict";
  const { chairside } = window;
  const LOOK_EVERY_MS = 700;
  const GONE = 404;
  const NO_ANSWER = "No answer: Chairside is busy or away. Try again.";

  const bar = () => document.querySelector("[data-export-bar]");
  const part = (name) => bar().querySelector(`[data-export-${name}]`);
  const tell = (text, look = "") => chairside.say(part("says"), { text, look });

  const asked = async (address, body) => {
    const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    try {
      const reply = await fetch(address, body ? post : {});
      if (reply.status === GONE) return { gone: true, problem: "This export is not there any more, or the page is locked." };
      return reply.headers.get("content-type") === "application/json" ? await reply.json() : { problem: NO_ANSWER };
    } catch {
      return { problem: NO_ANSWER };
    }
  };

  // ---- one export at a time
  let job = null;
  const words = ({ state, total, done, troubled, problems, why }) => {
    const damaged = troubled ? `, ${troubled} with a problem: ${problems[0]}` : "";
    if (state === "running") return `${done} of ${total}${damaged}`;
    if (state === "ready") return `${total} sessions are ready${damaged}`;
    return state === "stopped" ? "Stopped. Nothing was written." : why;
  };
  const paint = (progress) => {
    const runs = progress.state === "running";
    Object.assign(part("progress"), { max: progress.total, value: progress.done });
    chairside.show(part("progress"), runs);
    chairside.show(part("stop"), runs);
    chairside.show(part("start"), !runs);
    chairside.show(part("file"), progress.state === "ready");
    if (progress.state === "ready") part("file").href = `/exports/${progress.id}/sessions.zip`;
    tell(words(progress), progress.state === "failed" || progress.troubled ? "problem" : "");
  };
  const follow = async (id) => {
    const progress = await asked(`/exports/${id}`);
    if (!bar() || job !== id) return;
    if (progress.problem) tell(progress.problem, "problem");
    else paint(progress);
    if (progress.gone) return;
    if (progress.problem || progress.state === "running") setTimeout(() => follow(id), LOOK_EVERY_MS);
  };
  const start = async () => {
    const { ids, filter } = chairside.sessionsChosen();
    const kind = part("kind").value;
    part("start").disabled = true;
    const progress = await asked("/exports", filter ? { kind, filter } : { kind, sessions: ids });
    if (!bar()) return;
    part("start").disabled = false;
    if (progress.problem) return void tell(progress.problem, "problem");
    job = progress.id;
    paint(progress);
    follow(job);
  };
  const stop = async () => {
    const progress = await asked(`/exports/${job}/stop`, {});
    job = null;
    if (bar() && !progress.problem) paint(progress);
  };

  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-export-start]")) start();
    if (target.closest("[data-export-stop]")) stop();
  });
  const goOn = () => bar() && job && follow(job);
  chairside.on("page", goOn);
  chairside.on("identity", goOn);
})();
