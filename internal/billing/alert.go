package billing

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/jobs"
)

// alert tells the operator that something is wrong: once for the same matter, as
// long as it lasts.
func (s *Service) alert(ctx context.Context, a Alert) error {
	s.log.WarnContext(ctx, "billing: needs a person", "kind", a.Kind, "alert", a.Key)
	now := s.now()
	a.CreatedAt, a.UpdatedAt = now, now
	var js []jobs.Job
	if s.operator != "" {
		js = append(js, jobs.New(KindAlert, alertJob{a.Key}, now))
	}
	if err := s.store.RaiseAlert(ctx, a, js...); err != nil {
		return fmt.Errorf("raise the alert %s: %w", a.Key, err)
	}
	return nil
}

// matter is an alert, and whether what it says is so.
type matter struct {
	so    bool
	alert Alert
}

// settle raises the alerts of what is so, and ends those of what is not any more.
func (s *Service) settle(ctx context.Context, matters ...matter) error {
	var over []string
	for _, m := range matters {
		if !m.so {
			over = append(over, m.alert.Key)
		} else if err := s.alert(ctx, m.alert); err != nil {
			return err
		}
	}
	return s.endAlerts(ctx, over...)
}

// resolve ends the alerts that are over.
func (s *Service) resolve(ctx context.Context, over func(Alert) bool) error {
	open, err := s.store.Alerts(ctx, false, maxAlerts)
	if err != nil {
		return fmt.Errorf("read the alerts: %w", err)
	}
	var keys []string
	for _, a := range open {
		if over(a) {
			keys = append(keys, a.Key)
		}
	}
	return s.endAlerts(ctx, keys...)
}

func (s *Service) endAlerts(ctx context.Context, keys ...string) error {
	if err := s.store.ResolveAlerts(ctx, keys...); err != nil {
		return fmt.Errorf("end alerts: %w", err)
	}
	return nil
}

// alertJob is the payload of a job about an alert.
type alertJob struct {
	Key string `json:"key"`
}

// mailAlert is the job that mails an alert to the operator, if it still lasts.
func (s *Service) mailAlert(ctx context.Context, j jobs.Job) error {
	p, err := jobs.Decode[alertJob](j)
	if err != nil {
		return err
	}
	open, err := s.store.Alerts(ctx, false, maxAlerts)
	if err != nil {
		return fmt.Errorf("read the alerts: %w", err)
	}
	for _, a := range open {
		if a.Key == p.Key && s.operator != "" {
			return s.letters.Alert(ctx, j.ID, s.operator, a.Message)
		}
	}
	return nil
}

// maxAlerts is how many alerts are looked at: more than a person would.
const maxAlerts = 500

// Alerts returns what is wrong with the money and lasts, or all that ever was.
func (s *Service) Alerts(ctx context.Context, all bool) ([]Alert, error) {
	return s.store.Alerts(ctx, all, maxAlerts)
}

// ResolveAlert ends an alert that the operator has dealt with.
func (s *Service) ResolveAlert(ctx context.Context, key string) error {
	return s.store.ResolveAlerts(ctx, key)
}
