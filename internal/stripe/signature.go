package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far the moment of a signature may be from ours, in both
// directions: one that is older may be a replay, and one from the future could be
// replayed for as long.
const tolerance = 300 * time.Second

// maxSignature is how long the header may be; Stripe's is about a hundred bytes a
// secret.
const maxSignature = 4 << 10

// signed reports whether Stripe has signed a body with one of the secrets
// (https://docs.stripe.com/webhooks#verify-manually). The header is t=…,v1=…, with a
// v1 for each secret of the endpoint while they are rolled; other schemes are
// not for us.
func signed(secrets []string, body []byte, header string, now time.Time) bool {
	at, signatures, ok := parseSignature(header)
	if !ok {
		return false
	}
	if age := now.Sub(time.Unix(at, 0)); age > tolerance || age < -tolerance {
		return false
	}
	good := false
	for _, secret := range secrets {
		if secret == "" { // anybody could sign with that
			continue
		}
		want := signature(secret, at, body)
		for _, s := range signatures {
			good = hmac.Equal(s, want) || good
		}
	}
	return good
}

// signature is what Stripe signs a body with at a moment.
func signature(secret string, at int64, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(strconv.AppendInt(nil, at, 10))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return mac.Sum(nil)
}

// parseSignature reads the header. It must have one moment, written as Stripe writes
// it, and a signature.
func parseSignature(header string) (at int64, signatures [][]byte, ok bool) {
	if len(header) > maxSignature {
		return 0, nil, false
	}
	timed := false
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || timed || strconv.FormatInt(n, 10) != value {
				return 0, nil, false
			}
			at, timed = n, true
		case "v1":
			if s, err := hex.DecodeString(value); err == nil && len(s) == sha256.Size {
				signatures = append(signatures, s)
			}
		}
	}
	return at, signatures, timed && len(signatures) > 0
}
