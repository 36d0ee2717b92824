package web

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
)

// holding gives the user's assistant so many numbers.
func (p *product) holding(n int) *product {
	p.numbers = nil
	for i := range n {
		p.numbers = append(p.numbers, phone.Number{ID: "num_" + string(rune('1'+i)), Number: "+1888555010" + string(rune('0'+i)), SMS: phone.SMSVerified})
	}
	return p
}

const numberForm = `<form method="post" action="/app/numbers">`

func TestWhatOneMoreNumberCostsIsSaidBeforehand(t *testing.T) {
	for name, c := range map[string]struct {
		p         *product
		has, lack []string
	}{
		"none of one": {
			newProduct().paying(plan.Secretary).holding(0),
			[]string{"AI Secretary includes 1 phone number.", ">Get a number</button>", "one is being set up", numberForm}, []string{"$2", "Give it up"},
		},
		"one of one": {
			newProduct().paying(plan.Secretary).holding(1),
			[]string{">Get another number for $2 a month</button>", "One more costs $2 a month", "the rest of this month is on your", numberForm, "Your assistant’s number<",
				`href="/app/numbers/num_1/give-up">Give it up<span class="whose">: +1 (888) 555-0100</span>`}, []string{"Get another number<"},
		},
		"one of three": {
			newProduct().paying(plan.Manager).holding(1),
			[]string{"AI Project Manager includes 3 phone numbers.", ">Get another number</button>"}, []string{"$2 a month"},
		},
		"three of three": {
			newProduct().paying(plan.Manager).holding(3), []string{"for $2 a month</button>", "Your assistant’s numbers<"}, nil,
		},
		"one of one, given": {
			newProduct().secretary().holding(1), []string{"AI Secretary includes 1 phone number.", `href="/plans">Which plans include more`}, []string{numberForm, "$2 a month"},
		},
		"a payment is owed": {
			newProduct().paying(plan.Secretary).late(time.Hour).holding(1), []string{"Which plans include more", "Give it up"}, []string{numberForm},
		},
		"free": {
			newProduct().holding(0), []string{"AI Buddy does not include one"}, []string{numberForm, "Which plans include more"},
		},
		"free, with one from before": {
			newProduct().holding(1), []string{"+1 (888) 555-0100", "Give it up"}, []string{numberForm, "does not include one."},
		},
		"as many as can be": {
			newProduct().paying(plan.Manager).holding(25), []string{"as many as one account can have"}, []string{numberForm},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := signedIn(t, c.p).get("/app")
			section := a.body[strings.Index(a.body, `id="numbers"`):]
			a.body = section[:strings.Index(section, "</section>")]
			a.has(t, 200, c.has...)
			a.lacks(t, c.lack...)
		})
	}
}

var formKeys = regexp.MustCompile(`name="key" value="([A-Z2-7]+)"`)

// key is that of the form which buys a number.
func (b *browser) key() string {
	b.t.Helper()
	m := formKeys.FindStringSubmatch(b.get("/app").body)
	if m == nil {
		b.t.Fatal("no form has a key")
	}
	return m[1]
}

func TestAButtonThatIsPressedTwiceBuysOneNumber(t *testing.T) {
	p := newProduct().paying(plan.Secretary).holding(1)
	b := signedIn(t, p)
	key := b.key()
	for range 2 {
		b.post("/app/numbers", "key", key).leads(t, "/app?done=number-bought#numbers")
	}
	p.was(t, "buy a number for usr_1")
	b.get("/app?done=number-bought").has(t, 200, "Your assistant has another number.")

	p.calls = nil
	again := b.key()
	if again == key {
		t.Error("the form has the same key when it is shown again")
	}
	b.post("/app/numbers", "key", again)
	p.was(t, "buy a number for usr_1")

	p.calls, p.busy = nil, true
	b.post("/app/numbers", "key", b.key()).leads(t, "/app?done=number-coming#numbers")
	b.get("/app?done=number-coming").has(t, 200, "is on its way")
	p.was(t)
}

func TestTheLastNumberOfAPlanIsBoughtOnceByAButtonThatIsPressedTwice(t *testing.T) {
	p := newProduct().secretary().holding(0)
	b := signedIn(t, p)
	b.post("/app/numbers", "key", "K").leads(t, "/app?done=number-bought#numbers")
	p.err = gated(billing.CodeUpgrade, "The phone number of AI Secretary is in use.") // by the first press
	b.post("/app/numbers", "key", "K").leads(t, "/app?done=number-bought#numbers")
	p.was(t, "buy a number for usr_1")
}

func TestAFormWithoutItsKeyBuysNothing(t *testing.T) {
	p := newProduct().paying(plan.Secretary).holding(1)
	signedIn(t, p).post("/app/numbers").has(t, 422, "did not arrive whole")
	p.was(t)
}

func TestANumberThatCannotBeBoughtIsSaid(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		words  string
	}{
		{phone.ErrTooManyNumbers, 409, "Please give one up first"},
		{phone.ErrNoNumber.With(fault.ErrNotFound), 503, "you pay for none"},
	} {
		p := newProduct().paying(plan.Secretary).holding(1)
		p.err = c.err
		b := signedIn(t, p)
		key := b.key()
		b.post("/app/numbers", "key", key).has(t, c.status, c.words)
		p.err = nil
		b.post("/app/numbers", "key", key).leads(t, "/app?done=number-bought#numbers") // what failed can be tried again
	}
}

func TestWhoMayNotHaveOneMoreSeesWhichPlanWouldHelp(t *testing.T) {
	p := newProduct().secretary().holding(1)
	p.err = gated(billing.CodeUpgrade, "The phone number of AI Secretary is in use.")
	b := signedIn(t, p)
	b.post("/app/numbers", "key", "K").has(t, 402, "The phone number of AI Secretary is in use.", "AI Project Manager", "Compare the plans")
	p.was(t, "buy a number for usr_1") // which is refused there, for every channel
	b.session = ""
	b.post("/app/numbers", "key", "K").leads(t, "/login?next=%2Fapp") // who it is comes first
	p.was(t, "buy a number for usr_1")
}

func TestGivingANumberUpSaysWhatIsLost(t *testing.T) {
	p := newProduct().paying(plan.Secretary).holding(2)
	b := signedIn(t, p)
	a := b.get("/app/numbers/num_2/give-up")
	a.has(t, 200, "<h1>Give up +1 (888) 555-0101?</h1>", "You cannot get it back", "do not reach your assistant", "You pay $2 a month less",
		`<form method="post" action="/app/numbers/num_2/give-up">`, ">Give up +1 (888) 555-0101</button>", `href="/app#numbers">Keep it`)
	a.lacks(t, "the only one", "saves nothing", "555-0100")
	p.was(t) // looking changes nothing

	p.holding(1)
	a = b.get("/app/numbers/num_1/give-up")
	a.has(t, 200, "It is the only one that your assistant has", "giving it up saves nothing")
	a.lacks(t, "$2 a month less")
	b.get("/app/numbers/num_9/give-up").has(t, 404)
}

func TestANumberIsGivenUpByTheButtonOnly(t *testing.T) {
	p := newProduct().paying(plan.Secretary).holding(2)
	b := signedIn(t, p)
	b.post("/app/numbers/num_2/give-up").leads(t, "/app?done=number-given-up#numbers")
	p.was(t, "release num_2 of usr_1")
	b.get("/app?done=number-given-up").has(t, 200, "That number is given up.")
	p.err = fault.ErrNotFound
	b.post("/app/numbers/num_9/give-up").has(t, 404)
	p.calls = nil
	b.session = ""
	b.post("/app/numbers/num_2/give-up").leads(t, "/login?next=%2Fapp")
	b.get("/app/numbers/num_2/give-up").leads(t, "/login?next=%2Fapp%2Fnumbers%2Fnum_2%2Fgive-up")
	p.was(t)
}

func TestWhereTextsAreOffThereAreNoNumbers(t *testing.T) {
	p := newProduct().paying(plan.Secretary).holding(1)
	a := signedIn(t, p, func(o *Options) { o.TextsOff = true }).get("/app")
	a.has(t, 200, "AI Secretary")
	a.lacks(t, numberForm, "Give it up")
}
