package task

import (
	"slices"

	"xswarm.ai/server/internal/words"
)

// Match returns the tasks that a person may mean by what they wrote, in the order
// of the list. That is, of the following, the first that is any: those with just
// this title; those whose title has all of its words; those all of whose words it
// has, of which the one with most. Numbers are words like others here.
func Match(list []Task, said string) []Task {
	same := words.Same(said)
	if same == "" {
		return nil
	}
	exact := keep(list, func(t Task) bool { return words.Same(t.Title) == same })
	if len(exact) > 0 {
		return exact
	}
	want := words.Stems(said)
	within := keep(list, func(t Task) bool { return contains(words.Stems(t.Title), want) })
	if len(within) > 0 {
		return within
	}
	most := 0
	about := keep(list, func(t Task) bool {
		title := words.Stems(t.Title)
		if len(title) == 0 || !contains(want, title) {
			return false
		}
		most = max(most, len(title))
		return true
	})
	return keep(about, func(t Task) bool { return len(words.Stems(t.Title)) == most })
}

func keep(list []Task, f func(Task) bool) (kept []Task) {
	for _, t := range list {
		if f(t) {
			kept = append(kept, t)
		}
	}
	return kept
}

// contains reports whether all of the words are in list.
func contains(list, words []string) bool {
	for _, w := range words {
		if !slices.Contains(list, w) {
			return false
		}
	}
	return true
}
