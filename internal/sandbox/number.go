package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// Number is a number of the account.
type Number struct {
	SID                  string    `json:"sid"`
	Number               string    `json:"number"`
	FriendlyName         string    `json:"friendly_name"`
	SMSURL               string    `json:"sms_url"`
	SMSMethod            string    `json:"sms_method"`
	SMSFallbackURL       string    `json:"sms_fallback_url"`
	SMSFallbackMethod    string    `json:"sms_fallback_method"`
	VoiceURL             string    `json:"voice_url"`
	VoiceMethod          string    `json:"voice_method"`
	VoiceFallbackURL     string    `json:"voice_fallback_url"`
	VoiceFallbackMethod  string    `json:"voice_fallback_method"`
	StatusCallback       string    `json:"status_callback"`
	StatusCallbackMethod string    `json:"status_callback_method"`
	CreatedAt            time.Time `json:"created_at"`
	UpdatedAt            time.Time `json:"updated_at"`
	// Verification is the state of the toll-free verification, without which the
	// carriers block texts to the United States and Canada.
	VerificationSID string    `json:"verification_sid"`
	Verification    string    `json:"verification"`
	VerifiedAt      time.Time `json:"verified_at"`
}

// newNumber makes a number that is approved at once: waiting for days would help
// nobody here, and SetVerification takes it back. The caller holds the lock.
func (s *Sandbox) newNumber(number string) Number {
	now := s.now()
	return Number{
		SID: newSID("PN"), Number: number, FriendlyName: friendly(number),
		SMSMethod: "POST", SMSFallbackMethod: "POST", VoiceMethod: "POST", VoiceFallbackMethod: "POST",
		StatusCallbackMethod: "POST", CreatedAt: now, UpdatedAt: now,
		VerificationSID: newSID("HH"), Verification: approved, VerifiedAt: now,
	}
}

// friendly writes an American number as people do.
func friendly(n string) string {
	if !nanpRule.MatchString(n) {
		return n
	}
	return fmt.Sprintf("(%s) %s-%s", n[2:5], n[5:8], n[8:])
}

// mayNotText reports whether the carriers would block a text to this recipient.
func (n Number) mayNotText(to string) bool {
	return isTollFree(n.Number) && n.Verification != approved && strings.HasPrefix(to, "+1")
}

// number returns the account's number, or nil. The caller holds the lock.
func (s *Sandbox) number(number string) *Number {
	for i := range s.st.Numbers {
		if s.st.Numbers[i].Number == number {
			return &s.st.Numbers[i]
		}
	}
	return nil
}
