package memory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/memory"
)

// Whatever is asked, the answer is some of the facts, each at most once, and a fact's
// own words find it.
func FuzzRecallGivesFactsAndNothingElse(f *testing.F) {
	f.Add("Anna's birthday is May 3\nthe gate code is 4711", "when is Anna's birthday?")
	f.Add("a\nA\nthe the the", "the")
	f.Add("éé\u0301\n\xff\xfe\n’’", "’")
	f.Add(strings.Repeat("w ", 200), "w")
	f.Fuzz(func(t *testing.T, told, asked string) {
		facts := map[string]memory.Fact{}
		var list []memory.Fact
		for i, text := range strings.Split(told, "\n") {
			fact := memory.Fact{ID: fmt.Sprint(i), Text: text, CreatedAt: time.Unix(int64(i), 0)}
			facts[fact.ID], list = fact, append(list, fact)
		}
		for name, got := range map[string][]memory.Fact{"Rank": memory.Rank(list, asked), "Match": memory.Match(list, asked)} {
			seen := map[string]bool{}
			for _, g := range got {
				if facts[g.ID] != g || seen[g.ID] {
					t.Fatalf("%s(%q) gives %+v, twice or not what was told", name, asked, g)
				}
				seen[g.ID] = true
			}
		}
		for _, fact := range list {
			found := memory.Rank(list, fact.Text)
			if len(found) == 0 && len(memory.Match(list, fact.Text)) > 0 {
				t.Fatalf("%q does not find itself", fact.Text)
			}
		}
	})
}
