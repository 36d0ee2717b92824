package assistant

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"xswarm.ai/server/internal/task"
)

// maxReply is how long a list may become, in bytes: what fits into three texts.
const maxReply = 420

// listed is the many ways of asking for the list, or for one day of it.
func (t *turn) listed(ctx context.Context, said string) (Outcome, bool, error) {
	for _, day := range []struct {
		name string
		add  int
	}{{"today", 0}, {"tomorrow", 1}} {
		before, ok := cutEnd(said, "for "+day.name)
		if !ok {
			before, ok = cutEnd(said, day.name)
		}
		if !ok || !asksForList(before, true) {
			continue
		}
		out, err := t.show(ctx, "Due "+day.name+":", func(k task.Task) bool {
			n := task.Days(t.now, k.Due.In(t.now.Location()))
			return !k.Due.IsZero() && (n == day.add || n < day.add && day.add == 0)
		})
		return out, true, err
	}
	if !asksForList(said, false) {
		return Outcome{}, false, nil
	}
	out, err := t.show(ctx, "Your list:", func(task.Task) bool { return true })
	return out, true, err
}

// asksForList reports whether a text asks for the list. Some do only with a day.
func asksForList(said string, day bool) bool {
	said = bare(said)
	for _, verb := range []string{"show me", "show", "read me", "give me", "tell me", "list", "view", "see"} {
		if rest, ok := cut(said, verb); ok && rest != "" {
			said = rest
			break
		}
	}
	for _, what := range []string{"whats on", "what is on", "whats in", "what are", "whats", "what is"} {
		if rest, ok := cut(said, what); ok && rest != "" {
			said = rest
			break
		}
	}
	for _, of := range []string{"all my", "all of my", "my", "the", "all"} {
		if rest, ok := cut(said, of); ok && rest != "" {
			said = rest
			break
		}
	}
	names := []string{"list", "tasks", "task list", "todo list", "to do list", "to-do list", "todos", "to dos", "to-dos", "reminders", "things to do",
		"what do i have to do", "what do i need to do", "what should i do", "what must i do", "what have i got to do", "what do i have on", "next", "due", "left to do", "still to do", "open", "everything"}
	if day {
		names = append(names, "what do i have", "what have i got", "what is there to do", "on", "up", "agenda", "plan", "schedule", "day")
	}
	return slices.ContainsFunc(names, func(name string) bool {
		rest, ok := cut(said, name)
		return ok && rest == ""
	})
}

// show lists the open tasks that are wanted, under the numbers that they have on
// the whole list.
func (t *turn) show(ctx context.Context, head string, wanted func(task.Task) bool) (Outcome, error) {
	open, err := t.Tasks.Open(ctx, t.user.ID)
	if err != nil {
		return Outcome{}, err
	}
	if len(open) == 0 {
		return say(`Your list is empty. To put something on it, say for example "add buy milk".`)
	}
	var lines []string
	for i, k := range open {
		if wanted(k) {
			lines = append(lines, fmt.Sprintf("%d. %s", i+1, t.line(k)))
		}
	}
	if len(lines) == 0 {
		return say(`Nothing. On your whole list: %d. Say "list" to see it.`, len(open))
	}
	return Outcome{Reply: enumerate(head, lines)}, nil
}

// line is a task on one line.
func (t *turn) line(k task.Task) string {
	line := brief(k.Title, 50)
	if due := t.short(k); due != "" {
		line += " (" + due + ")"
	}
	return line
}

// enumerate puts lines under a head, as many as there is room for.
func enumerate(head string, lines []string) string {
	var b strings.Builder
	b.WriteString(head)
	for i, line := range lines {
		if left := len(lines) - i; i > 0 && b.Len()+len(line) > maxReply {
			fmt.Fprintf(&b, "\nand %d more", left)
			break
		}
		b.WriteString("\n" + line)
	}
	return b.String()
}
