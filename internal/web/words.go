package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/contact"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

// price writes a plan's price a month.
func price(p plan.Plan) string {
	if p.Custom {
		return "Let’s talk"
	}
	return p.Price.String()
}

// thousands writes a number with its groups apart.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// units are what a feature is counted in: one, several, and as a heading.
var units = map[plan.Feature][3]string{
	plan.VoiceMinutes: {"call minute", "call minutes", "Phone calls"},
	plan.SMSMessages:  {"text message", "text messages", "Text messages"},
	plan.PhoneNumbers: {"phone number", "phone numbers", "Phone numbers"},
}

// count writes so many of a feature.
func count(f plan.Feature, n int64) string {
	switch n {
	case plan.Unlimited:
		return "Unlimited " + units[f][1]
	case 1:
		return "1 " + units[f][0]
	}
	return thousands(n) + " " + units[f][1]
}

// included lists what a plan includes.
func included(p plan.Plan) []string {
	var list []string
	for _, f := range plan.Features {
		if p.Included[f] != 0 {
			list = append(list, count(f, p.Included[f]))
		}
	}
	return list
}

// more says what goes past a plan's allowance costs, or "" if nothing may.
func more(p plan.Plan) string {
	if !p.Overage {
		return ""
	}
	u := plan.UnitPrices
	return fmt.Sprintf("More: %s a minute, %s a text, %s a number a month",
		u[plan.VoiceMinutes].String(), u[plan.SMSMessages].String(), u[plan.PhoneNumbers].String())
}

// clock writes a moment as it is said: with the weekday, and the year only when
// it is another one.
func clock(t, now time.Time, zone *time.Location) string {
	return day(t, now, zone) + t.In(zone).Format(", 3:04 PM")
}

func day(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	if t.Year() != now.Year() {
		return t.Format("Mon 2 Jan 2006")
	}
	return t.Format("Mon 2 Jan")
}

// stamp is a moment for programs.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// due writes when a task is due.
func due(t task.Task, now time.Time, zone *time.Location) string {
	if t.DueAllDay {
		return day(t.Due, now, zone)
	}
	return clock(t.Due, now, zone)
}

// overdue tells whether the minute in which a task was due has passed, or its day.
func overdue(t task.Task, now time.Time, zone *time.Location) bool {
	if t.Due.IsZero() {
		return false
	}
	if t.DueAllDay {
		return task.Days(now.In(zone), t.Due.In(zone)) < 0
	}
	return !now.Before(t.Due.Add(time.Minute))
}

// number writes a number of North America in its groups, and others as they are.
func number(e164 string) string {
	if len(e164) == 12 && strings.HasPrefix(e164, "+1") {
		return "+1 (" + e164[2:5] + ") " + e164[5:8] + "-" + e164[8:]
	}
	return e164
}

// state says where a text is, and whether that is bad news.
func state(t phone.Text) (words string, bad bool) {
	switch t.State {
	case phone.Received:
		if t.Quarantine != "" {
			return "Not answered: " + quarantined(t.Quarantine), true
		}
		return "Received", false
	case phone.Queued:
		return "Waiting to be sent", false
	case phone.Accepted, phone.Sending:
		return "On its way", false
	case phone.Sent:
		return "Sent", false
	case phone.Delivered:
		return "Delivered", false
	case phone.Undelivered:
		return "Not delivered" + because(t.ErrorCode), true
	case phone.Failed:
		return "Not sent" + because(t.ErrorCode), true
	case phone.Canceled:
		return "Cancelled", true
	}
	return string(t.State), false
}

func because(code string) string {
	switch code {
	case "":
		return ""
	case "opted_out":
		return ": you asked for no more texts; text START to get them again"
	}
	return " (" + code + ")"
}

func quarantined(reason string) string {
	switch contact.Reason(reason) {
	case contact.UnknownSender:
		return "not from a phone that you have proven"
	case contact.UnknownNumber:
		return "the number belongs to nobody"
	}
	return strings.ReplaceAll(reason, "_", " ")
}

// who says whose words a text is.
func who(t phone.Text) string {
	switch {
	case t.Direction == phone.Outbound:
		return "Assistant"
	case t.Quarantine != "":
		return number(t.From)
	}
	return "You"
}

// remark says what sort of text it is, "" for an ordinary one.
func remark(k phone.Kind) string {
	switch k {
	case phone.KindKeyword:
		return "keyword"
	case phone.KindNotice:
		return "notice"
	case phone.KindCode:
		return "code"
	}
	return ""
}

// perMonth writes a plan's price in a list.
func perMonth(p plan.Plan) string {
	switch {
	case p.Custom:
		return "price on request"
	case p.Price == 0:
		return "free"
	}
	return price(p) + " a month"
}

// costs says what a plan costs, as a sentence.
func costs(p plan.Plan) string {
	if p.Custom {
		return "At the price that we agreed on."
	}
	return price(p) + " a month."
}

// pageAddress is where a list of the account goes on.
func pageAddress(list, cursor string) string {
	return home + "?" + list + "=" + url.QueryEscape(cursor) + "#" + list
}

// almost is the use from which a meter warns. Numbers are there to be had: all of
// them in use is as it should be.
func almost(u billing.FeatureUsage) int64 {
	if u.Feature == plan.PhoneNumbers {
		return max(u.Included, 1)
	}
	return u.Included * 9 / 10
}
