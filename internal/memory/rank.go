package memory

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"xswarm.ai/server/internal/words"
)

const (
	// partial is what a word counts that only begins alike: "birth" and "birthday".
	partial = 0.5
	// near is how well, of the best, a fact must match to be of interest beside it.
	near = 0.6
)

// Rank returns the facts that share words with a query, best first. A word counts
// the more the fewer of the facts have it; of equals the newer fact is first, for
// it may correct the older. What matches much less well than the best is left
// out.
func Rank(facts []Fact, query string) []Fact {
	type scored struct {
		Fact
		score float64
	}
	of := make([][]string, len(facts)) // the words of each fact
	seen := map[string]int{}           // how many facts have a word
	for i, f := range facts {
		of[i] = words.Stems(f.Text)
		slices.Sort(of[i])
		of[i] = slices.Compact(of[i])
		for _, w := range of[i] {
			seen[w]++
		}
	}
	asked := words.Stems(query)
	slices.Sort(asked)
	asked = slices.Compact(asked)
	list, best := make([]scored, 0, len(facts)), 0.0
	for i, f := range facts {
		s := scored{Fact: f}
		for _, w := range asked {
			if share, as := match(of[i], w); share > 0 {
				s.score += share * math.Log(1+float64(len(facts))/float64(seen[as]))
			}
		}
		if s.score > 0 {
			list, best = append(list, s), max(best, s.score)
		}
	}
	list = slices.DeleteFunc(list, func(s scored) bool { return s.score < near*best })
	slices.SortStableFunc(list, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	ranked := make([]Fact, len(list))
	for i, s := range list {
		ranked[i] = s.Fact
	}
	return ranked
}

// match says how much a word counts against the words of a fact, and which of
// them it matched.
func match(fact []string, w string) (share float64, as string) {
	if _, ok := slices.BinarySearch(fact, w); ok {
		return 1, w
	}
	for _, f := range fact {
		short, long := f, w
		if len(short) > len(long) {
			short, long = long, short
		}
		if len(short) >= 4 && strings.HasPrefix(long, short) {
			return partial, f
		}
	}
	return 0, ""
}

// Match returns the facts that a person may mean by what they wrote: those of
// just these words, or else those that have all of them.
func Match(facts []Fact, said string) []Fact {
	same := words.Same(said)
	if same == "" {
		return nil
	}
	var exact, within []Fact
	want := words.Stems(said)
	for _, f := range facts {
		if words.Same(f.Text) == same {
			exact = append(exact, f)
		}
		has := words.Stems(f.Text)
		if !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(has, w) }) {
			within = append(within, f)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return within
}
