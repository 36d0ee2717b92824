package sandbox

import (
	"slices"
	"time"
)

// Violation is a way in which requests differ from the vendor's official
// description, which would refuse them whether or not the vendor does.
type Violation struct {
	Vendor    string    `json:"vendor"`
	Operation string    `json:"operation"`
	Field     string    `json:"field"`   // of the latest request: personalizations.0.to.1
	Problem   string    `json:"problem"` // never the value itself
	Request   string    `json:"request"` // the beginning of the latest one
	Count     int       `json:"count"`
	FirstAt   time.Time `json:"first_at"`
	At        time.Time `json:"at"` // the latest time
	// value tells that it is one that the field cannot have. A field that the
	// description does not know is overlooked by the vendors.
	value bool
}

// maxExcerpt is how much of a request is kept beside its violation.
const maxExcerpt = 600 // characters

// violated notes violations. What happens again and again is one entry that
// counts, so that it pushes nothing out.
func (s *Sandbox) violated(vendor, operation string, list []Violation) {
	if len(list) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range list {
		v.Vendor, v.Operation, v.Count, v.At = vendor, operation, 1, s.now()
		v.FirstAt, v.Request = v.At, shortened(v.Request, maxExcerpt)
		if i := slices.IndexFunc(s.st.Violations, v.sameAs); i >= 0 {
			v.Count, v.FirstAt = s.st.Violations[i].Count+1, s.st.Violations[i].FirstAt
			s.st.Violations = slices.Delete(s.st.Violations, i, i+1)
		}
		s.st.Violations = append(s.st.Violations, v)
	}
	s.st.Violations = trim(s.st.Violations)
	s.changed("violations")
}

// sameAs reports whether two requests went wrong in the same way, in whichever
// of a list's items.
func (v Violation) sameAs(o Violation) bool {
	return v.Vendor == o.Vendor && v.Operation == o.Operation && v.Problem == o.Problem &&
		withoutIndexes(v.Field) == withoutIndexes(o.Field)
}
