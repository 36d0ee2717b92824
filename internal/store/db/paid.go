package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"xswarm.ai/server/internal/plan"
)

// Paid is a plan.Subscription as it is stored: as JSON. Unlike the rest of this
// package it is written by hand.
type Paid plan.Subscription

// Value is described by driver.Valuer.
func (p Paid) Value() (driver.Value, error) {
	raw, err := json.Marshal(plan.Subscription(p))
	return string(raw), err
}

// Scan is described by sql.Scanner.
func (p *Paid) Scan(v any) error {
	raw, ok := v.(string)
	if !ok {
		return fmt.Errorf("a subscription is stored as %T", v)
	}
	*p = Paid{}
	if raw == "{}" { // of most users, at every request
		return nil
	}
	return json.Unmarshal([]byte(raw), (*plan.Subscription)(p))
}
