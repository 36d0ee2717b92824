package main

import (
	"slices"
	"testing"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/sandbox"
)

func TestTheInspectorIsToldWhichVendorsAreReal(t *testing.T) {
	for _, c := range []struct {
		name                   string
		cfg                    app.Config
		mails, texts, payments sandbox.Mode
	}{
		{"no keys", app.Config{}, sandbox.Emulated, sandbox.Emulated, sandbox.Emulated},
		{"a mail key", app.Config{SendGridKey: "SG.x"}, sandbox.Real, sandbox.Emulated, sandbox.Emulated},
		{"no texts at all", app.Config{TwilioSID: "off"}, sandbox.Emulated, sandbox.Off, sandbox.Emulated},
		{"nothing is sold", app.Config{StripeKey: "off"}, sandbox.Emulated, sandbox.Emulated, sandbox.Off},
		{"all keys", app.Config{SendGridKey: "SG.x", TwilioSID: sandboxSID, StripeKey: "sk_test_x"}, sandbox.Real, sandbox.Real, sandbox.Real},
		{"a sandbox elsewhere", app.Config{
			SendGridBase: "http://127.0.0.1:1", TwilioSID: sandboxSID, TwilioBase: "http://127.0.0.1:2", StripeKey: "sk_test_x", StripeBase: "http://127.0.0.1:3",
		}, sandbox.Elsewhere, sandbox.Elsewhere, sandbox.Elsewhere},
	} {
		var got []sandbox.Mode
		for _, carrier := range carriers(c.cfg) {
			got = append(got, carrier.Mode)
		}
		if want := []sandbox.Mode{c.mails, c.texts, c.payments}; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v (mails, texts, payments)", c.name, got, want)
		}
	}
}
