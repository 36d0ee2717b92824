package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

const heartbeat = 20 * time.Second

// events tells a page what has changed, as server-sent events, until the page
// is left or the sandbox stops.
func (s *Sandbox) events(w http.ResponseWriter, r *http.Request) {
	topics, leave := s.feed.subscribe()
	defer leave()
	c := http.NewResponseController(w)
	c.SetWriteDeadline(time.Time{}) // a server's limit is for answers that end; not all can be lifted
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, "retry: 1000\n\n")
	if c.Flush() != nil {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case topic, open := <-topics:
			if !open {
				return
			}
			fmt.Fprintf(w, "data: %s\n\n", topic)
		case <-beat.C:
			fmt.Fprint(w, ":\n\n")
		}
		if c.Flush() != nil {
			return
		}
	}
}
