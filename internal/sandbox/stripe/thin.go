package stripe

import (
	"encoding/json"
	"slices"
	"time"
)

// reportDelay is how long wrong usage is collected before it is told.
const reportDelay = 60

// usageReport is one event that was not counted.
type usageReport struct {
	Meter      string `json:"meter,omitempty"`
	Event      string `json:"event"`
	Code       string `json:"code"`
	Message    string `json:"message"`
	Identifier string `json:"identifier"`
	At         int64  `json:"at"`
}

// thinEvent is an event of the /v2 API. Its webhook says only that something
// happened; what, is fetched.
type thinEvent struct {
	ID       string           `json:"id"`
	Object   string           `json:"object"`
	Type     string           `json:"type"`
	Livemode bool             `json:"livemode"`
	Created  string           `json:"created"`
	Context  *string          `json:"context"`
	Reason   *struct{}        `json:"reason"`
	Related  *related         `json:"related_object,omitempty"`
	Data     *usageReportData `json:"data,omitempty"`
}

func (t *thinEvent) ident() string { return t.ID }

type related struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	URL  string `json:"url"`
}

type usageReportData struct {
	Summary string       `json:"developer_message_summary"`
	Reason  reportReason `json:"reason"`
	Start   string       `json:"validation_start"`
	End     string       `json:"validation_end"`
}

type reportReason struct {
	Count int         `json:"error_count"`
	Types []errorType `json:"error_types"`
}

type errorType struct {
	Code    string        `json:"code"`
	Count   int           `json:"error_count"`
	Samples []sampleError `json:"sample_errors"`
}

type sampleError struct {
	Message string `json:"error_message"`
	Request struct {
		Identifier string `json:"identifier"`
	} `json:"request"`
}

// report notes wrong usage, to be told a little later.
func (e *Engine) report(r usageReport) {
	r.At = e.now()
	if len(e.st.Reports) < keep {
		e.st.Reports = append(e.st.Reports, r)
	}
}

// tellReports tells of all wrong usage that was noted, meter by meter.
func (e *Engine) tellReports() {
	byMeter := map[string][]usageReport{}
	var order []string
	for _, r := range e.st.Reports {
		if byMeter[r.Meter] == nil {
			order = append(order, r.Meter)
		}
		byMeter[r.Meter] = append(byMeter[r.Meter], r)
	}
	e.st.Reports = nil
	for _, id := range order {
		t := &thinEvent{Type: "v1.billing.meter.no_meter_found", Data: e.reportData(byMeter[id])}
		if id != "" {
			t.Type = "v1.billing.meter.error_report_triggered"
			t.Related = &related{id, "billing.meter", "/v1/billing/meters/" + id}
		}
		e.tellThin(t)
	}
}

// maxSamples is how many wrong events of a kind are named.
const maxSamples = 10

func (e *Engine) reportData(reports []usageReport) *usageReportData {
	d := &usageReportData{Summary: "There were usage events that could not be processed.", Reason: reportReason{Count: len(reports)},
		Start: v2Time(time.Unix(reports[0].At, 0)), End: v2Time(e.moment.at)}
	for _, r := range reports {
		i := slices.IndexFunc(d.Reason.Types, func(t errorType) bool { return t.Code == r.Code })
		if i < 0 {
			i = len(d.Reason.Types)
			d.Reason.Types = append(d.Reason.Types, errorType{Code: r.Code})
		}
		t := &d.Reason.Types[i]
		t.Count++
		if len(t.Samples) < maxSamples {
			s := sampleError{Message: r.Message}
			s.Request.Identifier = r.Identifier
			t.Samples = append(t.Samples, s)
		}
	}
	return d
}

// v2Time is how the /v2 API writes times.
func v2Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// tellThin stores an event and makes a webhook of it for each destination that
// wants it.
func (e *Engine) tellThin(t *thinEvent) {
	if e.dry {
		return
	}
	t.ID, t.Object, t.Created = newID("evt_test_65", 24), "v2.core.event", v2Time(e.moment.at)
	e.st.Thin.add(t)
	shown := *t
	shown.Data = nil
	body, _ := json.MarshalIndent(shown, "", "  ")
	about := ""
	if t.Related != nil {
		about = t.Related.ID
	}
	for _, d := range e.st.Dests.rows {
		if d.Status == "enabled" && d.EventPayload == "thin" && slices.Contains(d.EnabledEvents, t.Type) {
			e.cause = append(e.cause, Event{ID: t.ID, Type: t.Type, URL: d.Own.URL, Secret: d.Own.Secret, Body: body,
				Created: e.moment.at.Truncate(time.Second), Object: about, Thin: true})
		}
	}
}

func (e *Engine) getThin(c *call) (any, *apiError) {
	if t, ok := e.st.Thin.get(c.id); ok {
		return t, nil
	}
	return nil, v2Missing(c.id)
}

func (e *Engine) listThin(c *call) (any, *apiError) {
	types := c.query.strs("types")
	return v2Page(c, "/v2/core/events", e.st.Thin.where(func(t *thinEvent) bool {
		about := ""
		if t.Related != nil {
			about = t.Related.ID
		}
		return c.query.is("object_id", about) && oneOrAny(types, t.Type)
	}), "object_id", "types")
}
