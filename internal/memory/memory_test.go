package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/memory"
)

// facts makes facts of texts, each a minute newer than the one before.
func facts(list ...string) []memory.Fact {
	made := make([]memory.Fact, len(list))
	for i, text := range list {
		made[i] = memory.Fact{ID: fmt.Sprintf("fct_%03d", i), Text: text, CreatedAt: time.Unix(int64(60*i), 0)}
	}
	return made
}

func texts(list []memory.Fact) []string {
	var s []string
	for _, f := range list {
		s = append(s, f.Text)
	}
	return s
}

var told = []string{
	"Anna's birthday is May 3",
	"Mike's birthday is June 1",
	"The garage code is 4711",
	"Anna likes Earl Grey tea",
	"Anna moved to Köln",
	"My parking spot is 12",
	"My parking spot is 14",
	"The dentist is called Dr. Weber",
}

func TestTheBestMatchComesFirst(t *testing.T) {
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"when is Anna's birthday?", []string{told[0]}},
		{"ANNAS BIRTHDAYS", []string{told[0]}},
		{"birthday", []string{told[1], told[0]}},
		{"garage", []string{told[2]}},
		{"what tea does Anna like?", []string{told[3]}},
		{"where did Anna move?", []string{told[4]}},
		{"köln", []string{told[4]}},
		{"where is my parking spot", []string{told[6], told[5]}}, // the newer corrects the older
		{"what do you know about Anna", []string{told[4], told[3], told[0]}},
		{"birth", []string{told[1], told[0]}}, // begins alike
		{"dentist appointment", []string{told[7]}},
		{"king of France", nil},
		{"", nil},
		{"?!", nil},
		{"who is it", nil},
	} {
		if got := texts(memory.Rank(facts(told...), c.query)); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.query, got, c.want)
		}
	}
}

func TestARareWordWeighsMoreThanACommonOne(t *testing.T) {
	list := facts("Anna has a cat", "Anna has a dog", "Anna has a car", "Bob has a cat")
	got := texts(memory.Rank(list, "Anna cat"))
	if len(got) == 0 || got[0] != "Anna has a cat" {
		t.Fatalf("got %q", got)
	}
	// Of the two words "cat" says more: Bob's comes before Anna's dog.
	if slices.Index(got, "Bob has a cat") > slices.Index(got, "Anna has a dog") && slices.Contains(got, "Anna has a dog") {
		t.Errorf("got %q", got)
	}
}

func TestTheOrderOfMatchesDoesNotDependOnTheOrderOfFacts(t *testing.T) {
	list := facts(told...)
	want := texts(memory.Rank(list, "Anna birthday parking"))
	for range 3 {
		list = append(list[3:], list[:3]...)
		if got := texts(memory.Rank(list, "Anna birthday parking")); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOnlyTheFactsThatAreMeantMatch(t *testing.T) {
	for said, want := range map[string][]string{
		"the garage code is 4711": {told[2]},
		"GARAGE CODE":             {told[2]},
		"Anna":                    {told[0], told[3], told[4]},
		"parking spot":            {told[5], told[6]},
		"my parking spot is 12":   {told[5]},
		"garage code of Anna":     nil,
		"":                        nil,
		"...":                     nil,
	} {
		if got := texts(memory.Match(facts(told...), said)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}

// shelf is a store of one user's facts, newest last.
type shelf struct {
	list []memory.Fact
	err  error
}

func (s shelf) ListFacts(_ context.Context, userID, before string, limit int) ([]memory.Fact, error) {
	var list []memory.Fact
	for _, f := range slices.Backward(s.list) {
		if userID == "usr_ada" && (before == "" || f.ID < before) && len(list) < limit {
			list = append(list, f)
		}
	}
	return list, s.err
}

func (s shelf) Facts(ctx context.Context, userID string) ([]memory.Fact, error) {
	return s.ListFacts(ctx, userID, "", len(s.list))
}

func TestPagesFollowOneAnotherUntilTheLast(t *testing.T) {
	s := memory.New(shelf{list: facts(told...)})
	var got []string
	cursor := ""
	for range 10 {
		list, next, err := s.List(t.Context(), "usr_ada", cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, texts(list)...)
		if cursor = next; cursor == "" {
			break
		}
		if len(list) != 3 {
			t.Errorf("a page of %d", len(list))
		}
	}
	want := slices.Clone(told)
	slices.Reverse(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAFullLastPageHasNoNext(t *testing.T) {
	list, next, err := memory.New(shelf{list: facts(told...)}).List(t.Context(), "usr_ada", "", len(told))
	if err != nil || len(list) != len(told) || next != "" {
		t.Errorf("got %d facts, next %q, %v", len(list), next, err)
	}
}

func TestABadPageIsRefusedByItsField(t *testing.T) {
	s := memory.New(shelf{list: facts(told...)})
	for _, c := range []struct {
		cursor string
		limit  int
		field  string
	}{
		{"", -1, "query.limit"}, {"", 101, "query.limit"},
		{"fct_001", 0, "query.cursor"}, {"%%", 0, "query.cursor"}, {"dXNyXzE", 0, "query.cursor"},
		{strings.Repeat("Zm", 200), 0, "query.cursor"},
	} {
		_, _, err := s.List(t.Context(), "usr_ada", c.cursor, c.limit)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Location != c.field {
			t.Errorf("%q, %d: got %v, want a fault of %s", c.cursor, c.limit, err, c.field)
		}
	}
	if _, err := s.Recall(t.Context(), "usr_ada", "Anna", 101); fault.From(err).Kind != fault.Invalid {
		t.Errorf("recall: got %v", err)
	}
}

func TestRecallReturnsAtMostWhatIsAskedFor(t *testing.T) {
	s := memory.New(shelf{list: facts(told...)})
	list, err := s.Recall(t.Context(), "usr_ada", "Anna", 2)
	if err != nil || !slices.Equal(texts(list), []string{told[4], told[3]}) {
		t.Errorf("got %q, %v", texts(list), err)
	}
	if list, err = s.Recall(t.Context(), "usr_bob", "Anna", 2); err != nil || len(list) != 0 {
		t.Errorf("somebody else recalls %q, %v", texts(list), err)
	}
}

func TestAStoreThatFailsIsAnError(t *testing.T) {
	broken := errors.New("broken")
	s := memory.New(shelf{err: broken})
	if _, _, err := s.List(t.Context(), "usr_ada", "", 0); !errors.Is(err, broken) {
		t.Errorf("list: got %v", err)
	}
	if _, err := s.Recall(t.Context(), "usr_ada", "x", 0); !errors.Is(err, broken) {
		t.Errorf("recall: got %v", err)
	}
}
