package account

import (
	"context"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
)

// Options is what a Service is made of. What may be nil says so; nothing else may.
type Options struct {
	Store   Store
	Letters Letters
	Hasher  *Hasher
	// Secrets sign sessions and make mailed tokens: the current one first, then
	// those that still count while rotating.
	Secrets [][]byte
	Now     func() time.Time
	// OnGrant says what else must happen when the operator gives or takes a tier.
	// Its jobs are stored in the grant's transaction; the user is as they will be. It
	// may be nil.
	OnGrant func(User) []jobs.Job
	// OnEnable says likewise what is to be made up for when an account is opened
	// again. It may be nil.
	OnEnable func(User) []jobs.Job
	// OnMove says likewise who else must be told when an account has another address.
	// It may be nil.
	OnMove func(User) []jobs.Job
	// Guess estimates how a password would be guessed, from its first characters and
	// what is known of its owner. It may be nil: where there is no room for its
	// dictionaries only the plain rules hold.
	Guess func(password string, hints []string) Guess
}

// Service is what can be done with accounts.
type Service struct {
	store    Store
	letters  Letters
	hasher   *Hasher
	keys     keyring
	now      func() time.Time
	onGrant  func(User) []jobs.Job
	onEnable func(User) []jobs.Job
	onMove   func(User) []jobs.Job
	guess    func(password string, hints []string) Guess
}

// New returns a Service. It panics without a secret: nothing could be signed.
func New(o Options) *Service {
	if o.OnGrant == nil {
		o.OnGrant = func(User) []jobs.Job { return nil }
	}
	if o.OnEnable == nil {
		o.OnEnable = func(User) []jobs.Job { return nil }
	}
	if o.OnMove == nil {
		o.OnMove = func(User) []jobs.Job { return nil }
	}
	return &Service{
		store: o.Store, letters: o.Letters, hasher: o.Hasher,
		keys: newKeyring(o.Secrets), now: o.Now, onGrant: o.OnGrant, onEnable: o.OnEnable, onMove: o.OnMove, guess: o.Guess,
	}
}

// Letters writes the mails of this package. id is the job's, so that a mail can
// be traced to its cause. An error says what should become of the job.
type Letters interface {
	Verify(ctx context.Context, id, to, name, token string) error
	AlreadyRegistered(ctx context.Context, id, to, name string) error
	Reset(ctx context.Context, id, to, name, token string) error
	PasswordChanged(ctx context.Context, id, to, name string) error
	// NewDevice says that somebody signed in with something new, and when.
	NewDevice(ctx context.Context, id, to, name, device, when string) error
	// EmailChangeOld goes to the present address: with token it agrees, with cancel
	// it refuses.
	EmailChangeOld(ctx context.Context, id, to, name, newEmail, token, cancel string) error
	// EmailChangeNew goes to the address that is to be the new one.
	EmailChangeNew(ctx context.Context, id, to, name, token string) error
	// EmailChanged goes to both addresses when it is done.
	EmailChanged(ctx context.Context, id, to, name, newEmail string) error
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
	// AddResend stores t, if somebody has the address and it is not confirmed, as a
	// copy of the newest attempt from t's network; of the newest at all if all came
	// from one network; and otherwise as a reset that ends at resetEnds. The job is
	// stored in any case.
	AddResend(ctx context.Context, email string, t Token, resetEnds time.Time, e Event, j jobs.Job) error
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

	// UserAtSignIn returns whoever has an address, and what is known of the device
	// with a secret's hash, or at one of the places (two at most are looked at).
	UserAtSignIn(ctx context.Context, email, deviceHash string, places []string) (User, Seen, error)
	// AddSession stores a session and its device. It returns ErrInvalidCredentials if
	// the user is no longer as in the session.
	AddSession(ctx context.Context, in SignIn) error
	// ChangePassword stores the password of in.Session.User, ends every session, mailed
	// link and change of address, and then stores the session. It returns
	// ErrUnauthenticated if the user is no longer as in before.
	ChangePassword(ctx context.Context, before User, in SignIn) error
	Session(ctx context.Context, id string) (Session, error)
	// Sessions returns those that hold at now, the one last used first.
	Sessions(ctx context.Context, userID string, now time.Time) ([]Session, error)
	// TouchSession notes that a session was used.
	TouchSession(ctx context.Context, id string, now time.Time) error
	// EndSession reports whether there was such a session of the user to end.
	EndSession(ctx context.Context, userID, id string, e Event) (ended bool, err error)
	EndSessions(ctx context.Context, userID string, e Event) error
	// EndOtherSessions ends those of a user but one.
	EndOtherSessions(ctx context.Context, userID, but string, e Event) error

	// AddMove stores a change of address in the place of any other that waits, and
	// gives back the tries counted under refund. It returns ErrUnauthenticated if the
	// user has another address since.
	AddMove(ctx context.Context, m Move, refund []string, e Event, js ...jobs.Job) error
	Move(ctx context.Context, id string) (Move, error)
	// MoveByHash finds the change that one of the three links is for.
	MoveByHash(ctx context.Context, hash string) (Move, error)
	// PendingMove returns the user's change that waits.
	PendingMove(ctx context.Context, userID string) (Move, error)
	// AgreeMove notes that one side agreed. It reports false if the other one has
	// too since m was read, or the change is over.
	AgreeMove(ctx context.Context, m Move, side Side, e Event) (ok bool, err error)
	// CompleteMove gives the user the new address. Somebody's sign-up with it that
	// was never confirmed makes way; any other account with it is ErrEmailTaken. It
	// reports false if the change is over.
	CompleteMove(ctx context.Context, m Move, e Event, js ...jobs.Job) (ok bool, err error)
	// DropMove reports whether there was such a change to end.
	DropMove(ctx context.Context, id string, e Event) (ok bool, err error)

	// UsernameFree reports whether a user may have a name: nobody has it, and nobody
	// else had it not long ago.
	UsernameFree(ctx context.Context, username, userID string, now time.Time) (bool, error)
	// ChangeUsername keeps the name that the user had for them until a time. It
	// returns ErrUsernameTaken if the new one is not free.
	ChangeUsername(ctx context.Context, u User, username string, until time.Time, e Event) error

	// Disable closes an account, with every session, mailed link and change of
	// address. A second time changes nothing.
	Disable(ctx context.Context, userID, reason string, e Event) error
	Enable(ctx context.Context, userID string, e Event, js ...jobs.Job) error
	SetOperator(ctx context.Context, userID string, on bool, e Event) error

	// CreateUser stores u, and t if it has an id. It returns ErrEmailTaken or
	// ErrUsernameTaken.
	CreateUser(ctx context.Context, u User, t Token, e Event, js ...jobs.Job) error
	// SetGrant stores u.Grant, and where the user stands with it.
	SetGrant(ctx context.Context, u User, st Standing, e Event, js ...jobs.Job) error
	// EndGrant stores where the user stands if their grant has ended at now and they
	// stood elsewhere; otherwise it does nothing.
	EndGrant(ctx context.Context, userID string, st Standing, now time.Time, e Event) error

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
