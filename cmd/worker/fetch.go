//go:build js && wasm

package main

import (
	"context"
	"io"
	"net/http"
)

// fetcher reaches the outside. net/http's own transport speaks through the
// platform's fetch; this adds what it leaves out.
type fetcher struct{ http.Transport }

// RoundTrip follows no redirects, as no RoundTripper may: what we send holds
// secrets. The end of the request's context also ends the reading of the answer.
func (f *fetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("js.fetch:redirect", "manual")
	promised++
	res, err := f.Transport.RoundTrip(r)
	promised--
	if err != nil {
		return nil, err
	}
	b := &fetched{ReadCloser: res.Body, ctx: r.Context()}
	b.stop = context.AfterFunc(r.Context(), func() { res.Body.Close() })
	res.Body = b
	return res, nil
}

// fetched is the body of an answer from the outside.
type fetched struct {
	io.ReadCloser
	ctx  context.Context
	stop func() bool
}

// Read reads. A body that was cut by the context does not look whole.
func (b *fetched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && b.ctx.Err() != nil {
		err = b.ctx.Err()
	}
	return n, err
}

func (b *fetched) Close() error {
	b.stop()
	return b.ReadCloser.Close()
}
