package apptest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// Output keeps what a program says while a test reads it.
type Output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String is everything that was said so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// FreePort returns a port that nobody listens on. It is none of those that the
// system gives to outgoing connections: while a program is dead, nothing else may
// take its port.
func FreePort(t testing.TB) string {
	t.Helper()
	var errs []error
	for range 50 {
		address := fmt.Sprintf("127.0.0.1:%d", 15_000+rand.IntN(15_000))
		l, err := net.Listen("tcp", address)
		if err == nil {
			l.Close()
			return address
		}
		errs = append(errs, err)
	}
	t.Fatal(errors.Join(errs...))
	return ""
}
