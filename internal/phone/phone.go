// Package phone is people and the assistant reaching each other by telephone:
// the users' own phones, proven by code; the assistant's numbers; and texts,
// both ways.
//
// It knows nothing of the carrier's words, of HTTP or of SQL.
package phone

import "time"

// Phone is a user's own phone. Only a proven one is the owner's.
type Phone struct {
	ID         string
	UserID     string
	Number     string    // E.164
	VerifiedAt time.Time // zero: not proven yet
	CreatedAt  time.Time

	CodeNonce     string // the code is derived from it and a secret
	CodeExpiresAt time.Time
	CodeAttempts  int
}

// SMSState says whether a number may send texts. Voice works at once; a US or
// Canadian toll-free number may text only when the carriers have verified it.
type SMSState string

const (
	SMSPending  SMSState = "pending_verification"
	SMSVerified SMSState = "verified"
	SMSRejected SMSState = "rejected"
)

// The kinds of numbers.
const (
	TollFree = "toll_free"
	Local    = "local"
)

// Number is a number of the assistant, assigned to one user.
type Number struct {
	ID          string
	UserID      string
	Number      string // E.164
	ProviderSID string // the carrier's id; "" for one the operator assigned by hand
	Kind        string // TollFree or Local
	SMS         SMSState
	CreatedAt   time.Time
	ReleasedAt  time.Time // when its user gave it up: it is nobody's then; zero: it is held
}

// Direction of a text, as seen from the product.
type Direction string

const (
	Inbound  Direction = "in"
	Outbound Direction = "out"
)

// Kind says what a text is for, and so whether it is counted.
type Kind string

const (
	KindText    Kind = "text"    // counted, when outbound
	KindKeyword Kind = "keyword" // STOP, START, HELP
	KindNotice  Kind = "notice"  // the operator's: not counted
	KindCode    Kind = "code"    // proves a phone: not counted, body not kept
)

// State is where a text is in its life. States have ranks and never run
// backwards: what arrives late or twice changes nothing.
type State string

const (
	Received    State = "received" // inbound
	Queued      State = "queued"   // outbound: ours, not yet accepted
	Accepted    State = "accepted" // the carrier has it
	Sending     State = "sending"
	Sent        State = "sent"
	Delivered   State = "delivered"
	Undelivered State = "undelivered"
	Failed      State = "failed" // refused by the carrier, or given up
	Canceled    State = "canceled"
)

var ranks = map[State]int{
	Received: 90, Queued: 10, Accepted: 20, Sending: 30, Sent: 40,
	Delivered: 90, Undelivered: 90, Failed: 90, Canceled: 90,
}

// Rank orders the states: a text takes on a state only if its rank is higher
// than that of the one it has. All final states rank the same, so the first of
// them stays. An unknown state ranks 0.
func (s State) Rank() int { return ranks[s] }

// Final reports whether nothing comes after the state.
func (s State) Final() bool { return ranks[s] == ranks[Delivered] }

// Text is one message.
type Text struct {
	ID          string
	UserID      string // "" when it could not be said whose it is
	Direction   Direction
	From, To    string // E.164
	Body        string
	Media       []string // addresses of pictures and the like, at the carrier
	Segments    int
	Kind        Kind
	State       State
	ProviderSID string
	ErrorCode   string // the carrier's, or ours
	Quarantine  string // why it was not taken in; "" when it was
	InReplyTo   string // what it answers, unique: a message's id, or what names a reminder or a notice
	AttemptedAt time.Time
	AnsweredAt  time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Incoming is a text as the carrier hands it over.
type Incoming struct {
	SID      string // the carrier's id: a replay has the same
	From, To string // E.164; From may also be a short code
	Body     string
	Media    []string
	OptOut   string // STOP, START or HELP when the carrier says that it is one and has answered it; else ""
}

// Update is what the carrier says about a text of ours.
type Update struct {
	SID       string
	MessageID string // our id, when the carrier gives it back
	State     State
	ErrorCode string
}
