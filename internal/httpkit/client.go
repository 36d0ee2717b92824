package httpkit

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Client returns how to tell whose request it is: the address of the peer, or,
// when the peer is a trusted proxy, the nearest address in X-Forwarded-For that
// is not one. Anybody can write that header, so it counts from nobody else.
func Client(trusted []netip.Prefix) func(*http.Request) string {
	isTrusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	return func(r *http.Request) string {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		client := peer.Addr().Unmap()
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && isTrusted(client); i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			client = hop.Unmap()
		}
		return client.String()
	}
}
