package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"

	_ "github.com/ncruces/go-sqlite3/driver"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

// The account in PocketBase.
const (
	pocketEmail    = "bench@example.com"
	pocketPassword = "correct horse battery"
)

// refer is one of the things to compare with:
//
//	hello       a bare net/http server
//	insert      a server that commits one row, durably, for each request
//	pocketbase  PocketBase with one account
func refer(name, dir, address string) error {
	switch name {
	case "hello":
		return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, "hello")
		}))
	case "insert":
		return insert(dir, address)
	case "pocketbase":
		return pocketBase(dir, address)
	}
	return fmt.Errorf("there is no reference %q", name)
}

// insert commits one row a request: SQLite in WAL mode with synchronous=FULL, one
// connection, as the product's, and nothing else.
func insert(dir, address string) error {
	db, err := bareDatabase(dir)
	if err != nil {
		return err
	}
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, sid TEXT UNIQUE, body TEXT) STRICT"); err != nil {
		return err
	}
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" {
			return
		}
		if _, err := db.ExecContext(r.Context(), "INSERT INTO t (sid, body) VALUES (?, ?)", r.PostFormValue("MessageSid"), r.PostFormValue("Body")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
}

// bareDatabase is SQLite as the product has it, with one connection.
func bareDatabase(dir string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "insert.db")+
		"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=busy_timeout(10000)")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// pocketBase serves PocketBase.
func pocketBase(dir, address string) error {
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: dir, HideStartBanner: true})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		users, err := e.App.FindCollectionByNameOrId("users")
		if err != nil {
			return err
		}
		u := core.NewRecord(users)
		u.SetEmail(pocketEmail)
		u.SetPassword(pocketPassword)
		u.SetVerified(true)
		if err := e.App.Save(u); err != nil {
			return err
		}
		return e.Next()
	})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	return apis.Serve(app, apis.ServeConfig{HttpAddr: address})
}
