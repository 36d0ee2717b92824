package account

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// DefaultRounds is how many rounds of PBKDF2 a password gets. It is the most that
// a Cloudflare Worker can compute, so every build can check every hash.
const DefaultRounds = 100_000

const (
	scheme    = "pbkdf2-sha256"
	saltSize  = 16
	keySize   = 32
	maxRounds = 10_000_000 // what a row may demand of us: a few seconds
)

// HasherOptions says how passwords are hashed. The zero value is the default.
type HasherOptions struct {
	Rounds   int // DefaultRounds
	Parallel int // how many hashes are computed at a time: one less than may run at once, so that one is left for all else
	Queue    int // how many more may wait: 16 times that
	// Derive computes PBKDF2 with SHA-256. A Worker brings the platform's own,
	// which is native code. It may keep neither slice.
	Derive func(password, salt []byte, rounds, keyLen int) ([]byte, error)
}

// Hasher makes and checks password hashes, only so many at a time: each costs
// tens of milliseconds of a processor, and a crowd at the door must not stop the
// rest of the product. Whoever finds the queue full gets ErrBusy.
type Hasher struct {
	rounds  int
	derive  func(password, salt []byte, rounds, keyLen int) ([]byte, error)
	slots   chan struct{}
	room    int64 // running and waiting together
	present atomic.Int64
	nobody  passwordHash
}

// NewHasher returns a Hasher.
func NewHasher(o HasherOptions) *Hasher {
	if o.Rounds <= 0 {
		o.Rounds = DefaultRounds
	}
	if o.Parallel <= 0 {
		o.Parallel = max(1, runtime.GOMAXPROCS(0)-1)
	}
	if o.Queue <= 0 {
		o.Queue = 16 * o.Parallel
	}
	if o.Derive == nil {
		o.Derive = func(password, salt []byte, rounds, keyLen int) ([]byte, error) {
			return pbkdf2.Key(sha256.New, string(password), salt, rounds, keyLen)
		}
	}
	return &Hasher{
		rounds: o.Rounds, derive: o.Derive,
		slots: make(chan struct{}, o.Parallel), room: int64(o.Parallel + o.Queue),
		nobody: passwordHash{rounds: o.Rounds, salt: make([]byte, saltSize), key: make([]byte, keySize)},
	}
}

// Hash returns a self-describing hash of a password, with a salt of its own.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	p := passwordHash{rounds: h.rounds, salt: make([]byte, saltSize)}
	rand.Read(p.salt) // it never fails
	if p.key, err = h.derive([]byte(password), p.salt, p.rounds, keySize); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return p.String(), nil
}

// Verify reports whether hash is that of the password, and whether it is stale:
// made with fewer rounds than are made now. An empty hash is nobody's: no
// password is right, at the cost of a wrong one.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (right, stale bool, err error) {
	p := h.nobody
	if hash != "" {
		if p, err = parseHash(hash); err != nil {
			return false, false, err
		}
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	key, err := h.derive([]byte(password), p.salt, p.rounds, len(p.key))
	if err != nil {
		return false, false, fmt.Errorf("check password: %w", err)
	}
	right = subtle.ConstantTimeCompare(key, p.key) == 1 && hash != ""
	stale = p.rounds < h.rounds
	if !right && stale {
		// A wrong guess at an older hash takes as long as one at a fresh hash or at
		// nobody's: the missing rounds are made up for.
		if _, err := h.derive([]byte(password), p.salt, h.rounds-p.rounds, len(p.key)); err != nil {
			return false, false, fmt.Errorf("check password: %w", err)
		}
	}
	return right, stale, nil
}

// enter waits for a free slot. leave gives it back.
func (h *Hasher) enter(ctx context.Context) (leave func(), err error) {
	if h.present.Add(1) > h.room {
		h.present.Add(-1)
		return nil, ErrBusy.After(2 * time.Second)
	}
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		h.present.Add(-1)
		return nil, ctx.Err()
	}
	leave = func() {
		<-h.slots
		h.present.Add(-1)
	}
	if err := ctx.Err(); err != nil { // nobody waits for the answer any more
		leave()
		return nil, err
	}
	return leave, nil
}

// passwordHash is a hash in its parts. Written out: "pbkdf2-sha256$100000$salt$key",
// the last two in base 64.
type passwordHash struct {
	rounds    int
	salt, key []byte
}

func (p passwordHash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("%s$%d$%s$%s", scheme, p.rounds, b64.EncodeToString(p.salt), b64.EncodeToString(p.key))
}

var errHash = errors.New("the stored password hash cannot be read")

func parseHash(s string) (passwordHash, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 4 || parts[0] != scheme {
		return passwordHash{}, errHash
	}
	rounds, err := strconv.Atoi(parts[1])
	if err != nil || rounds < 1 || rounds > maxRounds {
		return passwordHash{}, errHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[2])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[3])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64 {
		return passwordHash{}, errHash
	}
	return passwordHash{rounds: rounds, salt: salt, key: key}, nil
}
