package api

import (
	"context"
	"time"

	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/task"
)

// Paging is how a list is asked for, page by page.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

// each makes the API's form of a list; an empty one is [], never null.
func each[T, U any](list []T, f func(T) U) []U {
	out := make([]U, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// some is null for "".
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Task is one to-do.
type Task struct {
	ID          string      `json:"id"`
	Title       string      `json:"title"`
	DueDate     *time.Time  `json:"due_date"`
	DueAllDay   bool        `json:"due_all_day" doc:"The day counts, not the hour."`
	Priority    int         `json:"priority" minimum:"1" maximum:"5" doc:"1 is urgent."`
	Status      task.Status `json:"status" enum:"open,done,cancelled"`
	Recurring   *string     `json:"recurring" doc:"An RRULE."`
	RemindAt    *time.Time  `json:"remind_at"`
	RemindedAt  *time.Time  `json:"reminded_at"`
	CompletedAt *time.Time  `json:"completed_at"`
	CreatedAt   time.Time   `json:"created_at"`
	UpdatedAt   time.Time   `json:"updated_at"`
}

type tasksInput struct {
	Paging
	Status task.Status `query:"status" enum:"open,done,cancelled" doc:"Only those; all if left out."`
}

type tasksOutput struct {
	Body struct {
		Data       []Task  `json:"data"`
		NextCursor *string `json:"next_cursor"`
	}
}

func (a *api) tasks(ctx context.Context, in *tasksInput) (*tasksOutput, error) {
	list, next, err := a.Tasks.List(ctx, user(ctx).ID, in.Status, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &tasksOutput{}
	out.Body.NextCursor = some(next)
	out.Body.Data = each(list, func(t task.Task) Task {
		return Task{
			ID: t.ID, Title: t.Title, DueDate: optional(t.Due), DueAllDay: t.DueAllDay, Priority: t.Priority,
			Status: t.Status, Recurring: some(t.Recurring), RemindAt: optional(t.RemindAt),
			RemindedAt: optional(t.RemindedAt), CompletedAt: optional(t.CompletedAt),
			CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
		}
	})
	return out, nil
}

// Fact is one thing that the assistant remembers.
type Fact struct {
	ID         string    `json:"id"`
	Text       string    `json:"fact_text"`
	Confidence float64   `json:"confidence" minimum:"0" maximum:"1"`
	Category   string    `json:"category"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

type factsOutput struct {
	Body struct {
		Data       []Fact  `json:"data"`
		NextCursor *string `json:"next_cursor"`
	}
}

func (a *api) facts(ctx context.Context, in *Paging) (*factsOutput, error) {
	list, next, err := a.Facts.List(ctx, user(ctx).ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &factsOutput{}
	out.Body.NextCursor = some(next)
	out.Body.Data = each(list, func(f memory.Fact) Fact {
		return Fact{
			ID: f.ID, Text: f.Text, Confidence: f.Confidence, Category: f.Category,
			CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt,
		}
	})
	return out, nil
}
