package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
)

const (
	safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"
	home   = "203.0.113.7"
	away   = "198.51.100.1"
)

// from signs Ada in with a device, somewhere, and returns how often she has been
// mailed about a new one.
func (w *world) from(userAgent, token, client string) (s account.Session, mails int) {
	w.t.Helper()
	s, err := w.Login(w.ctx, account.Credentials{
		Email: ada, Password: password, Client: client, Device: account.Device{UserAgent: userAgent, Token: token},
	})
	must(w.t, err)
	w.runJobs()
	return s, strings.Count(w.mailbox.kinds(ada), "new_device")
}

func TestANewDeviceIsTold(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	first, mails := w.from(firefox, "", home)
	if mails != 0 || first.DeviceToken == "" {
		t.Errorf("the first sign-in: %d mails, a token: %t, want a token and no mail", mails, first.DeviceToken != "")
	}
	again, mails := w.from(firefox, first.DeviceToken, away)
	if mails != 0 || again.DeviceToken != "" {
		t.Errorf("with its cookie, elsewhere: %d mails, another token: %t", mails, again.DeviceToken != "")
	}
	lost, mails := w.from(firefox, "", home)
	if mails != 0 || lost.DeviceToken != first.DeviceToken {
		t.Errorf("without the cookie, at home: %d mails, the same token: %t", mails, lost.DeviceToken == first.DeviceToken)
	}
	w.exec("UPDATE users SET time_zone = 'Europe/Berlin' WHERE id = ?", u.ID)
	phone, mails := w.from(safari, "", home)
	if mails != 1 || phone.DeviceToken == first.DeviceToken {
		t.Errorf("another device at home: %d mails, want one", mails)
	}
	if got, want := w.mailbox.last(t, "new_device", ada).about, "Safari on iPhone, Monday 5 January 2026, 10:00 CET"; got != want {
		t.Errorf("the mail says %q, want %q", got, want)
	}
	planted := strings.Repeat("A", 43)
	thief, mails := w.from(firefox, planted, away)
	if mails != 2 || thief.DeviceToken == "" || thief.DeviceToken == planted {
		t.Errorf("the same name elsewhere with a secret that we did not give: %d mails, got its own: %t", mails, thief.DeviceToken != planted)
	}
	w.restart(func(o *account.Options) {
		o.Secrets = append([][]byte{[]byte("a secret of at least 32 bytes, fresh")}, o.Secrets...)
	})
	if _, mails = w.from(safari, phone.DeviceToken, "192.0.2.55"); mails != 2 {
		t.Error("rotating the secret made a device new that shows its own")
	}
	if _, mails = w.from(safari, "", home); mails != 2 {
		t.Error("rotating the secret made a device new that is known by its place")
	}
}

func TestADeviceOfSomebodyElseIsNew(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	w.member("bob@example.com")
	bobs, err := w.Login(w.ctx, account.Credentials{Email: "bob@example.com", Password: password, Client: home, Device: account.Device{UserAgent: firefox}})
	must(t, err)
	w.from(safari, "", home)
	if s, mails := w.from(firefox, bobs.DeviceToken, home); mails != 1 || s.DeviceToken == bobs.DeviceToken {
		t.Errorf("Ada was mailed %d times about Bob's device, want once", mails)
	}
}

func TestDevicesAreForgottenExceptTheLast(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	w.from(firefox, "", home)
	w.clock.Advance(time.Hour)
	w.from(safari, "", home)
	must(t, w.Start(w.ctx))
	w.clock.Advance(181 * 24 * time.Hour)
	w.runJobs()
	if _, mails := w.from(safari, "", home); mails != 1 {
		t.Errorf("the last device is a new one (%d mails, want the one from before)", mails)
	}
	if _, mails := w.from(firefox, "", home); mails != 2 {
		t.Errorf("a device that was not used for half a year is still known (%d mails, want 2)", mails)
	}
}

func TestNoAddressLiesInTheTableOfDevices(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	s, _ := w.from(firefox, "", home)
	var row string
	must(t, w.engine.Reader().QueryRowContext(w.ctx, "SELECT id || ' ' || user_id || ' ' || place || ' ' || token_hash FROM devices").Scan(&row))
	for _, bad := range []string{home, "Firefox", s.DeviceToken} {
		if strings.Contains(row, bad) {
			t.Errorf("%q is in %q", bad, row)
		}
	}
}

func TestDevicesHaveTheNamesThatPeopleGiveThem(t *testing.T) {
	for ua, want := range map[string]string{
		firefox: "Firefox on Linux",
		safari:  "Safari on iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0":              "Edge on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36":                            "Chrome on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15":                      "Safari on macOS",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36":                            "Chrome on Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0 Mobile/15E148 Safari/604.1":     "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 15; SM-S938B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36":                             "Chrome on ChromeOS",
		"Mozilla/5.0 (Windows NT 10.0) Something/1.0": "Browser on Windows",
		"Mozilla/5.0":          "Unknown device",
		"curl/8.17.0":          "curl",
		"Go-http-client/2.0":   "Go-http-client",
		"python-requests/2.32": "python-requests",
		"":                     "Unknown device",
		"Your account is at risk! Go to evil.example/now": "Unknown device",
		"evil.example":                                  "Unknown device",
		strings.Repeat("a", 31) + "/1":                  "Unknown device",
		strings.Repeat("x", 10000) + " Firefox/1 Linux": "Unknown device",
		"\x00\xff": "Unknown device",
	} {
		if got := account.DeviceName(ua); got != want {
			t.Errorf("%.60q: got %q, want %q", ua, got, want)
		}
	}
}

func TestSessionsAreListedAndEndOneByOne(t *testing.T) {
	w := newWorld(t)
	u := w.member(ada)
	w.member("bob@example.com")
	old, _ := w.from(firefox, "", home)
	w.clock.Advance(time.Hour)
	later, _ := w.from("curl/8.17.0", "", home)
	bobs := w.session("bob@example.com")

	list := func() string {
		all, err := w.Sessions(w.ctx, u.ID)
		must(t, err)
		var names []string
		for _, s := range all {
			if s.Token != "" || s.User.ID != u.ID {
				t.Errorf("the list has %+v", s)
			}
			names = append(names, fmt.Sprintf("%s %s-%s", s.Device, s.CreatedAt.Format("15:04"), s.LastUsedAt.Format("15:04")))
		}
		return strings.Join(names, ", ")
	}
	if got, want := list(), "curl 10:00-10:00, Firefox on Linux 09:00-09:00"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	w.clock.Advance(time.Hour)
	_, err := w.Authenticate(w.ctx, old.Token)
	must(t, err)
	if got, want := list(), "Firefox on Linux 09:00-11:00, curl 10:00-10:00"; got != want {
		t.Errorf("after it was used: got %q, want %q", got, want)
	}

	wantError(t, w.EndSession(w.ctx, bobs, old.ID), account.ErrNoSession)
	wantError(t, w.EndSession(w.ctx, old, "ses_unknown"), account.ErrNoSession)
	must(t, w.EndSession(w.ctx, old, later.ID))
	wantError(t, w.EndSession(w.ctx, old, later.ID), account.ErrNoSession)
	_, err = w.Authenticate(w.ctx, later.Token)
	wantError(t, err, account.ErrUnauthenticated)
	if got, want := list(), "Firefox on Linux 09:00-11:00"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	must(t, w.Logout(w.ctx, old, true))
	if got := list(); got != "" {
		t.Errorf("signed out everywhere, there are %q", got)
	}
	_, err = w.Authenticate(w.ctx, bobs.Token)
	must(t, err)
}

func TestTheUseOfASessionIsNotedEveryQuarterOfAnHour(t *testing.T) {
	w := newWorld(t)
	w.member(ada)
	s := w.session(ada)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {14 * time.Minute, 1}, {time.Minute, 2}, {0, 1}, {15 * time.Minute, 2}} {
		w.clock.Advance(step.after)
		w.work.reset()
		_, err := w.Authenticate(w.ctx, s.Token)
		must(t, err)
		if got := len(w.work.statements); got != step.want {
			t.Errorf("at %v: got %d statements, want %d: %q", w.clock.Now(), got, step.want, w.work.statements)
		}
	}
}
