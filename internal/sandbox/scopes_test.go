package sandbox

import (
	"net/http"
	"testing"

	"xswarm.ai/server/internal/sendgrid"
)

func TestAKeyIsToldWhatItMayDoAndAWrongOneIsNot(t *testing.T) {
	w := newWorld(t)
	check := func(key string) error {
		return sendgrid.New(sendgrid.Options{APIKey: key, BaseURL: w.url + "/sandbox/vendors/sendgrid", Transport: &http.Transport{}}).Check(t.Context())
	}
	if err := check(testKey); err != nil {
		t.Errorf("the sandbox's key: %v", err)
	}
	if err := check("SG.another"); err == nil {
		t.Error("another key may send as well")
	}
}
