package hrana

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// The wire format: https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md
type (
	pipeline struct {
		Baton    *string   `json:"baton"`
		Requests []request `json:"requests"`
	}
	request struct {
		Type  string `json:"type"`
		Batch *batch `json:"batch,omitempty"`
	}
	batch struct {
		Steps []step `json:"steps"`
	}
	step struct {
		Condition *condition `json:"condition,omitempty"`
		Stmt      statement  `json:"stmt"`
	}
	condition struct {
		Type  string      `json:"type"`
		Step  *int        `json:"step,omitempty"`
		Cond  *condition  `json:"cond,omitempty"`
		Conds []condition `json:"conds,omitempty"`
	}
	statement struct {
		SQL      string  `json:"sql"`
		Args     []value `json:"args,omitempty"`
		WantRows bool    `json:"want_rows"`
	}

	answer struct {
		Results []struct {
			Type     string `json:"type"`
			Error    *Error `json:"error"`
			Response struct {
				Type   string      `json:"type"`
				Result batchResult `json:"result"`
			} `json:"response"`
		} `json:"results"`
	}
	batchResult struct {
		StepResults []*result `json:"step_results"`
		StepErrors  []*Error  `json:"step_errors"`
	}
	result struct {
		Cols []struct {
			Name     string `json:"name"`
			Decltype string `json:"decltype"`
		} `json:"cols"`
		Rows [][]value `json:"rows"`
	}
)

func ok(step int) *condition { return &condition{Type: "ok", Step: &step} }
func not(c *condition) *condition {
	return &condition{Type: "not", Cond: c}
}
func and(a, b *condition) *condition {
	return &condition{Type: "and", Conds: []condition{*a, *b}}
}

// foreignKeys is the first step of everything: the setting is off by default on
// some servers, and shared with other clients on others.
var foreignKeys = step{Stmt: statement{SQL: "PRAGMA foreign_keys=ON"}}

// single runs one statement by itself.
func (s *server) single(ctx context.Context, stmt statement) (*result, error) {
	res, err := s.send(ctx, []step{foreignKeys, {Condition: ok(0), Stmt: stmt}})
	if err != nil {
		return nil, err
	}
	if err := firstError(res); err != nil {
		return nil, err
	}
	if res.StepResults[1] == nil {
		return nil, ErrUnknown.With(errors.New("hrana: the answer has no result"))
	}
	return res.StepResults[1], nil
}

// transaction runs statements together: each if the one before it was well, then
// COMMIT; and ROLLBACK if that was not reached or did not succeed.
func (s *server) transaction(ctx context.Context, stmts []statement) error {
	steps := []step{foreignKeys, {Condition: ok(0), Stmt: statement{SQL: "BEGIN IMMEDIATE"}}}
	const begin = 1
	for _, stmt := range stmts {
		steps = append(steps, step{Condition: ok(len(steps) - 1), Stmt: stmt})
	}
	commit := len(steps)
	steps = append(steps,
		step{Condition: ok(commit - 1), Stmt: statement{SQL: "COMMIT"}},
		step{Condition: and(ok(begin), not(ok(commit))), Stmt: statement{SQL: "ROLLBACK"}})
	res, err := s.send(ctx, steps)
	if err != nil {
		return err
	}
	if err := firstError(res); err != nil {
		return err
	}
	if res.StepResults[commit] == nil {
		return ErrUnknown.With(errors.New("hrana: the answer says nothing of the commit"))
	}
	return nil
}

// firstError is why a batch stopped. A later one, of the ROLLBACK, only says that
// the database had rolled back by itself.
func firstError(res *batchResult) error {
	for _, e := range res.StepErrors {
		if e != nil {
			return e.sorted()
		}
	}
	return nil
}

// send posts a batch, once, and returns what became of its steps.
func (s *server) send(ctx context.Context, steps []step) (*batchResult, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	raw, err := s.post(ctx, steps, !s.streamless.Load())
	if errors.Is(err, errNoStreams) {
		// It understood nothing of the request, so nothing of it was done.
		s.streamless.Store(true)
		raw, err = s.post(ctx, steps, false)
	}
	if err != nil {
		return nil, err
	}
	return read(raw, len(steps))
}

// errNoStreams says that the server does not know the request "close".
var errNoStreams = errors.New("hrana: the server has no streams")

// post sends one HTTP request. With closing, it ends the stream that a batch
// opens on a Turso or libSQL server, which would otherwise be held until it
// times out; tursodb --sync-server has none and refuses the word.
//
// net/http repeats a POST by itself only when none of it was written.
func (s *server) post(ctx context.Context, steps []step, closing bool) ([]byte, error) {
	p := pipeline{Requests: []request{{Type: "batch", Batch: &batch{Steps: steps}}}}
	if closing {
		p.Requests = append(p.Requests, request{Type: "close"})
	}
	body, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("hrana: write the request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("hrana: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := s.transport.RoundTrip(req)
	if err != nil {
		return nil, unsent(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, s.maxAnswer+1))
	switch {
	case resp.StatusCode != http.StatusOK:
		if closing && bytes.Contains(raw, []byte("unknown variant `close`")) {
			return nil, errNoStreams
		}
		return nil, refused(resp, said(raw))
	case err != nil:
		return nil, ErrUnknown.With(err)
	case int64(len(raw)) > s.maxAnswer:
		return nil, ErrTooLarge
	}
	return raw, nil
}

// said is the server's own message, if the body has one. Anything else could be
// a proxy's whole page.
func said(raw []byte) string {
	var body struct{ Error, Message string }
	if json.Unmarshal(raw, &body) != nil || body.Error+body.Message == "" {
		return ""
	}
	return ": " + strings.ToValidUTF8(body.Error+body.Message, "")
}

// read reads an answer to a batch of n steps. One that does not make sense leaves
// open what was done.
func read(raw []byte, n int) (*batchResult, error) {
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, ErrUnknown.With(fmt.Errorf("hrana: read the answer: %w", err))
	}
	if len(a.Results) == 0 {
		return nil, ErrUnknown.With(errors.New("hrana: the answer is empty"))
	}
	switch r := a.Results[0]; {
	case r.Type == "error" && r.Error != nil:
		return nil, r.Error.sorted()
	case r.Type != "ok" || r.Response.Type != "batch",
		len(r.Response.Result.StepResults) != n, len(r.Response.Result.StepErrors) != n:
		return nil, ErrUnknown.With(errors.New("hrana: the answer is not one to a batch"))
	}
	return &a.Results[0].Response.Result, nil
}
