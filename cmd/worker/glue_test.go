//go:build linux

package worker_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// answered is an answer with its body read.
type answered struct {
	*http.Response
	body string
}

func do(t testing.TB, method, url, body string, headers ...string) answered {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, r)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return answered{res, string(raw)}
}

// nowhere is a database that nobody asks.
const nowhere = "http://127.0.0.1:9"

func TestRequestsGoInAndAnswersComeOutWhole(t *testing.T) {
	w := startWorker(t, quiet(nowhere))

	t.Run("several headers of one name", func(t *testing.T) {
		a := do(t, "GET", w.url+"/probe/headers?a=1&b=%2F", "", "Cookie", "x=1; y=2")
		cookies := a.Header["Set-Cookie"]
		if len(cookies) != 2 || !strings.HasPrefix(cookies[0], "one=1; Expires=Wed, 18 May") || cookies[1] != "two=2" {
			t.Errorf("got Set-Cookie %q", cookies)
		}
		if a.StatusCode != http.StatusTeapot || a.body != "x=1; y=2" || a.Header.Get("X-Query") != "a=1&b=%2F" || "http://"+a.Header.Get("X-Host") != w.url {
			t.Errorf("got %d %q %v", a.StatusCode, a.body, a.Header)
		}
	})

	t.Run("HEAD has the headers and no body", func(t *testing.T) {
		get, head := do(t, "GET", w.url+"/login", ""), do(t, "HEAD", w.url+"/login", "")
		if head.StatusCode != 200 || head.body != "" {
			t.Errorf("got %d, %d bytes", head.StatusCode, len(head.body))
		}
		for _, name := range []string{"Content-Type", "Content-Length", "Content-Security-Policy"} {
			if name != "Content-Security-Policy" && head.Header.Get(name) != get.Header.Get(name) || head.Header.Get(name) == "" {
				t.Errorf("%s: got %q, GET says %q", name, head.Header.Get(name), get.Header.Get(name))
			}
		}
	})

	t.Run("a body is answered while it is being sent", func(t *testing.T) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "POST /probe/echo?flush HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 5)
		if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != "first" {
			t.Fatalf("before the end of the request: got %q, %v", got, err)
		}
		fmt.Fprint(conn, "6\r\nsecond\r\n0\r\n\r\n")
		if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "second" {
			t.Errorf("got %q, %v", rest, err)
		}
		if res.Header.Get("X-Length") != "-1" {
			t.Errorf("the length of a body that does not say it: got %s", res.Header.Get("X-Length"))
		}
	})

	t.Run("a long answer", func(t *testing.T) {
		if a := do(t, "GET", w.url+"/probe/stream?bytes=3000001", ""); len(a.body) != 3_000_001 {
			t.Errorf("got %d bytes", len(a.body))
		}
	})

	t.Run("bytes of every value", func(t *testing.T) {
		all := make([]byte, 40<<10)
		for i := range all {
			all[i] = byte(i * 7)
		}
		if a := do(t, "POST", w.url+"/probe/echo", string(all)); sha256.Sum256([]byte(a.body)) != sha256.Sum256(all) {
			t.Errorf("got %d other bytes back", len(a.body))
		}
	})

	t.Run("the client's address is what the edge says", func(t *testing.T) {
		for given, want := range map[string]string{"203.0.113.9": "203.0.113.9:0", "2001:db8::1": "[2001:db8::1]:0", "": "[::]:0", "nonsense": "[::]:0"} {
			a := do(t, "POST", w.url+"/probe/echo", "x", "CF-Connecting-IP", given, "X-Forwarded-For", "198.51.100.1")
			if got := a.Header.Get("X-Peer"); got != want {
				t.Errorf("CF-Connecting-IP %q: got %s, want %s", given, got, want)
			}
		}
	})

	t.Run("a body that is too large", func(t *testing.T) {
		long := strings.Repeat("x", 1<<20)
		if a := do(t, "POST", w.url+"/auth/login", `{"email":"`+long+`"}`, "Content-Type", "application/json"); a.StatusCode != 413 {
			t.Errorf("with its length: got %d %s", a.StatusCode, a.body)
		}
		req, err := http.NewRequest("POST", w.url+"/auth/login", io.MultiReader(strings.NewReader(`{"email":"`), strings.NewReader(long)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 413 {
			t.Errorf("without its length: got %d", res.StatusCode)
		}
	})

	t.Run("what only a server has", func(t *testing.T) {
		for _, path := range []string{"/sandbox", "/sandbox/api/mails", "/metrics"} {
			a := do(t, "GET", w.url+path, "")
			if a.StatusCode != 404 || !strings.Contains(a.body, `"not_on_worker"`) || !strings.Contains(a.body, "Cloudflare Worker") {
				t.Errorf("%s: got %d %s", path, a.StatusCode, a.body)
			}
		}
	})
	if strings.Contains(w.said.String(), "given up") {
		t.Error("an instance was given up")
	}
}

func TestAClientThatLeavesEndsItsRequest(t *testing.T) {
	w := startWorker(t, with(quiet(nowhere), "MAX_INSTANCES", "1"))
	told := make(chan string, 2)
	listener := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.URL.RawQuery }))
	defer listener.Close()
	next := func() string {
		t.Helper()
		select {
		case got := <-told:
			return got
		case <-time.After(20 * time.Second):
			t.Fatal("the handler goes on")
			return ""
		}
	}
	ask := func(path string) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		conn.(*net.TCPConn).SetLinger(0) // a reset: half a connection may still be read from
		fmt.Fprintf(conn, "GET %stell=%s HTTP/1.1\r\nHost: localhost\r\n\r\n", path, listener.URL)
		return conn
	}
	conn := ask("/probe/stream?bytes=1000000000&")
	if _, err := io.ReadFull(conn, make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if got := next(); !strings.HasSuffix(got, "gone=true") {
		t.Errorf("in the middle of an answer: got %s", got)
	}

	conn = ask("/probe/hold?")
	next()
	conn.Close()
	if got := next(); got != "gone=true" {
		t.Errorf("before the answer: got %s", got)
	}
	if a := do(t, "GET", w.url+"/healthz", ""); a.StatusCode != 200 { // the only instance is free again
		t.Errorf("afterwards: got %d %s", a.StatusCode, a.body)
	}
}

func TestAClientThatSendsSlowlyHoldsUpNobody(t *testing.T) {
	w := startWorker(t, with(quiet(nowhere), "MAX_INSTANCES", "1"))
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(conn, "POST /probe/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello")
	for range 3 {
		if a := do(t, "GET", w.url+"/healthz", ""); a.StatusCode != 200 {
			t.Errorf("meanwhile: got %d %s", a.StatusCode, a.body)
		}
	}
	fmt.Fprint(conn, "world")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(res.Body); string(got) != "helloworld" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAnInstanceThatBehavesBadlyIsGivenUp(t *testing.T) {
	w := startWorker(t, with(quiet(nowhere), "MAX_INSTANCES", "1"))
	for path, want := range map[string]struct {
		status int
		log    string
	}{
		"/probe/panic":                      {500, "a probe"},
		"/probe/crash":                      {500, "ended with status 2"},
		"/probe/exit":                       {500, "ended with status 3"},
		"/probe/leave":                      {200, "left something behind"},
		"/probe/fetch?default&url=" + w.url: {500, "http.DefaultTransport was used"},
	} {
		before := len(w.said.String())
		if a := do(t, "GET", w.url+path, ""); a.StatusCode != want.status || strings.Contains(a.body, "probe") {
			t.Errorf("%s: got %d %s", path, a.StatusCode, a.body)
		}
		if a := do(t, "GET", w.url+"/healthz", ""); a.StatusCode != 200 {
			t.Errorf("after %s: got %d %s", path, a.StatusCode, a.body)
		}
		until(t, fmt.Sprintf("%q is in the log", want.log), 5*time.Second, func() bool {
			return strings.Contains(w.said.String()[before:], want.log)
		})
	}
}

func TestATimerThatOutlivesItsRequestStopsNoOther(t *testing.T) {
	w := startWorker(t, with(quiet(nowhere), "MAX_INSTANCES", "1"))
	for range 3 {
		for _, path := range []string{"/probe/timer", "/probe/wait"} {
			if a := do(t, "GET", w.url+path, ""); a.StatusCode != 200 {
				t.Fatalf("%s: got %d %s", path, a.StatusCode, a.body)
			}
		}
	}
	if said := w.said.String(); strings.Contains(said, "given up") {
		t.Error("an instance was given up: a timer is nobody's I/O")
	}
}

func TestFetchEndsWithItsContextAndFollowsNothing(t *testing.T) {
	w := startWorker(t, quiet(nowhere))
	release := make(chan struct{})
	other := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/silent":
			<-r.Context().Done()
		case "/stalls":
			out.Write(bytes.Repeat([]byte("x"), 1000))
			out.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-release:
			}
		case "/cut":
			out.Header().Set("Content-Length", "2000")
			out.Write(bytes.Repeat([]byte("x"), 1000))
			panic(http.ErrAbortHandler)
		case "/away":
			http.Redirect(out, r, "/target", http.StatusFound)
		case "/target":
			out.Write(make([]byte, 7))
		}
	}))
	defer other.Close()
	defer close(release)
	for path, want := range map[string]string{
		"/silent": "no answer: context deadline exceeded",
		"/stalls": "200, 1000 bytes, context deadline exceeded",
		"/away":   "302, ",
		"/target": "200, 7 bytes, <nil>",
	} {
		if a := do(t, "GET", w.url+"/probe/fetch?ms=800&url="+other.URL+path, ""); !strings.HasPrefix(a.body, want) {
			t.Errorf("%s: got %q, want %q", path, a.body, want)
		}
	}
	if a := do(t, "GET", w.url+"/probe/fetch?ms=5000&url="+other.URL+"/cut", ""); strings.HasSuffix(a.body, "<nil>") {
		t.Errorf("an answer that was cut looks whole: %q", a.body)
	}
	if a := do(t, "GET", w.url+"/probe/fetch?ms=5000&url="+nowhere, ""); !strings.HasPrefix(a.body, "no answer: ") {
		t.Errorf("nobody listens: got %q", a.body)
	}
}

func with(settings map[string]string, name, value string) map[string]string {
	settings[name] = value
	return settings
}
