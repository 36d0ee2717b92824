package stripe

import (
	"math/big"
	"regexp"
	"slices"
	"time"
)

// Rules of meter events.
const (
	maxUsageAge    = 35 * 24 * time.Hour
	maxUsageAhead  = 5 * time.Minute
	identifierAge  = 24 * time.Hour // how long an identifier cannot be used again
	aggregationLag = time.Second    // how late summaries are
	usageKept      = 400 * 24 * time.Hour
)

// meterEvent is one report of usage.
type meterEvent struct {
	Object     string            `json:"object"`
	Created    int64             `json:"created"`
	EventName  string            `json:"event_name"`
	Identifier string            `json:"identifier"`
	Livemode   bool              `json:"livemode"`
	Payload    map[string]string `json:"payload"`
	Timestamp  int64             `json:"timestamp"`
	Own        struct {
		Key       string `json:"key"`
		Received  int64  `json:"received"` // in nanoseconds
		Meter     string `json:"meter"`
		Customer  string `json:"customer"`
		Cancelled bool   `json:"cancelled,omitempty"`
	} `json:"_"`
}

func (m *meterEvent) ident() string { return m.Own.Key }

// usagePoint is what one event adds to a customer's usage.
type usagePoint struct {
	At       int64  `json:"at"`
	Value    string `json:"value"`
	Received int64  `json:"received"` // in nanoseconds
	Key      string `json:"key"`      // of the event
}

// usageValue is a number with at most 15 digits before the point and 12 behind.
var usageValue = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,12})?$`)

func (e *Engine) createMeterEvent(c *call) (any, *apiError) {
	ev := &meterEvent{Object: "billing.meter_event", Created: e.now(), EventName: c.str("event_name"), Payload: map[string]string{},
		Identifier: c.or("identifier", newID("", 30)), Timestamp: e.now()}
	c.setInt("timestamp", &ev.Timestamp)
	ev.Own.Key, ev.Own.Received = newID("mev_", 20), e.moment.at.UnixNano()
	payload := c.sub("payload")
	for k := range payload.m {
		ev.Payload[k] = payload.str(k)
	}
	m, known := e.st.Meters.first(func(m *meter) bool { return m.EventName == ev.EventName && m.Status == "active" })
	if !known {
		m, known = e.st.Meters.first(func(m *meter) bool { return m.EventName == ev.EventName })
	}
	if !known {
		e.report(usageReport{Event: ev.EventName, Code: "no_meter", Identifier: ev.Identifier,
			Message: "There is no meter with event name '" + ev.EventName + "'."})
		return nil, bad("event_name", "resource_missing", "No active meter found for event name '%s'.", ev.EventName)
	}
	if refused := e.checkUsage(m, ev); refused != nil {
		return nil, refused
	}
	ev.Own.Meter, ev.Own.Customer = m.ID, ev.Payload[m.Mapping.Key]
	e.st.Usage.add(ev)
	e.count(m, ev)
	now := ev.Own.Received
	e.st.Usage.trim(keep, func(old *meterEvent) bool { return now-old.Own.Received > int64(identifierAge) })
	return ev, nil
}

// checkUsage refuses what can be seen at once to be wrong.
func (e *Engine) checkUsage(m *meter, ev *meterEvent) *apiError {
	at := time.Unix(ev.Timestamp, 0)
	switch {
	case at.Before(e.moment.at.Add(-maxUsageAge)):
		return bad("timestamp", "timestamp_too_far_in_past", "The timestamp must be within the past 35 days: %d", ev.Timestamp)
	case at.After(e.moment.at.Add(maxUsageAhead)):
		return bad("timestamp", "timestamp_in_future", "The timestamp must not be more than 5 minutes in the future: %d", ev.Timestamp)
	case ev.Payload[m.Mapping.Key] == "":
		return bad("payload", "meter_event_no_customer_defined", "The payload is missing the customer mapping key '%s'.", m.Mapping.Key)
	case m.Aggregation.Formula != "count" && !usageValue.MatchString(ev.Payload[m.Value.Key]):
		return bad("payload", "meter_event_invalid_value", "The payload's '%s' must be a number with at most 15 digits and 12 decimals.", m.Value.Key)
	}
	_, taken := e.st.Usage.first(func(old *meterEvent) bool {
		return old.Identifier == ev.Identifier && ev.Own.Received-old.Own.Received < int64(identifierAge)
	})
	if taken {
		return bad("", "", "An event already exists with identifier %s.", ev.Identifier)
	}
	return nil
}

// count adds an event to its customer's usage. That there is no such customer, or
// that the meter is not active, is told later.
func (e *Engine) count(m *meter, ev *meterEvent) {
	cu, ok := e.st.Customers.get(ev.Own.Customer)
	switch {
	case m.Status != "active":
		e.report(usageReport{Meter: m.ID, Event: m.EventName, Code: "archived_meter", Identifier: ev.Identifier,
			Message: "The meter " + m.ID + " is archived."})
		return
	case !ok || cu.Own.Deleted:
		e.report(usageReport{Meter: m.ID, Event: m.EventName, Code: "meter_event_customer_not_found", Identifier: ev.Identifier,
			Message: "There is no customer " + ev.Own.Customer + "."})
		return
	}
	value := "1"
	if m.Aggregation.Formula != "count" {
		value = ev.Payload[m.Value.Key]
	}
	k := m.ID + " " + cu.ID
	oldest := e.now() - int64(usageKept.Seconds())
	points := slices.DeleteFunc(e.st.Totals[k], func(p usagePoint) bool { return p.At < oldest })
	e.st.Totals[k] = append(points, usagePoint{ev.Timestamp, value, ev.Own.Received, ev.Own.Key})
}

// used is a customer's usage from one moment to before another, of the events
// that were received until a moment in nanoseconds.
func (e *Engine) used(meterID, customer string, from, to, until int64) *big.Rat {
	m, ok := e.st.Meters.get(meterID)
	sum := new(big.Rat)
	if !ok {
		return sum
	}
	var last int64
	for _, p := range e.st.Totals[meterID+" "+customer] {
		if p.At < from || p.At >= to || p.Received > until {
			continue
		}
		v := rat(&p.Value)
		if m.Aggregation.Formula != "last" {
			sum.Add(sum, v)
		} else if p.At >= last {
			sum, last = v, p.At
		}
	}
	return sum
}

// adjustment takes usage back.
type adjustment struct {
	Object    string            `json:"object"`
	Cancel    map[string]string `json:"cancel"`
	EventName string            `json:"event_name"`
	Livemode  bool              `json:"livemode"`
	Status    string            `json:"status"`
	Type      string            `json:"type"`
}

func (e *Engine) createAdjustment(c *call) (any, *apiError) {
	id := c.sub("cancel").str("identifier")
	if id == "" {
		return nil, required("cancel[identifier]")
	}
	ev, ok := e.st.Usage.first(func(ev *meterEvent) bool {
		return ev.Identifier == id && ev.EventName == c.str("event_name") && e.moment.at.UnixNano()-ev.Own.Received < int64(identifierAge)
	})
	switch {
	case !ok:
		return nil, bad("cancel[identifier]", "resource_missing", "No meter event with identifier %s was received within the last 24 hours.", id)
	case ev.Own.Cancelled:
		return nil, bad("cancel[identifier]", "", "The meter event with identifier %s has already been cancelled.", id)
	}
	ev.Own.Cancelled = true
	k := ev.Own.Meter + " " + ev.Own.Customer
	e.st.Totals[k] = slices.DeleteFunc(e.st.Totals[k], func(p usagePoint) bool { return p.Key == ev.Own.Key })
	return adjustment{"billing.meter_event_adjustment", map[string]string{"identifier": id}, ev.EventName, false, "pending", c.str("type")}, nil
}
