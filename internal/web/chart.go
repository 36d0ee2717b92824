package web

import (
	"fmt"
	"strconv"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// charted are the features that are used day by day.
var charted = []plan.Feature{plan.VoiceMinutes, plan.SMSMessages}

// chart is a feature's use by day, as a picture of bars. Its width is stretched to
// the page's, so there is no writing in it.
type chart struct {
	feature plan.Feature
	bars    []bar
	top     int64 // what the picture's height stands for
	summary string
}

// bar is one day.
type bar struct {
	x, y, height string
	words        string
}

// The picture's measures: a day's share of the width, a bar's, and the height.
const (
	dayWidth    = 10
	barWidth    = 7
	chartHeight = 100
)

// width is the picture's.
func (c chart) width() int { return dayWidth * len(c.bars) }

// charts returns a picture for each feature that was used in the period.
func charts(u billing.Usage) []chart {
	days := daysOf(u)
	var list []chart
	for _, f := range charted {
		var most, sum int64
		busiest := time.Time{}
		for _, d := range days {
			sum += max(d.Used[f], 0)
			if d.Used[f] > most {
				most, busiest = d.Used[f], d.Date
			}
		}
		if most == 0 {
			continue
		}
		c := chart{feature: f, top: roundUp(most), summary: fmt.Sprintf("%s in all, most on %s: %s.",
			count(f, sum), busiest.Format("2 January"), thousands(most))}
		for i, d := range days {
			c.bars = append(c.bars, c.bar(i, d))
		}
		list = append(list, c)
	}
	return list
}

// bar draws a day. One with any use at all is seen.
func (c chart) bar(i int, d billing.Day) bar {
	used := max(d.Used[c.feature], 0)
	height := float64(used) * chartHeight / float64(c.top)
	if used > 0 {
		height = max(height, 1.5)
	}
	return bar{
		x:      decimal(float64(i*dayWidth) + float64(dayWidth-barWidth)/2),
		y:      decimal(chartHeight - height),
		height: decimal(height),
		words:  d.Date.Format("2 Jan") + ": " + count(c.feature, used),
	}
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 32) }

// daysOf returns every day of the period, also those on which nothing was used. Days
// are UTC, like the ledger's.
func daysOf(u billing.Usage) []billing.Day {
	used := map[time.Time]billing.Day{}
	for _, d := range u.Days {
		used[midnight(d.Date)] = d
	}
	var days []billing.Day
	for at := midnight(u.Period.Start); at.Before(u.Period.End) && len(days) < maxDays; at = at.AddDate(0, 0, 1) {
		days = append(days, billing.Day{Date: at, Used: used[at].Used})
	}
	return days
}

// maxDays is more than a period has, for one that is a year long by mistake.
const maxDays = 62

// midnight is the beginning of a moment's day, UTC.
func midnight(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// roundUp returns the next number that is easy to read: 1, 2 or 5 times a power of ten.
func roundUp(n int64) int64 {
	for power := int64(1); ; power *= 10 {
		for _, step := range []int64{1, 2, 5} {
			if step*power >= n {
				return step * power
			}
		}
	}
}

// past leaves out the days that are to come.
func past(days []billing.Day, now time.Time) []billing.Day {
	for i, d := range days {
		if d.Date.After(now) {
			return days[:i]
		}
	}
	return days
}
