//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/sqlite"
	"xswarm.ai/server/internal/store/db"
)

// examined is what the doctor says of an installation.
func (i installation) examined(want int, args ...string) []finding {
	i.Helper()
	said, _ := i.run(want, append([]string{"doctor", "--json"}, args...)...)
	var answer struct{ Findings []finding }
	if err := json.Unmarshal([]byte(said), &answer); err != nil {
		i.Fatalf("%v\n%s", err, said)
	}
	for _, f := range answer.Findings {
		if (f.Fix == "") != (f.Level == fine) {
			i.Errorf("what to do about %+v: %q", f, f.Fix)
		}
		for name, value := range i.settings {
			secret := strings.HasSuffix(name, "_KEY") || strings.HasSuffix(name, "_TOKEN") || strings.HasSuffix(name, "_SECRET")
			if secret && len(value) > 8 && strings.Contains(f.What+f.Fix, value) {
				i.Errorf("%s is said: %+v", name, f)
			}
		}
	}
	return answer.Findings
}

// wantFinding insists that something was found, in these words.
func wantFinding(t *testing.T, list []finding, check string, l level, words string) {
	t.Helper()
	for _, f := range list {
		if strings.HasPrefix(f.Check, check) && f.Level == l && strings.Contains(f.What+" "+f.Fix, words) {
			return
		}
	}
	t.Errorf("%s: %s: %q is not in\n%+v", check, l, words, list)
}

func TestTheDoctorFindsNothingWrongWithARunningServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.idle()
	if err := os.Chmod(w.home, 0o700); err != nil { // the test's, not the server's
		t.Fatal(err)
	}
	i := installation{T: t, settings: w.settings}
	list := i.examined(0)
	wantFinding(t, list, "payments", fine, "the keys are good")
	wantFinding(t, list, "catalogue", warning, "xswarm_ai_secretary_monthly is missing Run xswarm setup stripe")
	i.examined(1, "--strict")
	i.run(0, "setup", "stripe")
	list = i.examined(0, "--strict")
	for check, words := range map[string]string{
		"configuration": "development", "database": "is sound", "migrations": "none is pending", "jobs": "none was given up",
		"files": "its owner's alone", "disk": "are free", "backup": "none was made", "ports": "held by a running server",
		"address": "xSwarm answers", "mail": "the keys are good", "texts": "the keys are good", "clock": "agrees",
		"money": "no alert lasts", "usage": "is reported", "payments": "the keys are good", "catalogue": "what the plans say",
	} {
		wantFinding(t, list, check, fine, words)
	}
	if said, _ := i.run(0, "doctor"); !strings.Contains(said, "ok  ports ") {
		t.Errorf("as a table:\n%s", said)
	}

	for setting, want := range map[string]struct{ check, words string }{
		"SENDGRID_API_KEY=SG.not-the-key":                    {"mail", "Set SENDGRID_API_KEY"},
		"TWILIO_AUTH_TOKEN=0123456789abcdef0123456789abcdef": {"texts", "check TWILIO_ACCOUNT_SID"},
		"TWILIO_PHONE_NUMBER=+18335550177":                   {"texts", "no number of this account"},
		"SENDGRID_API_BASE=http://127.0.0.1:1":               {"mail", "not reached"},
		"STRIPE_SECRET_KEY=sk_test_not_the_key":              {"payments", "Set STRIPE_SECRET_KEY"},
		"STRIPE_API_BASE=http://127.0.0.1:1":                 {"payments", "not reached"},
		"BASE_URL=http://localhost:1":                        {"payments", "no webhook endpoint leads to http://localhost:1/"},
	} {
		wantFinding(t, i.with(setting).examined(1), want.check, failure, want.words)
	}
	wantFinding(t, i.with("STRIPE_EVENTS_SECRET=").examined(0), "payments", warning, "STRIPE_EVENTS_SECRET is not set")
	wantFinding(t, i.with("STRIPE_SECRET_KEY=off").examined(0), "payments", fine, "turned off")
	wantFinding(t, i.with("MOSHI_URLS=http://x").examined(0), "configuration", warning, "MOSHI_URLS")
	i.with("MOSHI_URLS=http://x").examined(1, "--strict")
	if got := w.Client(t).Do("GET", "/healthz", nil).Status; got != 200 {
		t.Errorf("afterwards the server answers %d", got)
	}
}

func TestTheDoctorNamesWhatIsWrongWithTheData(t *testing.T) {
	fresh := newInstallation(t)
	wantFinding(t, fresh.examined(0), "database", warning, "Run xswarm serve")
	if _, err := os.Stat(fresh.settings["XSWARM_DATA_DIR"]); err == nil {
		t.Error("looking made the data directory")
	}
	wantFinding(t, fresh.with("SMS_BILLING=word", "XSWARM_ADDR=x").examined(1), "configuration", failure, "Set SMS_BILLING")

	i := newInstallation(t, "XSWARM_DB_KEY="+keyA).withPerson()
	wantFinding(t, i.with("XSWARM_DB_KEY="+keyB).examined(1), "database", failure, "Set XSWARM_DB_KEY")
	i.execute("INSERT INTO jobs (id, kind, payload, state, run_at, created_at, updated_at) VALUES ('job_1', 'k', '{}', 'dead', 1, 1, 1)")
	wantFinding(t, i.examined(0), "jobs", warning, "1 were given up")
	i.execute("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	wantFinding(t, i.examined(0), "migrations", warning, "another version has been here")
	i.execute("DELETE FROM goose_db_version WHERE version_id > 0")
	wantFinding(t, i.examined(0), "migrations", warning, "xswarm migrate")

	if err := os.Chmod(i.file("xswarm.db"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, i.examined(0), "files", warning, "chmod -R go=")
	i.run(0, "rekey", "--new-key", "off")
	i = i.with("XSWARM_DB_KEY=off")
	wantFinding(t, i.examined(0), "database", warning, "rekey --delete-old")
	if err := os.Truncate(i.file("xswarm.db"), 16<<10); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, i.examined(1), "database", failure, "xswarm restore")
}

// execute runs a statement on the database.
func (i installation) execute(statement string) {
	i.Helper()
	e, err := sqlite.Open(i.Context(), sqlite.Options{Path: i.file("xswarm.db"), Key: configOf(i.T, i).DatabaseKey()})
	if err != nil {
		i.Fatal(err)
	}
	defer e.Close()
	err = e.One(i.Context(), func(tx db.DBTX) error {
		_, err := tx.ExecContext(i.Context(), statement)
		return err
	})
	if err != nil {
		i.Fatal(err)
	}
}

func TestTheDoctorTellsWhoAnswersAtAnAddress(t *testing.T) {
	stranger := httptest.NewServer(http.NotFoundHandler())
	defer stranger.Close()
	i := newInstallation(t, "BASE_URL="+stranger.URL, "XSWARM_ADDR="+strings.TrimPrefix(stranger.URL, "http://"))
	list := i.examined(1)
	wantFinding(t, list, "address", failure, "something else answers")
	wantFinding(t, list, "ports", failure, "End that program")
	wantFinding(t, i.with("XSWARM_ADDR=192.0.2.1:80").examined(1), "ports", failure, "an address of this machine")
	metrics, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := metrics.Addr().String()
	metrics.Close()
	wantFinding(t, newInstallation(t, "XSWARM_METRICS_ADDR="+address).examined(0), "ports", fine, "XSWARM_METRICS_ADDR) is free")
}

func TestTheDoctorComparesTheClock(t *testing.T) {
	for off, want := range map[time.Duration]struct {
		level
		words string
	}{
		0: {fine, "agrees"}, 30 * time.Second: {warning, "behind"}, -30 * time.Second: {warning, "ahead"}, 5 * time.Minute: {failure, "tokens and signatures fail"},
	} {
		t.Run(off.String(), func(t *testing.T) {
			vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
				fmt.Fprint(w, `{"scopes":["mail.send"]}`)
			}))
			defer vendor.Close()
			i := newInstallation(t, "SENDGRID_API_KEY=SG.key", "SENDGRID_API_BASE="+vendor.URL)
			wantFinding(t, i.examined(map[level]int{failure: 1}[want.level]), "clock", want.level, want.words)
		})
	}
}

func TestTheDoctorWantsRoomAndBackups(t *testing.T) {
	dir := t.TempDir()
	x := &examination{program: &program{}, cfg: app.Config{Env: "production", DataDir: dir}}
	for _, tc := range []struct {
		free, size uint64
		want       level
	}{
		{free: 50 << 20, want: failure}, {free: 500 << 20, want: warning}, {free: 5 << 30, want: fine}, {free: 5 << 30, size: 2 << 30, want: warning},
	} {
		x.room(dir, tc.free, tc.size)
		if got := x.findings[len(x.findings)-1]; got.Level != tc.want {
			t.Errorf("%d free, %d used: %+v, want %s", tc.free, tc.size, got, tc.want)
		}
	}
	kept := filepath.Join(dir, lastBackup)
	for _, tc := range []struct {
		kept string
		want level
	}{
		{"", warning}, {"nonsense", warning},
		{time.Now().Add(-8 * 24 * time.Hour).Format(time.RFC3339), warning}, {time.Now().Add(-time.Hour).Format(time.RFC3339), fine},
	} {
		if tc.kept != "" {
			if err := os.WriteFile(kept, []byte(tc.kept), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		x.backup()
		if got := x.findings[len(x.findings)-1]; got.Level != tc.want {
			t.Errorf("%q: %+v, want %s", tc.kept, got, tc.want)
		}
	}
}
