package store_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"xswarm.ai/server/internal/store"
	"xswarm.ai/server/internal/store/db"
	"xswarm.ai/server/internal/store/storetest"
)

// specified is the specification's section "Core Tables", as it stands there.
const specified = `
users (id, email, password_hash, subscription_tier, stripe_customer_id, email_verified, jwt_version)
personas (id, user_id, name, traits, theme, active)
memory_sessions (id, user_id, summary, embedding, created_at)
memory_facts (id, user_id, fact_text, confidence, category, embedding)
memory_entities (id, user_id, entity_type, name, attributes)
tasks (id, user_id, title, due_date, priority, status, recurring)
usage_records (id, user_id, feature, quantity, recorded_at)
`

// appendOnly are the tables whose rows are never changed.
var appendOnly = []string{"usage_records", "usage_spans", "billing_notices", "audit_events"}

func TestTheSpecifiedTablesHaveTheSpecifiedColumns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for line := range strings.Lines(strings.TrimSpace(specified)) {
			table, list, _ := strings.Cut(strings.TrimSpace(line), " ")
			have := columns(t, s, table)
			for _, want := range strings.Split(strings.Trim(list, "()"), ", ") {
				if !slices.Contains(have, want) {
					t.Errorf("%s has no column %s, only %q", table, want, have)
				}
			}
		}
	})
}

func TestEveryTableSaysWhenItsRowsWereMadeAndChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for _, table := range tables(t, s) {
			have := columns(t, s, table.name)
			if !slices.Contains(have, "created_at") {
				t.Errorf("%s has no created_at", table.name)
			}
			changes := !slices.Contains(appendOnly, table.name)
			if slices.Contains(have, "updated_at") != changes {
				t.Errorf("%s: updated_at is there: %t, want %t", table.name, !changes, changes)
			}
		}
	})
}

func TestTheDocumentDescribesEveryTable(t *testing.T) {
	raw, err := os.ReadFile("../../docs/schema.md")
	must(t, err)
	described := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "` |"); ok && strings.HasPrefix(line, "| `") {
			described[name] = true
		}
	}
	s := storetest.Embedded(t, storetest.NewClock())
	for _, table := range tables(t, s) {
		if !described[table.name] {
			t.Errorf("docs/schema.md says nothing of %s", table.name)
		}
		delete(described, table.name)
	}
	for name := range described {
		if name != "migration_lease" { // made by migrating, before the first of them
			t.Errorf("docs/schema.md describes %s, which does not exist", name)
		}
	}
}

func TestEveryTableIsStrict(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for _, table := range tables(t, s) {
			if !strings.HasSuffix(strings.ToUpper(strings.TrimSpace(table.sql)), "STRICT") {
				t.Errorf("%s is not STRICT", table.name)
			}
		}
		err := s.Guarded(t.Context(),
			`INSERT INTO opt_outs (number, keyword, created_at, updated_at) VALUES ('+1', 'STOP', 'today', 1)`)
		if err == nil || !strings.Contains(err.Error(), "cannot store TEXT") {
			t.Errorf("text in a column of integers: got %v, want a refusal", err)
		}
	})
}

func TestOneUserHasOneActivePersona(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		must(t, exec(t, e, `INSERT INTO users (id, email, password_hash, created_at, updated_at) VALUES ('u', 'a@b', 'x', 1, 1)`))
		const persona = `INSERT INTO personas (id, user_id, name, active, created_at, updated_at) VALUES (?, 'u', 'n', ?, 1, 1)`
		must(t, exec(t, e, persona, "p1", 1))
		must(t, exec(t, e, persona, "p2", 0))
		must(t, exec(t, e, persona, "p3", 0))
		if err := exec(t, e, persona, "p4", 1); !store.IsUnique(err, "personas.user_id") {
			t.Errorf("a second active persona: got %v, want a refusal", err)
		}
	})
}

func TestAProvenPhoneIsOneUsersOwn(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, e store.Engine) {
		const (
			user  = `INSERT INTO users (id, email, password_hash, created_at, updated_at) VALUES (?1, ?1, 'x', 1, 1)`
			phone = `INSERT INTO phones (id, user_id, number, verified_at, created_at, updated_at) VALUES (?, ?, '+1', ?, 1, 1)`
		)
		for _, id := range []string{"u1", "u2"} {
			must(t, exec(t, e, user, id))
		}
		must(t, exec(t, e, phone, "a", "u1", nil)) // anyone may claim it
		must(t, exec(t, e, phone, "b", "u2", nil))
		must(t, exec(t, e, `UPDATE phones SET verified_at = 1 WHERE id = 'a'`))
		err := exec(t, e, `UPDATE phones SET verified_at = 1 WHERE id = 'b'`)
		if !store.IsUnique(err, "phones.number") {
			t.Errorf("proven twice: got %v, want a refusal", err)
		}
	})
}

type table struct{ name, sql string }

// tables returns the product's tables; those of the engine and of goose are not
// ours.
func tables(t *testing.T, s *store.Store) []table {
	t.Helper()
	rows, err := s.Query().QueryContext(t.Context(), `SELECT name, sql FROM sqlite_schema
		WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name NOT LIKE '%goose!_db!_version' ESCAPE '!' ORDER BY name`)
	must(t, err)
	defer rows.Close()
	var list []table
	for rows.Next() {
		var e table
		must(t, rows.Scan(&e.name, &e.sql))
		list = append(list, e)
	}
	must(t, rows.Err())
	if len(list) < 15 {
		t.Fatalf("only %d tables were found", len(list))
	}
	return list
}

func columns(t *testing.T, s *store.Store, table string) []string {
	t.Helper()
	return columnsOf(t, s.Query(), table)
}

func columnsOf(t *testing.T, q db.DBTX, table string) []string {
	t.Helper()
	rows, err := q.QueryContext(t.Context(), "SELECT * FROM "+table+" LIMIT 0")
	must(t, err)
	defer rows.Close()
	names, err := rows.Columns()
	must(t, err)
	return names
}
