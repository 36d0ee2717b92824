// Package conformance checks the product against its vendors' own descriptions
// of their APIs: what our adapters ask, what the sandbox's emulators answer and
// what their webhooks say.
//
// The descriptions are the vendors' OpenAPI files. They are not part of the
// project: scripts/test installs them, and Load reads them; Stripe's come with a Go
// module. Where a vendor describes nothing, as for Twilio's webhooks and errors and
// for Stripe's second API, what is documented is written down here (webhook.go,
// refusal.go, stripev2.yaml).
//
// It is a module of its own, so that what it needs stays out of the product's.
package conformance

import (
	"fmt"
	"strconv"
	"strings"
)

// Finding is one way in which a message differs from its description.
type Finding struct {
	Part  string // of the message: path, query, header, body, expand, answer, event, webhook
	Field string // where in it: messages.0.sid; "" for the whole
	Rule  string // that it breaks: the schema's keyword, or one of those below
	Says  string
	Value any // what is there, when that is known
}

// Rules that are stricter than the schemas. These leave a lot to the good will of
// whoever writes a message: they name hardly any key as required, and allow all
// others.
const (
	ruleUndeclared = "undeclared" // a key that the description does not know
	ruleRepeated   = "repeated"   // several values where one is declared
	ruleExample    = "example"    // a key that all of the vendor's examples have is missing
	ruleStatus     = "status"     // an answer's status that is not described
	ruleLink       = "link"       // a link to itself that leads elsewhere
	ruleExpand     = "expand"     // whole where nobody asked, or not where somebody did, or asked where it cannot be
	ruleForm       = "form"       // what cannot be read as what it should be
	ruleSignature  = "signature"
	ruleRequired   = "required"
)

func (f Finding) String() string {
	return fmt.Sprintf("%s %s breaks %q: %s", f.Part, f.Field, f.Rule, f.Says)
}

// List writes findings one a line.
func List(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString("\n  " + f.String())
	}
	return b.String()
}

// join adds a key to the name of a field.
func join(field, key string) string {
	if field == "" {
		return key
	}
	return field + "." + key
}

// at adds an index to the name of a field.
func at(field string, i int) string { return join(field, strconv.Itoa(i)) }
