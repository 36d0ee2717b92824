//go:build linux

package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const smsPath = "/webhooks/twilio/sms"

// hook is a webhook as it goes over the wire: what may be replayed.
type hook struct{ path, body, signature string }

// text makes the webhook of a text of the person's to their assistant.
func (w *world) text(p person, body string) hook {
	sid := make([]byte, 16)
	rand.Read(sid)
	return w.sign(smsPath, url.Values{
		"MessageSid": {"SM" + hex.EncodeToString(sid)}, "AccountSid": {w.settings["TWILIO_ACCOUNT_SID"]},
		"From": {p.phone}, "To": {p.number}, "Body": {body}, "NumMedia": {"0"},
	})
}

// sign makes a webhook that is signed as the carrier does, for the public address.
func (w *world) sign(path string, form url.Values) hook {
	_, port, _ := strings.Cut(strings.TrimPrefix(w.BaseURL, "http://"), ":")
	signed := "http://localhost:" + port + path
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(w.settings["TWILIO_AUTH_TOKEN"]))
	mac.Write([]byte(signed))
	return hook{path, form.Encode(), base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

// recorded returns what the carrier has sent.
func recorded(t *testing.T, list []webhook) (hooks []hook) {
	t.Helper()
	for _, h := range list {
		form := url.Values{}
		for name, value := range h.Params {
			form.Set(name, value)
		}
		u, err := url.Parse(h.URL)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range h.Attempts[:min(1, len(h.Attempts))] {
			hooks = append(hooks, hook{u.RequestURI(), form.Encode(), a.Signature})
		}
	}
	return hooks
}

// post delivers a webhook on a connection of its own. The status is 0 if there
// was no whole answer.
func (w *world) post(h hook) int {
	status, _ := w.deliver(h)
	return status
}

// deliver is post, and returns the answer's header as well.
func (w *world) deliver(h hook) (int, http.Header) {
	req, err := http.NewRequestWithContext(w.t.Context(), "POST", w.BaseURL+h.path, strings.NewReader(h.body))
	if err != nil {
		return 0, nil
	}
	req.Close = true
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", h.signature)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0, nil
	}
	return res.StatusCode, res.Header
}

// replay delivers each webhook so many times, in an order that random decides and
// several at once, and counts the answers by their status.
func (w *world) replay(random *mathrand.Rand, times int, hooks []hook) map[int]int {
	all := slices.Repeat(hooks, times)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var (
		mu  sync.Mutex
		got = map[int]int{}
		wg  sync.WaitGroup
	)
	next := make(chan hook)
	for range 8 {
		wg.Go(func() {
			for h := range next {
				status := w.post(h)
				mu.Lock()
				got[status]++
				mu.Unlock()
			}
		})
	}
	for _, h := range all {
		next <- h
	}
	close(next)
	wg.Wait()
	return got
}

// halfPost is a webhook of which the server has read a half.
type halfPost struct {
	w      *world
	conn   net.Conn
	answer *bufio.Reader
	rest   string
}

// beginPost sends the first half of a webhook when the server has said that it
// wants to read it.
func (w *world) beginPost(h hook) halfPost {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.BaseURL, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"X-Twilio-Signature: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", h.path, h.signature, len(h.body))
	answer := bufio.NewReader(conn)
	if line, err := answer.ReadString('\n'); !strings.Contains(line, "100 Continue") {
		w.t.Fatalf("the server does not go on to read: %q, %v", line, err)
	}
	answer.ReadString('\n') // the empty line after it
	fmt.Fprint(conn, h.body[:len(h.body)/2])
	return halfPost{w, conn, answer, h.body[len(h.body)/2:]}
}

// finish sends the rest and returns the answer's status.
func (p halfPost) finish() int {
	p.w.t.Helper()
	fmt.Fprint(p.conn, p.rest)
	res, err := http.ReadResponse(p.answer, nil)
	if err != nil {
		p.w.t.Fatalf("no answer: %v", err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		p.w.t.Fatalf("the answer was cut: %v", err)
	}
	return res.StatusCode
}
