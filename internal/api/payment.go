package api

import (
	"context"
	"time"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// Invoice is one bill.
type Invoice struct {
	ID         string        `json:"id"`
	Number     string        `json:"number"`
	Status     string        `json:"status" enum:"open,paid,void,uncollectible"`
	Total      string        `json:"total" doc:"Dollars." example:"40.00"`
	AmountDue  string        `json:"amount_due" example:"40.00"`
	AmountPaid string        `json:"amount_paid" example:"40.00"`
	Refunded   string        `json:"refunded" example:"0.00"`
	Currency   string        `json:"currency" example:"usd"`
	Period     Span          `json:"period"`
	IssuedAt   time.Time     `json:"issued_at"`
	URL        *string       `json:"url" doc:"The payment provider's page, where it can be paid and printed."`
	Lines      []InvoiceLine `json:"lines"`
}

// InvoiceLine is one line of a bill.
type InvoiceLine struct {
	Description string `json:"description"`
	Quantity    int64  `json:"quantity"`
	Amount      string `json:"amount" doc:"Dollars." example:"40.00"`
	Period      Span   `json:"period"`
}

// money writes cents as dollars.
func money(cents int64) string { return plan.Cents(cents).Dollars() }

func lineOf(l billing.InvoiceLine) InvoiceLine {
	return InvoiceLine{Description: l.Description, Quantity: l.Quantity, Amount: money(l.Amount), Period: Span{l.Start, l.End}}
}

func invoiceOf(i billing.Invoice) Invoice {
	return Invoice{
		ID: i.ID, Number: i.Number, Status: i.Status, Total: money(i.Total), AmountDue: money(i.Due), AmountPaid: money(i.Paid),
		Refunded: money(i.Refunded), Currency: i.Currency, Period: Span(i.Period), IssuedAt: i.IssuedAt, URL: some(i.URL),
		Lines: each(i.Lines, lineOf),
	}
}

type invoicesOutput struct {
	Body struct {
		Data       []Invoice `json:"data"`
		NextCursor *string   `json:"next_cursor"`
	}
}

func (a *api) invoices(ctx context.Context, in *Paging) (*invoicesOutput, error) {
	list, next, err := a.Billing.Invoices(ctx, user(ctx), in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &invoicesOutput{}
	out.Body.Data, out.Body.NextCursor = each(list, invoiceOf), some(next)
	return out, nil
}

type checkoutInput struct {
	Body struct {
		Tier        plan.Tier `json:"tier" enum:"ai_secretary,ai_project_manager,ai_cto" doc:"The price of ai_cto is agreed with sales: it cannot be bought here."`
		SuccessPath string    `json:"success_path,omitempty" maxLength:"512" doc:"Where to go when it is paid: a path on this site." example:"/app/billing"`
		CancelPath  string    `json:"cancel_path,omitempty" maxLength:"512" doc:"Where to go when it is not." example:"/app/billing"`
	}
}

type checkoutOutput struct {
	Body struct {
		URL       string    `json:"url" doc:"The page where it is paid."`
		Tier      plan.Tier `json:"tier"`
		ExpiresAt time.Time `json:"expires_at"`
	}
}

func (a *api) checkout(ctx context.Context, in *checkoutInput) (*checkoutOutput, error) {
	c, err := a.Billing.Checkout(ctx, user(ctx), billing.CheckoutRequest{
		Tier: in.Body.Tier, SuccessPath: in.Body.SuccessPath, CancelPath: in.Body.CancelPath,
	})
	if err != nil {
		return nil, err
	}
	out := &checkoutOutput{}
	out.Body.URL, out.Body.Tier, out.Body.ExpiresAt = c.URL, c.Tier, c.ExpiresAt
	return out, nil
}

type portalInput struct {
	Body *struct {
		ReturnPath string `json:"return_path,omitempty" maxLength:"512" doc:"Where to go afterwards: a path on this site." example:"/app/billing"`
	}
}

type portalOutput struct {
	Body struct {
		URL string `json:"url"`
	}
}

func (a *api) portal(ctx context.Context, in *portalInput) (*portalOutput, error) {
	path := ""
	if in.Body != nil {
		path = in.Body.ReturnPath
	}
	address, err := a.Billing.Portal(ctx, user(ctx), path)
	if err != nil {
		return nil, err
	}
	out := &portalOutput{}
	out.Body.URL = address
	return out, nil
}

type previewInput struct {
	Body struct {
		Tier plan.Tier `json:"tier" enum:"ai_buddy,ai_secretary,ai_project_manager,ai_cto"`
	}
}

// Loss is something that a plan does not include and somebody has.
type Loss struct {
	Code    string `json:"code" example:"numbers"`
	Message string `json:"message"`
}

type previewOutput struct {
	Body struct {
		From      plan.Tier     `json:"from"`
		To        plan.Tier     `json:"to"`
		Immediate bool          `json:"immediate" doc:"It begins now; otherwise at the end of the period."`
		At        time.Time     `json:"at" doc:"When it begins. Of one that begins now, give it to POST /billing/change within 15 minutes: it then costs what is said here."`
		Now       string        `json:"now" doc:"Dollars to pay at once; negative: a credit." example:"160.00"`
		Renewal   string        `json:"renewal" doc:"Dollars of the plan at each renewal, without extra usage." example:"280.00"`
		Lines     []InvoiceLine `json:"lines" doc:"Of what is paid at once."`
		Lost      []Loss        `json:"lost" doc:"What is there now and the plan does not include."`
	}
}

func (a *api) preview(ctx context.Context, in *previewInput) (*previewOutput, error) {
	p, err := a.Billing.Preview(ctx, user(ctx), in.Body.Tier)
	if err != nil {
		return nil, err
	}
	out := &previewOutput{}
	b := &out.Body
	b.From, b.To, b.Immediate, b.At = p.From.Tier, p.To.Tier, p.Now, p.At
	b.Now, b.Renewal, b.Lines = money(p.Quote.Now), money(p.Quote.Renewal), each(p.Quote.Lines, lineOf)
	b.Lost = each(p.Lost, func(l billing.Loss) Loss { return Loss(l) })
	return out, nil
}

type changePlanInput struct {
	Body struct {
		Tier plan.Tier  `json:"tier" enum:"ai_buddy,ai_secretary,ai_project_manager,ai_cto"`
		At   *time.Time `json:"at,omitempty" doc:"That of a preview, of the last 15 minutes."`
	}
}

func (a *api) changePlan(ctx context.Context, in *changePlanInput) (*subscriptionOutput, error) {
	r := billing.ChangeRequest{Tier: in.Body.Tier}
	if in.Body.At != nil {
		r.At = *in.Body.At
	}
	u, err := a.Billing.Change(ctx, user(ctx), r)
	if err != nil {
		return nil, err
	}
	return &subscriptionOutput{subscriptionOf(a.Billing.Subscription(u))}, nil
}

type capOutput struct {
	Body struct {
		Limit  *string `json:"limit" doc:"Dollars of extra usage in a period; null: there is none to cap." example:"80.00"`
		Mode   string  `json:"mode" enum:"hard,soft" doc:"hard: extra usage stops there; soft: it is only told."`
		Chosen bool    `json:"chosen" doc:"Set by the user; otherwise twice the plan's price."`
	}
}

func capAnswer(c plan.Cap) *capOutput {
	out := &capOutput{}
	if c.Limit != plan.NoCap {
		limit := c.Limit.Dollars()
		out.Body.Limit = &limit
	}
	out.Body.Mode, out.Body.Chosen = c.Mode(), c.Chosen
	return out
}

func (a *api) spendingCap(ctx context.Context, _ *Empty) (*capOutput, error) {
	return capAnswer(a.Billing.Cap(user(ctx))), nil
}

type capInput struct {
	Body struct {
		Limit *string `json:"limit" maxLength:"20" doc:"Dollars; null: the plan's own again." example:"25.00"`
		Mode  string  `json:"mode,omitempty" enum:"hard,soft" default:"hard"`
	}
}

func (a *api) setSpendingCap(ctx context.Context, in *capInput) (*capOutput, error) {
	c := plan.Cap{}
	if in.Body.Limit != nil {
		limit, err := plan.ParseDollars(*in.Body.Limit)
		if err != nil {
			return nil, fault.Body("limit", "must be dollars, like 25 or 25.50")
		}
		c = plan.Cap{Limit: limit, Soft: in.Body.Mode == "soft", Chosen: true}
	}
	u, err := a.Billing.SetCap(ctx, user(ctx), c)
	if err != nil {
		return nil, err
	}
	return capAnswer(a.Billing.Cap(u)), nil
}
