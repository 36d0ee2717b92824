//go:build js && wasm

package main

import (
	"context"
	"net/http"
	"runtime/debug"
	"strconv"
	"syscall/js"
	"time"
)

// held is how much of an answer is kept until the handler returns: what fits is
// sent whole, and a client that reads slowly holds up nobody. Anything longer is
// sent as it is written.
const held = 512 << 10

// requestTime is how long the client may take to send and to read: longer than
// the product's own deadline.
const requestTime = 40 * time.Second

// serve answers one request. port is the request's: what it asks, how to answer
// it (whole, begin, fail), and done, which is called when all is over.
func (w *worker) serve(port js.Value) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	gone := js.FuncOf(func(js.Value, []js.Value) any { cancel(); return nil })
	port.Set("gone", gone) // the client has left
	a := &answer{ctx: ctx, cancel: cancel, port: port, header: http.Header{}}
	defer func() {
		cancel()
		port.Delete("gone")
		gone.Release()
		port.Call("done", w.stored)
		w.stored = false
	}()
	r, err := requestOf(ctx, port.Get("parts"))
	if err != nil {
		http.Error(a, "Bad Request", http.StatusBadRequest)
		a.finish()
		return
	}
	defer r.Body.Close()
	a.bare = r.Method == http.MethodHead
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				w.log.Error("panic", "err", p, "stack", string(debug.Stack()))
			}
			a.abort()
		}
	}()
	w.handler.ServeHTTP(a, r)
	a.finish()
}

// answer is the http.ResponseWriter of one request.
type answer struct {
	ctx    context.Context
	cancel func()
	port   js.Value
	header http.Header
	bare   bool // to HEAD: without a body

	status int         // 0 until WriteHeader
	sent   http.Header // the headers as they were then
	kept   []byte
	stream js.Value // the writer of a body that is sent as it is written
	length int      // of a HEAD's body
	err    error    // why the client cannot be written to
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status != 0 || status < 200 { // hints are for connections that we do not see
		return
	}
	a.status, a.sent = status, a.header.Clone()
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if bodiless(a.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if a.sent.Get("Content-Type") == "" && len(p) > 0 {
		a.sent.Set("Content-Type", http.DetectContentType(p))
	}
	if a.bare {
		a.length += len(p)
		return len(p), nil
	}
	if a.stream.IsUndefined() && len(a.kept)+len(p) <= held {
		a.kept = append(a.kept, p...)
		return len(p), nil
	}
	if err := a.FlushError(); err != nil {
		return 0, err
	}
	return len(p), a.send(p)
}

// FlushError sends what was written so far, for http.ResponseController.
func (a *answer) FlushError() error {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.bare || bodiless(a.status) {
		return nil
	}
	if a.stream.IsUndefined() {
		a.stream = a.port.Call("begin", a.status, pairs(a.sent))
	}
	kept := a.kept
	a.kept = nil
	return a.send(kept)
}

// send writes to the client, and waits until there is room for more.
func (a *answer) send(p []byte) error {
	if a.err == nil && len(p) > 0 {
		if _, a.err = await(a.ctx, a.stream.Call("write", bytesOf(p))); a.err != nil {
			a.cancel() // the client has left
		}
	}
	return a.err
}

// finish sends what the handler left.
func (a *answer) finish() {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	switch {
	case !a.stream.IsUndefined():
		if a.send(a.kept) == nil {
			_, a.err = await(a.ctx, a.stream.Call("close"))
		}
		if a.err != nil { // the client has left, which ends what was being written
			a.abort()
		}
	case a.bare || bodiless(a.status):
		if a.length > 0 && a.sent.Get("Content-Length") == "" {
			a.sent.Set("Content-Length", strconv.Itoa(a.length))
		}
		a.port.Call("whole", a.status, pairs(a.sent), nil)
	default:
		a.port.Call("whole", a.status, pairs(a.sent), bytesOf(a.kept))
	}
}

// abort cuts the answer, so that it does not look whole.
func (a *answer) abort() {
	if a.stream.IsUndefined() {
		a.port.Call("fail")
		return
	}
	ignore(a.stream.Call("abort"))
}

// bodiless reports whether answers of a status have no body.
func bodiless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified
}

// pairs writes headers as names and values in turn: a name may come more than
// once (Set-Cookie).
func pairs(h http.Header) js.Value {
	var list []any
	for name, values := range h {
		for _, v := range values {
			list = append(list, name, v)
		}
	}
	return js.ValueOf(list)
}

func bytesOf(p []byte) js.Value {
	v := js.Global().Get("Uint8Array").New(len(p))
	js.CopyBytesToJS(v, p)
	return v
}
