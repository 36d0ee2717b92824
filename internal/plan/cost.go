package plan

import (
	"fmt"
	"strings"
)

// Costs are what units cost the operator. They decide nothing: Floor compares them
// with the prices, so that nobody sells below cost without knowing it.
type Costs struct {
	VoiceMinute  MicroDollars // of a call, to the carrier
	SpeechMinute MicroDollars // of a call, of the machine that listens and speaks
	TextOut      MicroDollars // one segment
	TextIn       MicroDollars // one segment
	Number       MicroDollars // a month
}

// DefaultCosts are list prices in the United States, as of October 2026, each with its
// source in Costs.lines. Who buys much pays less: UNIT_COSTS says so. The
// minute of speech is nobody's list price but an estimate, which every operator
// should put right: the speech engine runs on a machine of their own.
func DefaultCosts() Costs {
	return Costs{
		VoiceMinute:  26_400,
		SpeechMinute: 27_000,
		TextOut:      12_800,
		TextIn:       10_800,
		Number:       2_150_000,
	}
}

// mostCost is the highest cost of a unit that is taken for one: more is a slip of the
// pen, and a sum of it could not be reckoned.
const mostCost = 1000 * Dollar

// costLine is one of the costs: its name in the configuration, what it is, and where
// its default comes from.
type costLine struct {
	name, what, source string
	amount             *MicroDollars
}

// lines lists the costs in the order in which people see them.
func (c *Costs) lines() []costLine {
	return []costLine{
		{"voice_minutes", "a minute of a call, to the carrier",
			"Twilio, Programmable Voice: $0.0220 to receive on a toll-free number, and $0.0044 for Media Streams (twilio.com/en-us/voice/pricing/us)", &c.VoiceMinute},
		{"speech_minutes", "a minute of a call, of the speech engine",
			"an estimate: a machine with a graphics processor of 24 GB at $0.80 an hour, one conversation at a time, in one for half of the time", &c.SpeechMinute},
		{"sms_messages", "a segment of a text that is sent",
			"Twilio, Programmable Messaging: $0.0083 from a toll-free number (twilio.com/en-us/sms/pricing/us), and up to $0.0045 that the networks charge", &c.TextOut},
		{"sms_received", "a segment of a text that is received",
			"as above: $0.0083, and up to $0.0025 of the networks", &c.TextIn},
		{"phone_numbers", "a toll-free number, a month",
			"Twilio: $2.15 (twilio.com/en-us/phone-numbers/pricing)", &c.Number},
	}
}

// Of is what one unit of a feature costs in all. A call needs the carrier and the
// speech engine. Of texts only those that are sent are counted, and nearly each of
// them answers one: both are paid for.
func (c Costs) Of(f Feature) MicroDollars {
	switch f {
	case VoiceMinutes:
		return c.VoiceMinute + c.SpeechMinute
	case SMSMessages:
		return c.TextOut + c.TextIn
	case PhoneNumbers:
		return c.Number
	}
	return 0
}

// ParseCosts reads costs as the configuration has them, dollars by name:
// "voice_minutes=0.021,sms_messages=0.0079". What is not named costs its default.
func ParseCosts(s string) (Costs, error) {
	c := DefaultCosts()
	if strings.TrimSpace(s) == "" {
		return c, nil
	}
	named := map[string]bool{}
	for entry := range strings.SplitSeq(s, ",") {
		name, value, ok := strings.Cut(entry, "=")
		name = strings.TrimSpace(name)
		amount := c.named(name)
		switch {
		case !ok:
			return Costs{}, fmt.Errorf("%q: must be a name, an equals sign and dollars, like voice_minutes=0.021", entry)
		case amount == nil:
			return Costs{}, fmt.Errorf("%q: the name must be one of %s", entry, strings.Join(costNames(), ", "))
		case named[name]:
			return Costs{}, fmt.Errorf("%q: %s is named twice", entry, name)
		}
		m, err := ParseDollars(value)
		if err != nil {
			return Costs{}, fmt.Errorf("%q: %w", entry, err)
		}
		if m > mostCost {
			return Costs{}, fmt.Errorf("%q: nothing costs more than %s", entry, mostCost)
		}
		*amount, named[name] = m, true
	}
	return c, nil
}

// named returns the cost that the configuration calls so, or nil.
func (c *Costs) named(name string) *MicroDollars {
	for _, l := range c.lines() {
		if l.name == name {
			return l.amount
		}
	}
	return nil
}

func costNames() []string {
	var names []string
	for _, l := range (&Costs{}).lines() {
		names = append(names, l.name)
	}
	return names
}
