// Keeps the inspector's pages current and writes times for the reader's own
// zone. Everything works without it, after a reload.
"use strict";

const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", second: "2-digit" });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

// localTimes rewrites what the server wrote in UTC. A clock's time goes on from
// the moment at which it was written. Text that stays the same is not touched: it
// may be selected.
function localTimes(root) {
  for (const t of root.querySelectorAll("time[datetime]")) {
    if (t.dataset.shown !== t.dateTime) {
      t.dataset.shown = t.dateTime;
      t.dataset.since = performance.now();
    }
    const gone = t.hasAttribute("data-tick") ? performance.now() - t.dataset.since : 0;
    const at = new Date(new Date(t.dateTime).getTime() + gone);
    if (isNaN(at)) continue;
    const words = (t.hasAttribute("data-long") ? long : short).format(at);
    if (t.textContent !== words) t.textContent = words;
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
  const ours = (name) => name === "open" || name.startsWith("data-s"); // data-shown, data-since
  for (const { name, value } of fresh.attributes) {
    if (!ours(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!ours(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  if (old.nodeName !== "TIME" && old.nodeName !== "TEXTAREA") morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  const kept = new Set([...fresh.children].map((c) => c.id));
  for (const c of [...old.children]) {
    if (c.id && !kept.has(c.id)) c.remove(); // first, so that what stays need not be moved past it
  }
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

// Nothing moves under the reader's hand. A live part that somebody reads in is not
// brought up to date by itself: what is new is held, and a button shows it. Parts
// say with an attribute how far their changes reach:
//   data-fixed   they never change their size: always current
//   data-boxed   they scroll by themselves, what is around them stays
//   data-stick   likewise, and new things come at the bottom
//   data-beside  nothing stands below them
// Any other moves everything that comes after it.
const main = document.getElementById("main");
const parts = [...document.querySelectorAll("[data-live][id]")];
const shown = new Map(parts.map((p) => [p, p.innerHTML])); // what the server wrote last of what is shown
const held = new Map(); // parts, and what there is to show in them
let pressed = false;
let mouse = false;

const is = (part, ...names) => names.some((n) => part.hasAttribute("data-" + n));

// moves reports whether a change of the part may move a node.
function moves(part, node) {
  if (!node || node === document.body) return false;
  if (part.contains(node)) return true;
  if (is(part, "boxed", "stick", "beside") || !main.contains(node)) return false;
  return Boolean(part.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING);
}

function scrolled(part) {
  if (is(part, "stick")) return !atBottom(part);
  return (is(part, "boxed") ? part.scrollTop : scrollY) > 0;
}

function selected(part) {
  const s = getSelection();
  return !s.isCollapsed && (s.containsNode(part, true) || moves(part, s.anchorNode) || moves(part, s.focusNode));
}

// pointed goes for a mouse: a finger is not over anything. Over a conversation's
// end it may rest, since that is where new things are expected.
function pointed(part) {
  if (is(part, "stick") || !mouse) return false;
  return moves(part, [...document.querySelectorAll(":hover")].pop());
}

function busy(part) {
  if (is(part, "fixed")) return false;
  if (document.activeElement === show) return true; // about to be pressed
  return pressed || scrolled(part) || selected(part) || moves(part, document.activeElement) || pointed(part);
}

function rowsOf(fresh) {
  return [...fresh.querySelectorAll("li[id], tr[id]")].filter((row) => !document.getElementById(row.id));
}

// bring takes over what there is to show in a part.
function bring(part, fresh) {
  const stick = is(part, "stick") && atBottom(part);
  shown.set(part, fresh.innerHTML);
  held.delete(part);
  morphChildren(part, fresh);
  localTimes(part);
  if (stick) toBottom(part);
}

const pill = document.getElementById("pill");
const [show, told] = [pill.querySelector("button"), pill.querySelector("[role=status]")];
let pointerY = 0;

// offer says how much is held.
function offer() {
  if (held.size === 0) {
    show.hidden = true;
    told.textContent = "";
    return;
  }
  const n = new Set([...held.values()].flatMap(rowsOf).map((row) => row.id)).size;
  show.textContent = n > 0 ? n + " new – show" : "Something changed – show";
  if (!show.hidden) return;
  pill.classList.toggle("low", pointerY < innerHeight / 3); // not under the pointer
  show.hidden = false;
  told.textContent = "There is something new, and a button to show it.";
}

// settle shows what was held where nobody reads any more.
function settle() {
  for (const [part, fresh] of [...held]) {
    if (!busy(part)) bring(part, fresh);
  }
  offer();
}

let settling = 0;
for (const name of ["pointerover", "pointerup", "pointercancel", "focusout", "selectionchange", "scroll"]) {
  addEventListener(name, () => {
    clearTimeout(settling);
    if (held.size > 0) settling = setTimeout(settle, 250);
  }, { capture: true, passive: true });
}
addEventListener("pointerdown", () => (pressed = true), true);
for (const name of ["pointerup", "pointercancel", "dragend"]) addEventListener(name, () => (pressed = false), true);
addEventListener("pointermove", (e) => {
  pointerY = e.clientY;
  mouse = e.pointerType === "mouse";
  if (e.buttons === 0) pressed = false; // it was let go outside of the window
}, { passive: true });

show.addEventListener("pointerdown", (e) => e.preventDefault()); // focus and selection stay where they are
show.addEventListener("mousedown", (e) => e.preventDefault());
show.addEventListener("click", () => {
  const byKey = document.activeElement === show;
  const fresh = [...held.values()].flatMap(rowsOf).map((row) => row.id);
  for (const [part, page] of [...held]) {
    bring(part, page);
    if (is(part, "stick")) toBottom(part);
  }
  offer();
  const first = document.getElementById(fresh[0]) ?? main;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (first !== main) first.scrollIntoView({ block: "nearest", behavior: calm ? "instant" : "smooth" });
  if (byKey) (first.querySelector("a, button") ?? main).focus({ preventScroll: true });
});

let asking = false;
let again = false;

// refresh asks for the page anew and takes over its live parts, or holds them.
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
      for (const part of parts) {
        const fresh = page.getElementById(part.id);
        if (!fresh || fresh.innerHTML === shown.get(part)) held.delete(part);
        else if (busy(part)) held.set(part, fresh);
        else bring(part, fresh);
      }
      offer();
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
const nav = document.getElementById("nav");
const current = nav.querySelector("[aria-current]");
if (current) nav.scrollLeft = current.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2; // a line on small screens

const topics = new Set(parts.flatMap((p) => p.dataset.live.split(" ")));
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
    if (box.value.trim() !== "" || box.form.elements.media.value !== "") box.form.requestSubmit();
  });
  if (box.value === "") box.focus({ preventScroll: true });
}
