// Everything works without this file. It tells the server the browser's time
// zone, so that "tomorrow at 2pm" means the person's own, and moves the focus to
// what went wrong, for browsers that do not by themselves.
"use strict";

const zone = document.querySelector("input[name=time_zone]");
if (zone && !zone.value) {
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}

const problem = document.getElementById("problem");
if (problem) {
  problem.focus();
}
