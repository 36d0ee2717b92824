package web

import (
	"testing"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

func TestEveryDayOfThePeriodHasItsPlaceInThePicture(t *testing.T) {
	start := time.Date(2026, 11, 10, 15, 0, 0, 0, time.UTC)
	u := billing.Usage{Period: billing.Period{Start: start, End: start.AddDate(0, 1, 0)}, Days: []billing.Day{
		{Date: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC), Used: map[plan.Feature]int64{plan.VoiceMinutes: 5}},
		{Date: time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC), Used: map[plan.Feature]int64{plan.VoiceMinutes: 20, plan.SMSMessages: -3}},
		{Date: time.Date(2026, 12, 10, 0, 0, 0, 0, time.UTC), Used: map[plan.Feature]int64{plan.VoiceMinutes: 1}},
		{Date: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), Used: map[plan.Feature]int64{plan.VoiceMinutes: 999}}, // not in the period
	}}
	list := charts(u)
	if len(list) != 1 || list[0].feature != plan.VoiceMinutes {
		t.Fatalf("got %+v, want the calls alone", list)
	}
	c := list[0]
	if len(c.bars) != 31 || c.top != 20 || c.summary != "26 call minutes in all, most on 12 November: 20." {
		t.Errorf("got %d days up to %d: %s", len(c.bars), c.top, c.summary)
	}
	for i, want := range map[int]bar{
		0:  {"1.5", "75", "25", "10 Nov: 5 call minutes"},
		1:  {"11.5", "100", "0", "11 Nov: 0 call minutes"},
		2:  {"21.5", "0", "100", "12 Nov: 20 call minutes"},
		30: {"301.5", "95", "5", "10 Dec: 1 call minute"},
	} {
		if c.bars[i] != want {
			t.Errorf("day %d: got %+v, want %+v", i, c.bars[i], want)
		}
	}
}

func TestAPeriodThatIsTooLongMakesNoEndlessPicture(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if days := daysOf(billing.Usage{Period: billing.Period{Start: start, End: start.AddDate(90, 0, 0)}}); len(days) != maxDays {
		t.Errorf("got %d days, want %d", len(days), maxDays)
	}
	if days := daysOf(billing.Usage{}); len(days) != 0 {
		t.Errorf("no period has %d days", len(days))
	}
}

func TestAScaleIsEasyToRead(t *testing.T) {
	for n, want := range map[int64]int64{1: 1, 2: 2, 3: 5, 6: 10, 11: 20, 50: 50, 51: 100, 1200: 2000} {
		if got := roundUp(n); got != want {
			t.Errorf("roundUp(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestDaysToComeAreNotInTheTable(t *testing.T) {
	start := time.Date(2026, 11, 10, 15, 0, 0, 0, time.UTC)
	days := past(daysOf(billing.Usage{Period: billing.Period{Start: start, End: start.AddDate(0, 1, 0)}}), now)
	if len(days) != 13 || !days[12].Date.Equal(midnight(now)) {
		t.Errorf("got %d days, want the 13 until today", len(days))
	}
}
