package web

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/plan"
)

// money is what the stand-in for the services knows of somebody's plan.
type money struct {
	on       bool // plans can be bought
	sub      billing.Subscription
	usage    billing.Usage
	order    billing.Checkout
	preview  billing.Preview
	bills    []billing.Invoice
	cursor   string // that the list of them was asked for with
	cap      plan.Cap
	after    plan.Subscription // a change
	quoteErr error
}

var _ Billing = (*billing.Service)(nil)

func (p *product) On() bool                                       { return p.on }
func (p *product) Subscription(account.User) billing.Subscription { return p.sub }
func (p *product) Cap(account.User) plan.Cap                      { return p.cap }

// mine is an error unless it is asked about the user who is signed in.
func (p *product) mine(u account.User) error {
	if u.ID != p.user.ID {
		return fmt.Errorf("asked for what %q has", u.ID)
	}
	return nil
}

func (p *product) Usage(_ context.Context, u account.User) (billing.Usage, error) {
	return p.usage, p.mine(u)
}

func (p *product) Checkout(_ context.Context, u account.User, r billing.CheckoutRequest) (billing.Checkout, error) {
	return p.order, p.called("checkout %s of %s to %q, back to %q", r.Tier, u.ID, r.SuccessPath, r.CancelPath)
}
func (p *product) CheckoutReturn(_ context.Context, u account.User, orderID string) (billing.Checkout, error) {
	if p.err != nil {
		return billing.Checkout{}, p.called("return of %s from %s", u.ID, orderID)
	}
	return p.order, p.called("return of %s from %s", u.ID, orderID)
}
func (p *product) Portal(_ context.Context, u account.User, returnPath string) (string, error) {
	return "https://billing.pay.example/p/1", p.called("portal of %s, back to %q", u.ID, returnPath)
}
func (p *product) Invoices(_ context.Context, u account.User, cursor string, _ int) ([]billing.Invoice, string, error) {
	p.cursor = cursor
	return p.bills, p.next, errors.Join(p.mine(u), p.listErr)
}
func (p *product) Preview(_ context.Context, u account.User, tier plan.Tier) (billing.Preview, error) {
	p.calls = append(p.calls, "preview "+string(tier)+" of "+u.ID)
	return p.preview, p.quoteErr
}
func (p *product) Change(_ context.Context, u account.User, r billing.ChangeRequest) (account.User, error) {
	at := ""
	if !r.At.IsZero() {
		at = r.At.Format(time.RFC3339)
	}
	err := p.called("change %s to %s at %q", u.ID, r.Tier, at)
	u.Subscription = p.after
	return u, err
}
func (p *product) SetCap(_ context.Context, u account.User, c plan.Cap) (account.User, error) {
	return u, p.called("cap of %s is %s, soft %t, chosen %t", u.ID, c.Limit.Dollars(), c.Soft, c.Chosen)
}

// paying puts the user on a plan that is paid for, in the middle of its period.
func (p *product) paying(tier plan.Tier) *product {
	p.on = true
	p.sub.Plan, _ = plan.Of(tier)
	p.sub.Customer = true
	p.sub.Paid = plan.Subscription{
		ID: "sub_1", Tier: tier, Status: plan.Active,
		Start: time.Date(2026, 11, 10, 15, 0, 0, 0, time.UTC), End: time.Date(2026, 12, 10, 15, 0, 0, 0, time.UTC),
	}
	p.sub.Period = billing.Period{Start: p.sub.Paid.Start, End: p.sub.Paid.End}
	p.usage.Period = p.sub.Period
	p.user.Subscription, p.user.CustomerID = p.sub.Paid, "cus_1"
	p.cap = plan.CapFor(tier, plan.Cap{})
	p.entitled()
	return p
}

// entitled makes what the user may use follow from what they pay for.
func (p *product) entitled() {
	p.user.Subscription = p.sub.Paid
	p.sub.Entitlement = plan.Entitle(p.sub.Paid, plan.Grant{}, now)
	p.sub.Plan, _ = plan.Of(p.sub.Entitlement.Tier)
}

// late lets the user's last payment have failed, with so long until the plan stops.
func (p *product) late(grace time.Duration) *product {
	p.sub.Paid.Status, p.sub.Paid.OwedSince, p.sub.Paid.GraceUntil = plan.PastDue, now.Add(grace-72*time.Hour), now.Add(grace)
	p.entitled()
	p.bills = []billing.Invoice{
		{ID: "in_2", Number: "XS-0002", Status: "open", Currency: "usd", Total: 4130, Due: 4130, Attempted: true, IssuedAt: now, URL: "https://pay.example/i/2"},
		{ID: "in_1", Number: "XS-0001", Status: "paid", Currency: "usd", Total: 4000, Paid: 4000, IssuedAt: now.AddDate(0, -1, 0), URL: "https://pay.example/i/1"},
	}
	return p
}

func TestAmountsOfInvoicesAreInTheirCurrency(t *testing.T) {
	for _, c := range []struct {
		n        int64
		currency string
		want     string
	}{
		{4000, "usd", "$40"}, {123450, "usd", "$1,234.50"}, {-500, "usd", "-$5"}, {1, "", "$0.01"}, {1999, "eur", "19.99 EUR"}, {-500, "eur", "-5 EUR"},
	} {
		if got := cents(c.n, c.currency); got != c.want {
			t.Errorf("cents(%d, %q) = %q, want %q", c.n, c.currency, got, c.want)
		}
	}
}

func TestAmountsAreReadAsTheyAreTyped(t *testing.T) {
	for typed, want := range map[string]plan.MicroDollars{
		"80": 80_000_000, "0": 0, "$80": 80_000_000, " $ 80.5 ": 80_500_000, "1,234.50": 1_234_500_000, "10,000": 10_000_000_000, "0.01": 10_000, "007": 7_000_000,
	} {
		if got, ok := amount(typed); !ok || got != want {
			t.Errorf("amount(%q) = %d, %t, want %d", typed, got, ok, want)
		}
	}
	for _, typed := range []string{"", "$", ".", ".5", "5.", "-1", "+1", "1,5", "1.5,0", "1,23,456", ",123", "1,,000", "1234,567", "80.123", "1e3", "0x10", "８０", "80 $", "€80", "1 000", "$$1", "99999999999", "1\x00"} {
		if got, ok := amount(typed); ok {
			t.Errorf("amount(%q) = %d, want it refused", typed, got)
		}
	}
}

func FuzzAmountsAreReadExactlyOrRefused(f *testing.F) {
	for _, s := range []string{"80", "$1,234.50", "1,5", "0.01", "-1", "1e9", "9999999999.99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := amount(s)
		if !ok {
			return
		}
		if m < 0 || m%plan.Cent != 0 || m > maxAmount {
			t.Fatalf("amount(%q) = %d", s, m)
		}
		if again, ok := amount(m.String()); !ok || again != m {
			t.Fatalf("amount(%q) = %d, and of its own words %q it is %d, %t", s, m, m.String(), again, ok)
		}
		if strings.ContainsAny(s, "-+eE") {
			t.Fatalf("amount(%q) = %d: a sign or an exponent was taken", s, m)
		}
	})
}
