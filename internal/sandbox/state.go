package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stateFile is where the state is kept, in the data directory.
const stateFile = "sandbox.json"

// Limits of what is kept. Older entries make room for newer ones.
const (
	keep          = 1000     // of each list
	keepPending   = 10_000   // webhooks, if events wait to be delivered
	keepMailBytes = 64 << 20 // of all mails together
	saveEvery     = 250 * time.Millisecond
)

// state is everything a sandbox remembers, as it lies in the file. Lists are
// oldest first.
type state struct {
	Version    int    `json:"version"`
	Offset     int64  `json:"clock_offset"`
	ProductURL string `json:"product_url"`
	Mails      []Mail `json:"mails"`
	// Sources are the requests that the mails were made of, by their identifiers.
	Sources    map[string]Source `json:"sources"`
	Texts      []Text            `json:"texts"`
	Numbers    []Number          `json:"numbers"`
	OptOuts    map[string]bool   `json:"opt_outs"` // by pair
	Webhooks   []Delivery        `json:"webhooks"`
	Faults     []Fault           `json:"faults"`
	Violations []Violation       `json:"violations"`
	// Stripe is what its emulator remembers, in its own words.
	Stripe json.RawMessage `json:"stripe,omitempty"`
}

// trim drops the oldest entries of a list that grew too long. It copies, so that
// what was dropped is not kept alive by the array behind the list.
func trim[T any](list []T) []T {
	if len(list) <= keep {
		return list
	}
	return append(make([]T, 0, keep+1), list[len(list)-keep:]...)
}

func (s *Sandbox) load() error {
	s.st = state{Version: 1, OptOuts: map[string]bool{}, Sources: map[string]Source{}}
	raw, err := os.ReadFile(s.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("sandbox: read the state: %w", err)
	}
	if err := json.Unmarshal(raw, &s.st); err != nil {
		return fmt.Errorf("sandbox: %s cannot be read (move it away to begin anew): %w", s.file, err)
	}
	if s.st.Version != 1 {
		return fmt.Errorf("sandbox: %s was written by another version of this program; move it away to begin anew", s.file)
	}
	s.st.adopt()
	s.offset.Store(s.st.Offset)
	return nil
}

// adopt brings what an earlier version of this program wrote up to date.
func (st *state) adopt() {
	if st.OptOuts == nil {
		st.OptOuts = map[string]bool{}
	}
	if st.Sources == nil {
		st.Sources = map[string]Source{}
	}
	for i := range st.Faults {
		if st.Faults[i].ID == "" {
			st.Faults[i].ID = newSID("FA")
		}
	}
	for i := range st.Violations {
		st.Violations[i].Count = max(st.Violations[i].Count, 1)
	}
}

// seed gives the account its shared number, and follows the product when its
// address has changed since: nobody would go and edit the numbers by hand.
func (s *Sandbox) seed() {
	s.seedPayments()
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, now := s.st.ProductURL, s.opt.ProductURL; old != now {
		for i := range s.st.Numbers {
			n := &s.st.Numbers[i]
			for _, u := range []*string{&n.SMSURL, &n.SMSFallbackURL, &n.VoiceURL, &n.VoiceFallbackURL, &n.StatusCallback} {
				if rest, ok := strings.CutPrefix(*u, old+"/"); ok && old != "" {
					*u = now + "/" + rest
				}
			}
		}
		s.st.ProductURL = now
		s.dirty = true
	}
	if s.opt.SharedNumber == "" || s.number(s.opt.SharedNumber) != nil {
		return
	}
	n := s.newNumber(s.opt.SharedNumber)
	n.FriendlyName = "shared"
	if s.opt.ProductURL != "" {
		n.SMSURL = s.opt.ProductURL + "/webhooks/twilio/sms"
	}
	s.st.Numbers = append(s.st.Numbers, n)
	s.dirty = true
}

// saveIfDirty writes the state when it has changed and was not written just now.
func (s *Sandbox) saveIfDirty() error {
	s.mu.Lock()
	due := s.dirty && s.saveRest() <= 0
	s.mu.Unlock()
	if !due {
		return nil
	}
	return s.save()
}

// saveRest is how long the state may stay unsaved: a large one, which takes long
// to write, is written less often. The caller holds the lock.
func (s *Sandbox) saveRest() time.Duration {
	return max(saveEvery, 10*s.savedIn) - s.opt.Now().Sub(s.savedAt)
}

// save writes the state to its file: all of it or nothing, for the owner's eyes
// only, since it holds mails and texts.
func (s *Sandbox) save() error {
	s.saving.Lock()
	defer s.saving.Unlock() // held while writing, so that an older state never replaces a newer one
	billing, err := s.payments.Snapshot()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.Stripe = billing
	began := s.opt.Now()
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false) // mails are full of it, and no page reads the file
	if err := e.Encode(s.st); err != nil {
		return fmt.Errorf("sandbox: encode the state: %w", err)
	}
	if err := writeFile(s.file, raw.Bytes()); err != nil {
		return fmt.Errorf("sandbox: write the state: %w", err)
	}
	s.dirty, s.savedAt = false, s.opt.Now()
	s.savedIn = s.savedAt.Sub(began)
	return nil
}

// writeFile replaces a file by way of another one beside it, so that a program
// that dies in between leaves the old one whole.
func writeFile(name string, raw []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".sandbox-*.json") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has been renamed
	if _, err := f.Write(raw); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
