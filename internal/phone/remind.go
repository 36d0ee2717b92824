package phone

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

// Given is a reminder that was given.
type Given struct {
	Task task.Task
	Text *Text // when it is texted
	Jobs []jobs.Job
}

// remind is the job that gives a task's reminder: by text if the user has a phone
// that may get it and an allowance left, else by mail. How is decided and stored
// once.
func (s *Service) remind(ctx context.Context, j jobs.Job) error {
	t, u, err := s.reminder(ctx, j)
	if err != nil || t.ID == "" {
		return err
	}
	now := s.now()
	if t.Status != task.Open || !t.RemindedAt.IsZero() || t.RemindAt.IsZero() || t.RemindAt.After(now) || !u.DisabledAt.IsZero() {
		// Done, given, moved to another time, which has a job of its own, or held back
		// until the account is enabled (held.go).
		return nil
	}
	given := Given{Task: t}
	from, to, err := s.route(ctx, u)
	if err != nil {
		return err
	}
	if to == "" {
		given.Jobs = []jobs.Job{s.remindMailJob(reminderOf(t))}
	} else {
		text := s.outbound(u.ID, from, to, KindText, Shorten(reminderText(t, now.In(u.Location())), s.baseURL+"/app"), reminderOf(t))
		given.Text, given.Jobs = &text, []jobs.Job{s.sendJob(text)}
	}
	if _, err := s.store.GiveReminder(ctx, given); err != nil {
		return fmt.Errorf("store the reminder: %w", err)
	}
	return nil
}

// reminder reads the task that a job is about, and whose it is; the zero task if
// it has been deleted.
func (s *Service) reminder(ctx context.Context, j jobs.Job) (task.Task, account.User, error) {
	p, err := jobs.Decode[task.RemindPayload](j)
	if err != nil {
		return task.Task{}, account.User{}, err
	}
	t, err := s.store.TaskToRemind(ctx, p.TaskID)
	if fault.Is(err, fault.NotFound) {
		return task.Task{}, account.User{}, nil
	}
	if err != nil {
		return task.Task{}, account.User{}, fmt.Errorf("read the task: %w", err)
	}
	u, err := s.users.User(ctx, t.UserID)
	if err != nil {
		return task.Task{}, account.User{}, fmt.Errorf("read the user: %w", err)
	}
	return t, u, nil
}

// route returns from which number to which of their phones a user is texted; ""
// if they are not.
func (s *Service) route(ctx context.Context, u account.User) (from, to string, err error) {
	phones, err := s.store.Phones(ctx, u.ID)
	if err != nil {
		return "", "", fmt.Errorf("read the user's phones: %w", err)
	}
	for _, p := range phones {
		if p.VerifiedAt.IsZero() {
			continue
		}
		out, err := s.store.OptedOut(ctx, p.Number)
		if err != nil {
			return "", "", fmt.Errorf("look up opt-outs: %w", err)
		}
		if !out {
			to = p.Number
			break
		}
	}
	if to == "" {
		return "", "", nil
	}
	switch err := s.usage.Gate(ctx, u, plan.SMSMessages); {
	case fault.Is(err, fault.Upgrade):
		return "", "", nil
	case err != nil:
		return "", "", fmt.Errorf("check the allowance: %w", err)
	}
	from, err = s.sender(ctx, u.ID, "")
	if isNoSender(err) {
		return "", "", nil
	}
	return from, to, err
}

// reminderOf names one reminder of a task: a task that is moved is reminded of
// again.
func reminderOf(t task.Task) string {
	return t.ID + "@" + strconv.FormatInt(t.RemindAt.UnixMilli(), 10)
}

// isReminder reports whether that is what s names.
func isReminder(s string) bool {
	return strings.HasPrefix(s, id.Task+"_") && strings.Contains(s, "@")
}

// remindMailJob makes the job that sends a reminder by mail, once.
func (s *Service) remindMailJob(reminder string) jobs.Job {
	taskID, _, _ := strings.Cut(reminder, "@")
	return jobs.New(kindRemindMail, task.RemindPayload{TaskID: taskID}, s.now(), jobs.Key("remind_mail:"+reminder))
}

func (s *Service) remindByMail(ctx context.Context, j jobs.Job) error {
	t, u, err := s.reminder(ctx, j)
	if err != nil || t.ID == "" || t.Status != task.Open || !u.DisabledAt.IsZero() {
		return err
	}
	return s.letters.Reminder(ctx, j.ID, u.Email, u.Name, t.Title, t.DueWords(s.now().In(u.Location())))
}

// reminderText is the reminder as a text.
func reminderText(t task.Task, now time.Time) string {
	if t.Due.IsZero() {
		return "Reminder: " + t.Title
	}
	return "Reminder: " + t.Title + " (" + t.DueWords(now) + ")"
}
