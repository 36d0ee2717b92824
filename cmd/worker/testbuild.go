//go:build js && wasm && workertest

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"syscall/js"
	"time"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/httpkit"
)

// The tests' build. Whoever uses http.DefaultTransport, which no request here may
// go through, is found out.
func init() { http.DefaultTransport = forbidden{} }

type forbidden struct{}

func (forbidden) RoundTrip(*http.Request) (*http.Response, error) {
	panic(errors.New("http.DefaultTransport was used"))
}

// now is the product's clock, which the tests move.
func now() time.Time {
	ahead := js.Global().Get("xswarmAhead") // milliseconds
	if ahead.IsUndefined() {
		return time.Now()
	}
	return time.Now().Add(time.Duration(ahead.Float()) * time.Millisecond)
}

// probed adds the routes by which the tests see how requests go in and answers
// go out, and what happens to an instance that behaves badly.
func probed(h http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.Handle("POST /probe/echo", httpkit.Limit(64<<10)(http.HandlerFunc(echo)))
	mux.HandleFunc("GET /probe/stream", stream)
	mux.HandleFunc("GET /probe/headers", headers)
	mux.HandleFunc("POST /probe/hash", hash)
	mux.HandleFunc("GET /probe/fetch", fetchOnce)
	mux.HandleFunc("GET /probe/hold", func(_ http.ResponseWriter, r *http.Request) {
		tell := r.URL.Query().Get("tell")
		report(tell + "?here")
		<-r.Context().Done()
		report(tell + "?gone=true")
	})
	mux.HandleFunc("GET /probe/panic", func(http.ResponseWriter, *http.Request) { panic("a probe") })
	mux.HandleFunc("GET /probe/crash", func(http.ResponseWriter, *http.Request) {
		go func() { panic("a probe") }()
		select {}
	})
	mux.HandleFunc("GET /probe/exit", func(http.ResponseWriter, *http.Request) { os.Exit(3) })
	mux.HandleFunc("GET /probe/leave", func(w http.ResponseWriter, _ *http.Request) {
		go func() { select {} }()
		fmt.Fprint(w, "left something behind")
	})
	mux.HandleFunc("GET /probe/timer", func(w http.ResponseWriter, _ *http.Request) {
		time.AfterFunc(time.Hour, func() {}) // it outlives the request, and is nobody's I/O
		fmt.Fprint(w, "left a timer behind")
	})
	mux.HandleFunc("GET /probe/wait", func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 { // timers in Go, in spite of any that was left
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Duration(i) * 20 * time.Millisecond):
			}
		}
		fmt.Fprint(w, "waited")
	})
	return mux
}

// echo answers with what it was sent, as it arrives.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Length", strconv.FormatInt(r.ContentLength, 10))
	w.Header().Set("X-Peer", r.RemoteAddr)
	full := http.NewResponseController(w)
	buf := make([]byte, 4096)
	for {
		n, err := r.Body.Read(buf)
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		w.Write(buf[:n])
		if r.URL.Query().Has("flush") {
			full.Flush()
		}
		if err != nil {
			if err != io.EOF {
				panic(http.ErrAbortHandler)
			}
			return
		}
	}
}

// stream writes until it has written enough, or the client has left; which of
// them, and how much it was, is told to an address.
func stream(w http.ResponseWriter, r *http.Request) {
	want, _ := strconv.Atoi(r.URL.Query().Get("bytes"))
	chunk := make([]byte, 16<<10)
	written, err := 0, error(nil)
	for written < want && err == nil {
		var n int
		n, err = w.Write(chunk[:min(len(chunk), want-written)])
		written += n
	}
	if tell := r.URL.Query().Get("tell"); tell != "" {
		report(tell + fmt.Sprintf("?written=%d&gone=%v", written, r.Context().Err() != nil))
	}
}

// report asks an address for nothing.
func report(url string) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return 0, err
	}
	res, err := (&fetcher{}).RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// fetchOnce fetches an address, for at most so many milliseconds, and says what
// came of it.
func fetchOnce(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Has("default") {
		http.Get(q.Get("url"))
		return
	}
	ms, _ := strconv.Atoi(q.Get("ms"))
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(ms)*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", q.Get("url"), nil)
	if err != nil {
		panic(err)
	}
	res, err := (&fetcher{}).RoundTrip(req)
	if err != nil {
		fmt.Fprintf(w, "no answer: %v", err)
		return
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	fmt.Fprintf(w, "%d, %d bytes, %v", res.StatusCode, len(raw), err)
}

// headers answers with several of one name.
func headers(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "one", Value: "1", Expires: time.Unix(2e9, 0)}) // with a comma
	http.SetCookie(w, &http.Cookie{Name: "two", Value: "2"})
	w.Header().Set("X-Query", r.URL.RawQuery)
	w.Header().Set("X-Host", r.Host)
	w.WriteHeader(http.StatusTeapot)
	fmt.Fprint(w, r.Header.Get("Cookie"))
}

// hash makes a hash, or checks one, by the platform's code.
func hash(w http.ResponseWriter, r *http.Request) {
	rounds, _ := strconv.Atoi(r.FormValue("rounds"))
	h := account.NewHasher(account.HasherOptions{Rounds: rounds, Derive: derive})
	if old := r.FormValue("hash"); old != "" {
		right, _, err := h.Verify(r.Context(), old, r.FormValue("password"))
		fmt.Fprint(w, right, err)
		return
	}
	made, err := h.Hash(r.Context(), r.FormValue("password"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, made)
}
