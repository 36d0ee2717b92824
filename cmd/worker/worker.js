// The Worker's own side: what the platform calls, and the pool of instances of
// the Go program. What an instance is asked is in main.go.
//
// The platform lets an I/O object (a request, a timer, a fetch) be used only by
// the request that made it, and an instance mixes all it knows in one memory. So
// an instance serves one request at a time, and goes back to the pool only when
// it has nothing left of it.
import "./wasm_exec.js";
import program from "./worker.wasm";

const SMALL = 64 << 10; // bytes of a body that are read before an instance is taken
const WAITING = 256; // requests that may wait for an instance
const PATIENCE = 10_000; // milliseconds that they do
const WORK = 60_000; // milliseconds after which an instance is given up
const AFTERWARDS = 25_000; // milliseconds for the work that a request leaves: the platform grants 30 seconds
const CRON = 50_000; // milliseconds for a cron event: the next comes after a minute
const MEMORY = 24 << 20; // bytes beyond which an instance does not go back to the pool

const idle = [];
const busy = new Map(); // instance → since when
const waiting = []; // functions that take an instance, or nothing and may start one
let working = 0; // since when an instance does work that requests left
let more = false; // work was left meanwhile

class Instance {
  constructor(env) {
    const go = (this.go = new globalThis.Go());
    const resume = go._resume.bind(go);
    go._resume = () => {
      try {
        resume();
      } catch (err) { // out of memory, out of stack: nothing in there can be trusted
        this.die(err);
        throw err;
      }
    };
    go._resolveExitPromise = () => {}; // run's promise belongs to the first request
    go.exit = (status) => this.die(new Error(`the program ended with status ${status}`));
    this.wasm = new WebAssembly.Instance(program, go.importObject);
    globalThis.xswarm = { env, register: (door) => (this.door = door) };
    go.run(this.wasm).catch((err) => this.die(err)); // as far as it gets without waiting
    delete globalThis.xswarm;
    if (!this.door) throw new Error("the program did not start");
    this.none = this.door.left();
  }

  die(err) {
    this.dead ??= err;
    this.fail?.(this.dead);
  }

  // use runs one thing in the instance, which calls port.done when it is over.
  use(what, port) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.die(new Error(`${what} did not end`)), WORK);
      const end = (settle) => (value) => { clearTimeout(timer); this.fail = undefined; settle(value); };
      port.done = end(resolve);
      this.fail = end(reject);
      if (this.dead) return this.fail(this.dead);
      // The timer for Go's own next timer was an I/O object of an earlier request.
      if (this.go._scheduledTimeouts.size > 0) this.go._resume();
      this.door[what](port);
    });
  }

  // unfit says why the instance may not serve another request, if so.
  async unfit() {
    for (let wait = 1; !this.dead && this.door.left() > this.none; wait *= 4) {
      if (wait > 1000) return "it left something behind";
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    if (this.dead) return this.dead;
    for (const timer of this.go._scheduledTimeouts.values()) clearTimeout(timer);
    const size = this.wasm.exports.mem.buffer.byteLength;
    if (size > MEMORY) return `it has grown to ${size >> 20} MiB`;
  }
}

// take returns an instance, which is given back with release, or nothing if too
// many others wait.
async function take(env, signal) {
  const most = Math.max(1, Math.trunc(Number(env.MAX_INSTANCES)) || 4);
  for (const [instance, since] of busy) {
    if (Date.now() - since > 2 * WORK) busy.delete(instance); // its request was ended from outside
  }
  if (idle.length === 0 && busy.size >= most) {
    if (waiting.length >= WAITING) return;
    let timer; // it also shows the platform that we do wait for something
    const turn = await new Promise((resolve) => {
      const leave = () => {
        const i = waiting.indexOf(resolve);
        if (i >= 0) resolve(void waiting.splice(i, 1));
      };
      waiting.push(resolve);
      timer = setTimeout(leave, PATIENCE);
      signal?.addEventListener("abort", leave);
    });
    clearTimeout(timer);
    if (!turn) return;
    busy.delete(turn); // the place that was kept for us
    if (turn.door) idle.push(turn);
  }
  const instance = idle.pop() ?? new Instance(env);
  busy.set(instance, Date.now());
  return instance;
}

async function release(instance) {
  const unfit = await instance.unfit();
  if (unfit) console.error(`an instance was given up: ${unfit}`);
  busy.delete(instance);
  const next = waiting.shift();
  if (!next) return unfit || idle.push(instance);
  const turn = unfit ? {} : instance;
  busy.set(turn, Date.now());
  next(turn);
}

// afterwards does the work that a request left, so that replies do not wait for
// the next cron event. One instance at a time does: the others are for requests.
async function afterwards(instance, stored) {
  if (!stored) return;
  more = true;
  if (Date.now() - working < WORK) return;
  const end = (working = Date.now()) + AFTERWARDS;
  try {
    while (more && Date.now() < end) {
      more = false;
      await instance.use("tick", { ms: end - Date.now() });
    }
  } finally {
    working = 0;
  }
}

function problem(status, code, detail, headers) {
  const title = status === 503 ? "Service Unavailable" : "Internal Server Error";
  return Response.json({ type: "about:blank", title, status, detail, code },
    { status, headers: { ...headers, "Content-Type": "application/problem+json" } });
}

const failure = () => problem(500, "internal", "Something went wrong on our side. Please try again in a moment.");

function headersOf(pairs) {
  const headers = new Headers();
  for (let i = 0; i < pairs.length; i += 2) headers.append(pairs[i], pairs[i + 1]);
  return headers;
}

export default {
  async fetch(request, env, ctx) {
    let instance, body = request.body;
    try {
      // Whoever sends slowly holds up nobody else.
      if (body && Number(request.headers.get("Content-Length") ?? Infinity) <= SMALL) body = new Response(await request.arrayBuffer()).body;
      const turn = take(env, request.signal);
      ctx.waitUntil(turn); // even if the client leaves, its turn comes to an end
      instance = await turn;
    } catch (err) {
      console.error(`no instance could be started: ${err}`);
      return failure();
    }
    if (!instance) return problem(503, "busy", "Too many people are here at once. Please try again in a moment.", { "Retry-After": "2" });
    if (request.signal.aborted) return release(instance).then(failure);
    return new Promise((answer) => {
      const port = {
        parts: [request.method, request.url, body?.getReader() ?? null, ...[...request.headers].flat()],
        whole: (status, pairs, bytes) => answer(new Response(bytes, { status, headers: headersOf(pairs) })),
        begin: (status, pairs) => {
          const { readable, writable } = new IdentityTransformStream();
          answer(new Response(readable, { status, headers: headersOf(pairs) }));
          return writable.getWriter();
        },
        fail: () => answer(failure()),
      };
      request.signal.addEventListener("abort", () => port.gone?.());
      ctx.waitUntil(instance.use("serve", port)
        .then((stored) => afterwards(instance, stored))
        .catch(() => answer(failure()))
        .finally(() => release(instance)));
    });
  },

  async scheduled(event, env) {
    const instance = await take(env);
    if (!instance) return;
    await instance.use("tick", { ms: CRON, cron: true }).finally(() => release(instance));
  },
};
