package billing

import (
	"strconv"
	"time"

	"xswarm.ai/server/internal/jobs"
)

// usageEvery is how often usage that was recorded is looked at: whether people have
// to be told, and what is to be reported to the payment provider.
const usageEvery = 5 * time.Minute

// usageRest is how long after them it is looked: what is being stored then carries a
// time before.
const usageRest = 10 * time.Second

// recorded is the payload of a job about what was recorded in a span of the clock,
// in seconds since 1970.
type recorded struct {
	From  int64 `json:"from"`
	Until int64 `json:"until"`
}

// UsageJob makes the job that looks at what is recorded about now. It is stored with
// every usage record, and is one for all of them in the same five minutes.
func UsageJob(now time.Time) jobs.Job {
	from := now.Truncate(usageEvery)
	until := from.Add(usageEvery)
	return jobs.New(KindUsage, recorded{from.Unix(), until.Unix()}, now,
		jobs.Key("usage:"+strconv.FormatInt(from.Unix(), 10)), jobs.At(until.Add(usageRest)))
}
