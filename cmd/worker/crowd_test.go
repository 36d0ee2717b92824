//go:build linux

package worker_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// platform is how much memory Cloudflare gives to all instances together.
const platform = 128 << 20

func TestACrowdThatWaitsForTheDatabaseIsAnsweredEachItsOwn(t *testing.T) {
	turso := migrated(t)
	const people, slow = 8, 20 * time.Millisecond
	w := startWorker(t, quiet(proxied(t, turso, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-time.After(slow) // as from another data centre
			next.ServeHTTP(w, r)
		})
	})))
	tokens := make([]string, people)
	for i := range tokens {
		tokens[i] = member(t, turso, w, person(i))
	}
	before := w.resident(t)

	const requests = 200
	var wg sync.WaitGroup
	for i := range requests {
		wg.Go(func() {
			who := i % people
			a := do(t, "GET", w.url+"/auth/me", "", "Authorization", "Bearer "+tokens[who])
			if a.StatusCode != 200 || !strings.Contains(a.body, `"`+person(who)+`"`) {
				t.Errorf("%s: got %d %s", person(who), a.StatusCode, a.body)
			}
		})
	}
	wg.Wait()
	if said := w.said.String(); strings.Contains(said, "different request") || strings.Contains(said, "given up") || strings.Contains(said, "hung") {
		t.Error("an instance used what was another request's")
	}

	var sizes []int
	if err := json.Unmarshal([]byte(do(t, "GET", w.url+"/test/memory", "").body), &sizes); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, size := range sizes {
		total += size
	}
	const mb = 1 << 20
	t.Logf("%d instances: %d MiB together, the largest %d MiB; the process: %d MiB before, %d MiB after",
		len(sizes), total/mb, slices.Max(sizes)/mb, before/mb, w.resident(t)/mb)
	if len(sizes) != 4 || total > platform*3/4 {
		t.Errorf("%d instances of %d bytes together do not leave a quarter of %d for the platform's own", len(sizes), total, platform)
	}
}

func TestWhoFindsTooManyWaitingIsToldWhenToComeBack(t *testing.T) {
	open := make(chan struct{})
	w := startWorker(t, with(quiet(proxied(t, nowhere, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-open:
			case <-r.Context().Done():
			}
		})
	})), "MAX_INSTANCES", "1"))
	var wg sync.WaitGroup
	finish := sync.OnceFunc(func() { close(open); wg.Wait() })
	defer finish()
	answers := make(chan answered, 300)
	for range cap(answers) {
		wg.Go(func() {
			req, _ := http.NewRequestWithContext(t.Context(), "GET", w.url+"/readyz", nil)
			res, err := client.Do(req)
			if err != nil {
				return
			}
			defer res.Body.Close()
			raw, _ := io.ReadAll(res.Body)
			answers <- answered{res, string(raw)}
		})
	}
	for range 300 - 257 { // one is being answered, 256 wait
		a := <-answers
		if a.StatusCode != 503 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, `"busy"`) ||
			a.Header.Get("Content-Type") != "application/problem+json" {
			t.Fatalf("got %d %v %s", a.StatusCode, a.Header, a.body)
		}
	}
	finish()
	for range 257 {
		if a := <-answers; strings.Contains(a.body, `"busy"`) || !strings.Contains(a.body, "database_unavailable") {
			t.Fatalf("one who waited: got %d %s", a.StatusCode, a.body)
		}
	}
}

func TestThoseWhoLeaveWhileTheyWaitHoldUpNobody(t *testing.T) {
	w := startWorker(t, with(quiet(nowhere), "MAX_INSTANCES", "1"))
	here := make(chan struct{}, 2)
	listener := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { here <- struct{}{} }))
	defer listener.Close()
	ask := func(path string) *net.TCPConn {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)
		return conn.(*net.TCPConn)
	}
	leave := func(conn *net.TCPConn) {
		conn.SetLinger(0)
		conn.Close()
	}
	first := ask("/probe/hold?tell=" + listener.URL)
	<-here
	var others []*net.TCPConn
	for range 50 {
		others = append(others, ask("/healthz"))
	}
	for _, conn := range others {
		leave(conn)
	}
	leave(first)
	start := time.Now()
	if a := do(t, "GET", w.url+"/healthz", ""); a.StatusCode != 200 {
		t.Errorf("got %d %s after %s", a.StatusCode, a.body, time.Since(start))
	}
}

// person is the address of the i-th of them.
func person(i int) string { return fmt.Sprintf("person%d@example.com", i) }

const password = "correct horse battery"

// member makes an account, as an operator does, and signs it in on the Worker.
func member(t *testing.T, turso string, w *workerd, email string) (token string) {
	t.Helper()
	s := settingsOf(turso)
	withInput(t, s, password+"\n", "user", "create", email, "--name", "Ada", "--time-zone", "Europe/Berlin")
	a := do(t, "POST", w.url+"/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), "Content-Type", "application/json")
	var in struct{ Token string }
	if err := json.Unmarshal([]byte(a.body), &in); err != nil || a.StatusCode != 200 {
		t.Fatalf("sign in: got %d %s", a.StatusCode, a.body)
	}
	return in.Token
}

func settingsOf(turso string) map[string]string {
	return map[string]string{"TURSO_DATABASE_URL": turso, "JWT_SECRET": secret}
}

// proxied returns the address of something in front of a server.
func proxied(t testing.TB, server string, front func(http.Handler) http.Handler) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	srv := httptest.NewServer(front(proxy))
	t.Cleanup(srv.CloseClientConnections)
	t.Cleanup(srv.Close)
	return srv.URL
}
