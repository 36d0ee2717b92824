package app

import (
	"log/slog"
	"testing"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/store/storetest"
)

func TestEveryKindOfJobIsDescribedForTheOperator(t *testing.T) {
	clock := storetest.NewClock()
	a, err := New(Config{
		JWTSecret: "a secret of the tests, long enough for them", BaseURL: "http://localhost:8787",
		SendGridKey: off, TwilioSID: off, StripeKey: off,
	}, Deps{Engine: storetest.EmbeddedEngine(t), Now: clock.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	kinds := a.Jobs.Kinds()
	if len(kinds) < 21 {
		t.Errorf("only %d kinds: %v", len(kinds), kinds)
	}
	for _, kind := range kinds {
		if e := a.Jobs.Explain(jobs.Job{Kind: kind, State: jobs.Dead}); e.Does == "" || e.Missing == "" {
			t.Errorf("jobs of kind %s are not described", kind)
		}
	}
}
