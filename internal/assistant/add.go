package assistant

import (
	"context"

	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/task"
	"xswarm.ai/server/internal/task/when"
	"xswarm.ai/server/internal/words"
)

// add puts something on the list. It promises no reminder: nobody asked for one.
func (t *turn) add(ctx context.Context, rest string) (Outcome, error) {
	if asked, ok := cutEnd(rest, "and remind me"); ok {
		return t.remind(ctx, asked)
	}
	for _, end := range []string{"to my to do list", "to my to-do list", "to my todo list", "to my list", "to the list", "to my tasks", "on my list"} {
		if before, ok := cutEnd(rest, end); ok {
			rest = before
			break
		}
	}
	read := when.Read(rest, t.now, t.now.Location())
	title := subject(read.Rest)
	if title == "" {
		return say(`What should I add? For example: "add buy milk", or "add call Mike tomorrow at 2pm".`)
	}
	open, err := t.Tasks.Open(ctx, t.user.ID)
	if err != nil {
		return Outcome{}, err
	}
	k, cut := t.task(title)
	if read.Found {
		k.Due, k.DueAllDay = read.At.UTC(), read.AllDay
	}
	if has, ok := titled(open, k.Title, func(o task.Task) bool { return o.Due.Equal(k.Due) }); ok {
		return say("That is on your list already: %s", t.line(has))
	}
	if len(open) >= task.MaxOpen {
		return full(len(open))
	}
	out := Outcome{AddTasks: []task.Task{k}}
	switch {
	case read.Repeats:
		out.Reply = "Added: " + brief(k.Title, 100) + ". It is there once and without a date, as I cannot repeat things yet."
	case read.Past:
		out.Reply = "Added: " + brief(k.Title, 100) + ". The time you gave has already passed, so it has no date."
	case read.Found:
		out.Reply = "Added: " + brief(k.Title, 100) + ", due " + t.moment(k.Due, k.DueAllDay) + "."
	default:
		out.Reply = "Added: " + brief(k.Title, 100)
	}
	out.Reply += kept(cut)
	return out, nil
}

// task makes a task of a title. cut is true if the title was too long.
func (t *turn) task(title string) (k task.Task, cut bool) {
	title, cut = limit(title, task.MaxTitle)
	return task.Task{
		ID: id.New(id.Task, t.now), UserID: t.user.ID, Title: title,
		Priority: task.DefaultPriority, Status: task.Open, Source: t.source,
		CreatedAt: t.now.UTC(), UpdatedAt: t.now.UTC(),
	}, cut
}

// titled returns the first open task with a title for which f holds.
func titled(open []task.Task, title string, f func(task.Task) bool) (task.Task, bool) {
	for _, k := range open {
		if words.Same(k.Title) == words.Same(title) && f(k) {
			return k, true
		}
	}
	return task.Task{}, false
}

// subject is what is to be done, of a text from which the time was taken:
// without the "to" or "about" that led to it.
func subject(text string) string {
	for _, lead := range []string{"to", "about", "of", "that", "for"} {
		if rest, ok := cut(text, lead); ok {
			text = rest
			break
		}
	}
	return meant(text)
}

func kept(cut bool) string {
	if cut {
		return " (That was long: I kept the beginning.)"
	}
	return ""
}

func full(n int) (Outcome, error) {
	return say("Your list is full: it has %d things. Finish or delete some first.", n)
}
