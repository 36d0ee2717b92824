// The Worker as the tests run it: the very module, a clock that they move, and a
// look at how large its instances are.
import worker from "./worker.js";

const instances = [];
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...of) {
    super(...of);
    instances.push(new WeakRef(this));
  }
};

export default {
  fetch(request, env, ctx) {
    const url = new URL(request.url);
    switch (url.pathname) {
      case "/test/ahead":
        globalThis.xswarmAhead = Number(url.searchParams.get("ms"));
        return new Response("moved");
      case "/test/memory":
        return Response.json(instances.map((i) => i.deref()?.exports.mem.buffer.byteLength).filter(Boolean));
    }
    return worker.fetch(request, env, ctx);
  },
  scheduled: worker.scheduled,
};
