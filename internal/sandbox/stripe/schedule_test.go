package stripe

import (
	"slices"
	"testing"

	sdk "github.com/stripe/stripe-go/v85"
)

// plan puts a subscription under a schedule that changes to other prices when
// its period ends.
func (s *shop) plan(sub *sdk.Subscription, end string, prices ...*sdk.Price) *sdk.SubscriptionSchedule {
	s.t.Helper()
	sc, err := s.client.V1SubscriptionSchedules.Create(s.t.Context(), &sdk.SubscriptionScheduleCreateParams{FromSubscription: &sub.ID})
	must(s.world, sc, err)
	now := &sdk.SubscriptionScheduleUpdatePhaseParams{StartDate: sdk.Int64(sc.Phases[0].StartDate), EndDate: sdk.Int64(sc.Phases[0].EndDate)}
	for _, it := range sc.Phases[0].Items {
		in := &sdk.SubscriptionScheduleUpdatePhaseItemParams{Price: &it.Price.ID}
		if it.Quantity > 0 {
			in.Quantity = sdk.Int64(it.Quantity)
		}
		now.Items = append(now.Items, in)
	}
	then := &sdk.SubscriptionScheduleUpdatePhaseParams{StartDate: sdk.Int64(sc.Phases[0].EndDate), Metadata: map[string]string{"plan": "new"}}
	for _, p := range prices {
		then.Items = append(then.Items, &sdk.SubscriptionScheduleUpdatePhaseItemParams{Price: &p.ID})
	}
	sc, err = s.client.V1SubscriptionSchedules.Update(s.t.Context(), sc.ID, &sdk.SubscriptionScheduleUpdateParams{EndBehavior: &end,
		Phases: []*sdk.SubscriptionScheduleUpdatePhaseParams{now, then}})
	return must(s.world, sc, err)
}

func TestADowngradeThatIsScheduledComesWithTheNextPeriod(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.large, s.bigVoice)
	s.until("2026-01-20T00:00:00Z")
	sc := s.plan(sub, "release", s.small, s.smallVoice)
	if got := s.sub(sub.ID); got.Schedule.ID != sc.ID || got.Items.Data[0].Price.ID != s.large.ID || sc.Status != "active" {
		t.Errorf("got schedule %v with %s, %s", got.Schedule, got.Items.Data[0].Price.ID, sc.Status)
	}
	if n := len(s.invoices(sub.ID)); n != 1 {
		t.Errorf("planning made %d invoices", n-1)
	}
	s.use(cu, "2100")
	s.forget()
	s.until("2026-02-10T13:00:00Z")
	want := "$40.00 1 × Secretary (at $40.00 / month)\n$0.00 2000 × Manager voice (Tier 1 at $0.00)\n$1.30 100 × Manager voice (Tier 2 at $0.013)"
	in, got := s.latest(sub), s.sub(sub.ID)
	if lines(in) != want || in.Total != 4130 || got.Metadata["plan"] != "new" {
		t.Errorf("got %d\n%s\nwant\n%s", in.Total, lines(in), want)
	}
	s.the("subscription_schedule.updated")
	s.use(cu, "600")
	s.until("2026-03-10T13:00:00Z")
	if in := s.latest(sub); in.Total != 4130 {
		t.Errorf("got %d for the first period of the new plan\n%s", in.Total, lines(in))
	}
	sc, err := s.client.V1SubscriptionSchedules.Retrieve(t.Context(), sc.ID, nil)
	must(s.world, sc, err)
	if got := s.sub(sub.ID); sc.Status != "released" || sc.ReleasedSubscription.ID != sub.ID || got.Schedule != nil || got.Status != "active" {
		t.Errorf("got a schedule %s and a subscription %s", sc.Status, got.Status)
	}
}

func TestAScheduleCanEndTheSubscription(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.large)
	sc := s.plan(sub, "cancel", s.small)
	s.until("2026-03-10T13:00:00Z")
	if got := s.sub(sub.ID); got.Status != "canceled" || when(got.EndedAt) != "2026-03-10 12:00:00" {
		t.Errorf("got %s at %s", got.Status, when(got.EndedAt))
	}
	sc, err := s.client.V1SubscriptionSchedules.Retrieve(t.Context(), sc.ID, nil)
	if must(s.world, sc, err).Status != "completed" {
		t.Errorf("got a schedule %s", sc.Status)
	}
	s.the("subscription_schedule.completed")
}

func TestASubscriptionUnderAScheduleIsNotCanceledBesideIt(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.large)
	sc := s.plan(sub, "release", s.small)
	_, err := s.client.V1Subscriptions.Update(t.Context(), sub.ID, &sdk.SubscriptionUpdateParams{CancelAtPeriodEnd: sdk.Bool(true)})
	if got := refused(t, err); got.HTTPStatusCode != 400 {
		t.Errorf("got %d", got.HTTPStatusCode)
	}
	sc, err = s.client.V1SubscriptionSchedules.Release(t.Context(), sc.ID, nil)
	must(s.world, sc, err)
	s.the("subscription_schedule.released")
	_, err = s.client.V1SubscriptionSchedules.Release(t.Context(), sc.ID, nil)
	if got := refused(t, err); got.HTTPStatusCode != 400 {
		t.Errorf("got %d when it is released twice", got.HTTPStatusCode)
	}
	s.until("2026-02-10T13:00:00Z")
	if in := s.latest(sub); in.Total != 28000 {
		t.Errorf("got %d: the plan was called off", in.Total)
	}
}

func TestAScheduleBeginsASubscriptionLater(t *testing.T) {
	s := newShop(t, "2026-01-10")
	s.listen()
	cu := s.customer("pm_card_visa")
	sc, err := s.client.V1SubscriptionSchedules.Create(t.Context(), &sdk.SubscriptionScheduleCreateParams{Customer: &cu.ID, StartDate: sdk.Int64(s.clock().AddDate(0, 0, 5).Unix()),
		Phases: []*sdk.SubscriptionScheduleCreatePhaseParams{{Items: []*sdk.SubscriptionScheduleCreatePhaseItemParams{{Price: &s.small.ID}},
			Duration: &sdk.SubscriptionScheduleCreatePhaseDurationParams{Interval: sdk.String("month"), IntervalCount: sdk.Int64(2)}}}})
	must(s.world, sc, err)
	if sc.Status != "not_started" || sc.Subscription != nil {
		t.Errorf("got %s with %v", sc.Status, sc.Subscription)
	}
	s.until("2026-01-15T12:00:00Z")
	sc, err = s.client.V1SubscriptionSchedules.Retrieve(t.Context(), sc.ID, nil)
	must(s.world, sc, err)
	if sc.Status != "active" || s.sub(sc.Subscription.ID).Status != "active" {
		t.Fatalf("got %s", sc.Status)
	}
	sc, err = s.client.V1SubscriptionSchedules.Cancel(t.Context(), sc.ID, nil)
	must(s.world, sc, err)
	if got := s.types(); sc.Status != "canceled" || !slices.Contains(got, "subscription_schedule.canceled") || !slices.Contains(got, "customer.subscription.deleted") {
		t.Errorf("got %s, %v", sc.Status, got)
	}
}

func TestAPhaseThatIsUnderWayMustStay(t *testing.T) {
	s := newShop(t, "2026-01-10")
	cu := s.customer("pm_card_visa")
	sub := s.subscribe(cu, s.large)
	sc := s.plan(sub, "release", s.small)
	_, err := s.client.V1SubscriptionSchedules.Update(t.Context(), sc.ID, &sdk.SubscriptionScheduleUpdateParams{Phases: []*sdk.SubscriptionScheduleUpdatePhaseParams{
		{StartDate: sdk.Int64(sc.Phases[1].StartDate), Items: []*sdk.SubscriptionScheduleUpdatePhaseItemParams{{Price: &s.small.ID}}}}})
	if got := refused(t, err); got.HTTPStatusCode != 400 || got.Param != "phases" {
		t.Errorf("got %d %s", got.HTTPStatusCode, got.Param)
	}
}
