package phone

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/jobs"
)

const (
	codeLife  = 10 * time.Minute
	codeTries = 5 // wrong ones, then a new code is needed
)

// codeBody is what is kept of a text with a code.
const codeBody = "Your code (not kept)"

// codeOf derives the six digits that prove a phone. They are made anew from the
// secret whenever they are needed, so that they are stored nowhere.
func codeOf(secret []byte, phoneID, nonce string) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "xswarm phone code\x00%s\x00%s", phoneID, nonce)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(mac.Sum(nil))%1_000_000)
}

// isCode tells whether a person has typed the code, with the secret of before a
// rotation too. All are compared, in constant time.
func (s *Service) isCode(p Phone, typed string) bool {
	right := 0
	for _, secret := range s.secrets {
		right |= subtle.ConstantTimeCompare([]byte(typed), []byte(codeOf(secret, p.ID, p.CodeNonce)))
	}
	return right == 1
}

// codeJob is the payload of the job that texts a code. The nonce tells whether a
// newer code has been asked for; it is no secret.
type codeJob struct {
	MessageID string `json:"message_id"`
	PhoneID   string `json:"phone_id"`
	Nonce     string `json:"nonce"`
}

// sendCode is the job that texts a code.
func (s *Service) sendCode(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[codeJob](j)
	if err != nil {
		return err
	}
	t, err := s.store.Text(ctx, p.MessageID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the text: %w", err)
	}
	phone, err := s.store.Phone(ctx, p.PhoneID)
	if fault.Is(err, fault.NotFound) || err == nil && (phone.CodeNonce != p.Nonce || !s.now().Before(phone.CodeExpiresAt)) {
		// Removed, proven, asked for anew, or too late to be of use.
		return s.fail(ctx, t, Failure{ErrorCode: "code_superseded"})
	}
	if err != nil {
		return fmt.Errorf("read the phone: %w", err)
	}
	return s.deliver(ctx, t, codeOf(s.secrets[0], phone.ID, phone.CodeNonce)+
		" is your xSwarm code. It works for 10 minutes. If you did not ask for it, ignore this text.")
}
