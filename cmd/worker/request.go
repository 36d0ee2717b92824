//go:build js && wasm

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall/js"
)

// requestOf reads the platform's request. Its parts come as one array, which
// saves steps over the border: method, URL, reader of the body or null, and then
// the headers' names and values in turn.
func requestOf(ctx context.Context, parts js.Value) (*http.Request, error) {
	u, err := url.Parse(parts.Index(1).String())
	if err != nil {
		return nil, fmt.Errorf("read the URL: %w", err)
	}
	r := (&http.Request{
		Method: parts.Index(0).String(), URL: u, Host: u.Host, RequestURI: u.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody,
	}).WithContext(ctx)
	for i := 3; i+1 < parts.Length(); i += 2 {
		r.Header.Add(parts.Index(i).String(), parts.Index(i+1).String())
	}
	r.Header.Del("Host")
	r.RemoteAddr = peer(r.Header.Get("CF-Connecting-IP"))
	if reader := parts.Index(2); reader.Truthy() {
		r.Body, r.ContentLength = &body{ctx: ctx, reader: reader}, -1
		if n, err := strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
			r.ContentLength = n
		}
	}
	// As on a server: the request's own form, not the absolute one that the platform has.
	u.Scheme, u.Host, u.User = "", "", nil
	return r, nil
}

// peer is the client's address as the platform's edge saw it, which nobody else
// can set there, in the form that net/http gives.
func peer(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		a = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(a, 0).String()
}

// body is a request's body, read as it arrives.
type body struct {
	ctx    context.Context
	reader js.Value
	rest   []byte
	err    error
}

func (b *body) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(b.rest) == 0 && b.err == nil {
		chunk, err := await(b.ctx, b.reader.Call("read"))
		switch {
		case err != nil:
			b.err = err
		case chunk.Get("done").Bool():
			b.err = io.EOF
		default:
			b.rest = make([]byte, chunk.Get("value").Length())
			js.CopyBytesToGo(b.rest, chunk.Get("value"))
		}
	}
	if len(b.rest) == 0 {
		return 0, b.err
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close tells the platform that nobody reads the rest, which also ends a read
// that nobody waits for any more.
func (b *body) Close() error {
	if b.err != io.EOF {
		b.err, b.rest = http.ErrBodyReadAfterClose, nil
		ignore(b.reader.Call("cancel"))
	}
	return nil
}
