package phone

import (
	"context"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

// Store is where phones, numbers and texts are kept. Each method that writes is
// one transaction, and safe to repeat. A method that finds nothing returns a
// fault of kind NotFound.
type Store interface {
	// Reach tells what is known of a text that came in.
	Reach(ctx context.Context, in Incoming) (Reach, error)
	// ReceiveText stores a text that came in with what follows from it. It does
	// nothing, and returns false, when the text was stored before.
	ReceiveText(ctx context.Context, a Arrival) (fresh bool, err error)
	// AnswerText stores the answer to a text together with what it calls for. It
	// does nothing when the text has been answered.
	AnswerText(ctx context.Context, a Answer) error
	// GiveReminder stores that a task's reminder was given, and how. It returns false,
	// and stores nothing, when the task is not to be reminded of any more.
	GiveReminder(ctx context.Context, r Given) (given bool, err error)
	TaskToRemind(ctx context.Context, taskID string) (task.Task, error)
	// HeldReminders returns a user's open tasks with a reminder that was due in a
	// span of time and not given.
	HeldReminders(ctx context.Context, userID string, since, until time.Time) ([]task.Task, error)

	Text(ctx context.Context, id string) (Text, error)
	// Texts returns a user's texts, newest first, from before the given place.
	Texts(ctx context.Context, userID string, before Place, limit int) ([]Text, error)
	// HasReply tells whether there is a text in reply to something.
	HasReply(ctx context.Context, inReplyTo string) (bool, error)

	// BeginText marks that a request to the carrier is about to be made. It returns
	// false when the text is not waiting to be sent any more.
	BeginText(ctx context.Context, id string) (ok bool, err error)
	// RetractText takes that back, as the request was certainly not carried out.
	RetractText(ctx context.Context, id string) error
	// AcceptText is ReportText for a text that was handed over. It returns false, and
	// stores nothing, when the text is not there, or is known to the carrier by
	// another id, or the id is another text's.
	AcceptText(ctx context.Context, r Report) (ok bool, err error)
	// ReportText stores what the carrier says about a text, and counts it, or takes
	// the count back, as that calls for. Reports may come late, twice and in any
	// order.
	ReportText(ctx context.Context, r Report) error
	// FailText gives a text up that the carrier does not have.
	FailText(ctx context.Context, f Failure) error
	// KnownTexts returns which of the carrier's ids belong to texts that are stored.
	KnownTexts(ctx context.Context, sids []string) (map[string]bool, error)
	OptedOut(ctx context.Context, number string) (bool, error)

	Phones(ctx context.Context, userID string) ([]Phone, error)
	Phone(ctx context.Context, id string) (Phone, error)
	// SavePhone adds a phone, or gives one that is there a new code, and stores the
	// text with the code. It returns false, and stores nothing, when the user has
	// most others.
	SavePhone(ctx context.Context, p Phone, most int, code Text, send jobs.Job) (ok bool, err error)
	// TryCode counts a try at a phone's code. It returns NotFound when there is no
	// code to try, or it is too old, or it has been tried most times.
	TryCode(ctx context.Context, userID, phoneID string, most int) (Phone, error)
	// ProvePhone stores that the phone is the user's, and nobody else's.
	ProvePhone(ctx context.Context, p Phone) (Phone, error)
	RemovePhone(ctx context.Context, userID, phoneID string) error

	// Numbers and FindNumber leave out what was given up: it is nobody's.
	Numbers(ctx context.Context, userID string) ([]Number, error)
	FindNumber(ctx context.Context, number string) (Number, error)
	// Number returns a number by its id, also one that was given up and is not
	// released yet.
	Number(ctx context.Context, id string) (Number, error)
	// SaveNumber assigns a number, and stores jobs with it. It returns a Conflict when
	// the number is somebody else's, or is being released.
	SaveNumber(ctx context.Context, n Number, actor string, js ...jobs.Job) (Number, error)
	SetNumberSMS(ctx context.Context, id string, s SMSState) error
	// ReleaseNumber marks that a user has given a number up, and stores jobs with
	// that.
	ReleaseNumber(ctx context.Context, userID, numberID string, js ...jobs.Job) error
	// DeleteNumber deletes a number that was given up.
	DeleteNumber(ctx context.Context, id string) error
	// KnownNumbers returns which numbers are stored, given up or not.
	KnownNumbers(ctx context.Context, numbers []string) (map[string]bool, error)
	EnqueueJobs(ctx context.Context, js ...jobs.Job) error
	// CountTries is described by account.Store.
	CountTries(ctx context.Context, now time.Time, tries []account.Try) ([]account.Count, error)
}

// Assistant answers what people say.
type Assistant interface {
	Handle(ctx context.Context, r assistant.Request) (assistant.Outcome, error)
}

// Users finds people.
type Users interface {
	User(ctx context.Context, id string) (account.User, error)
}

// Usage is what is counted, and paid for.
type Usage interface {
	// Gate says whether one more may be used: nil, or a fault of kind Upgrade whose
	// message can be texted as it is.
	Gate(ctx context.Context, u account.User, f plan.Feature) error
	// NumbersJob makes the job that has the subscription pay for the numbers that a
	// user holds. It is stored with what changes them, once for each cause.
	NumbersJob(userID, cause string) jobs.Job
}

// Letters writes mails, for reminders that cannot be texted.
type Letters interface {
	Reminder(ctx context.Context, id, to, name, title, due string) error
}

// Options is what a Service needs.
type Options struct {
	Store Store
	// Carrier is who texts are handed to; nil when there are none: nothing is sent or
	// bought then, and reminders go by mail.
	Carrier   Carrier
	Assistant Assistant
	Users     Users
	Usage     Usage
	Letters   Letters
	// Parse reads a phone number as people write it and returns it in E.164.
	Parse func(string) (string, error)
	// Shared is the service's own number: it sends codes and stands in for a
	// user's number until that may text. "" when there is none.
	Shared string
	// Secrets are what codes are made with, the current one first.
	Secrets [][]byte
	// SMSBilling says what of a text is counted: "segment" counts its parts, all
	// else the text.
	SMSBilling string
	// BaseURL is where the pages are, without a slash at the end.
	BaseURL string
	Now     func() time.Time
}

// Service does what the package is for.
type Service struct {
	store     Store
	carrier   Carrier
	assistant Assistant
	users     Users
	usage     Usage
	letters   Letters
	parse     func(string) (string, error)
	shared    string
	secrets   [][]byte
	bySegment bool
	baseURL   string
	now       func() time.Time
}

// New returns a Service. It panics without a secret: no code could be made.
func New(o Options) *Service {
	if len(o.Secrets) == 0 {
		panic("phone: no secret")
	}
	if o.Parse == nil {
		o.Parse = ParseE164
	}
	return &Service{
		store: o.Store, carrier: o.Carrier, assistant: o.Assistant, users: o.Users, usage: o.Usage, letters: o.Letters,
		parse: o.Parse, shared: o.Shared, secrets: o.Secrets, bySegment: o.SMSBilling == billing.BySegment,
		baseURL: o.BaseURL, now: o.Now,
	}
}

// The kinds of jobs.
const (
	kindAnswer     = "phone.answer"
	kindSend       = "phone.send"
	kindCode       = "phone.code"
	kindRemindMail = "phone.remind_mail"
	kindProvision  = "phone.provision"
	kindCheck      = "phone.check_number"
	kindRelease    = "phone.release"
	kindHeld       = "phone.remind_held" // when an account is enabled again
	kindLapse      = "phone.lapse"
)

// Register names the handlers of the package's jobs.
func (s *Service) Register(r *jobs.Runner) {
	r.Handle(kindAnswer, s.answer)
	r.Handle(kindSend, s.send)
	r.Handle(kindCode, s.sendCode)
	r.Handle(task.KindRemind, s.remind)
	r.Handle(kindRemindMail, s.remindByMail)
	r.Handle(kindHeld, s.giveHeld)
	r.Handle(kindProvision, s.provision)
	r.Handle(kindLapse, s.lapse)
	r.Handle(kindCheck, s.checkNumber)
	r.Handle(kindRelease, s.release)
	r.Describe(duties)
}

// textJob is the payload of a job about a text.
type textJob struct {
	MessageID string `json:"message_id"`
}

// sendJob makes the job that sends a text. Texts to one person leave in their
// order, and a slow carrier does not hold up what else is done for them.
func (s *Service) sendJob(t Text) jobs.Job {
	return jobs.New(kindSend, textJob{t.ID}, s.now(), jobs.Key("send:"+t.ID), jobs.Lane("text:"+t.To))
}
