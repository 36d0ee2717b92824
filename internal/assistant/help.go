package assistant

import (
	"context"
	"strings"

	"xswarm.ai/server/internal/task/when"
)

// helpText is what the assistant can do, in two texts.
const helpText = `You can say:
- remind me to call Mike tomorrow at 2pm
- add buy milk
- what's on my list?
- done 2, or: done buy milk
- delete 2
- remember that Anna's birthday is May 3
- when is Anna's birthday?
- forget about Anna's birthday
- usage`

func (t *turn) help(context.Context, string) (Outcome, error) { return say(helpText) }

func (t *turn) greet(context.Context, string) (Outcome, error) {
	hello := "Hello!"
	if name := clean(t.user.Name); name != "" {
		hello = "Hello " + brief(name, 40) + "!"
	}
	return say(`%s I keep your list, remind you, and remember what you tell me. Say for example "remind me to call Mike tomorrow at 2pm", or "help".`, hello)
}

func (t *turn) welcome(context.Context, string) (Outcome, error) { return say("You're welcome.") }

func (t *turn) nothing(context.Context, string) (Outcome, error) {
	return say("All right. Nothing was changed.")
}

// placed is "put … on my list", "take … off my list".
func (t *turn) placed(ctx context.Context, said string) (Outcome, bool, error) {
	if rest, ok := cut(said, "put"); ok {
		if what, ok := cutEnd(rest, "on my list"); ok {
			out, err := t.add(ctx, what)
			return out, true, err
		}
	}
	for _, verb := range []string{"take", "cross", "strike"} {
		if rest, ok := cut(said, verb); ok {
			if what, ok := cutEnd(rest, "off my list"); ok {
				out, err := t.cancel(ctx, what)
				return out, true, err
			}
		}
	}
	return Outcome{}, false, nil
}

// lost answers what was not understood, with the words that would have been.
func (t *turn) lost(said string) (Outcome, error) {
	const short = 80
	kept, long := limit(bare(said), short)
	if kept == "" || long {
		return say(`Sorry, I did not get that. I keep your list, remind you, and remember what you tell me. Say "help" for examples.`)
	}
	const not = "Sorry, I did not get that. "
	const more = ` For all that I can do, say "help".`
	switch _, mine := cut(said, "my"); {
	case when.Read(said, t.now, t.now.Location()).Found:
		return say(not+`If I should remind you, say "remind me: %s".`+more, kept)
	case mine || strings.Contains(kept, " is ") || strings.Contains(kept, " are "):
		return say(not+`If I should remember it, say "remember that %s".`+more, kept)
	case strings.Contains(kept, " "):
		return say(not+`To put it on your list, say "add %s".`+more, kept)
	}
	return say(not + "For all that I can do, say \"help\".")
}
