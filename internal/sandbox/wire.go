package sandbox

import (
	"context"
	"net/http/httptrace"
	"sync"
)

// wire notes the header fields of a request as they are written, the library's
// own among them.
type wire struct {
	mu     sync.Mutex // the library writes while the caller may have given up already
	fields [][2]string
}

func (w *wire) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { // an idle connection that has died is replaced, and all is written again
			w.mu.Lock()
			defer w.mu.Unlock()
			w.fields = nil
		},
		WroteHeaderField: func(name string, values []string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, v := range values {
				w.fields = append(w.fields, [2]string{name, v})
			}
		},
	})
}

// written returns what has been written so far.
func (w *wire) written() [][2]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fields[:len(w.fields):len(w.fields)]
}
