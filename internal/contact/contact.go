// Package contact is the rule of who may reach the assistant, on which channel.
//
// A number or an address alone proves little, since both are easily written into
// a message: what counts is whether its owner has proven it to us and to whom
// they wrote. What the rule does not take in is kept in quarantine, where the
// person concerned can see it, and is never answered.
//
// The rule is pure: it is given what is known and does not look anything up.
package contact

// Reason says why something was not taken in; "" when it was.
type Reason string

const (
	// UnknownSender is somebody who has not proven to be the person whose
	// assistant they wrote to.
	UnknownSender Reason = "unknown_sender"
	// UnknownNumber is a number of ours that belongs to nobody.
	UnknownNumber Reason = "unknown_number"
)

// Text is what is known of a text that came in.
type Text struct {
	ToOwner   string // the user whose assistant has the number it was sent to; "" for nobody's
	ToShared  bool   // it was sent to the service's shared number
	FromOwner string // the user who has proven the phone it came from; "" for nobody
}

// Verdict is what becomes of it.
type Verdict struct {
	UserID     string // whose it is; "" when that cannot be said
	Quarantine Reason // "" when it is taken in
}

// Judge says whose a text is and whether it is taken in.
//
// A user's own number listens to that user's proven phones and to nobody else.
// The shared number serves everybody, so there the sender's phone says whose
// text it is.
func Judge(t Text) Verdict {
	switch {
	case t.ToOwner != "" && t.FromOwner == t.ToOwner:
		return Verdict{UserID: t.ToOwner}
	case t.ToOwner != "":
		return Verdict{UserID: t.ToOwner, Quarantine: UnknownSender}
	case t.ToShared && t.FromOwner != "":
		return Verdict{UserID: t.FromOwner}
	case t.ToShared:
		return Verdict{Quarantine: UnknownSender}
	}
	return Verdict{Quarantine: UnknownNumber}
}
