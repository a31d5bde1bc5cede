// A steady beat that browsers do not slow down in hidden tabs, as they do with a page's own timers.
setInterval(() => postMessage(0), 250);
