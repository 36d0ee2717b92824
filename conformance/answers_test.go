package conformance_test

import (
	"testing"

	"xswarm.ai/server/conformance"
)

// defects are where the descriptions are wrong, exactly.
func defects() *conformance.Exemptions {
	const unset = "a number without an application has an empty one, as in the vendor's own answers"
	var list []conformance.Exemption
	for _, key := range []string{"sms_application_sid", "voice_application_sid"} {
		for _, rule := range []string{"pattern", "minLength"} {
			list = append(list, conformance.Exemption{Vendor: "twilio", Part: "answer", Key: key, Rule: rule, Value: "", Why: unset})
		}
	}
	return conformance.NewExemptions(append(list, conformance.Exemption{
		Vendor: "sendgrid", Part: "answer", Rule: "status", Value: 200,
		Why: "the documentation of sandbox_mode says 200, the description knows 202 only",
	})...)
}

func TestTheEmulatorsAnswerAsTheVendorsDescribe(t *testing.T) {
	b, known, w := book(t), defects(), carryAll(t)
	w.tour()
	answered, want := map[string]bool{}, map[string]bool{}
	for _, x := range w.exchanges() {
		if x.Status >= 300 {
			t.Errorf("%s is refused: %d %s\nasked %v %s", x, x.Status, x.Answer.Body, x.Query, x.Request.Body)
			continue
		}
		if found := known.Without(x.Vendor, b.CheckAnswer(x.Request, x.Answer)); len(found) > 0 {
			t.Errorf("%s:%s\nin %s", x, conformance.List(found), x.Answer.Body)
		}
		if x.Status == 202 && x.Answer.Header.Get("X-Message-Id") == "" {
			t.Errorf("%s: no X-Message-Id", x)
		}
		if o, _, ok := b.Find(x.Vendor, x.Method, x.Path); ok {
			answered[o.String()] = true
		}
	}
	for _, o := range otherOperations {
		want[o.String()] = true
	}
	differ(t, "its answers are checked, and it is not in the list", answered, want)
	differ(t, "none of its answers is checked", want, answered)
	for _, v := range w.Violations() {
		t.Errorf("the emulator says that the description refuses %s's %s: %s %s", v.Vendor, v.Operation, v.Field, v.Problem)
	}
	for _, e := range known.Unused() {
		t.Errorf("nothing has the defect %s %s %s any more: strike it", e.Vendor, e.Key, e.Rule)
	}
}
