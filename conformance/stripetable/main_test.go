package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestTheTablesAreThoseOfTheDescription(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"params.json", "shapes.json"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("../../internal/sandbox/stripe", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the description gives: go run ./stripetable", name)
		}
	}
}
