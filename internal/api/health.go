package api

import "context"

type healthOutput struct {
	Body struct {
		Status  string `json:"status" enum:"ok"`
		Version string `json:"version"`
	}
}

// health says that the program runs, and nothing about what it depends on: it
// must not be restarted because a vendor is down.
func (a *api) health(context.Context, *Empty) (*healthOutput, error) {
	out := &healthOutput{}
	out.Body.Status, out.Body.Version = "ok", a.Version
	return out, nil
}

// ready says whether it can do its work now.
func (a *api) ready(ctx context.Context, _ *Empty) (*healthOutput, error) {
	if err := a.Ready(ctx); err != nil {
		return nil, err
	}
	return a.health(ctx, nil)
}
