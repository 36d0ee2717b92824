package store

import (
	"context"
	"time"

	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/store/db"
	"xswarm.ai/server/internal/task"
)

// TaskToRemind is described by phone.Store.
func (s *Store) TaskToRemind(ctx context.Context, taskID string) (task.Task, error) {
	row, err := s.read().TaskToRemind(ctx, taskID)
	if err != nil {
		return task.Task{}, found(err, "read task")
	}
	return taskOf(row), nil
}

// HeldReminders is described by phone.Store.
func (s *Store) HeldReminders(ctx context.Context, userID string, since, until time.Time) ([]task.Task, error) {
	from, to := millis(since), millis(until)
	rows, err := s.read().HeldReminders(ctx, db.HeldRemindersParams{UserID: userID, Since: &from, Until: &to})
	return tasksOf(rows), failed("select held reminders", err)
}

// GiveReminder is described by phone.Store.
func (s *Store) GiveReminder(ctx context.Context, r phone.Given) (bool, error) {
	return unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.GiveReminder(ctx, db.GiveReminderParams{Now: &b.now, ID: r.Task.ID, UserID: r.Task.UserID})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.insertOutbound(ctx, r.Text); err != nil {
			return err
		}
		return b.enqueue(ctx, r.Jobs...)
	}))
}
