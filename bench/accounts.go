package main

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"sync/atomic"
	"time"
)

const password = "correct horse battery"

// accounts is how many there are. Each is signed in to from four clients, of which
// each may do so thirty times a quarter of an hour, and the sandbox's clock brings
// the next quarter.
const accounts = 60

func address(n int64) string { return fmt.Sprintf("bench%d@example.com", n%accounts) }

// home is the client that an account's n-th sign-in comes from.
func home(n int64) int64 { return n % (4 * accounts) }

// from makes a request seem to come from one of many clients: limits count by
// client, and the bench is a proxy that the server trusts.
func from(req *http.Request, n int64) *http.Request {
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
	return req
}

var seen atomic.Int64 // other clients so far

// elsewhere is a client that was not seen before.
func elsewhere() int64 { return 4*accounts + seen.Add(1) }

func (c *child) json(method, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := post(c.base+path, "application/json", raw)
	if err != nil {
		return err
	}
	req.Method = method
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if path[:8] != "/sandbox" {
		from(req, elsewhere())
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: got %d", method, path, res.StatusCode)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

var mailed = regexp.MustCompile(`token=([A-Za-z0-9_-]+)`)

// settle signs everybody up.
func (c *child) settle() error {
	for n := range int64(accounts) {
		if err := c.json("POST", "/auth/signup", map[string]string{"email": address(n), "password": password}, nil); err != nil {
			return err
		}
	}
	confirmed := map[string]bool{}
	for deadline := time.Now().Add(time.Minute); len(confirmed) < accounts; {
		if time.Now().After(deadline) {
			return fmt.Errorf("only %d of %d addresses could be confirmed", len(confirmed), accounts)
		}
		var mails struct {
			Data []struct {
				To   []string
				Text string
			}
		}
		if err := c.json("GET", "/sandbox/api/mails", struct{}{}, &mails); err != nil {
			return err
		}
		for _, m := range mails.Data {
			token := mailed.FindStringSubmatch(m.Text)
			if token == nil || confirmed[m.To[0]] {
				continue
			}
			if err := c.json("POST", "/auth/verify-email", map[string]string{"token": token[1]}, nil); err != nil {
				return err
			}
			confirmed[m.To[0]] = true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

// advance moves the clock.
func (c *child) advance(d time.Duration) error {
	return c.json("POST", "/sandbox/api/clock", map[string]string{"advance": d.String()}, nil)
}

// signIn measures sign-ins a second beside PBKDF2 alone, on every processor. More
// people sign in than there are processors, so that none waits for a disk.
func (b *bench) signIn() error {
	c, done, err := b.settled()
	if err != nil {
		return err
	}
	defer done()
	lines := runtime.NumCPU()
	span := 4 * b.span // a hash is long: over a short time the first and the last ones would count
	var ratios, rates []float64
	for range b.rounds {
		alone := pbkdf2s(lines, span)
		rate, err := closed(4*lines, span, http.StatusOK, func(n int64) (*http.Request, error) {
			raw, err := json.Marshal(map[string]string{"email": address(n), "password": password})
			if err != nil {
				return nil, err
			}
			req, err := post(c.base+"/auth/login", "application/json", raw)
			if err != nil {
				return nil, err
			}
			return from(req, home(n)), nil
		})
		if err != nil {
			return err
		}
		ratios, rates = append(ratios, rate/alone), append(rates, rate)
		if err := c.advance(16 * time.Minute); err != nil {
			return err
		}
	}
	row("sign-in beside PBKDF2 alone", fmt.Sprintf("%.2f x  (%.0f /s)", median(ratios), median(rates)), "target: at least 0.9 x")
	return nil
}

// settled is a server whose accounts are ready, and how to end it.
func (b *bench) settled() (*child, func(), error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, nil, err
	}
	c, err := b.server(dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	done := func() { c.stop(); os.RemoveAll(dir) }
	if err := c.settle(); err != nil {
		done()
		return nil, nil, err
	}
	return c, done, nil
}

// pbkdf2s is how many hashes of the product's kind this machine makes a second.
func pbkdf2s(lines int, span time.Duration) float64 {
	var n atomic.Int64
	done := make(chan struct{}, lines)
	begun := time.Now()
	for range lines {
		go func() {
			for time.Since(begun) < span {
				pbkdf2.Key(sha256.New, password, []byte("0123456789abcdef"), 100_000, 32)
				n.Add(1)
			}
			done <- struct{}{}
		}()
	}
	for range lines {
		<-done
	}
	return float64(n.Load()) / time.Since(begun).Seconds()
}

// me measures GET /auth/me beside PocketBase's auth-refresh. Both check a token
// and read its account; PocketBase also makes a new token.
func (b *bench) me() error {
	c, done, err := b.settled()
	if err != nil {
		return err
	}
	defer done()
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := b.reference("pocketbase", dir, "/api/health")
	if err != nil {
		return err
	}
	defer p.stop()
	var mine, theirs struct{ Token string }
	if err := c.json("POST", "/auth/login", map[string]string{"email": address(0), "password": password}, &mine); err != nil {
		return err
	}
	if err := p.json("POST", "/api/collections/users/auth-with-password", map[string]string{"identity": pocketEmail, "password": pocketPassword}, &theirs); err != nil {
		return err
	}
	authorized := func(method, url, token string) call {
		return func(int64) (*http.Request, error) {
			req, err := http.NewRequest(method, url, nil)
			if err == nil {
				req.Header.Set("Authorization", token)
			}
			return req, err
		}
	}
	var ratios, rates []float64
	for range b.rounds {
		a, err := closed(16, b.span, http.StatusOK, authorized("GET", c.base+"/auth/me", "Bearer "+mine.Token))
		if err != nil {
			return err
		}
		z, err := closed(16, b.span, http.StatusOK, authorized("POST", p.base+"/api/collections/users/auth-refresh", theirs.Token))
		if err != nil {
			return err
		}
		ratios, rates = append(ratios, a/z), append(rates, a)
	}
	row("GET /auth/me beside PocketBase", fmt.Sprintf("%.2f x  (%.0f /s)", median(ratios), median(rates)),
		"target: at least 2 x its auth-refresh, which also mints a token")
	return nil
}
