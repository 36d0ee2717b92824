package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"xswarm.ai/server/internal/app"
)

// installationPassword is that of the person in it.
const installationPassword = "correct horse battery"

// installation is a data directory and the settings that go with it.
type installation struct {
	*testing.T
	settings map[string]string
}

func newInstallation(t *testing.T, settings ...string) installation {
	t.Helper()
	i := installation{T: t, settings: map[string]string{"XSWARM_DATA_DIR": filepath.Join(t.TempDir(), "data")}}
	return i.with(settings...)
}

// with is the same with other settings, NAME=VALUE each.
func (i installation) with(settings ...string) installation {
	j := installation{T: i.T, settings: map[string]string{}}
	for name, value := range i.settings {
		j.settings[name] = value
	}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		j.settings[name] = value
	}
	return j
}

func (i installation) file(name string) string {
	return filepath.Join(i.settings["XSWARM_DATA_DIR"], name)
}

// run runs a command, insists on its exit status, and returns what it said.
func (i installation) run(want int, args ...string) (stdout, stderr string) {
	i.Helper()
	var out, errs bytes.Buffer
	if got := run(i.Context(), args, func(name string) string { return i.settings[name] }, &out, &errs); got != want {
		i.Fatalf("xswarm %s: got %d, want %d\n%s%s", strings.Join(args, " "), got, want, &out, &errs)
	}
	return out.String(), errs.String()
}

// refused insists that a command fails and says these words.
func (i installation) refused(words string, args ...string) {
	i.Helper()
	if _, said := i.run(1, args...); !strings.Contains(said, words) {
		i.Errorf("xswarm %s: %q is not in\n%s", strings.Join(args, " "), words, said)
	}
}

// withPerson makes an account, so that there is something to lose.
func (i installation) withPerson() installation {
	i.Helper()
	i.run(0, "migrate")
	stdin(i.T, installationPassword+"\n")
	i.run(0, "user", "create", "ada@example.com", "--name", "Ada")
	return i
}

// hasPerson insists that it is there.
func (i installation) hasPerson() {
	i.Helper()
	if list, _ := i.run(0, "user", "list"); !strings.Contains(list, "ada@example.com") {
		i.Errorf("the account is lost:\n%s", list)
	}
}

// configOf is what an installation's settings mean.
func configOf(t *testing.T, i installation) app.Config {
	t.Helper()
	cfg, err := app.ConfigFrom(func(name string) string { return i.settings[name] })
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
