//go:build linux

package main

import (
	"strings"
	"testing"

	"xswarm.ai/server/internal/apptest"
)

func TestWithoutEmulatedTextsTheDemoUserHasNoPhone(t *testing.T) {
	dir := t.TempDir()
	env := []string{"XSWARM_DATA_DIR=" + dir, "XSWARM_ADDR=" + apptest.FreePort(t), "TWILIO_ACCOUNT_SID=off"}
	for range 2 { // the second start finds them there
		p := launch(t, "the server", dir, env, "Sign up as somebody new", "serve")
		if said := p.stdout.String(); !strings.Contains(said, "demo user: "+demoEmail+" (without a phone") || strings.Contains(said, demoPhone) {
			t.Errorf("the start says\n%s", said)
		}
		p.stop()
		if log := p.stderr.String(); log != "" {
			t.Errorf("the log says\n%s", log)
		}
	}
}
