package main

import (
	"testing"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/sandbox"
)

func TestTheInspectorIsToldWhichVendorsAreReal(t *testing.T) {
	for _, c := range []struct {
		name         string
		cfg          app.Config
		mails, texts sandbox.Mode
	}{
		{"no keys", app.Config{}, sandbox.Emulated, sandbox.Emulated},
		{"a mail key", app.Config{SendGridKey: "SG.x"}, sandbox.Real, sandbox.Emulated},
		{"no texts at all", app.Config{TwilioSID: "off"}, sandbox.Emulated, sandbox.Off},
		{"both keys", app.Config{SendGridKey: "SG.x", TwilioSID: sandboxSID}, sandbox.Real, sandbox.Real},
		{"a sandbox elsewhere", app.Config{SendGridBase: "http://127.0.0.1:1", TwilioSID: sandboxSID, TwilioBase: "http://127.0.0.1:2"}, sandbox.Elsewhere, sandbox.Elsewhere},
	} {
		list := carriers(c.cfg)
		if len(list) != 2 || list[0].Mode != c.mails || list[1].Mode != c.texts {
			t.Errorf("%s: got %+v, want mails %s and texts %s", c.name, list, c.mails, c.texts)
		}
	}
}
