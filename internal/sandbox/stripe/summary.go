package stripe

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// summary is the usage of a customer within a time.
type summary struct {
	ID       string      `json:"id"`
	Object   string      `json:"object"`
	Value    json.Number `json:"aggregated_value"`
	End      int64       `json:"end_time"`
	Livemode bool        `json:"livemode"`
	Meter    string      `json:"meter"`
	Start    int64       `json:"start_time"`
}

func (s *summary) ident() string { return s.ID }

func (e *Engine) listSummaries(c *call) (any, *apiError) {
	m, ok := e.st.Meters.get(c.id)
	if !ok {
		return nil, missing("meter", c.id, "id")
	}
	if _, ok := e.st.Customers.get(c.str("customer")); !ok {
		return nil, unknownID("customer", c.str("customer"), "customer")
	}
	from, to := c.int("start_time"), c.int("end_time")
	window := c.str("value_grouping_window")
	step, unit := int64(60), "minute"
	switch window {
	case "hour":
		step, unit = 3600, "hour"
	case "day":
		step, unit = 86400, "day"
	}
	for _, name := range []string{"start_time", "end_time"} {
		if c.int(name)%step != 0 {
			return nil, bad(name, "", "The %s must be aligned with UTC %s boundaries.", name, unit)
		}
	}
	if to <= from {
		return nil, bad("end_time", "", "The end_time must be after the start_time.")
	}
	var rows []*summary
	if window == "" {
		rows = append(rows, e.summarize(m, c.str("customer"), from, to))
	} else {
		rows = e.summaries(m, c.str("customer"), from, to, step)
	}
	return page(c, "meter event summary", "/v1/billing/meters/"+m.ID+"/event_summaries", rows)
}

// summaries are those of each window in which something was used, newest first.
func (e *Engine) summaries(m *meter, customer string, from, to, step int64) []*summary {
	windows := map[int64]bool{}
	for _, p := range e.st.Totals[m.ID+" "+customer] {
		if p.At >= from && p.At < to && p.Received <= e.aggregated() {
			windows[p.At-p.At%step] = true
		}
	}
	var rows []*summary
	for start := range windows {
		rows = append(rows, e.summarize(m, customer, start, start+step))
	}
	slices.SortFunc(rows, func(a, b *summary) int { return int(b.Start - a.Start) })
	return rows
}

func (e *Engine) summarize(m *meter, customer string, from, to int64) *summary {
	id := fmt.Sprintf("mtrusg_test_%s_%s_%d_%d", strings.TrimPrefix(m.ID, "mtr_test_"), strings.TrimPrefix(customer, "cus_"), from, to)
	return &summary{ID: id, Object: "billing.meter_event_summary", Start: from, End: to, Meter: m.ID,
		Value: decimal(e.used(m.ID, customer, from, to, e.aggregated()))}
}

// aggregated is the moment until which summaries know of events.
func (e *Engine) aggregated() int64 { return e.moment.at.Add(-aggregationLag).UnixNano() }

// decimal writes a number without needless digits.
func decimal(r *big.Rat) json.Number {
	text := r.FloatString(12)
	return json.Number(strings.TrimRight(strings.TrimRight(text, "0"), "."))
}
