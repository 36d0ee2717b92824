package assistant

import (
	"context"
	"fmt"
	"strings"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// usage says what the plan includes and what was used.
func (t *turn) usage(ctx context.Context, _ string) (Outcome, error) {
	u, err := t.Usage.Usage(ctx, t.user)
	if err != nil {
		return Outcome{}, err
	}
	tier := t.user.Entitlement(t.now).Tier
	lines := []string{tier.Name() + ", " + u.Period.Start.UTC().Format("January 2006") + ":"}
	for _, f := range u.Features {
		lines = append(lines, used(f))
	}
	return Outcome{Reply: strings.Join(lines, "\n")}, nil
}

// counted is "how many messages do I have left".
func (t *turn) counted(ctx context.Context, said string) (Outcome, bool, error) {
	for _, what := range []string{"how many messages", "how many texts", "how many text messages", "how many sms", "how many minutes", "how many call minutes", "how many voice minutes", "how many numbers", "how many phone numbers"} {
		rest, ok := cut(bare(said), what)
		if !ok {
			continue
		}
		for _, end := range []string{"", "left", "do i have", "do i have left", "do i have left this month", "have i used", "have i used this month", "did i use", "are left", "remain", "remaining", "can i send", "can i still send", "have i got", "have i got left", "have i sent"} {
			if after, ok := cut(rest, end); ok && after == "" {
				out, err := t.usage(ctx, "")
				return out, true, err
			}
		}
	}
	return Outcome{}, false, nil
}

// used is one feature's line.
func used(f billing.FeatureUsage) string {
	name := map[plan.Feature]string{
		plan.VoiceMinutes: "Call minutes", plan.SMSMessages: "Texts", plan.PhoneNumbers: "Phone numbers",
	}[f.Feature]
	switch {
	case f.Included == plan.Unlimited:
		return fmt.Sprintf("%s: %d used, no limit", name, f.Used)
	case f.Included == 0 && f.Used == 0:
		return name + ": not included"
	case f.Overage > 0:
		return fmt.Sprintf("%s: %d used of %d included, %d extra", name, f.Used, f.Included, f.Overage)
	}
	return fmt.Sprintf("%s: %d of %d used, %d left", name, f.Used, f.Included, f.Remaining)
}
