# What scripts/worker dev runs: the Worker, with its settings from the
# environment, and a cron of its own, which the runtime has none of.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "cron", worker = .cron),
    (name = "internet", network = (
      allow = ["public", "private", "local"],
      tlsOptions = (trustBrowserCas = true),
    )),
  ],
  sockets = [
    (name = "main", address = "127.0.0.1:8787", http = (), service = "main"),
    (name = "cron", address = "127.0.0.1:8786", http = (), service = "cron"),
  ],
);

const main :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "dist/worker.js"),
    (name = "wasm_exec.js", esModule = embed "dist/wasm_exec.js"),
    (name = "worker.wasm", wasm = embed "dist/worker.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["enable_request_signal"],
  bindings = [
    (name = "TURSO_DATABASE_URL", fromEnvironment = "TURSO_DATABASE_URL"),
    (name = "JWT_SECRET", fromEnvironment = "JWT_SECRET"),
    (name = "BASE_URL", fromEnvironment = "BASE_URL"),
    (name = "MAX_INSTANCES", fromEnvironment = "MAX_INSTANCES"),
    (name = "SENDGRID_API_KEY", fromEnvironment = "SENDGRID_API_KEY"),
    (name = "SENDGRID_API_BASE", fromEnvironment = "SENDGRID_API_BASE"),
    (name = "FROM_EMAIL", fromEnvironment = "FROM_EMAIL"),
    (name = "TWILIO_ACCOUNT_SID", fromEnvironment = "TWILIO_ACCOUNT_SID"),
    (name = "TWILIO_AUTH_TOKEN", fromEnvironment = "TWILIO_AUTH_TOKEN"),
    (name = "TWILIO_PHONE_NUMBER", fromEnvironment = "TWILIO_PHONE_NUMBER"),
    (name = "TWILIO_API_BASE", fromEnvironment = "TWILIO_API_BASE"),
    (name = "STRIPE_SECRET_KEY", fromEnvironment = "STRIPE_SECRET_KEY"),
    (name = "STRIPE_WEBHOOK_SECRET", fromEnvironment = "STRIPE_WEBHOOK_SECRET"),
    (name = "STRIPE_EVENTS_SECRET", fromEnvironment = "STRIPE_EVENTS_SECRET"),
    (name = "STRIPE_API_BASE", fromEnvironment = "STRIPE_API_BASE"),
    (name = "PAYMENT_GRACE_DAYS", fromEnvironment = "PAYMENT_GRACE_DAYS"),
    (name = "CHECKOUT_TRIAL_DAYS", fromEnvironment = "CHECKOUT_TRIAL_DAYS"),
    (name = "CHECKOUT_COUPON", fromEnvironment = "CHECKOUT_COUPON"),
    (name = "CHECKOUT_PROMOTION_CODES", fromEnvironment = "CHECKOUT_PROMOTION_CODES"),
    (name = "CHECKOUT_AUTOMATIC_TAX", fromEnvironment = "CHECKOUT_AUTOMATIC_TAX"),
    (name = "OPERATOR_EMAIL", fromEnvironment = "OPERATOR_EMAIL"),
  ],
);

const cron :Workerd.Worker = (
  modules = [(name = "cron.js", esModule = embed "testdata/cron.js")],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "MAIN", service = "main")],
);
