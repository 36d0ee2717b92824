package sandbox

import "sync"

// feed tells open pages what has changed. An event is only a topic: the page
// asks for itself again, so events may be merged and nothing is lost by it.
type feed struct {
	mu     sync.Mutex
	subs   map[chan string]bool
	closed bool
}

func newFeed() *feed { return &feed{subs: map[chan string]bool{}} }

// subscribe returns a channel of topics, closed when the sandbox stops, and how
// to leave.
func (f *feed) subscribe() (<-chan string, func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan string, 32)
	if f.closed {
		close(ch)
		return ch, func() {}
	}
	f.subs[ch] = true
	return ch, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.subs[ch] {
			delete(f.subs, ch)
			close(ch)
		}
	}
}

// publish never waits: a page with so many unread events asks again anyway.
func (f *feed) publish(topic string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range f.subs {
		select {
		case ch <- topic:
		default:
		}
	}
}

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for ch := range f.subs {
		delete(f.subs, ch)
		close(ch)
	}
}
