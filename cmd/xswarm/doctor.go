package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"xswarm.ai/server/internal/app"
)

// doctorCmd looks at everything that an installation stands on. It changes
// nothing and sends nothing, and may be run beside a server.
type doctorCmd struct {
	JSON   bool `help:"Say it as JSON."`
	Strict bool `help:"Let warnings fail, too."`
}

// level is how bad a finding is.
type level string

const (
	fine    level = "ok"
	warning level = "warn"
	failure level = "fail"
)

// finding is one thing that was looked at. It never holds a secret.
type finding struct {
	Check string `json:"check"`
	Level level  `json:"level"`
	What  string `json:"what"`
	Fix   string `json:"fix,omitempty"` // what to do; "" when all is well
}

// examination is a look at one installation.
type examination struct {
	*program
	cfg      app.Config
	clocks   *clocks
	findings []finding
}

// Run examines the installation and says what was found.
func (c doctorCmd) Run(p *program) error {
	x := &examination{program: p, clocks: &clocks{next: transport(), now: time.Now}}
	x.examine()
	if err := c.print(x); err != nil {
		return err
	}
	n := 0
	for _, f := range x.findings {
		if f.Level == failure || c.Strict && f.Level == warning {
			n++
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return errors.New("one finding has to be mended")
	}
	return fmt.Errorf("%d findings have to be mended", n)
}

func (x *examination) examine() {
	var err error
	if x.cfg, err = app.ConfigFrom(x.getenv); err != nil {
		var all *app.ConfigError
		if !errors.As(err, &all) {
			x.bad("configuration", err.Error(), "Look at README.md, Configuration.")
			return
		}
		for _, problem := range all.Problems {
			name, _, _ := strings.Cut(problem, " ")
			x.bad("configuration", problem, "Set "+name+" and look again: the rest was not looked at.")
		}
		return
	}
	x.good("configuration", "%s; the address is %s", x.cfg.Env, x.cfg.BaseURL)
	for _, name := range x.cfg.Unused() {
		x.warn("configuration", name+" has no use in this version", "Remove it, or leave it for a later version.")
	}
	x.database()
	x.directory()
	x.space()
	x.backup()
	x.ports()
	x.publicAddress()
	x.vendors()
	x.clock()
}

func (x *examination) good(check, format string, args ...any) {
	x.findings = append(x.findings, finding{Check: check, Level: fine, What: fmt.Sprintf(format, args...)})
}

func (x *examination) warn(check, what, fix string) {
	x.findings = append(x.findings, finding{Check: check, Level: warning, What: what, Fix: fix})
}

func (x *examination) bad(check, what, fix string) {
	x.findings = append(x.findings, finding{Check: check, Level: failure, What: what, Fix: fix})
}

// worse fails in production and warns elsewhere.
func (x *examination) worse(check, what, fix string) {
	if x.cfg.Production() {
		x.bad(check, what, fix)
	} else {
		x.warn(check, what, fix)
	}
}

// print says what was found.
func (c doctorCmd) print(x *examination) error {
	if c.JSON {
		e := json.NewEncoder(x.stdout)
		e.SetIndent("", "  ")
		return e.Encode(map[string]any{"version": app.Version, "findings": x.findings})
	}
	w := tabwriter.NewWriter(x.stdout, 0, 0, 2, ' ', 0)
	for _, f := range x.findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Level, f.Check, f.What)
		if f.Fix != "" {
			fmt.Fprintf(w, "\t\t→ %s\n", f.Fix)
		}
	}
	return w.Flush()
}

// clocks notes, from the answers of others, how far this machine's clock is off.
type clocks struct {
	next http.RoundTripper
	now  func() time.Time
	seen []time.Duration // how far each of them is ahead of us
}

// RoundTrip passes a request on.
func (c *clocks) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := c.now()
	res, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if theirs, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		c.note(theirs, sent)
	}
	return res, nil
}

// note compares a clock that was read between a moment and now, and that shows
// whole seconds.
func (c *clocks) note(theirs, sent time.Time) {
	back := c.now()
	switch {
	case theirs.Add(time.Second).Before(sent):
		c.seen = append(c.seen, theirs.Add(time.Second).Sub(sent))
	case theirs.After(back):
		c.seen = append(c.seen, theirs.Sub(back))
	default:
		c.seen = append(c.seen, 0)
	}
}
