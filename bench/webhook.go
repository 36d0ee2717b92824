package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// rate is how many texts arrive a second.
const rate = 50

var (
	demoPhone  = regexp.MustCompile(`your phone: (\S+)`)
	demoNumber = regexp.MustCompile(`assistant's number: (\S+)`)
)

// webhook measures a signed text, verified, stored and acknowledged, beside a
// server that commits one row for the same request: a stranger's text, which is
// stored and not answered, and the owner's, each of which is answered while the
// next ones arrive.
func (b *bench) webhook() error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := b.server(dir)
	if err != nil {
		return err
	}
	defer c.stop()
	i, err := b.reference("insert", dir, "/")
	if err != nil {
		return err
	}
	defer i.stop()
	banner, err := c.welcomed()
	if err != nil {
		return err
	}
	token, err := os.ReadFile(filepath.Join(dir, "sandbox-twilio-token"))
	if err != nil {
		return err
	}
	phone, number := demoPhone.FindStringSubmatch(banner)[1], demoNumber.FindStringSubmatch(banner)[1]
	canonical := "http://localhost:" + c.base[strings.LastIndex(c.base, ":")+1:] + "/webhooks/twilio/sms"

	text := func(to, phone string, round int) call {
		return func(n int64) (*http.Request, error) {
			form := url.Values{
				"MessageSid": {fmt.Sprintf("SM%08x%024x", round, n)}, "AccountSid": {"AC00000000000000000000000000000000"},
				"From": {phone}, "To": {number}, "Body": {fmt.Sprintf("what's on my list? (%d)", n)},
				"NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
			}
			req, err := post(to, "application/x-www-form-urlencoded", []byte(form.Encode()))
			if err == nil {
				req.Header.Set("X-Twilio-Signature", sign(string(token), canonical, form))
			}
			return req, err
		}
	}
	series := 0
	for _, who := range []struct{ what, phone string }{
		{fmt.Sprintf("SMS webhook, p99 at %d/s", rate), "+12025559999"},
		{"the same, each text answered", phone},
	} {
		var ratios, mine, theirs []float64
		for range b.rounds {
			series++
			z, err := paced(rate, b.span, http.StatusOK, text(i.base+"/", who.phone, series))
			if err != nil {
				return err
			}
			a, err := paced(rate, b.span, http.StatusOK, text(c.base+"/webhooks/twilio/sms", who.phone, series))
			if err != nil {
				return err
			}
			pa, pz := percentile(a, 99), percentile(z, 99)
			ratios, mine, theirs = append(ratios, pa/pz), append(mine, pa), append(theirs, pz)
		}
		row(who.what, fmt.Sprintf("%.2f x  (%.1f ms)", median(ratios), median(mine)),
			fmt.Sprintf("target: at most 3 x a bare committed insert (%.1f ms)", median(theirs)))
	}
	return nil
}

// welcomed waits until the demo user is there, and returns what the server says then.
func (c *child) welcomed() (banner string, err error) {
	for begun := time.Now(); demoNumber.FindStringSubmatch(c.said()) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			return "", fmt.Errorf("the demo user is not there:\n%s", c.said())
		}
	}
	return c.said(), nil
}

// sign makes Twilio's signature: HMAC-SHA1 over the address and the sorted fields.
func sign(token, address string, form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, name := range names {
		mac.Write([]byte(name + form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
