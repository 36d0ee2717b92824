package task

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"xswarm.ai/server/internal/id"
)

// Place is a place in the order of the list: by when it is due, what has no date
// last, then by id, which is by age.
type Place struct {
	Due int64 // milliseconds; NoDue for no date
	ID  string
}

// NoDue is the place of tasks without a date.
const NoDue = math.MaxInt64

// first is the place before every task.
var first = Place{Due: math.MinInt64}

// Place returns where t stands in the list.
func (t Task) Place() Place {
	if t.Due.IsZero() {
		return Place{NoDue, t.ID}
	}
	return Place{t.Due.UnixMilli(), t.ID}
}

func (p Place) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.Due, 10) + " " + p.ID))
}

// parseCursor reads a cursor; "" is the beginning. A cursor only says where to go
// on: whose tasks are read does not depend on it.
func parseCursor(s string) (Place, bool) {
	if s == "" {
		return first, true
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return Place{}, false
	}
	due, taskID, ok := strings.Cut(string(raw), " ")
	ms, err := strconv.ParseInt(due, 10, 64)
	if err != nil || !ok || !strings.HasPrefix(taskID, id.Task+"_") || len(taskID) > 40 {
		return Place{}, false
	}
	return Place{ms, taskID}, true
}
