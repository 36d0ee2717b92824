package assistant

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"xswarm.ai/server/internal/task"
)

// complete ticks a task off.
func (t *turn) complete(ctx context.Context, rest string) (Outcome, error) {
	open, k, out, err := t.pick(ctx, rest, "done")
	if k.ID == "" || err != nil {
		return out, err
	}
	reply := "Done: " + brief(k.Title, 100) + ". "
	switch left := len(open) - 1; left {
	case 0:
		reply += "That was the last thing on your list."
	default:
		reply += fmt.Sprintf("%d left on your list.", left)
	}
	return Outcome{Reply: reply, CompleteTasks: []string{k.ID}}, nil
}

// finished is "mark … as done" and "… is done".
func (t *turn) finished(ctx context.Context, said string) (Outcome, bool, error) {
	if strings.HasSuffix(said, "?") {
		return Outcome{}, false, nil
	}
	if rest, ok := cut(said, "mark"); ok {
		said = rest
	}
	for _, end := range []string{"as done", "as complete", "as completed", "as finished", "is done", "is finished", "is complete", "are done", "done"} {
		if rest, ok := cutEnd(said, end); ok {
			out, err := t.complete(ctx, rest)
			return out, true, err
		}
	}
	return Outcome{}, false, nil
}

// cancel takes a task off the list undone, and its reminder with it.
func (t *turn) cancel(ctx context.Context, rest string) (Outcome, error) {
	_, k, out, err := t.pick(ctx, rest, "delete")
	if k.ID == "" || err != nil {
		return out, err
	}
	return Outcome{Reply: "Taken off your list: " + brief(k.Title, 100), CancelTasks: []string{k.ID}}, nil
}

// pick finds the one task that is meant: by its number on the list if nothing but
// a number was said, else by its words. If that is not one task, out says so.
func (t *turn) pick(ctx context.Context, rest, verb string) (open []task.Task, k task.Task, out Outcome, err error) {
	if open, err = t.Tasks.Open(ctx, t.user.ID); err != nil {
		return nil, k, out, err
	}
	said := object(rest)
	if len(open) == 0 {
		out, err = say("Your list is empty: there is nothing on it to pick.")
		return open, k, out, err
	}
	if n, ok := listNumber(said); ok {
		if n < 1 || n > len(open) {
			out, err = say(`There is no number %d: your list has %d. Say "list" to see it.`, n, len(open))
			return open, k, out, err
		}
		return open, open[n-1], out, nil
	}
	found := task.Match(open, said)
	if said == "" {
		found = t.latest(open)
	}
	switch {
	case len(found) == 1:
		return open, found[0], out, nil
	case len(found) == 0 && said != "":
		out, err = say(`I cannot find "%s" on your list. Say "list" to see it.`, brief(said, 60))
		return open, k, out, err
	}
	if len(found) == 0 {
		found = open
	}
	var lines []string
	number := 0
	for i, o := range open {
		if slices.ContainsFunc(found, func(f task.Task) bool { return f.ID == o.ID }) {
			lines = append(lines, fmt.Sprintf("%d. %s", i+1, t.line(o)))
			number = i + 1
		}
	}
	head := fmt.Sprintf("Which one? Say for example \"%s %d\".", verb, number)
	return open, k, Outcome{Reply: enumerate(head, lines)}, nil
}

// latest is what "done" alone is about: what the person was reminded of last,
// today or yesterday, or the only thing on the list.
func (t *turn) latest(open []task.Task) []task.Task {
	if len(open) == 1 {
		return open
	}
	var last task.Task
	for _, k := range open {
		if k.RemindedAt.After(last.RemindedAt) && t.now.Sub(k.RemindedAt) < 24*time.Hour {
			last = k
		}
	}
	if last.ID == "" {
		return nil
	}
	return []task.Task{last}
}

// object is the name of a task in what was said about it: without "the task",
// "from my list" and quotes.
func object(rest string) string {
	for _, end := range []string{"from my list", "off my list", "from the list", "off the list", "on my list", "from my tasks"} {
		if before, ok := cutEnd(rest, end); ok {
			rest = before
		}
	}
	for _, lead := range []string{"the reminder to", "the reminder about", "my reminder to", "my reminder about", "reminder to", "reminder about", "reminder", "the task", "task", "number", "no."} {
		if after, ok := cut(rest, lead); ok && after != "" {
			rest = after
			break
		}
	}
	return unquoted(bare(strings.TrimSpace(rest)))
}

// listNumber reads a number that is all that was said.
func listNumber(said string) (int, bool) {
	said = strings.TrimSpace(strings.TrimPrefix(said, "#"))
	if said == "" || len(said) > 6 || strings.Trim(said, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(said)
	return n, err == nil
}
