package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	flooders  = 64
	askedRate = 50 // requests of a member a second, while it is quiet and in the flood
)

// flood measures how long a member waits for GET /auth/me while it is quiet, and
// while many clients sign in at once, each from elsewhere and to another address,
// so that every try costs a hash. Who is turned away comes back soon after.
func (b *bench) flood() error {
	c, done, err := b.settled()
	if err != nil {
		return err
	}
	defer done()
	var in struct{ Token string }
	if err := c.json("POST", "/auth/login", map[string]string{"email": address(0), "password": password}, &in); err != nil {
		return err
	}
	me := func(int64) (*http.Request, error) {
		req, err := http.NewRequest("GET", c.base+"/auth/me", nil)
		if err == nil {
			req.Header.Set("Authorization", "Bearer "+in.Token)
		}
		return req, err
	}
	var p50, p99, quiet, crowded, rates []float64
	for range b.rounds {
		alone, err := paced(askedRate, b.span, http.StatusOK, me)
		if err != nil {
			return err
		}
		stop := c.flooded()
		beside, err := paced(askedRate, b.span, http.StatusOK, me)
		hashes := stop()
		if err != nil {
			return err
		}
		p50 = append(p50, median(beside)/median(alone))
		p99 = append(p99, percentile(beside, 99)/percentile(alone, 99))
		quiet, crowded = append(quiet, percentile(alone, 99)), append(crowded, percentile(beside, 99))
		rates = append(rates, float64(hashes)/b.span.Seconds())
	}
	row("GET /auth/me in a flood of sign-ins", fmt.Sprintf("p50 %.1f x, p99 %.1f x", median(p50), median(p99)),
		fmt.Sprintf("beside itself alone (p99 %.1f ms, then %.1f ms, with %.0f hashes/s)", median(quiet), median(crowded), median(rates)))
	return nil
}

// flooded lets the flooders loose. Calling what it returns ends them, and says how
// many tries were answered after a hash.
func (c *child) flooded() func() int64 {
	var over atomic.Bool
	var hashed atomic.Int64
	var wg sync.WaitGroup
	for range flooders {
		wg.Go(func() {
			for !over.Load() {
				switch c.guess(elsewhere()) {
				case http.StatusUnauthorized:
					hashed.Add(1)
				default:
					time.Sleep(100 * time.Millisecond)
				}
			}
		})
	}
	return func() int64 {
		n := hashed.Load()
		over.Store(true)
		wg.Wait()
		return n
	}
}

// guess tries to sign in and returns the status, 0 without an answer.
func (c *child) guess(n int64) int {
	raw, err := json.Marshal(map[string]string{"email": fmt.Sprintf("flood%d@example.com", n), "password": password})
	if err != nil {
		return 0
	}
	req, err := post(c.base+"/auth/login", "application/json", raw)
	if err != nil {
		return 0
	}
	res, err := client.Do(from(req, n))
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res.StatusCode
}
