package phone

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"xswarm.ai/server/internal/fault"
)

// How many texts a page has.
const (
	defaultTexts = 50
	mostTexts    = 100
)

// Place is a place in the order of texts.
type Place struct {
	At time.Time
	ID string
}

// Texts returns a page of a user's texts, newest first, and the cursor of the
// next page, "" after the last. The texts in quarantine are among them.
func (s *Service) Texts(ctx context.Context, userID, cursor string, limit int) ([]Text, string, error) {
	if limit == 0 {
		limit = defaultTexts
	}
	if limit < 1 || limit > mostTexts {
		return nil, "", badQuery("limit", fmt.Sprintf("must be from 1 to %d", mostTexts))
	}
	before, ok := parseCursor(cursor)
	if !ok {
		return nil, "", badQuery("cursor", "must be the next_cursor of the page before")
	}
	list, err := s.store.Texts(ctx, userID, before, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list texts: %w", err)
	}
	if len(list) <= limit {
		return list, "", nil
	}
	last := list[limit-1]
	return list[:limit], formatCursor(Place{last.CreatedAt, last.ID}), nil
}

func formatCursor(p Place) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.At.UnixMilli(), 10) + " " + p.ID))
}

// parseCursor reads a cursor; "" is the beginning.
func parseCursor(s string) (Place, bool) {
	if s == "" {
		return Place{At: time.UnixMilli(math.MaxInt64)}, true
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return Place{}, false
	}
	ms, id, ok := strings.Cut(string(raw), " ")
	n, err := strconv.ParseInt(ms, 10, 64)
	return Place{time.UnixMilli(n), id}, ok && err == nil && id != ""
}

func badQuery(name, message string) error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "invalid_request", Message: "Some of the input cannot be used: see errors.",
		Fields: []fault.Field{{Location: "query." + name, Message: message}},
	}
}
