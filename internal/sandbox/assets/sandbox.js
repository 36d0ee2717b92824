// Keeps the inspector's pages current and writes times for the reader's own
// zone. Everything works without it, after a reload.
"use strict";

const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", second: "2-digit" });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

// localTimes rewrites what the server wrote in UTC. A clock's time goes on from
// the moment at which it was written.
function localTimes(root) {
  for (const t of root.querySelectorAll("time[datetime]")) {
    if (t.dataset.shown !== t.dateTime) {
      t.dataset.shown = t.dateTime;
      t.dataset.since = performance.now();
    }
    const gone = t.hasAttribute("data-tick") ? performance.now() - t.dataset.since : 0;
    const at = new Date(new Date(t.dateTime).getTime() + gone);
    if (!isNaN(at)) t.textContent = (t.hasAttribute("data-long") ? long : short).format(at);
  }
}

// morph makes old like fresh and touches only what differs, so that focus,
// scrolling, what was typed and what was opened stay, and a screen reader hears
// only what is new.
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    const ours = name === "open" || name.startsWith("data-s"); // data-shown, data-since
    if (!ours && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  if (old.nodeName !== "TIME" && old.nodeName !== "TEXTAREA") morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const same = next.id ? [...old.children].find((c) => c.id === next.id) : null;
    if (same && same !== at) {
      old.insertBefore(same, at);
      morph(same, next);
    } else if (!at || (next.id && at.id !== next.id)) {
      old.insertBefore(next, at);
    } else {
      const after = at.nextSibling;
      morph(at, next);
      at = after;
    }
  }
  while (at) {
    const after = at.nextSibling;
    at.remove();
    at = after;
  }
}

const toBottom = (box) => (box.scrollTop = box.scrollHeight);
const atBottom = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 40;

let asking = false;
let again = false;

// refresh asks for the page anew and takes over its live parts.
async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live][id]")) {
        const fresh = page.getElementById(part.id);
        if (!fresh) continue;
        const stick = part.hasAttribute("data-stick") && atBottom(part);
        morphChildren(part, fresh);
        if (stick) toBottom(part);
      }
      localTimes(document);
    }
  } catch {
    // The server is gone for the moment: the next event or poll asks again.
  } finally {
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

if (new URLSearchParams(location.search).has("done")) {
  const url = new URL(location.href);
  url.searchParams.delete("done");
  history.replaceState(null, "", url); // a reload must not say it again
}

// The conversation that a page began with stays, also when somebody else texts.
const compose = document.querySelector(".compose");
if (compose?.elements.from.value) {
  const { from, to } = compose.elements;
  history.replaceState(null, "", "/sandbox/phone?" + new URLSearchParams({ phone: from.value, with: to.value }));
}

localTimes(document);
setInterval(() => document.hidden || localTimes(document), 1000);
for (const box of document.querySelectorAll("[data-stick]")) toBottom(box);

const topics = new Set([...document.querySelectorAll("[data-live]")].flatMap((p) => p.dataset.live.split(" ")));
let timer = 0;
const source = new EventSource("/sandbox/events");
source.onmessage = (e) => {
  if (!topics.has(e.data)) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, 60); // events come in bunches
};
source.onopen = refresh; // what was missed meanwhile

// What the product keeps, it does not announce.
if (topics.has("poll")) setInterval(() => document.hidden || refresh(), 1500);

// A time to choose is the reader's own too; what is sent is in UTC.
for (const form of document.querySelectorAll("[data-local-time]")) {
  const field = form.querySelector("input[type=datetime-local]");
  const at = new Date(field.value + "Z");
  field.value = new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  form.querySelector("label span")?.remove();
  form.addEventListener("formdata", (e) => e.formData.set(field.name, new Date(field.value).toISOString().slice(0, 19)));
}

for (const form of document.querySelectorAll("[data-submit-on-change]")) {
  form.querySelector("select")?.addEventListener("change", () => form.requestSubmit());
}
for (const box of document.querySelectorAll("[data-enter-sends]")) {
  box.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    box.form.requestSubmit();
  });
  if (box.value === "") box.focus({ preventScroll: true });
}
