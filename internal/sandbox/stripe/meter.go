package stripe

// meter says which events are counted as usage, and how.
type meter struct {
	base
	Mapping     mapping     `json:"customer_mapping"`
	Aggregation aggregation `json:"default_aggregation"`
	DisplayName string      `json:"display_name"`
	EventName   string      `json:"event_name"`
	TimeWindow  string      `json:"event_time_window,omitempty"`
	Status      string      `json:"status"`
	Transitions struct {
		DeactivatedAt int64 `json:"deactivated_at,omitempty"`
	} `json:"status_transitions"`
	Updated int64 `json:"updated"`
	Value   struct {
		Key string `json:"event_payload_key"`
	} `json:"value_settings"`
}

type mapping struct {
	Key  string `json:"event_payload_key"`
	Type string `json:"type"`
}

type aggregation struct {
	Formula string `json:"formula"`
}

func (e *Engine) createMeter(c *call) (any, *apiError) {
	m := &meter{base: e.made(newID("mtr_test_61", 24), "billing.meter"), DisplayName: c.str("display_name"), EventName: c.str("event_name"),
		TimeWindow: c.str("event_time_window"), Status: "active", Updated: e.now(),
		Aggregation: aggregation{c.sub("default_aggregation").str("formula")}, Mapping: mapping{"stripe_customer_id", "by_id"}}
	if c.isObject("customer_mapping") {
		m.Mapping = mapping{c.sub("customer_mapping").str("event_payload_key"), c.sub("customer_mapping").str("type")}
	}
	m.Value.Key = c.sub("value_settings").or("event_payload_key", "value")
	if other, taken := e.activeMeter(m.EventName); taken {
		return nil, bad("event_name", "resource_already_exists", "There is already an active meter with event name '%s': %s", m.EventName, other.ID)
	}
	e.st.Meters.add(m)
	e.emit("billing.meter.created", m)
	return m, nil
}

// activeMeter returns the meter that counts the events of a name.
func (e *Engine) activeMeter(eventName string) (*meter, bool) {
	return e.st.Meters.first(func(m *meter) bool { return m.EventName == eventName && m.Status == "active" })
}

func (e *Engine) getMeter(c *call) (any, *apiError) {
	if m, ok := e.st.Meters.get(c.id); ok {
		return m, nil
	}
	return nil, missing("meter", c.id, "id")
}

// updateMeter can change nothing but the name that people see.
func (e *Engine) updateMeter(c *call) (any, *apiError) {
	return e.changeMeter(c, "billing.meter.updated", func(m *meter) *apiError {
		c.set("display_name", &m.DisplayName)
		return nil
	})
}

func (e *Engine) deactivateMeter(c *call) (any, *apiError) {
	return e.changeMeter(c, "billing.meter.deactivated", func(m *meter) *apiError {
		if m.Status != "active" {
			return bad("", "", "The meter is already inactive.")
		}
		m.Status, m.Transitions.DeactivatedAt = "inactive", e.now()
		return nil
	})
}

func (e *Engine) reactivateMeter(c *call) (any, *apiError) {
	return e.changeMeter(c, "billing.meter.reactivated", func(m *meter) *apiError {
		if _, taken := e.activeMeter(m.EventName); taken {
			return bad("", "", "There is already an active meter with event name '%s'.", m.EventName)
		}
		m.Status, m.Transitions.DeactivatedAt = "active", 0
		return nil
	})
}

func (e *Engine) changeMeter(c *call, kind string, change func(*meter) *apiError) (any, *apiError) {
	m, ok := e.st.Meters.get(c.id)
	if !ok {
		return nil, missing("meter", c.id, "id")
	}
	before := e.before(m)
	if refused := change(m); refused != nil {
		return nil, refused
	}
	m.Updated = e.now()
	e.updated(kind, m, before)
	return m, nil
}

func (e *Engine) listMeters(c *call) (any, *apiError) {
	c.filters("status")
	return page(c, "meter", "/v1/billing/meters", e.st.Meters.where(func(m *meter) bool { return c.is("status", m.Status) }))
}
