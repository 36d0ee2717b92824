package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/contact"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/store/db"
)

// Reach is described by phone.Store.
func (s *Store) Reach(ctx context.Context, in phone.Incoming) (phone.Reach, error) {
	r, err := s.read().TextReach(ctx, db.TextReachParams{ToNumber: in.To, FromNumber: in.From, ProviderSid: &in.SID})
	if err != nil {
		return phone.Reach{}, fmt.Errorf("read reach: %w", err)
	}
	return phone.Reach{
		Text:     contact.Text{ToOwner: r.ToOwner, FromOwner: r.FromOwner},
		OptedOut: r.OptedOut == 1, Known: r.Known == 1,
	}, nil
}

// ReceiveText is described by phone.Store.
func (s *Store) ReceiveText(ctx context.Context, a phone.Arrival) (bool, error) {
	media, err := json.Marshal(append([]string{}, a.Text.Media...))
	if err != nil {
		return false, err
	}
	t := a.Text
	return unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.InsertInbound(ctx, db.InsertInboundParams{
			ID: t.ID, UserID: opt(t.UserID), FromNumber: t.From, ToNumber: t.To, Body: t.Body, Media: string(media),
			Segments: int64(t.Segments), Kind: string(t.Kind), State: string(t.State), StateRank: int64(t.State.Rank()),
			ProviderSid: opt(t.ProviderSID), Quarantine: t.Quarantine, AnsweredAt: optMillis(t.AnsweredAt),
			CreatedAt: millis(t.CreatedAt), UpdatedAt: b.now,
		})
		if err != nil {
			return err
		}
		// A replay must change nothing: an old STOP says nothing about a later START.
		if err := b.guard(ctx); err != nil {
			return err
		}
		switch a.Keyword {
		case phone.Stop:
			err = b.optOut(ctx, t.From, phone.Stop)
		case phone.Start:
			err = b.OptIn(ctx, t.From)
		}
		if err != nil {
			return err
		}
		if err := b.insertOutbound(ctx, a.Reply); err != nil {
			return err
		}
		return b.enqueue(ctx, a.Jobs...)
	}))
}

// insertOutbound stores a text to be sent; nil is none.
func (b *batch) insertOutbound(ctx context.Context, t *phone.Text) error {
	if t == nil {
		return nil
	}
	return b.InsertOutbound(ctx, db.InsertOutboundParams{
		ID: t.ID, UserID: opt(t.UserID), FromNumber: t.From, ToNumber: t.To, Body: t.Body,
		Segments: int64(t.Segments), Kind: string(t.Kind), State: string(t.State), StateRank: int64(t.State.Rank()),
		InReplyTo: opt(t.InReplyTo), CreatedAt: millis(t.CreatedAt), UpdatedAt: b.now,
	})
}

// AnswerText is described by phone.Store.
func (s *Store) AnswerText(ctx context.Context, a phone.Answer) error {
	_, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		if err := b.MarkAnswered(ctx, db.MarkAnsweredParams{Now: &b.now, ID: a.MessageID}); err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if err := b.applyOutcome(ctx, a.UserID, a.Outcome); err != nil {
			return err
		}
		if err := b.insertOutbound(ctx, a.Reply); err != nil {
			return err
		}
		return b.enqueue(ctx, a.Jobs...)
	}))
	return err
}

// Text returns a text.
func (s *Store) Text(ctx context.Context, id string) (phone.Text, error) {
	m, err := s.read().GetText(ctx, id)
	if err != nil {
		return phone.Text{}, found(err, "read text")
	}
	return textOf(m)
}

// Texts is described by phone.Store.
func (s *Store) Texts(ctx context.Context, userID string, before phone.Place, limit int) ([]phone.Text, error) {
	rows, err := s.read().ListTexts(ctx, db.ListTextsParams{
		UserID: &userID, BeforeAt: millis(before.At), BeforeID: before.ID, Most: int64(limit),
	})
	if err != nil {
		return nil, fmt.Errorf("list texts: %w", err)
	}
	list := make([]phone.Text, len(rows))
	for i, m := range rows {
		if list[i], err = textOf(m); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// HasReply is described by phone.Store.
func (s *Store) HasReply(ctx context.Context, inReplyTo string) (bool, error) {
	n, err := s.read().HasReply(ctx, &inReplyTo)
	if err != nil {
		return false, fmt.Errorf("look for a reply: %w", err)
	}
	return n == 1, nil
}

// BeginText is described by phone.Store.
func (s *Store) BeginText(ctx context.Context, id string) (bool, error) {
	err := s.one(ctx, func(q *db.Queries) error {
		_, err := q.BeginText(ctx, db.BeginTextParams{Now: millis(s.now()), ID: id})
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// RetractText is described by phone.Store.
func (s *Store) RetractText(ctx context.Context, id string) error {
	return s.one(ctx, func(q *db.Queries) error {
		return q.RetractText(ctx, db.RetractTextParams{Now: millis(s.now()), ID: id})
	})
}

// FailText is described by phone.Store.
func (s *Store) FailText(ctx context.Context, f phone.Failure) error {
	_, err := unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.FailText(ctx, db.FailTextParams{ErrorCode: f.ErrorCode, Now: b.now, ID: f.MessageID})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		if f.OptOut != "" {
			if err := b.optOut(ctx, f.OptOut, phone.Stop); err != nil {
				return err
			}
		}
		return b.enqueue(ctx, f.Jobs...)
	}))
	return err
}

// AcceptText is described by phone.Store.
func (s *Store) AcceptText(ctx context.Context, r phone.Report) (bool, error) {
	return unlessGuarded(s.batch(ctx, func(b *batch) error {
		err := b.AcceptText(ctx, db.AcceptTextParams{
			ID: r.MessageID, ProviderSid: &r.SID, Segments: int64(r.Segments), Now: b.now,
		})
		if err != nil {
			return err
		}
		if err := b.guard(ctx); err != nil {
			return err
		}
		return b.report(ctx, r)
	}))
}

// ReportText is described by phone.Store.
func (s *Store) ReportText(ctx context.Context, r phone.Report) error {
	return s.batch(ctx, func(b *batch) error {
		if r.MessageID != "" {
			// The report may be faster than the answer to the request that caused it.
			err := b.AdoptText(ctx, db.AdoptTextParams{
				ID: r.MessageID, ProviderSid: &r.SID, Segments: int64(r.Segments), Now: b.now,
			})
			if err != nil {
				return err
			}
		}
		if err := b.report(ctx, r); err != nil {
			return err
		}
		return b.enqueue(ctx, r.Jobs...)
	})
}

// report stores a state and what follows from it. Each statement is harmless when
// it is repeated or comes late, so that any order of reports ends the same.
func (b *batch) report(ctx context.Context, r phone.Report) error {
	counted, reversed := id.New(id.Usage, at(b.now)), id.New(id.Usage, at(b.now))
	err := b.CountText(ctx, db.CountTextParams{ID: counted, BySegment: flag(r.BySegment), Now: b.now, ProviderSid: &r.SID})
	if err != nil {
		return err
	}
	err = b.AdvanceText(ctx, db.AdvanceTextParams{
		State: string(r.State), StateRank: int64(r.State.Rank()), ErrorCode: r.ErrorCode, Now: b.now, ProviderSid: &r.SID,
	})
	if err != nil {
		return err
	}
	if err := b.ReverseText(ctx, db.ReverseTextParams{ID: reversed, Now: b.now, ProviderSid: r.SID}); err != nil {
		return err
	}
	if err := b.outbox(ctx, "sms:"+r.SID, "sms:"+r.SID+":reversal"); err != nil {
		return err
	}
	return b.usageJob(ctx, counted, reversed)
}

// usageJob stores the job that looks at what was recorded, if one of two records
// was: most reports record nothing.
func (b *batch) usageJob(ctx context.Context, counted, reversed string) error {
	j := billing.UsageJob(at(b.now))
	b.jobs = true
	return b.InsertUsageJob(ctx, db.InsertUsageJobParams{
		ID: j.ID, Kind: j.Kind, Payload: string(j.Payload), Key: j.Key, RunAt: millis(j.RunAt), Now: b.now,
		Counted: counted, Reversed: reversed,
	})
}

// KnownTexts is described by phone.Store.
func (s *Store) KnownTexts(ctx context.Context, sids []string) (map[string]bool, error) {
	known := map[string]bool{}
	if len(sids) == 0 {
		return known, nil
	}
	args := make([]*string, len(sids))
	for i := range sids {
		args[i] = &sids[i]
	}
	rows, err := s.read().KnownTexts(ctx, args)
	if err != nil {
		return nil, fmt.Errorf("read known texts: %w", err)
	}
	for _, sid := range rows {
		known[sid] = true
	}
	return known, nil
}

func textOf(m db.Message) (phone.Text, error) {
	t := phone.Text{
		ID: m.ID, UserID: str(m.UserID), Direction: phone.Direction(m.Direction), From: m.FromNumber, To: m.ToNumber,
		Body: m.Body, Segments: int(m.Segments), Kind: phone.Kind(m.Kind), State: phone.State(m.State),
		ProviderSID: str(m.ProviderSid), ErrorCode: m.ErrorCode, Quarantine: m.Quarantine, InReplyTo: str(m.InReplyTo),
		AttemptedAt: optAt(m.AttemptedAt), AnsweredAt: optAt(m.AnsweredAt), CreatedAt: at(m.CreatedAt), UpdatedAt: at(m.UpdatedAt),
	}
	if err := json.Unmarshal([]byte(m.Media), &t.Media); err != nil {
		return t, fmt.Errorf("read a text's media: %w", err)
	}
	return t, nil
}
