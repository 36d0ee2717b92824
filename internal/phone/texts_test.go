package phone_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/phone"
)

func TestTextsAreListedNewestFirstAPageAtATime(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		if i%3 != 0 { // some have the same time
			w.clock.Advance(time.Second)
		}
		if err := w.Receive(t.Context(), incoming(adaCell, adas, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	w.receive(incoming(bobCell, shared, "not Ada's"))
	all := w.texts(w.ada)
	var paged []phone.Text
	cursor := ""
	for page := 0; ; page++ {
		list, next, err := w.Texts(t.Context(), w.ada.ID, cursor, 3)
		if err != nil || len(list) > 3 || page > 20 {
			t.Fatalf("page %d has %d, %v", page, len(list), err)
		}
		paged = append(paged, list...)
		if cursor = next; next == "" {
			break
		}
	}
	if len(paged) != len(all) {
		t.Fatalf("%d in pages, %d at once", len(paged), len(all))
	}
	for i, m := range paged {
		if m.ID != all[i].ID || m.UserID != w.ada.ID || i > 0 && m.CreatedAt.After(paged[i-1].CreatedAt) {
			t.Errorf("text %d is %+v", i, m)
		}
	}
}

func TestPagesThatDoNotExistAreRefusedByField(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		cursor string
		limit  int
		field  string
	}{
		{"", -1, "query.limit"}, {"", 101, "query.limit"}, {"???", 10, "query.cursor"}, {"bm9wZQ", 10, "query.cursor"}, {"MTIzIA", 10, "query.cursor"},
	} {
		_, _, err := w.Texts(t.Context(), w.ada.ID, tc.cursor, tc.limit)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Fields[0].Location != tc.field {
			t.Errorf("cursor %q, limit %d: %v", tc.cursor, tc.limit, err)
		}
	}
}
