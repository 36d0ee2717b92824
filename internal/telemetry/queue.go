package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"xswarm.ai/server/internal/jobs"
)

// scrapeTime is how long gathering may take.
const scrapeTime = 5 * time.Second

// Queue is the jobs that wait. It is asked at every scrape.
type Queue interface {
	// CountJobs counts the jobs that are not done, by kind.
	CountJobs(ctx context.Context) (map[jobs.State]map[string]int, error)
	// NextJob returns when the next queued job is due.
	NextJob(ctx context.Context) (at time.Time, ok bool, err error)
}

// WatchQueue adds what waits to the metrics; now is the clock by which jobs are
// due.
func (t *Telemetry) WatchQueue(q Queue, now func() time.Time) {
	t.registry.MustRegister(&queue{Queue: q, now: now})
}

// WatchCommits adds to the metrics how many writes shared how many commits.
func (t *Telemetry) WatchCommits(stats func() (writes, commits int64)) {
	t.registry.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "xswarm_database_writes_total", Help: "Writes that were committed."},
			func() float64 { writes, _ := stats(); return float64(writes) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "xswarm_database_commits_total", Help: "Commits that carried them: writers that come together share one."},
			func() float64 { _, commits := stats(); return float64(commits) }))
}

type queue struct {
	Queue
	now func() time.Time
}

var (
	upDesc     = prometheus.NewDesc("xswarm_database_up", "1 if the database answered just now.", nil, nil)
	jobsDesc   = prometheus.NewDesc("xswarm_jobs", "Jobs that are not done.", []string{"state", "kind"}, nil)
	oldestDesc = prometheus.NewDesc("xswarm_oldest_due_job_seconds", "How long the oldest job that is due has waited; 0 if none is due.", nil, nil)
)

// Describe is described by prometheus.Collector.
func (q *queue) Describe(out chan<- *prometheus.Desc) {
	out <- upDesc
	out <- jobsDesc
	out <- oldestDesc
}

// Collect is described by prometheus.Collector. Without the database the other
// metrics are still there.
func (q *queue) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	count, err := q.CountJobs(ctx)
	var waited time.Duration
	if err == nil {
		waited, err = q.waited(ctx)
	}
	if err != nil {
		out <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, 0)
		return
	}
	out <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, 1)
	out <- prometheus.MustNewConstMetric(oldestDesc, prometheus.GaugeValue, waited.Seconds())
	for state, kinds := range count {
		for kind, n := range kinds {
			out <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(n), string(state), kind)
		}
	}
}

// waited is how long the oldest job that is due has waited.
func (q *queue) waited(ctx context.Context) (time.Duration, error) {
	at, ok, err := q.NextJob(ctx)
	if err != nil || !ok {
		return 0, err
	}
	return max(q.now().Sub(at), 0), nil
}
