package sandbox

import "time"

// Violation is a request that the vendor's official description would refuse,
// whether or not the vendor does.
type Violation struct {
	At        time.Time `json:"at"`
	Vendor    string    `json:"vendor"`
	Operation string    `json:"operation"`
	Field     string    `json:"field"`
	Problem   string    `json:"problem"` // never the value itself
	// value tells that it is one that the field cannot have. A field that the
	// description does not know is overlooked by the vendors.
	value bool
}

// violated notes violations.
func (s *Sandbox) violated(vendor, operation string, list []Violation) {
	if len(list) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range list {
		v.At, v.Vendor, v.Operation = s.now(), vendor, operation
		s.st.Violations = append(s.st.Violations, v)
	}
	s.st.Violations = trim(s.st.Violations)
	s.changed("violations")
}
