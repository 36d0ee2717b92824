package task

import (
	"fmt"
	"time"

	"xswarm.ai/server/internal/jobs"
)

// KindRemind is the kind of the jobs that give a reminder.
const KindRemind = "task.remind"

// RemindPayload is what such a job carries: what to say is read when it is said.
type RemindPayload struct {
	TaskID string `json:"task_id"`
}

// RemindJob makes the job that gives t's reminder when it is due. A task that is
// moved to another time has another job; there is one for each time.
func RemindJob(t Task, now time.Time) jobs.Job {
	return jobs.New(KindRemind, RemindPayload{TaskID: t.ID}, now,
		jobs.Key(fmt.Sprintf("remind:%s:%d", t.ID, t.RemindAt.UnixMilli())),
		jobs.Lane(t.UserID), jobs.At(t.RemindAt))
}
