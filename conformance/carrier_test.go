package conformance_test

import (
	"context"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/twilio"
)

// texts are what the product sends, by kind, and what is odd in a text.
var texts = map[phone.Kind][]string{
	phone.KindCode:   {"123456 is your xSwarm code. It works for 10 minutes. If you did not ask for it, ignore this text."},
	phone.KindNotice: {"xSwarm: your phone is connected. Reply HELP for help, STOP to stop. https://xswarm.example/app?a=1&b=2#tasks"},
	phone.KindText: {
		"Reminder: call Mike (today, 2:00 PM)", "Added: call Mike.\n\nAnything else?",
		"ok", "0", "true", "1e9", "null", "+1", " x ", // what a form or a JSON might take for something else
		"100% of 2+2=4 & more; \"quotes\" \\ {[~]} €", // what a form has to escape
		"Zoë 王 🐝\u200d", strings.Repeat("é", 1600),    // two bytes a character, as long as a text may be
	},
	phone.KindKeyword: nil, // people's only
}

var bodies = slices.Concat(texts[phone.KindCode], texts[phone.KindNotice], texts[phone.KindText])

var kindConstant = regexp.MustCompile(`(?m)^\s*Kind\w+\s+Kind\s*=\s*"(\w+)"`)

func TestEveryKindOfTextIsSent(t *testing.T) {
	source, err := os.ReadFile("../internal/phone/phone.go")
	if err != nil {
		t.Fatal(err)
	}
	found := kindConstant.FindAllSubmatch(source, -1)
	if len(found) == 0 {
		t.Fatal("no kinds of texts are found where they were")
	}
	for _, m := range found {
		if _, ok := texts[phone.Kind(m[1])]; !ok {
			t.Errorf("the kind of text %q is not among those that are checked: add it to texts", m[1])
		}
	}
}

// carry calls every method of a carrier, by its name.
func carry(ctx context.Context, c *twilio.Client) map[string]func() error {
	const label = "usr_01k8z3v8zq6r9b3c1d2e3f4g5h"
	return map[string]func() error{
		"SendText": func() error {
			for _, body := range bodies {
				if _, err := c.SendText(ctx, phone.Outgoing{
					ID: "msg_01k8z3v8zq6r9b3c1d2e3f4g5h", From: shared, To: person, Body: body,
				}); err != nil {
					return err
				}
			}
			return nil
		},
		"FindTexts": func() error {
			_, err := c.FindTexts(ctx, shared, person, bodies[0], time.Time{})
			return err
		},
		"Check":         func() error { return c.Check(ctx, shared) },
		"NumbersOnSale": func() error { _, err := c.NumbersOnSale(ctx); return err },
		"BuyNumber": func() error {
			onSale, err := c.NumbersOnSale(ctx)
			if err == nil {
				_, err = c.BuyNumber(ctx, onSale[0], label)
			}
			return err
		},
		"OwnedNumbers": func() error { _, err := c.OwnedNumbers(ctx, label); return err },
		"ReleaseNumber": func() error {
			onSale, err := c.NumbersOnSale(ctx)
			if err != nil {
				return err
			}
			bought, err := c.BuyNumber(ctx, onSale[0], label)
			if err != nil {
				return err
			}
			return c.ReleaseNumber(ctx, bought)
		},
		"SMSState": func() error {
			owned, err := c.OwnedNumbers(ctx, "shared")
			if err == nil {
				_, err = c.SMSState(ctx, owned[0])
			}
			return err
		},
	}
}

func TestEveryMethodOfTheCarrierIsCalled(t *testing.T) {
	called := carry(t.Context(), (*twilio.Client)(nil))
	methods := reflect.TypeFor[*twilio.Client]()
	for i := range methods.NumMethod() {
		if name := methods.Method(i).Name; called[name] == nil {
			t.Errorf("twilio.Client.%s is not among the calls that are checked: add it to carry", name)
		}
	}
}

// callAll calls every method of the carrier.
func (w *world) callAll() {
	w.t.Helper()
	calls := carry(w.t.Context(), w.carrier)
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		if err := calls[name](); err != nil {
			w.t.Errorf("%s: %v", name, err)
		}
	}
}
