package sandbox

import (
	"net/http"
	"slices"
)

// violationGroup is what differed in the requests of one operation.
type violationGroup struct {
	Vendor, Operation string
	List              []Violation // latest first
}

func (s *Sandbox) showViolations(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, violationsPage(s.view(r, "Violations", "violations"), grouped(s.Violations())))
}

// grouped gathers violations by operation; the operation with the latest comes
// first.
func grouped(list []Violation) []violationGroup {
	var out []violationGroup
	for _, v := range slices.Backward(list) {
		i := slices.IndexFunc(out, func(g violationGroup) bool { return g.Vendor == v.Vendor && g.Operation == v.Operation })
		if i < 0 {
			i = len(out)
			out = append(out, violationGroup{Vendor: v.Vendor, Operation: v.Operation})
		}
		out[i].List = append(out[i].List, v)
	}
	return out
}
