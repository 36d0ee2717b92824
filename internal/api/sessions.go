package api

import (
	"context"
	"time"

	"xswarm.ai/server/internal/account"
)

// Session is somebody signed in, on one device.
type Session struct {
	ID         string    `json:"id" example:"ses_01jd3kq5v0x6m8"`
	Device     string    `json:"device" doc:"What it called itself at sign-in." example:"Firefox on Linux"`
	Place      string    `json:"place" enum:"unknown" doc:"Always unknown: where a device is, is not looked up."`
	CreatedAt  time.Time `json:"created_at" doc:"The sign-in."`
	LastUsedAt time.Time `json:"last_used_at" doc:"To a quarter of an hour."`
	ExpiresAt  time.Time `json:"expires_at"`
	Current    bool      `json:"current" doc:"It is the one that asks."`
}

type sessionsOutput struct {
	Body struct {
		Data       []Session `json:"data"`
		NextCursor *string   `json:"next_cursor"`
	}
}

func (a *api) sessions(ctx context.Context, _ *Empty) (*sessionsOutput, error) {
	list, err := a.Accounts.Sessions(ctx, user(ctx).ID)
	if err != nil {
		return nil, err
	}
	out := &sessionsOutput{}
	out.Body.Data = each(list, func(s account.Session) Session {
		return Session{
			ID: s.ID, Device: s.DeviceName(), Place: "unknown", CreatedAt: s.CreatedAt, LastUsedAt: s.LastUsedAt,
			ExpiresAt: s.ExpiresAt, Current: s.ID == session(ctx).ID,
		}
	})
	return out, nil
}

func (a *api) endOtherSessions(ctx context.Context, _ *Empty) (*Empty, error) {
	return nil, a.Accounts.EndOtherSessions(ctx, session(ctx))
}

func (a *api) endSession(ctx context.Context, in *idInput) (*Empty, error) {
	return nil, a.Accounts.EndSession(ctx, session(ctx), in.ID)
}
