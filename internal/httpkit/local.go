package httpkit

import (
	"net"
	"net/http"
	"net/netip"
)

// Local reports whether a request is what one person does on one machine. The
// peer must be on a loopback address, so that the network cannot reach what is
// local; the Host must be a loopback name, so that a web site that points its own
// name here cannot; and nothing may say that it was forwarded, so that a tunnel
// cannot put it on the internet.
func Local(r *http.Request) bool {
	return loopbackPeer(r.RemoteAddr) && loopbackHost(r.Host) && !forwarded(r.Header)
}

func loopbackPeer(remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

func loopbackHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	switch host {
	case "localhost", "127.0.0.1", "[::1]", "::1":
		return true
	}
	return false
}

func forwarded(h http.Header) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Cf-Connecting-Ip"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return false
}
