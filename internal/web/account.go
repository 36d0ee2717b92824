package web

import (
	"net/http"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

const (
	tasksShown = 50
	doneShown  = 10
	textsShown = 20
)

// overview is what the account page shows.
type overview struct {
	frame
	user        account.User
	now         time.Time
	standing    standing
	usage       billing.Usage
	phones      []phone.Phone
	numbers     []phone.Number
	tasks, done []task.Task
	moreTasks   string // the cursor of what follows, "" at the end
	texts       []phone.Text
	moreTexts   string
	canText     bool // there is a carrier

	notice string          // what was just done
	adding form            // the form that adds a phone
	buying string          // the key of the form that buys a number
	codes  map[string]form // the forms that take a code, by the phone's id
}

func (s *site) showAccount(w http.ResponseWriter, r *http.Request, session account.Session) error {
	v, err := s.overview(r, session.User)
	if err != nil {
		return err
	}
	v.notice = notices[r.URL.Query().Get("done")]
	s.show(w, r, http.StatusOK, accountPage(v))
	return nil
}

// notices are what an action says when it is done, by the word in the address
// that it leads to.
var notices = map[string]string{
	"code-sent":     "A text with a code of six digits is on its way. It holds for ten minutes.",
	"phone-proven":  "That phone is yours: your assistant now listens to it.",
	"phone-removed": "That phone is removed: your assistant does not listen to it any more.",

	"number-bought":   "Your assistant has another number.",
	"number-coming":   "The number that you asked for is on its way: please look at this page again in a moment.",
	"number-given-up": "That number is given up. Texts to it do not reach your assistant any more.",
}

// overview gathers what the account page shows.
func (s *site) overview(r *http.Request, u account.User) (overview, error) {
	ctx, query := r.Context(), r.URL.Query()
	v := overview{
		canText: !s.TextsOff, user: u, now: s.Now(), standing: s.standing(u),
		adding: form{prefix: "new-phone-"}, buying: formKey(), codes: map[string]form{},
	}
	var err error
	if v.frame, err = s.memberFrame(r, u, "Your account"); err != nil {
		return v, err
	}
	v.path = home
	if v.usage, err = s.Billing.Usage(ctx, u); err != nil {
		return v, err
	}
	if v.phones, err = s.Phones.Phones(ctx, u.ID); err != nil {
		return v, err
	}
	if v.numbers, err = s.Phones.Numbers(ctx, u.ID); err != nil {
		return v, err
	}
	if v.tasks, v.moreTasks, err = s.Tasks.List(ctx, u.ID, task.Open, query.Get("tasks"), tasksShown); err != nil {
		return v, err
	}
	if v.done, _, err = s.Tasks.List(ctx, u.ID, task.Done, "", doneShown); err != nil {
		return v, err
	}
	v.texts, v.moreTexts, err = s.Phones.Texts(ctx, u.ID, query.Get("messages"), textsShown)
	return v, err
}

// texting reports whether the plan includes texts.
func (v overview) texting() bool {
	return plan.HasFeature(v.standing.Plan.Tier, plan.SMSMessages)
}

// proven reports whether the user has a phone that the assistant listens to.
func (v overview) proven() bool {
	for _, p := range v.phones {
		if !p.VerifiedAt.IsZero() {
			return true
		}
	}
	return false
}

// code returns the form that takes a phone's code.
func (v overview) code(phoneID string) form {
	f := v.codes[phoneID]
	f.prefix = phoneID + "-"
	return f
}

// at returns a moment as the user's clock shows it.
func (v overview) at(t time.Time) string { return clock(t, v.now, v.user.Location()) }
