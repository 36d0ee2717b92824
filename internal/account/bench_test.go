package account_test

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/store/storetest"
)

// BenchmarkPBKDF2 is what a sign-in cannot do without.
func BenchmarkPBKDF2(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			pbkdf2.Key(sha256.New, "correct horse battery", []byte("0123456789abcdef"), account.DefaultRounds, 32)
		}
	})
}

// BenchmarkLogin is the same with everything around it. Several people a
// processor sign in, so that none waits for the disk.
func BenchmarkLogin(b *testing.B) {
	clock := storetest.NewClock()
	s := account.New(account.Options{
		Store: storetest.Embedded(b, clock), Letters: nil, Hasher: account.NewHasher(account.HasherOptions{Parallel: runtime.GOMAXPROCS(0)}),
		Secrets: [][]byte{[]byte("a secret of at least thirty-two bytes")}, Now: clock.Now,
	})
	_, err := s.Create(b.Context(), account.NewUser{Email: "ada@example.com", Password: "correct horse battery", Verified: true})
	if err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			_, err := s.Login(b.Context(), account.Credentials{
				Email: "ada@example.com", Password: "correct horse battery", Client: fmt.Sprintf("10.0.%d.%d", i>>8&255, i&255),
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
