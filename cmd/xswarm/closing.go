package main

import (
	"fmt"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/app"
)

type userDisable struct {
	User   string `arg:"" help:"Their address or id."`
	Reason string `required:"" help:"Why: it is kept in the audit trail and shown by user show."`
}

// Run closes an account.
func (c userDisable) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		u, err := a.Accounts.Disable(p.ctx, c.User, c.Reason, account.ActorOperator)
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintf(p.stdout, "%s is disabled: %s\n", u.Email, u.DisabledReason)
		return nil
	})
}

type userEnable struct {
	User string `arg:"" help:"Their address or id."`
}

// Run opens an account again.
func (c userEnable) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		u, err := a.Accounts.Enable(p.ctx, c.User, account.ActorOperator)
		if err != nil {
			return plainly(err)
		}
		fmt.Fprintf(p.stdout, "%s is enabled\n", u.Email)
		return nil
	})
}

type userSetOperator struct {
	User string `arg:"" help:"Their address or id."`
	Off  bool   `help:"No longer."`
}

// Run says whether somebody may look after the service.
func (c userSetOperator) Run(p *program) error {
	return withApp(p, func(a *app.App) error {
		u, err := a.Accounts.SetOperator(p.ctx, c.User, !c.Off, account.ActorOperator)
		if err != nil {
			return plainly(err)
		}
		is := "is an operator"
		if !u.Operator {
			is = "is no operator"
		}
		fmt.Fprintf(p.stdout, "%s %s\n", u.Email, is)
		return nil
	})
}
