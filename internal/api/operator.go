package api

import (
	"context"
	"encoding/json"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/operator"
)

// Operators is what the API needs of package operator.
type Operators interface {
	Jobs(ctx context.Context, w operator.Who, state jobs.State, cursor string, limit int) ([]operator.Job, string, error)
	Job(ctx context.Context, w operator.Who, id string) (operator.Job, error)
	Retry(ctx context.Context, w operator.Who, id string) (operator.Job, error)
	RetryAll(ctx context.Context, w operator.Who, kind string) (int, error)
	Discard(ctx context.Context, w operator.Who, id string) error
}

// who is the user who acts, as package operator wants to know it.
func (a *api) who(ctx context.Context) operator.Who {
	return operator.Who{User: user(ctx), Client: a.client(ctx)}
}

// Job is one piece of durable work, with its explanation.
type Job struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind" example:"phone.send"`
	State     jobs.State      `json:"state" enum:"queued,running,done,dead" doc:"dead: given up; it needs a person."`
	Does      string          `json:"does" doc:"What jobs of this kind are for."`
	Standing  string          `json:"standing" doc:"Where it stands, in words."`
	Missing   *string         `json:"missing" doc:"What is amiss while it is dead."`
	Advice    *string         `json:"advice" doc:"What can be done about it."`
	Error     *string         `json:"error" doc:"Why the last attempt failed."`
	Note      *string         `json:"note" doc:"What a person should know before it is retried."`
	Payload   json.RawMessage `json:"payload" doc:"Ids of what it is about."`
	Attempts  int             `json:"attempts"`
	RunAt     time.Time       `json:"run_at" doc:"When it is or was due."`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
}

func jobOf(j operator.Job) Job {
	return Job{
		ID: j.ID, Kind: j.Kind, State: j.State, Does: j.Does, Standing: j.Standing, Missing: some(j.Missing),
		Advice: some(j.Advice), Error: some(j.Error), Note: some(j.Note), Payload: j.Payload,
		Attempts: j.Attempts, RunAt: j.RunAt, CreatedAt: j.CreatedAt, UpdatedAt: j.UpdatedAt,
	}
}

type jobsInput struct {
	Paging
	State jobs.State `query:"state" enum:"queued,running,done,dead" doc:"Only those; all if left out."`
}

type jobsOutput struct {
	Body struct {
		Data       []Job   `json:"data"`
		NextCursor *string `json:"next_cursor"`
	}
}

func (a *api) jobs(ctx context.Context, in *jobsInput) (*jobsOutput, error) {
	list, next, err := a.Operators.Jobs(ctx, a.who(ctx), in.State, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &jobsOutput{}
	out.Body.Data, out.Body.NextCursor = each(list, jobOf), some(next)
	return out, nil
}

type jobOutput struct {
	Body struct {
		Job Job `json:"job"`
	}
}

func jobAnswer(j operator.Job, err error) (*jobOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &jobOutput{}
	out.Body.Job = jobOf(j)
	return out, nil
}

func (a *api) job(ctx context.Context, in *idInput) (*jobOutput, error) {
	return jobAnswer(a.Operators.Job(ctx, a.who(ctx), in.ID))
}

func (a *api) retryJob(ctx context.Context, in *idInput) (*jobOutput, error) {
	return jobAnswer(a.Operators.Retry(ctx, a.who(ctx), in.ID))
}

func (a *api) discardJob(ctx context.Context, in *idInput) (*Empty, error) {
	return nil, a.Operators.Discard(ctx, a.who(ctx), in.ID)
}

type retryInput struct {
	Body struct {
		Kind string `json:"kind,omitempty" maxLength:"64" doc:"Only jobs of this kind; all dead ones if left out."`
	}
}

type retryOutput struct {
	Body struct {
		Retried int `json:"retried"`
	}
}

func (a *api) retryJobs(ctx context.Context, in *retryInput) (*retryOutput, error) {
	n, err := a.Operators.RetryAll(ctx, a.who(ctx), in.Body.Kind)
	if err != nil {
		return nil, err
	}
	out := &retryOutput{}
	out.Body.Retried = n
	return out, nil
}
