package assistant

import (
	"context"
	"strings"

	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/memory"
	"xswarm.ai/server/internal/task"
	"xswarm.ai/server/internal/words"
)

// remember keeps a fact in the person's own words.
func (t *turn) remember(ctx context.Context, rest string) (Outcome, error) {
	if strings.HasSuffix(rest, "?") {
		return t.recall(ctx, rest)
	}
	if that, ok := cut(rest, "that"); ok {
		rest = that
	}
	text := meant(rest)
	if text == "" {
		return say(`What should I remember? For example: "remember that Anna's birthday is May 3".`)
	}
	text, cut := limit(text, memory.MaxFact)
	facts, err := t.Facts.All(ctx, t.user.ID)
	if err != nil {
		return Outcome{}, err
	}
	for _, f := range facts {
		if words.Same(f.Text) == words.Same(text) && words.Same(text) != "" {
			return say("I know that already: %s", brief(f.Text, 200))
		}
	}
	f := memory.Fact{
		ID: id.New(id.Fact, t.now), UserID: t.user.ID, Text: text, Confidence: 1, Category: "general",
		Source: t.source, CreatedAt: t.now.UTC(), UpdatedAt: t.now.UTC(),
	}
	return Outcome{Reply: "I'll remember: " + brief(text, 200) + kept(cut), AddFacts: []memory.Fact{f}}, nil
}

// asked is a question: what was told may hold the answer.
func (t *turn) asked(ctx context.Context, said string) (Outcome, bool, error) {
	question := strings.HasSuffix(said, "?")
	for _, word := range []string{"what", "whats", "when", "whens", "where", "wheres", "who", "whos", "whose", "which", "how", "why", "is", "are", "does", "did", "tell me"} {
		if rest, ok := cut(said, word); ok && rest != "" {
			question = true
			break
		}
	}
	if !question {
		return Outcome{}, false, nil
	}
	out, err := t.recall(ctx, said)
	return out, true, err
}

// told is how many facts an answer holds at most.
const told = 4

// recall says what is known about something, and what is to be done about it.
func (t *turn) recall(ctx context.Context, rest string) (Outcome, error) {
	query := unquoted(bare(rest))
	facts, err := t.Facts.All(ctx, t.user.ID)
	if err != nil {
		return Outcome{}, err
	}
	if about := words.Same(query); about == "" || about == "me" || about == "about me" {
		return t.everything(facts)
	}
	open, err := t.Tasks.Open(ctx, t.user.ID)
	if err != nil {
		return Outcome{}, err
	}
	var lines []string
	for _, f := range memory.Rank(facts, query) {
		if len(lines) == told {
			break
		}
		lines = append(lines, brief(f.Text, 200))
	}
	tasks := task.Match(open, strings.Join(words.Stems(query), " "))
	switch {
	case len(lines) == 0 && len(tasks) == 0:
		return say(`I do not know that. I remember what you tell me, for example: "remember that Anna's birthday is May 3".`)
	case len(lines) == 0:
		return say("On your list: %s", t.line(tasks[0]))
	case len(lines) == 1 && len(tasks) == 0:
		return say("You told me: %s", lines[0])
	case len(tasks) > 0:
		lines = append(lines, "On your list: "+t.line(tasks[0]))
	}
	return Outcome{Reply: enumerate("You told me:", dashed(lines))}, nil
}

// everything says what is known, newest first.
func (t *turn) everything(facts []memory.Fact) (Outcome, error) {
	if len(facts) == 0 {
		return say(`Nothing yet. Tell me, for example: "remember that Anna's birthday is May 3".`)
	}
	return Outcome{Reply: enumerate("You told me:", dashed(texts(facts)))}, nil
}

// forget deletes the one fact that is meant.
func (t *turn) forget(ctx context.Context, rest string) (Outcome, error) {
	return t.forgetSome(ctx, rest, false)
}

// forgetAll deletes every fact about something.
func (t *turn) forgetAll(ctx context.Context, rest string) (Outcome, error) {
	return t.forgetSome(ctx, rest, true)
}

func (t *turn) forgetSome(ctx context.Context, rest string, all bool) (Outcome, error) {
	said := unquoted(bare(rest))
	if said == "" {
		return say(`What should I forget? For example: "forget about the garage code".`)
	}
	facts, err := t.Facts.All(ctx, t.user.ID)
	if err != nil {
		return Outcome{}, err
	}
	found := memory.Match(facts, said)
	switch {
	case len(found) == 0:
		return say(`I know nothing about "%s", so there is nothing to forget.`, brief(said, 60))
	case len(found) > 1 && !all:
		return Outcome{Reply: enumerate(`Which one? Say "forget" with more of its words.`, dashed(texts(found)))}, nil
	}
	out := Outcome{Reply: enumerate("Forgotten:", dashed(texts(found)))}
	if len(found) == 1 {
		out.Reply = "Forgotten: " + brief(found[0].Text, 200)
	}
	for _, f := range found {
		out.ForgetFacts = append(out.ForgetFacts, f.ID)
	}
	return out, nil
}

// forgetNothing answers what must not happen by a slip.
func (t *turn) forgetNothing(context.Context, string) (Outcome, error) {
	return say(`I forget one thing at a time, for example: "forget about the garage code". Nothing was changed.`)
}

func texts(facts []memory.Fact) []string {
	list := make([]string, len(facts))
	for i, f := range facts {
		list[i] = brief(f.Text, 100)
	}
	return list
}

func dashed(lines []string) []string {
	list := make([]string, len(lines))
	for i, line := range lines {
		list[i] = "- " + line
	}
	return list
}
