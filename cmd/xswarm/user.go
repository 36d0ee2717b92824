package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/store"
)

// migrateCmd brings the database up to this version.
type migrateCmd struct{}

// Run migrates.
func (migrateCmd) Run(p *program) error {
	cfg, err := app.ConfigFrom(p.getenv)
	if err != nil {
		return err
	}
	engine, err := openDatabase(p, cfg, time.Now)
	if err != nil {
		return err
	}
	defer engine.Close()
	if err := store.New(engine, time.Now).Migrate(p.ctx); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s is up to date\n", engine)
	return nil
}

// userCmd looks after accounts, beside a running server or without one.
type userCmd struct {
	Create      userCreate      `cmd:"" help:"Make an account with a verified address. The password is read from standard input."`
	List        userList        `cmd:"" help:"List accounts."`
	Show        userShow        `cmd:"" help:"Show one account."`
	SetTier     userSetTier     `cmd:"" help:"Grant a tier, or take the grant away."`
	AddNumber   userAddNumber   `cmd:"" help:"Assign a number of yours to somebody's assistant."`
	Disable     userDisable     `cmd:"" help:"Close an account: nobody can sign in to it, and its assistant is silent."`
	Enable      userEnable      `cmd:"" help:"Open a disabled account again."`
	SetOperator userSetOperator `cmd:"" help:"Let somebody look after the service, or no longer."`
}

// withApp gives f the product on the configured database, as the server that may
// be running beside has it.
func withApp(p *program, f func(*app.App) error) error {
	cfg, err := app.ConfigFrom(p.getenv)
	if err != nil {
		return err
	}
	if err := keepSecret(&cfg); err != nil {
		return err
	}
	now := time.Now
	if cfg.Sandboxed() {
		if now, err = sandboxClock(cfg.DataDir); err != nil {
			return err
		}
		keys, err := keptCredentials(cfg.DataDir)
		if err != nil {
			return err
		}
		emulate(&cfg, keys, cfg.Addr)
	}
	engine, err := openDatabase(p, cfg, now)
	if err != nil {
		return err
	}
	defer engine.Close()
	a, err := app.New(cfg, app.Deps{Engine: engine, Transport: transport(), Now: now, Log: p.log, ParsePhone: parsePhone, Guess: guess})
	if err != nil {
		return err
	}
	if err := a.Ready(p.ctx); err != nil {
		return err
	}
	return f(a)
}

type userCreate struct {
	Email    string `arg:"" help:"Their address."`
	Name     string `help:"What they are called."`
	TimeZone string `default:"UTC" help:"An IANA name, like Europe/Berlin."`
}

// Run makes an account.
func (c userCreate) Run(p *program) error {
	fmt.Fprint(p.stderr, "password: ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return errors.Join(errors.New("no password on standard input"), err)
	}
	return withApp(p, func(a *app.App) error {
		u, err := a.Accounts.Create(p.ctx, account.NewUser{
			Email: c.Email, Password: password, Name: c.Name, TimeZone: c.TimeZone, Verified: true,
		})
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintln(p.stdout, u.ID)
		return nil
	})
}

type userList struct {
	Limit int `default:"100" help:"At most so many, newest first."`
}

// Run lists accounts.
func (c userList) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		users, _, err := a.Accounts.List(p.ctx, "", c.Limit)
		if err != nil {
			return plainly(err)
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tADDRESS\tVERIFIED\tTIER\tSINCE")
		for _, u := range users {
			fmt.Fprintf(w, "%s\t%s\t%t\t%s\t%s\n", u.ID, u.Email, u.EmailVerified,
				u.Entitlement(a.Now()).Tier, u.CreatedAt.Format(time.DateOnly))
		}
		return w.Flush()
	})
}

type userShow struct {
	User string `arg:"" help:"Their address or id."`
}

// Run shows one account.
func (c userShow) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		u, err := a.Accounts.Find(p.ctx, c.User)
		if err != nil {
			return plainly(err)
		}
		usage, err := a.Billing.Usage(p.ctx, u)
		if err != nil {
			return plainly(err)
		}
		phones, err := a.Phones.Phones(p.ctx, u.ID)
		if err != nil {
			return plainly(err)
		}
		numbers, err := a.Phones.Numbers(p.ctx, u.ID)
		if err != nil {
			return plainly(err)
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "id\t%s\naddress\t%s (verified: %t)\nname\t%s\nusername\t%s\ntime zone\t%s\nsince\t%s\n",
			u.ID, u.Email, u.EmailVerified, u.Name, u.Username, u.TimeZone, u.CreatedAt.Format(time.RFC3339))
		if u.Operator {
			fmt.Fprintln(w, "operator\tyes")
		}
		if !u.DisabledAt.IsZero() {
			fmt.Fprintf(w, "disabled\t%s: %s\n", u.DisabledAt.Format(time.RFC3339), u.DisabledReason)
		}
		fmt.Fprintf(w, "tier\t%s\n", u.Entitlement(a.Now()).Tier.Name())
		if u.Grant.Tier != "" {
			until := "no end"
			if !u.Grant.Until.IsZero() {
				until = "until " + u.Grant.Until.Format(time.RFC3339)
			}
			fmt.Fprintf(w, "grant\t%s, %s: %s\n", u.Grant.Tier.Name(), until, u.Grant.Reason)
		}
		for _, n := range phones {
			fmt.Fprintf(w, "own phone\t%s (proven: %t)\n", n.Number, !n.VerifiedAt.IsZero())
		}
		for _, n := range numbers {
			fmt.Fprintf(w, "number\t%s (texts: %s)\n", n.Number, n.SMS)
		}
		for _, f := range usage.Features {
			fmt.Fprintf(w, "%s\t%d used, overage %d\n", f.Feature, f.Used, f.Overage)
		}
		return w.Flush()
	})
}

type userSetTier struct {
	User   string `arg:"" help:"Their address or id."`
	Tier   string `arg:"" enum:"ai_buddy,ai_secretary,ai_project_manager,ai_cto,none" help:"ai_buddy, ai_secretary, ai_project_manager or ai_cto; none takes the grant away."`
	Until  string `help:"Until when, like 2027-01-31; no end if left out."`
	Reason string `required:"" help:"Why: it is kept in the audit trail and shown to the user."`
}

// Run grants a tier.
func (c userSetTier) Run(p *program) error {
	g := plan.Grant{Tier: plan.Tier(c.Tier), Reason: c.Reason}
	if c.Tier == "none" {
		g.Tier = ""
	}
	if c.Until != "" {
		until, err := time.Parse(time.DateOnly, c.Until)
		if err != nil {
			return errors.New("--until must be a day, like 2027-01-31")
		}
		g.Until = until
	}
	return withApp(p, func(a *app.App) error {
		u, err := a.Accounts.Grant(p.ctx, c.User, g, "operator")
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintf(p.stdout, "%s is on %s\n", u.Email, u.Entitlement(a.Now()).Tier.Name())
		return nil
	})
}

type userAddNumber struct {
	User   string `arg:"" help:"Their address or id."`
	Number string `arg:"" help:"A number of your Twilio account, like +18335550199."`
	SMS    string `default:"verified" enum:"verified,pending_verification" help:"Whether the carriers let it text: verified or pending_verification."`
}

// Run assigns a number.
func (c userAddNumber) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		u, err := a.Accounts.Find(p.ctx, c.User)
		if err != nil {
			return plainly(err)
		}
		n, err := a.Phones.AssignNumber(p.ctx, u.ID, c.Number, phone.SMSState(c.SMS))
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintf(p.stdout, "%s is %s's assistant (texts: %s)\n", n.Number, u.Email, n.SMS)
		return nil
	})
}
