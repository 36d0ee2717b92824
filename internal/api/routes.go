package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"xswarm.ai/server/internal/plan"
)

const (
	bearer = "bearer"
	cookie = "session"
)

// routes is the map of the API.
func (a *api) routes() {
	route(a, "POST /auth/signup", "Sign up", open(201), a.signUp,
		"Sends a mail with a link that confirms the address. A known address gets the same answer, and a mail tells its owner.")
	route(a, "POST /auth/resend-verification", "Send the verification mail again", open(202), a.resendVerification,
		"The same answer whether or not there is an account that waits for it.")
	route(a, "POST /auth/verify-email", "Confirm an address", open(200), a.verifyEmail, "Uses the token of the mail's link. It holds for 24 hours and once.")
	route(a, "POST /auth/login", "Sign in", open(200), a.login, "The token holds for 7 days.")
	route(a, "POST /auth/logout", "Sign out", member(204), a.logout, "Ends this session, or every session with all.")
	route(a, "POST /auth/forgot-password", "Ask for a new password", open(202), a.forgotPassword, "Mails a link if there is an account; the answer does not tell.")
	route(a, "POST /auth/reset-password", "Set a new password", open(200), a.resetPassword, "Uses the token of the mail's link. It holds for an hour and once; every session ends.")
	route(a, "GET /auth/me", "Who is signed in", member(200), a.me, "")

	route(a, "POST /auth/change-password", "Change the password", member(200), a.changePassword,
		"Ends every session, this one too: the answer is a new one, as from POST /auth/login. A mail tells the owner.")
	route(a, "GET /auth/sessions", "Where one is signed in", member(200), a.sessions, "The sessions that hold, last used first.")
	route(a, "DELETE /auth/sessions", "End every other session", member(204), a.endOtherSessions,
		"Signs out everywhere but here; POST /auth/logout with all signs out here too.")
	route(a, "DELETE /auth/sessions/{id}", "End a session", member(204), a.endSession, "Signs that device out.")
	route(a, "POST /auth/change-email", "Ask for another address", sender(202), a.changeEmail,
		"Mails a link to the old and one to the new address, each good for 24 hours; when both were used, the new one counts. "+
			"The same answer whether or not the new address is known. A newer change takes the place of an older.")
	route(a, "GET /auth/change-email", "The change of address that waits", member(200), a.pendingEmail, "404 if none does.")
	route(a, "DELETE /auth/change-email", "Drop the change of address", member(204), a.dropEmailChange, "")
	route(a, "POST /auth/confirm-email-change", "Confirm a change of address", open(200), a.confirmEmailChange,
		"Uses the token of a link, from either mail.")
	route(a, "POST /auth/cancel-email-change", "Refuse a change of address", open(204), a.cancelEmailChange,
		"Uses the token of the other link in the mail to the old address: “this was not me”.")
	route(a, "POST /auth/change-username", "Change the username", member(200), a.changeUsername,
		"At most 3 times in 30 days. The old name stays reserved for its former owner for a year.")

	route(a, "GET /billing/plans", "The plans", open(200), a.plans, "What each tier includes and costs.")
	route(a, "GET /billing/subscription", "The current plan", member(200), a.subscription, "Which plan is in effect, why, and what is to come.")
	route(a, "GET /billing/usage", "Usage in this period", member(200), a.usage, "Null means unlimited; costs are dollars as decimal strings.")
	route(a, "GET /billing/invoices", "Bills", member(200), a.invoices, "Newest first.")
	route(a, "POST /billing/checkout", "Buy a plan", sender(200), a.checkout,
		"Answers with the page where it is paid. One order is open at a time: the same again leads to the same page, another ends the one before. "+
			"Who has a paid plan is told to change it (409 already_subscribed).")
	route(a, "POST /billing/portal", "Cards, bills and cancelling", sender(200), a.portal, "Answers with the page of the payment provider where these are looked after.")
	route(a, "POST /billing/preview", "What a change of plan would mean", member(200), a.preview,
		"What it costs now and from then on, when it begins, and what would be lost. Nothing is changed.")
	route(a, "POST /billing/change", "Change the plan", sender(200), a.changePlan,
		"A higher plan begins now, and the rest of the period is charged; a lower one, or ai_buddy, at the end of the period. The plan that is in effect takes back what was to come.")
	route(a, "GET /billing/spending-cap", "The spending cap", member(200), a.spendingCap, "What extra usage may cost in a period.")
	route(a, "PUT /billing/spending-cap", "Set the spending cap", member(200), a.setSpendingCap, "A hard cap stops extra usage when it is reached; a soft one only tells.")

	route(a, "GET /api/phones", "Own phones", member(200), a.phones, "The phones from which the assistant takes texts, once they are proven.")
	route(a, "POST /api/phones", "Add an own phone", sender(201), a.addPhone, "Texts a 6-digit code to it. The same number again sends a new code.")
	route(a, "POST /api/phones/{id}/verify", "Prove an own phone", member(200), a.verifyPhone, "With the code that was texted to it: ten minutes, five tries.")
	route(a, "DELETE /api/phones/{id}", "Remove an own phone", member(204), a.removePhone, "")
	route(a, "GET /api/phone-numbers", "The assistant's numbers", member(200), a.numbers, "")
	route(a, "POST /api/phone-numbers", "Get another number", sender(201).needing(plan.PhoneNumbers), a.buyNumber,
		"One that the plan includes, or one that is paid for by the month: GET /billing/plans says what it costs, and GET /billing/usage how many are included. At most 25.")
	route(a, "DELETE /api/phone-numbers/{id}", "Give a number up", member(204), a.releaseNumber,
		"For good: nobody gets it back. From then on it takes no texts, and what is paid for is one less.")
	route(a, "GET /api/messages", "Texts, both ways", member(200), a.messages, "Newest first.")

	route(a, "GET /api/tasks", "Tasks", member(200), a.tasks, "What is due first comes first.")
	route(a, "GET /api/memory/facts", "What the assistant remembers", member(200), a.facts, "Newest first.")

	route(a, "GET /api/operator/jobs", "Jobs", member(200), a.jobs, "For operators. Newest first; state=dead lists what was given up and needs a person.")
	route(a, "GET /api/operator/jobs/{id}", "One job, explained", member(200), a.job, "For operators.")
	route(a, "POST /api/operator/jobs/retry", "Retry what was given up", member(200), a.retryJobs, "For operators. All dead jobs, or those of a kind: for when what they needed is back.")
	route(a, "POST /api/operator/jobs/{id}/retry", "Retry a job", member(200), a.retryJob, "For operators. Of dead jobs; its attempts begin anew.")
	route(a, "DELETE /api/operator/jobs/{id}", "Discard a job", member(204), a.discardJob, "For operators. Deletes a dead job that is not to be done any more.")

	route(a, "GET /healthz", "Is the program running", open(200), a.health, "")
	route(a, "GET /readyz", "Can it do its work", open(200), a.ready, "Asks the database.")
}

// access is who may use a route, what it answers when all is well, whether a
// request may carry a key that makes it be done once, and of what its user must be
// able to use one more.
type access struct {
	signedIn bool
	status   int
	keyed    bool
	needs    plan.Feature // "": of nothing
}

func open(status int) access   { return access{status: status} }
func member(status int) access { return access{signedIn: true, status: status} }

// sender is a member's route that sends something, or charges for it.
func sender(status int) access { return access{signedIn: true, status: status, keyed: true} }

// needing is the same for whoever may use one more of a feature. Others are told
// which plan would bring it, before their request is read; the service asks again.
func (who access) needing(f plan.Feature) access {
	who.needs = f
	return who
}

const keyHeader = "Idempotency-Key"

// keyParam describes the header of a route that sends.
func keyParam() *huma.Param {
	return &huma.Param{
		In: "header", Name: keyHeader, Schema: &huma.Schema{Type: huma.TypeString},
		Description: "Chosen by you: the same request with the same key is answered as the first time, for 24 hours, and not done again.",
	}
}

// route registers one operation: "METHOD /path", a summary, who may use it, its
// handler, and a remark. Errors of the handler become problems.
func route[I, O any](a *api, pattern, summary string, who access, h func(context.Context, *I) (*O, error), remark string) {
	a.register(pattern, summary, who, remark, reflect.TypeFor[I](), reflect.TypeFor[O](),
		func(ctx context.Context, in any) (any, error) { return h(ctx, in.(*I)) })
}

func (a *api) register(pattern, summary string, who access, remark string, in, out reflect.Type,
	h func(context.Context, any) (any, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	op := &huma.Operation{
		OperationID: operationID(method, path),
		Method:      method, Path: path, Summary: summary, Description: remark, DefaultStatus: who.status,
		Tags:   []string{tag(path)},
		Errors: []int{http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError},
	}
	if who.signedIn {
		op.Security = []map[string][]string{{bearer: {}}, {cookie: {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized)
	}
	if who.keyed {
		op.Parameters = append(op.Parameters, keyParam())
		op.Errors = append(op.Errors, http.StatusConflict)
	}
	if who.needs != "" {
		op.Errors = append(op.Errors, http.StatusPaymentRequired)
	}
	params := a.describe(op, in, out)
	a.huma.OpenAPI().AddOperation(op)
	a.mux.Handle(pattern, &endpoint{api: a, access: who, in: in, params: params, body: op.RequestBody, handle: h})
}

// operationID makes "get-billing-usage" of GET /billing/usage.
func operationID(method, path string) string {
	clean := strings.NewReplacer("/", "-", "{", "", "}", "").Replace(strings.TrimPrefix(path, "/"))
	return strings.ToLower(method) + "-" + clean
}

// tag groups the operations in the documentation.
func tag(path string) string {
	switch part := strings.Split(path, "/")[1]; part {
	case "auth":
		return "Account"
	case "billing":
		return "Plan and usage"
	case "healthz", "readyz":
		return "Operation"
	}
	switch strings.Split(path, "/")[2] {
	case "phones", "phone-numbers", "messages":
		return "Phone"
	case "operator":
		return "Operation"
	}
	return "Assistant"
}
