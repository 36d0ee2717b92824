package sandbox

import (
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
)

// How pages say things.

// count keeps the navigation narrow.
func count(n int) string {
	if n >= keep {
		return "999+"
	}
	return strconv.Itoa(n)
}

// readable is one of the vendor's words in capitals, as people read it.
func readable(code string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(code, "TWILIO_"), "_", " "))
}

func nameOf(u UserRow) string {
	if u.Name != "" {
		return u.Name
	}
	name, _, _ := strings.Cut(u.Email, "@")
	return name
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// shortened cuts a long text and shows that it did.
func shortened(s string, limit int) string {
	for at := range s { // begins of characters
		if limit--; limit < 0 {
			return s[:at] + "…"
		}
	}
	return s
}

func sortedFields(m map[string]string) [][2]string {
	out := make([][2]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, [2]string{name, m[name]})
	}
	return out
}

// The moods of a state: the colour it has besides its word.
func jobMood(s jobs.State) string {
	return map[jobs.State]string{jobs.Queued: "wait", jobs.Running: "wait", jobs.Done: "good", jobs.Dead: "bad"}[s]
}

func hookMood(state string) string {
	return map[string]string{hookPending: "wait", hookDelivered: "good", hookFailed: "bad", hookDropped: "bad"}[state]
}

func tierMood(tier string) string {
	if plan.Tier(tier) == plan.Buddy {
		return ""
	}
	return "good"
}

func verificationMood(state string) string {
	switch state {
	case approved:
		return "good"
	case "TWILIO_REJECTED":
		return "bad"
	}
	return "wait"
}

func hookTitle(d Delivery) string {
	switch {
	case d.Event != nil && d.Kind == hookThin:
		return d.Event.Type
	case d.Event != nil:
		return d.Event.Type + " of " + d.SID
	case d.Kind == hookSMS:
		return "Text from " + d.Params["From"]
	}
	return "Text to " + d.Params["To"] + " is " + d.Params["MessageStatus"]
}

// hookWord is what a webhook about a text tells of it.
func hookWord(d Delivery) string {
	if d.Kind == hookSMS {
		return "it has arrived"
	}
	return "it is " + d.Params["MessageStatus"]
}

// currentIf marks a link to what is shown already.
func currentIf(is bool) string {
	if is {
		return "true"
	}
	return "false"
}

// speaker says whose text it is, to those who do not see on which side it stands.
func speaker(t Text) string {
	switch {
	case t.Network:
		return "The network"
	case t.Direction == "inbound":
		return "This phone"
	}
	return "xSwarm"
}

// violationID names a violation on its page, the same as long as it is counted.
func violationID(v Violation) string {
	h := fnv.New64a()
	io.WriteString(h, strings.Join([]string{v.Vendor, v.Operation, withoutIndexes(v.Field), v.Problem}, "\x00"))
	return "li-" + strconv.FormatUint(h.Sum64(), 36)
}

func attempts(n int) string {
	switch n {
	case 0:
		return "not sent yet"
	case 1:
		return "one attempt"
	}
	return strconv.Itoa(n) + " attempts"
}

// aheadWords says how far the clock is ahead.
func aheadWords(d time.Duration) string {
	if d == 0 {
		return "The real time."
	}
	days, rest := d/(24*time.Hour), d%(24*time.Hour)
	words := rest.Round(time.Second).String()
	switch {
	case days == 1:
		words = "1 day " + words
	case days > 1:
		words = strconv.Itoa(int(days)) + " days " + words
	}
	return "Ahead of the real time by " + strings.TrimSuffix(words, " 0s") + "."
}
