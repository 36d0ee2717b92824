package phone

import "testing"

func TestKeywordsAreWholeTextsInAnyCase(t *testing.T) {
	for _, tc := range []struct {
		in       Incoming
		optedOut bool
		want     Keyword
	}{
		{in: Incoming{Body: "STOP"}, want: Stop},
		{in: Incoming{Body: "  stop \n"}, want: Stop},
		{in: Incoming{Body: "StopAll"}, want: Stop},
		{in: Incoming{Body: "unsubscribe"}, want: Stop},
		{in: Incoming{Body: "cancel"}, want: Stop},
		{in: Incoming{Body: "end"}, want: Stop},
		{in: Incoming{Body: "quit"}, want: Stop},
		{in: Incoming{Body: "revoke"}, want: Stop},
		{in: Incoming{Body: "optout"}, want: Stop},
		{in: Incoming{Body: "start"}, want: Start},
		{in: Incoming{Body: "Unstop"}, want: Start},
		{in: Incoming{Body: "yes"}, optedOut: true, want: Start},
		{in: Incoming{Body: "yes"}, want: ""},
		{in: Incoming{Body: "help"}, want: Help},
		{in: Incoming{Body: "info"}, want: Help},
		{in: Incoming{Body: "stop the music at nine"}, want: ""},
		{in: Incoming{Body: "STOP."}, want: ""},
		{in: Incoming{Body: "help me with the report"}, want: ""},
		{in: Incoming{Body: ""}, want: ""},
		{in: Incoming{Body: "Arrêt", OptOut: "STOP"}, want: Stop},
		{in: Incoming{Body: "stop", OptOut: "HELP"}, want: Help},
		{in: Incoming{Body: "milk", OptOut: "SOMETHING"}, want: ""},
	} {
		if got := keywordOf(tc.in, tc.optedOut); got != tc.want {
			t.Errorf("keywordOf(%q, said %q, opted out %v) = %q, want %q", tc.in.Body, tc.in.OptOut, tc.optedOut, got, tc.want)
		}
	}
}
