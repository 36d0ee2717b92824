//go:build linux

package worker_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/apptest"
	"xswarm.ai/server/internal/hrana"
)

func TestTwoWorkersAndAServerRunEachJobOnce(t *testing.T) {
	x := newWorld(t)
	second := startWorker(t, x.settings)
	address := apptest.FreePort(t)
	env := []string{"XSWARM_ADDR=" + address, "TRUSTED_PROXIES=127.0.0.1", "XSWARM_DATA_DIR=" + t.TempDir()}
	for name, value := range x.settings {
		env = append(env, name+"="+value)
	}
	server := launch(t, t.TempDir(), env, program(t), "serve")
	until(t, "the server is ready", 20*time.Second, func() bool {
		return strings.Contains(server.said.String(), "xSwarm ") || server.over()
	})
	x.beat(t)
	second.beat(t)

	const people = 60
	var wg sync.WaitGroup
	for i := range people {
		url := []string{x.url, second.url, "http://" + address}[i%3]
		wg.Go(func() {
			ip := fmt.Sprintf("203.0.113.%d", i+1)
			a := do(t, "POST", url+"/auth/signup", fmt.Sprintf(`{"email":%q,"password":%q}`, person(i), password),
				"Content-Type", "application/json", "CF-Connecting-IP", ip, "X-Forwarded-For", ip)
			if a.StatusCode != 201 {
				t.Errorf("%s: got %d %s", url, a.StatusCode, a.body)
			}
		})
	}
	wg.Wait()

	db, err := hrana.Open(hrana.Options{URL: x.settings["TURSO_DATABASE_URL"], Transport: &http.Transport{}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	count := func(where string) (n int) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM jobs WHERE kind = 'account.verification' AND "+where).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	until(t, "every mail was sent", 30*time.Second, func() bool { return count("state = 'done'") >= people })
	if all, again := count("1"), count("attempts <> 1"); all != people || again != 0 {
		t.Errorf("got %d jobs, %d of them not at the first attempt; want %d and none", all, again, people)
	}
	c := x.Client(t)
	for i := range people {
		if got := c.Mails(person(i)); len(got) != 1 {
			t.Errorf("%s got %d mails, want 1", person(i), len(got))
		}
	}
}

func TestRepliesDoNotWaitForTheCron(t *testing.T) {
	x := newWorld(t) // and no cron event ever
	c, phone, number := x.Owner(t)
	if got := c.Ask(phone, number, "add water the plants"); !strings.Contains(got, "water the plants") {
		t.Errorf("got %q", got)
	}
}
