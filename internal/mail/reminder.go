package mail

import "context"

// Reminder reminds somebody of a task. Due says when, in the person's own zone
// and in words.
func (l *Letters) Reminder(ctx context.Context, id, to, name, title, due string) error {
	title = oneLine(title, maxTitle)
	x := letter{
		kind:    "reminder",
		subject: "Reminder: " + title,
		lead:    "You asked to be reminded of this.",
		quote:   title,
		button:  link{"See your tasks", l.at("/app") + "#tasks"},
	}
	if due = oneLine(due, maxTitle); due != "" {
		x.detail = "Due: " + due
	}
	return l.post(ctx, id, to, name, x)
}
