package stripe

import (
	"strings"
	"testing"
)

func TestCheckSaysWhatKeepsPeopleFromPaying(t *testing.T) {
	const fine = `{"id":"acct_1","object":"account","charges_enabled":true}`
	for name, tc := range map[string]struct {
		status  int
		account string
		edit    func(object)
		address string
		want    string // "" if all is well
	}{
		"all is well":        {200, fine, with("livemode", false), webhookURL, ""},
		"no address":         {200, fine, with("status", "disabled"), "", ""},
		"a wrong key":        {401, wrong("invalid_request_error", ""), nil, webhookURL, "check STRIPE_SECRET_KEY"},
		"a key that may not": {403, wrong("invalid_request_error", "more_permissions_required"), nil, webhookURL, "may not"},
		"trouble there":      {503, "busy", nil, webhookURL, "status 503"},
		"no endpoint":        {200, fine, with("url", "https://elsewhere.example"), webhookURL, "xswarm setup stripe"},
		"a disabled one":     {200, fine, with("status", "disabled"), webhookURL, "disabled"},
		"not activated":      {200, strings.Replace(fine, "true", "false", 1), with("livemode", false), webhookURL, ""}, // a test key's need not be
	} {
		edits := map[string]func(object){}
		if tc.edit != nil {
			edits["webhook"] = tc.edit
		}
		a := ready(t, edits)
		a.says("GET /v1/account", tc.status, tc.account)
		err := a.Check(t.Context(), tc.address)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: the key is in %v", name, err)
		}
		if a.changes() != 0 {
			t.Errorf("%s: it changed something", name)
		}
	}
}

func TestALiveAccountMustBeActivated(t *testing.T) {
	c := New(Options{SecretKey: "sk_live_1", Transport: answering{200, `{"id":"acct_1","charges_enabled":false}`}, Now: newAccount(t).o.Now})
	if err := c.Check(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "activation") {
		t.Errorf("got %v", err)
	}
}
