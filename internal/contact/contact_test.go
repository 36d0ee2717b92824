package contact_test

import (
	"testing"

	"xswarm.ai/server/internal/contact"
)

func TestOnlyTheOwnersProvenPhoneReachesTheAssistant(t *testing.T) {
	for _, tc := range []struct {
		name string
		text contact.Text
		want contact.Verdict
	}{
		{"the owner texts their assistant's number",
			contact.Text{ToOwner: "ada", FromOwner: "ada"}, contact.Verdict{UserID: "ada"}},
		{"another user texts somebody's assistant",
			contact.Text{ToOwner: "ada", FromOwner: "bob"}, contact.Verdict{UserID: "ada", Quarantine: contact.UnknownSender}},
		{"a stranger texts somebody's assistant",
			contact.Text{ToOwner: "ada"}, contact.Verdict{UserID: "ada", Quarantine: contact.UnknownSender}},
		{"a user texts the shared number",
			contact.Text{ToShared: true, FromOwner: "bob"}, contact.Verdict{UserID: "bob"}},
		{"a stranger texts the shared number",
			contact.Text{ToShared: true}, contact.Verdict{Quarantine: contact.UnknownSender}},
		{"a number that is both shared and somebody's listens to its owner only",
			contact.Text{ToOwner: "ada", ToShared: true, FromOwner: "bob"}, contact.Verdict{UserID: "ada", Quarantine: contact.UnknownSender}},
		{"a user texts a number that is nobody's",
			contact.Text{FromOwner: "ada"}, contact.Verdict{Quarantine: contact.UnknownNumber}},
		{"a stranger texts a number that is nobody's",
			contact.Text{}, contact.Verdict{Quarantine: contact.UnknownNumber}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := contact.Judge(tc.text); got != tc.want {
				t.Errorf("Judge(%+v) = %+v, want %+v", tc.text, got, tc.want)
			}
		})
	}
}
