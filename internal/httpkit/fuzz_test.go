package httpkit

import (
	"net/http"
	"net/netip"
	"testing"
)

// Whatever a header says, a client is an address, and who is trusted by nobody is
// who they are.
func FuzzAClientIsWhoATrustedProxySays(f *testing.F) {
	f.Add("192.0.2.1:443", "203.0.113.7")
	f.Add("10.0.0.1:443", "203.0.113.7, 10.0.0.2")
	f.Add("10.0.0.1:443", "203.0.113.7, nonsense, 10.0.0.2")
	f.Add("[::ffff:10.0.0.1]:1", " ::ffff:203.0.113.7 ,,")
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		got := Client(trusted)(r)
		peer, err := netip.ParseAddrPort(remote)
		if err != nil {
			return // net/http makes none such
		}
		addr, err := netip.ParseAddr(got)
		if err != nil || addr != addr.Unmap() {
			t.Fatalf("%q by %q is %q", forwarded, remote, got)
		}
		if own := peer.Addr().Unmap(); !trusted[0].Contains(own) && addr != own {
			t.Fatalf("%q by %q, who is not trusted, is %q", forwarded, remote, got)
		}
		if nobody := Client(nil)(r); nobody != peer.Addr().Unmap().String() {
			t.Fatalf("%q by %q is %q where nobody is trusted", forwarded, remote, nobody)
		}
	})
}
