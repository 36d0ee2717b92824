package store

import (
	"context"
	"fmt"

	"xswarm.ai/server/internal/store/db"
	"xswarm.ai/server/internal/task"
)

var _ task.Store = (*Store)(nil)

// OpenTasks is described by task.Store.
func (s *Store) OpenTasks(ctx context.Context, userID string, limit int) ([]task.Task, error) {
	rows, err := s.read().OpenTasks(ctx, db.OpenTasksParams{UserID: userID, Limit: int64(limit)})
	if err != nil {
		return nil, fmt.Errorf("select open tasks: %w", err)
	}
	return tasksOf(rows), nil
}

// ListTasks is described by task.Store.
func (s *Store) ListTasks(ctx context.Context, userID string, status task.Status, after task.Place, limit int) ([]task.Task, error) {
	rows, err := s.read().ListTasks(ctx, db.ListTasksParams{
		UserID: userID, Status: string(status), AfterDue: after.Due, AfterID: after.ID, Most: int64(limit),
	})
	if err != nil {
		return nil, fmt.Errorf("select tasks: %w", err)
	}
	return tasksOf(rows), nil
}

// addTask stores a task of the user's, whoever it says it is of.
func (b *batch) addTask(ctx context.Context, userID string, t task.Task) error {
	return b.InsertTask(ctx, db.InsertTaskParams{
		ID: t.ID, UserID: userID, Title: t.Title, DueDate: optMillis(t.Due), DueAllDay: flag(t.DueAllDay),
		Priority: int64(t.Priority), Status: string(t.Status), Recurring: opt(t.Recurring),
		RemindAt: optMillis(t.RemindAt), Source: t.Source, CreatedAt: millis(t.CreatedAt), UpdatedAt: b.now,
	})
}

// completeTask closes a task of the user's as done. One that is not open, or not
// theirs, stays as it is.
func (b *batch) completeTask(ctx context.Context, userID, taskID string) error {
	return b.CloseTask(ctx, db.CloseTaskParams{
		ID: taskID, UserID: userID, Status: string(task.Done), CompletedAt: &b.now, Now: b.now,
	})
}

// cancelTask closes a task of the user's that nobody wants done any more.
func (b *batch) cancelTask(ctx context.Context, userID, taskID string) error {
	return b.CloseTask(ctx, db.CloseTaskParams{
		ID: taskID, UserID: userID, Status: string(task.Cancelled), Now: b.now,
	})
}

// rescheduleTask gives an open task of the user's another time.
func (b *batch) rescheduleTask(ctx context.Context, userID string, t task.Task) error {
	return b.RescheduleTask(ctx, db.RescheduleTaskParams{
		ID: t.ID, UserID: userID, Now: b.now,
		DueDate: optMillis(t.Due), DueAllDay: flag(t.DueAllDay), RemindAt: optMillis(t.RemindAt),
	})
}

func tasksOf(rows []db.Task) []task.Task {
	list := make([]task.Task, len(rows))
	for i, r := range rows {
		list[i] = taskOf(r)
	}
	return list
}

func taskOf(r db.Task) task.Task {
	return task.Task{
		ID: r.ID, UserID: r.UserID, Title: r.Title, Due: optAt(r.DueDate), DueAllDay: r.DueAllDay == 1,
		Priority: int(r.Priority), Status: task.Status(r.Status), Recurring: str(r.Recurring),
		RemindAt: optAt(r.RemindAt), RemindedAt: optAt(r.RemindedAt), CompletedAt: optAt(r.CompletedAt),
		Source: r.Source, CreatedAt: at(r.CreatedAt), UpdatedAt: at(r.UpdatedAt),
	}
}
