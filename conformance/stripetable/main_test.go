package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestTheSandboxsTablesAreWhatTheDescriptionSays(t *testing.T) {
	files, err := tables()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 {
		t.Errorf("got %d tables, want 2", len(files))
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("../../internal/sandbox/stripe", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the description says: run go run ./stripetable in conformance/", name)
		}
	}
}
