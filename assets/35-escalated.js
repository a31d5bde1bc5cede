// Alarms that nobody has answered for too long: a banner of their own that stands at the foot of every page.
(() => {
  "use strict";
  const { chairside } = window;
  const { SECOND, say, show } = chairside;
  const ON_EVERY_SCREEN = 2;

  const element = (id) => document.getElementById(id);
  chairside.isEscalated = (alarm) => alarm.escalated >= ON_EVERY_SCREEN;

  const waiting = (room) => chairside.unanswered(room).filter(chairside.isEscalated);
  const waited = (alarm) => `${Math.max(1, Math.floor((chairside.now() - alarm.since) / (60 * SECOND)))} min`;

  const paint = () => {
    const banner = element("escalated");
    if (!banner) return;
    const all = chairside.everywhere(waiting);
    show(banner, all.length > 0);
    if (!all.length) return;
    const [{ room, alarm }] = all;
    const here = waiting(room);
    const elsewhere = all.length - here.length;
    const link = element("escalated-room");
    chairside.leadTo(link, room);
    say(link, { text: `UNANSWERED ${waited(alarm)}: ${room.name} · ${here.map(({ text }) => text).join(" · ")}` });
    say(element("escalated-more"), { text: elsewhere ? `+${elsewhere} elsewhere` : "" });
    if (banner.dataset.alarm !== alarm.priority) banner.dataset.alarm = alarm.priority;
    chairside.setCommand(element("escalated-acknowledge"), chairside.acknowledgeCommand(room, here));
  };

  for (const event of ["alarms", "page", "tick"]) chairside.on(event, paint);
})();
