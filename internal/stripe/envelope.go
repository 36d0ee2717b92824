package stripe

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v85"

	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
)

var (
	eventID   = regexp.MustCompile(`^evt_[0-9A-Za-z_]{1,200}$`)
	eventType = regexp.MustCompile(`^[0-9a-z_]+(\.[0-9a-z_]+)+$`)
	objectID  = regexp.MustCompile(`^[0-9A-Za-z_]{1,255}$`)
)

// maxType is how long the name of an event may be.
const maxType = 100

// How the two sorts of events call themselves.
const (
	objectSnapshot = "event"
	objectThin     = "v2.core.event"
)

// head is what both sorts of events begin with.
type head struct {
	ID       string          `json:"id"`
	Object   string          `json:"object"`
	Type     string          `json:"type"`
	Livemode *bool           `json:"livemode"`
	Created  json.RawMessage `json:"created"`
}

// check names the field that cannot be right.
func (h head) check(object string) error {
	switch {
	case h.Object != object && (h.Object == objectSnapshot || h.Object == objectThin):
		return errElsewhere(object)
	case h.Object != object:
		return fault.Body("object", "must be "+object)
	case !eventID.MatchString(h.ID):
		return fault.Body("id", "must be the id of an event")
	case len(h.Type) > maxType || !eventType.MatchString(h.Type):
		return fault.Body("type", "must be the type of an event")
	case h.Livemode == nil:
		return fault.Body("livemode", "must be there")
	}
	return nil
}

// errElsewhere says that an event came to the address of the other sort.
func errElsewhere(wanted string) error {
	if wanted == objectThin {
		return fault.New(fault.Invalid, "wrong_endpoint",
			"This is an event with its object: it belongs to "+WebhookPath+". Correct the address of the webhook endpoint.")
	}
	return fault.New(fault.Invalid, "wrong_endpoint",
		"This is a thin event: it belongs to "+EventsPath+". Correct the address of the event destination.")
}

// snapshot is an event that carries its object. Nothing of the object is believed:
// its id says what to read again.
type snapshot struct {
	head
	APIVersion string `json:"api_version"`
	Data       struct {
		Object struct {
			ID       text            `json:"id"`
			Object   text            `json:"object"`
			Customer json.RawMessage `json:"customer"`
		} `json:"object"`
	} `json:"data"`
	at time.Time
}

func readSnapshot(body []byte) (snapshot, error) {
	var s snapshot
	if json.Unmarshal(body, &s) != nil {
		return s, errNoJSON
	}
	if err := s.check(objectSnapshot); err != nil {
		return s, err
	}
	var seconds int64
	if json.Unmarshal(s.Created, &seconds) != nil || seconds <= 0 || seconds > maxUnix {
		return s, fault.Body("created", "must be in seconds since 1970")
	}
	s.at = unix(seconds)
	return s, nil
}

// maxUnix is the last second of the year 9999, which times are stored up to.
const maxUnix = 253402300799

var errNoJSON = fault.New(fault.Invalid, "invalid_json", "The body is not the JSON of an event.")

// event is the event in the product's terms.
func (s snapshot) event(body []byte) billing.Event {
	o := s.Data.Object
	e := billing.Event{ID: s.ID, Kind: s.Type, ObjectID: idIn(string(o.ID)), HappenedAt: s.at, Body: storable(body)}
	if o.Object == "customer" {
		e.CustomerID = e.ObjectID
	} else {
		e.CustomerID = idIn(reference(o.Customer))
	}
	if _, train, _ := strings.Cut(s.APIVersion, "."); train != sdk.APIMajorVersion {
		e.Note = "written in version " + cmp.Or(plain(s.APIVersion), "unknown") + " of the API"
	}
	return e
}

// reference reads what is either an id or an object that has one.
func reference(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return id
	}
	var object struct {
		ID text `json:"id"`
	}
	if json.Unmarshal(raw, &object) != nil {
		return ""
	}
	return string(object.ID)
}

func idIn(s string) string {
	if objectID.MatchString(s) {
		return s
	}
	return ""
}

// thin is an event that only names what it is about.
type thin struct {
	head
	RelatedObject struct {
		ID text `json:"id"`
	} `json:"related_object"`
	at time.Time
}

func readThin(body []byte) (thin, error) {
	var t thin
	if json.Unmarshal(body, &t) != nil {
		return t, errNoJSON
	}
	if err := t.check(objectThin); err != nil {
		return t, err
	}
	if json.Unmarshal(t.Created, &t.at) != nil || t.at.Unix() <= 0 || t.at.Unix() > maxUnix {
		return t, fault.Body("created", "must be a moment in RFC 3339")
	}
	return t, nil
}

func (t thin) event(body []byte) billing.Event {
	return billing.Event{
		ID: t.ID, Kind: t.Type, ObjectID: idIn(string(t.RelatedObject.ID)), HappenedAt: t.at.UTC(), Body: storable(body),
	}
}

// storable makes a body what a database takes: valid UTF-8.
func storable(body []byte) string { return strings.ToValidUTF8(string(body), "\uFFFD") }
