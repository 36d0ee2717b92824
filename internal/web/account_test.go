package web

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

// signedIn opens the pages as Ada, who is on AI Secretary.
func signedIn(t *testing.T, p *product, change ...func(*Options)) *browser {
	b := open(t, p, change...)
	b.session = "good"
	return b
}

// secretary puts the user on AI Secretary by a grant.
func (p *product) secretary() *product {
	p.sub.Plan, _ = plan.Of(plan.Secretary)
	p.sub.Entitlement = plan.Entitlement{
		Tier: plan.Secretary, Source: plan.Granted, Until: time.Date(2027, 1, 22, 9, 0, 0, 0, time.UTC),
	}
	p.sub.Reason = "early guest"
	return p
}

func TestOnlyWhoIsSignedInSeesAnAccount(t *testing.T) {
	p := newProduct()
	b := open(t, p)
	b.get("/app").leads(t, "/login?next=%2Fapp")
	b.post("/app/phones", "number", "+12025550123").leads(t, "/login?next=%2Fapp")
	b.session = "stale"
	a := b.get("/app")
	a.leads(t, "/login?next=%2Fapp&why=ended")
	if c := a.Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("the cookie is %v, want it taken away", c)
	}
	p.was(t)
}

func TestAFailureBehindTheSessionIsNoReasonToSignIn(t *testing.T) {
	b := open(t, newProduct())
	b.session = "broken"
	a := b.get("/app")
	a.has(t, 500, "Something went wrong")
	a.lacks(t, "disk on fire", "/var/secret")
}

func TestTheAccountShowsThePlanAndWhy(t *testing.T) {
	signedIn(t, newProduct().secretary()).get("/app").has(t, 200, "AI Secretary", "Given to you by the operator", "early guest", "Fri 22 Jan 2027")
	a := signedIn(t, newProduct()).get("/app")
	a.has(t, 200, "AI Buddy", "Free of charge", "AI Buddy does not include")
	a.lacks(t, "You asked for")
}

func TestTheWishedPlanIsShownWithHowToGetIt(t *testing.T) {
	p := newProduct()
	p.sub.Wished = plan.Manager
	signedIn(t, p, func(o *Options) { o.Contact, o.SandboxURL = "sales@xswarm.example", "/sandbox" }).get("/app").
		has(t, 200, "You asked for <strong>AI Project Manager</strong>", "mailto:sales@xswarm.example", "open the sandbox")
	p.secretary().sub.Wished = plan.Secretary
	signedIn(t, p).get("/app").lacks(t, "You asked for")
}

func TestUsageIsShownWithMeters(t *testing.T) {
	p := newProduct().secretary()
	p.usage.Features = []billing.FeatureUsage{
		{Feature: plan.VoiceMinutes, Used: 0, Included: 0},
		{Feature: plan.SMSMessages, Used: 512, Included: 500, Overage: 12, Cost: 96_000},
		{Feature: plan.PhoneNumbers, Used: 3, Included: plan.Unlimited},
	}
	a := signedIn(t, p).get("/app")
	a.has(t, 200, "From <time datetime=\"2026-11-01T00:00:00Z\">1 Nov</time>", "Not in your plan", "512 of 500 used",
		`max="500" high="450" optimum="0" value="500"`, "12 past the allowance: $0.096", "3 used, without a limit")
}

func TestTheNextStepLeadsToTexting(t *testing.T) {
	p := newProduct().secretary()
	b := signedIn(t, p)
	b.get("/app").has(t, 200, "needs to know your phone")
	p.phones = []phone.Phone{{ID: "phn_1", Number: "+12025550123"}}
	b.get("/app").has(t, 200, "needs to know your phone")
	p.phones[0].VerifiedAt = now
	b.get("/app").has(t, 200, "is being set up")
	p.numbers = []phone.Number{{Number: "+18885550100", SMS: phone.SMSVerified}}
	b.get("/app").has(t, 200, `Text your assistant at <a href="sms:+18885550100">+1 (888) 555-0100</a>`, "Ready for texts")
	p.numbers[0].SMS = phone.SMSPending
	b.get("/app").has(t, 200, "carriers still check")
	p.numbers[0].SMS = phone.SMSRejected
	b.get("/app").has(t, 200, "do not let this number send texts")
}

func TestTasksAreShownInTheUsersTime(t *testing.T) {
	p := newProduct()
	p.tasks = []task.Task{
		{Title: "call Mike", Due: time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC), RemindAt: now.Add(time.Hour)},
		{Title: "pay rent", Due: time.Date(2026, 12, 1, 5, 0, 0, 0, time.UTC), DueAllDay: true},
		{Title: "water plants", Due: now.Add(-time.Hour)},
		{Title: "renew passport"},
	}
	p.done = []task.Task{{Title: "buy milk"}}
	p.next = "a/b"
	a := signedIn(t, p).get("/app")
	a.has(t, 200, "call Mike", "Mon 23 Nov, 2:00 PM", "reminder set", "Tue 1 Dec<", "overdue", "renew passport",
		"buy milk", `href="/app?tasks=a%2Fb#tasks"`, `datetime="2026-11-23T19:00:00Z"`, "America/New_York")
}

func TestMessagesAreShownWithWhereTheyAre(t *testing.T) {
	p := newProduct()
	p.texts = []phone.Text{
		{Direction: phone.Outbound, Body: "Done: call Mike.", State: phone.Delivered, Kind: phone.KindText, CreatedAt: now},
		{Direction: phone.Inbound, Body: "done 1", State: phone.Received, CreatedAt: now, Media: []string{"https://x/1"}},
		{Direction: phone.Inbound, From: "+12025550199", Body: "hi", State: phone.Received, Quarantine: "unknown_sender", CreatedAt: now},
		{Direction: phone.Outbound, Body: "x", State: phone.Failed, ErrorCode: "opted_out", CreatedAt: now},
		{Direction: phone.Outbound, Body: "y", State: phone.Undelivered, ErrorCode: "30003", CreatedAt: now},
		{Direction: phone.Outbound, Body: "Your code (not kept)", Kind: phone.KindCode, State: phone.Queued, CreatedAt: now},
	}
	p.next = "c2"
	a := signedIn(t, p).get("/app")
	a.has(t, 200, "Done: call Mike.", "Delivered", "with 1 attached", "+1 (202) 555-0199",
		"Not answered: not from a phone that you have proven", "text START", "Not delivered (30003)", "Waiting to be sent",
		"Sun 22 Nov, 4:00 AM", `href="/app?messages=c2#messages"`)
	a.lacks(t, "https://x/1") // at the carrier, and not ours to show
}

func TestACursorThatIsNoneIsSaid(t *testing.T) {
	p := newProduct()
	p.listErr = &fault.Error{Kind: fault.Invalid, Code: "invalid_request", Message: "Some of the input cannot be used: see errors.",
		Fields: []fault.Field{{Location: "query.cursor", Message: "is not one of ours"}}}
	signedIn(t, p).get("/app?tasks=zzz").has(t, 422, "is not one of ours")
}

func TestAnEmptyAccountSaysSo(t *testing.T) {
	a := signedIn(t, newProduct()).get("/app")
	a.has(t, 200, "Nothing to do.", "No messages yet.", "does not include one")
	a.lacks(t, "More tasks", "Older messages", "<details")
}

func TestAPhoneIsAddedAndProven(t *testing.T) {
	p := newProduct()
	b := signedIn(t, p)
	b.post("/app/phones", "number", "+1 202 555 0123").leads(t, "/app?done=code-sent#phones")
	p.phones = []phone.Phone{{ID: "phn_1", Number: "+12025550123"}}
	b.get("/app?done=code-sent").has(t, 200, "A text with a code", `role="status"`, "not proven yet",
		`Send a new code<span class="whose"> to +1 (202) 555-0123</span>`, `Remove<span class="whose"> +1 (202) 555-0123</span>`,
		`action="/app/phones/phn_1/verify#problem"`, `autocomplete="one-time-code"`, `name="number" value="+12025550123"`)
	b.post("/app/phones/phn_1/verify", "code", "123456").leads(t, "/app?done=phone-proven#phones")
	p.phones[0].VerifiedAt = now
	a := b.get("/app?done=phone-proven")
	a.has(t, 200, "That phone is yours", ">proven<")
	a.lacks(t, "one-time-code")
	b.post("/app/phones/phn_1/remove").leads(t, "/app?done=phone-removed#phones")
	p.was(t, "add phone +1 202 555 0123 of usr_1 from 203.0.113.7",
		"prove phone phn_1 of usr_1 with 123456", "remove phone phn_1 of usr_1")
}

func TestAWrongNumberOrCodeIsNamedAtItsField(t *testing.T) {
	p := newProduct()
	p.phones = []phone.Phone{{ID: "phn_1", Number: "+12025550123"}, {ID: "phn_2", Number: "+12025550124"}}
	b := signedIn(t, p)
	p.err = wrong("number")
	b.post("/app/phones", "number", "12").has(t, 422, `<a href="#new-phone-number">`, `id="new-phone-number-problem"`, `value="12"`)
	p.err = wrong("code")
	a := b.post("/app/phones/phn_2/verify", "code", "000000")
	a.has(t, 422, `<a href="#phn_2-code">`, `id="phn_2-code-problem"`, `value="000000"`)
	a.lacks(t, `id="phn_1-code-problem"`)
}

func TestTooManyCodesSayWhenToComeBack(t *testing.T) {
	p := newProduct()
	p.phones = []phone.Phone{{ID: "phn_1", Number: "+12025550123"}}
	p.err = account.ErrTooMany.After(30 * time.Second)
	b := signedIn(t, p)
	for _, a := range []answer{b.post("/app/phones", "number", "+12025550123"), b.post("/app/phones/phn_1/verify", "code", "1")} {
		a.has(t, 429, "try again in 30 seconds")
		if a.Header.Get("Retry-After") != "30" {
			t.Errorf("Retry-After = %q", a.Header.Get("Retry-After"))
		}
	}
}

func TestAPhoneThatIsNotThereIsSaid(t *testing.T) {
	p := newProduct()
	p.err = fault.New(fault.NotFound, "phone_not_found", "There is no such phone.")
	b := signedIn(t, p)
	b.post("/app/phones/phn_9/verify", "code", "123456").has(t, 404, "There is no such phone.")
	b.post("/app/phones/phn_9/remove").has(t, 404, "There is no such phone.")
}

func TestANoticeOfAnotherKindIsNotShown(t *testing.T) {
	signedIn(t, newProduct()).get("/app?done=%3Ci%3E").lacks(t, `role="status"`, "<i>", "&lt;i")
}

func TestWithoutACarrierThereAreNoPhones(t *testing.T) {
	a := signedIn(t, newProduct().secretary(), func(o *Options) { o.TextsOff = true }).get("/app")
	a.has(t, 200, "AI Secretary", "Tasks")
	a.lacks(t, "Add a phone", "assistant’s number", "Text your assistant")
}
