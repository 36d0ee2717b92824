package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte("BASE_URL=https://file.example\nFROM_EMAIL=\"file@example.com\"\n# a remark\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := withFile(func(name string) string {
		return map[string]string{"BASE_URL": "https://environment.example"}[name]
	}, path)
	for name, want := range map[string]string{
		"BASE_URL": "https://environment.example", "FROM_EMAIL": "file@example.com", "JWT_SECRET": "",
	} {
		if got := getenv(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestAMissingFileIsFineAndABrokenOneIsNot(t *testing.T) {
	dir := t.TempDir()
	if got := withFile(func(string) string { return "x" }, filepath.Join(dir, ".env"))("ANY"); got != "x" {
		t.Errorf("got %q", got)
	}
}

func TestParsePhone(t *testing.T) {
	for in, want := range map[string]string{
		"+1 (202) 555-0123": "+12025550123", "202-555-0123": "+12025550123", "+49 30 901820": "+4930901820",
		"12": "", "+1 202 555": "", "hello": "", "": "",
	} {
		got, err := parsePhone(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
	}
}

func TestAKeptWordStaysAndIsItsOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	n := 0
	fresh := func() string { n++; return "word" }
	for range 2 {
		if got, err := keptWord(dir, "secret", fresh); err != nil || got != "word" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "secret"))
	if err != nil || info.Mode().Perm() != 0o600 || n != 1 {
		t.Errorf("made %d times, %v, %v", n, info, err)
	}
}
