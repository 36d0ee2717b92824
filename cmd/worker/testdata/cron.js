// The platform's cron, which workerd has none of: each request is an event.
export default {
  async fetch(request, env) {
    await env.MAIN.scheduled({ scheduledTime: new Date(), cron: "* * * * *" });
    return new Response("done");
  },
};
