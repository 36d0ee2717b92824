package conformance

import "strings"

// Exemption is a defect of a description: a difference that is the vendor's own
// way, as its own examples have it, or that of the version that we ask for.
type Exemption struct {
	Vendor string
	Part   string
	Key    string // the last part of the field's name, or more than the last
	Rule   string
	Value  any
	Why    string
}

func (e Exemption) covers(vendor string, f Finding) bool {
	return e.Vendor == vendor && e.Part == f.Part && e.Rule == f.Rule && e.Value == f.Value &&
		(f.Field == e.Key || strings.HasSuffix(f.Field, "."+e.Key))
}

// Exemptions is a list of them that knows which of them were needed.
type Exemptions struct {
	list []Exemption
	used []bool
}

// NewExemptions returns Exemptions.
func NewExemptions(list ...Exemption) *Exemptions {
	return &Exemptions{list: list, used: make([]bool, len(list))}
}

// Without returns the findings that are no known defects.
func (x *Exemptions) Without(vendor string, list []Finding) []Finding {
	var out []Finding
	for _, f := range list {
		covered := false
		for i, e := range x.list {
			if e.covers(vendor, f) {
				covered, x.used[i] = true, true
			}
		}
		if !covered {
			out = append(out, f)
		}
	}
	return out
}

// Unused returns the exemptions that nothing needed.
func (x *Exemptions) Unused() []Exemption {
	var out []Exemption
	for i, e := range x.list {
		if !x.used[i] {
			out = append(out, e)
		}
	}
	return out
}
