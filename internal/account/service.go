package account

import (
	"context"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
)

// Options is what a Service is made of. OnGrant may be nil; nothing else may.
type Options struct {
	Store   Store
	Letters Letters
	Hasher  *Hasher
	// Secrets sign sessions and make mailed tokens: the current one first, then
	// those that still count while rotating.
	Secrets [][]byte
	Now     func() time.Time
	// OnGrant says what else must happen when the operator gives or takes a tier.
	// Its jobs are stored in the grant's transaction; the user is as they will be.
	OnGrant func(User) []jobs.Job
}

// Service is what can be done with accounts.
type Service struct {
	store   Store
	letters Letters
	hasher  *Hasher
	keys    keyring
	now     func() time.Time
	onGrant func(User) []jobs.Job
}

// New returns a Service. It panics without a secret: nothing could be signed.
func New(o Options) *Service {
	if o.OnGrant == nil {
		o.OnGrant = func(User) []jobs.Job { return nil }
	}
	return &Service{
		store: o.Store, letters: o.Letters, hasher: o.Hasher,
		keys: newKeyring(o.Secrets), now: o.Now, onGrant: o.OnGrant,
	}
}

// Letters writes the mails of this package. id is the job's, so that a mail can
// be traced to its cause. An error says what should become of the job.
type Letters interface {
	Verify(ctx context.Context, id, to, name, token string) error
	AlreadyRegistered(ctx context.Context, id, to, name string) error
	Reset(ctx context.Context, id, to, name, token string) error
	PasswordChanged(ctx context.Context, id, to, name string) error
}

// Store is where accounts live. Each method is one statement or one transaction
// of writes. What is not there is a fault of kind NotFound.
type Store interface {
	User(ctx context.Context, id string) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	// ListUsers returns users with an id below before ("" for no bound), newest first.
	ListUsers(ctx context.Context, before string, limit int) ([]User, error)

	// CountTries counts one try for each of at most three limits, in one statement,
	// and returns the counts. While the first one's window is full, only that one
	// is counted. A Try without a key is left out.
	CountTries(ctx context.Context, now time.Time, tries []Try) ([]Count, error)

	// AddSignUp stores u unless its address is known, and in both cases the attempt
	// t for whoever has the address, with the event and the job.
	AddSignUp(ctx context.Context, u User, t Token, e Event, j jobs.Job) error
	// AddResend stores t as a copy of the newest attempt, if somebody has the
	// address and it is not confirmed; the job in any case.
	AddResend(ctx context.Context, email string, t Token, e Event, j jobs.Job) error
	// AddReset stores t if somebody has the address; the job in any case.
	AddReset(ctx context.Context, email string, t Token, e Event, j jobs.Job) error

	AccountToken(ctx context.Context, id string) (Token, error)
	AccountTokenByHash(ctx context.Context, hash string) (Token, error)
	// VerifyUser uses the token, and makes the user what its attempt said. It
	// returns ErrInvalidToken if the token was used meanwhile, ErrUsernameTaken if
	// the name was.
	VerifyUser(ctx context.Context, t Token, username string, e Event) error
	// ResetPassword uses the token, sets the password, confirms the address, and
	// ends every session and every other token. Errors as for VerifyUser.
	ResetPassword(ctx context.Context, t Token, passwordHash, username string, e Event, j jobs.Job) error

	// AddSession stores a session and gives back the tries counted under refund. It
	// returns ErrInvalidCredentials if the user is no longer as in s.User.
	AddSession(ctx context.Context, s Session, r Rehash, refund []string, e Event) error
	Session(ctx context.Context, id string) (Session, error)
	EndSession(ctx context.Context, s Session, e Event) error
	EndSessions(ctx context.Context, userID string, e Event) error

	// CreateUser stores u, and t if it has an id. It returns ErrEmailTaken or
	// ErrUsernameTaken.
	CreateUser(ctx context.Context, u User, t Token, e Event, js ...jobs.Job) error
	// SetGrant stores u.Grant with tier as what the user is on.
	SetGrant(ctx context.Context, u User, tier string, e Event, js ...jobs.Job) error
	// EndGrant puts the user on tier if their grant has ended at now; otherwise it
	// does nothing.
	EndGrant(ctx context.Context, userID, tier string, now time.Time, e Event) error

	CleanAccounts(ctx context.Context, c Cutoffs) error
	DeleteDoneJobs(ctx context.Context, before time.Time) error
	EnqueueJobs(ctx context.Context, js ...jobs.Job) error
}

// User returns the user with an id, or ErrNoUser.
func (s *Service) User(ctx context.Context, id string) (User, error) {
	u, err := s.store.User(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return User{}, ErrNoUser
	}
	return u, err
}

// Event is something that people may later want to know about an account. Events
// are the only place where client addresses are kept.
type Event struct {
	ID      string
	UserID  string // "" when it is found by the address
	Actor   string // "user", "operator", "system"
	Action  string // "account.verified"
	Detail  map[string]any
	Address string // the client's
	At      time.Time
}

// The actors of events.
const (
	ActorUser     = "user"
	ActorOperator = "operator"
	ActorSystem   = "system"
)

func (s *Service) event(userID, actor, action, client string, detail map[string]any) Event {
	now := s.now()
	return Event{
		ID: id.New(id.Audit, now), UserID: userID, Actor: actor, Action: action,
		Detail: detail, Address: client, At: now,
	}
}
