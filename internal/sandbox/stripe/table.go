package stripe

import (
	"encoding/json"
	"maps"
	"slices"
)

// keep is how many rows of each kind of history are kept.
const keep = 2000

// row is anything with an identifier of its own.
type row interface{ ident() string }

// table is rows in the order in which they were made, found by identifier.
type table[T row] struct {
	rows  []T
	index map[string]T
}

// get returns a row, and whether there is one.
func (t *table[T]) get(id string) (T, bool) {
	r, ok := t.index[id]
	return r, ok
}

// add appends a row.
func (t *table[T]) add(r T) T {
	if t.index == nil {
		t.index = map[string]T{}
	}
	t.rows = append(t.rows, r)
	t.index[r.ident()] = r
	return r
}

// remove takes a row out.
func (t *table[T]) remove(id string) {
	delete(t.index, id)
	t.rows = slices.DeleteFunc(t.rows, func(r T) bool { return r.ident() == id })
}

// all returns the rows, newest first.
func (t *table[T]) all() []T {
	out := slices.Clone(t.rows)
	slices.Reverse(out)
	return out
}

// where returns the rows that match, newest first.
func (t *table[T]) where(match func(T) bool) []T {
	var out []T
	for _, r := range slices.Backward(t.rows) {
		if match(r) {
			out = append(out, r)
		}
	}
	return out
}

// first returns the oldest row that matches.
func (t *table[T]) first(match func(T) bool) (T, bool) {
	for _, r := range t.rows {
		if match(r) {
			return r, true
		}
	}
	var none T
	return none, false
}

// trim drops the oldest rows that may go until no more than limit are left.
func (t *table[T]) trim(limit int, mayGo func(T) bool) {
	over := len(t.rows) - limit
	if over <= 0 {
		return
	}
	kept := make([]T, 0, len(t.rows))
	for _, r := range t.rows {
		if over > 0 && mayGo(r) {
			over--
			delete(t.index, r.ident())
			continue
		}
		kept = append(kept, r)
	}
	t.rows = kept
}

// shared returns a table of the same rows, which may get others.
func (t *table[T]) shared() table[T] { return table[T]{slices.Clone(t.rows), maps.Clone(t.index)} }

// MarshalJSON writes the rows as a list.
func (t table[T]) MarshalJSON() ([]byte, error) {
	if t.rows == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(t.rows)
}

// UnmarshalJSON reads the rows from a list.
func (t *table[T]) UnmarshalJSON(b []byte) error {
	t.rows, t.index = nil, map[string]T{}
	if err := json.Unmarshal(b, &t.rows); err != nil {
		return err
	}
	for _, r := range t.rows {
		t.index[r.ident()] = r
	}
	return nil
}
