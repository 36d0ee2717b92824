package assistant

import (
	"context"
	"strings"
	"time"

	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/task"
	"xswarm.ai/server/internal/task/when"
)

// The hours at which somebody is reminded of a day: of today the later one if the
// first has passed.
const (
	dayHour   = 9
	laterHour = 18
	// soon is when there is no such hour left.
	soon = 15 * time.Minute
)

// remind promises a reminder: the task, its time and the job that keeps the
// promise are stored together. Without a time the task is put on the list and the
// answer asks when.
func (t *turn) remind(ctx context.Context, rest string) (Outcome, error) {
	read := when.Read(rest, t.now, t.now.Location())
	title := subject(read.Rest)
	if !read.Found && !read.Past {
		title = subject(afterCondition(read.Rest))
	}
	switch {
	case read.Repeats:
		return say(`I set one reminder at a time and cannot repeat them yet, so I have set none. Give me one day and hour, for example: "remind me tomorrow at 9am to water the plants".`)
	case title == "" && read.Found:
		return t.schedule(ctx, read)
	case title == "":
		return say(`What should I remind you of, and when? For example: "remind me to call Mike tomorrow at 2pm".`)
	case read.Found && read.AllDay && read.Notice.Time > 0:
		return say(`At what hour is that? Say it with the hour, for example: "remind me 30 minutes before the meeting tomorrow at 3pm".`)
	}
	open, err := t.Tasks.Open(ctx, t.user.ID)
	if err != nil {
		return Outcome{}, err
	}
	k, cut := t.task(title)
	// What is on the list without a date is what is meant, not a second one.
	has, known := titled(open, k.Title, func(o task.Task) bool { return o.Due.IsZero() && o.RemindedAt.IsZero() })
	if known {
		k = has
	} else if len(open) >= task.MaxOpen {
		return full(len(open))
	}
	if !read.Found {
		return t.askWhen(k, known, read.Past, cut)
	}
	t.promise(&k, read)
	if has, ok := titled(open, k.Title, func(o task.Task) bool { return o.RemindAt.Equal(k.RemindAt) }); ok {
		return Outcome{Reply: t.promised(has)}, nil
	}
	out := Outcome{Reply: t.promised(k) + kept(cut), Jobs: []jobs.Job{task.RemindJob(k, t.now)}}
	if known {
		out.RescheduleTasks = []task.Task{k}
	} else {
		out.AddTasks = []task.Task{k}
	}
	return out, nil
}

// afterCondition leaves out a beginning that says when in words that are not
// understood: "when I get home to feed the dog" is about feeding the dog.
func afterCondition(text string) string {
	for _, lead := range []string{"when", "at", "in", "on", "after", "before", "by", "once", "as soon as", "until", "next", "soon", "later", "sometime"} {
		if _, ok := cut(text, lead); ok {
			if i := strings.Index(text, " to "); i >= 0 {
				return text[i+1:]
			}
		}
	}
	return text
}

// askWhen puts k on the list without a reminder, and says so.
func (t *turn) askWhen(k task.Task, known, past, cut bool) (Outcome, error) {
	why := "When should I remind you?"
	if past {
		why = "That time has already passed. When should I remind you?"
	}
	out := Outcome{Reply: why + ` Say for example "tomorrow at 9am". Until then it is on your list without a reminder: ` + brief(k.Title, 100) + kept(cut)}
	if !known {
		out.AddTasks = []task.Task{k}
	}
	return out, nil
}

// promise gives k its due date and its reminder, which always lies ahead.
func (t *turn) promise(k *task.Task, read when.Reading) {
	k.Due, k.DueAllDay = read.At.UTC(), read.AllDay
	k.RemindAt = k.Due
	if read.AllDay {
		y, m, d := read.At.Date()
		for _, hour := range []int{dayHour, laterHour} {
			if k.RemindAt = time.Date(y, m, d, hour, 0, 0, 0, t.now.Location()); k.RemindAt.After(t.now) {
				break
			}
		}
		if !k.RemindAt.After(t.now) {
			k.RemindAt = t.now.Add(soon)
		}
	}
	if early := read.Notice.Before(k.RemindAt.In(t.now.Location())); early.After(t.now) {
		k.RemindAt = early
	}
	k.RemindAt = k.RemindAt.UTC().Truncate(time.Millisecond)
}

// promised says what was promised.
func (t *turn) promised(k task.Task) string {
	reply := "I'll remind you " + t.moment(k.RemindAt, false) + ": " + brief(k.Title, 100)
	if !k.DueAllDay && !k.Due.Equal(k.RemindAt) {
		reply += " (at " + k.Due.In(t.now.Location()).Format("3:04 PM") + ")"
	}
	return reply
}

// mind is "don't forget to …": a reminder if there is a time, else a task.
func (t *turn) mind(ctx context.Context, rest string) (Outcome, error) {
	if read := when.Read(rest, t.now, t.now.Location()); read.Found {
		return t.remind(ctx, rest)
	}
	return t.add(ctx, rest)
}

// snooze moves the reminder that was given last.
func (t *turn) snooze(ctx context.Context, rest string) (Outcome, error) {
	read := when.Read(rest, t.now, t.now.Location())
	if !read.Found {
		span, ok := cut(rest, "for")
		if !ok {
			span = rest
		}
		if further := when.Read("in "+span, t.now, t.now.Location()); further.Found {
			read = further
		}
	}
	if !read.Found {
		return say(`For how long? Say for example "snooze 20 minutes", or "tomorrow at 9am".`)
	}
	if title := subject(read.Rest); title != "" {
		return t.remind(ctx, rest)
	}
	return t.schedule(ctx, read)
}

// timed is a text that only names a time: what an answer that asks for one wants
// to hear, or where a reminder just given should go.
func (t *turn) timed(ctx context.Context, said string) (Outcome, bool, error) {
	read := when.Read(said, t.now, t.now.Location())
	switch {
	case subject(read.Rest) != "":
		return Outcome{}, false, nil
	case read.Past:
		out, err := say("That time has already passed. Give me one that lies ahead.")
		return out, true, err
	case !read.Found:
		return Outcome{}, false, nil
	}
	out, err := t.schedule(ctx, read)
	return out, true, err
}

// recent is how long what was said or reminded of last is what "in 20 minutes" is
// about.
const recent = 2 * time.Hour

// schedule gives the thing that was talked about last the time in read.
func (t *turn) schedule(ctx context.Context, read when.Reading) (Outcome, error) {
	open, err := t.Tasks.Open(ctx, t.user.ID)
	if err != nil {
		return Outcome{}, err
	}
	var last task.Task
	var at time.Time
	for _, k := range open {
		talked := k.RemindedAt
		if talked.IsZero() && k.Due.IsZero() {
			talked = k.CreatedAt
		}
		if t.now.Sub(talked) <= recent && talked.After(at) {
			last, at = k, talked
		}
	}
	if last.ID == "" {
		return say(`What should I remind you of %s? For example: "remind me tomorrow at 9am to call Mike".`, t.moment(read.At, read.AllDay))
	}
	if last.RemindedAt.IsZero() {
		t.promise(&last, read)
		return Outcome{Reply: t.promised(last), RescheduleTasks: []task.Task{last}, Jobs: []jobs.Job{task.RemindJob(last, t.now)}}, nil
	}
	// A reminder is given once: what is to be said again is a task of its own.
	k, _ := t.task(last.Title)
	k.Priority, k.Recurring = last.Priority, last.Recurring
	t.promise(&k, read)
	return Outcome{
		Reply: t.promised(k), AddTasks: []task.Task{k}, CancelTasks: []string{last.ID},
		Jobs: []jobs.Job{task.RemindJob(k, t.now)},
	}, nil
}
