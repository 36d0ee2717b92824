package conformance

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// files are the descriptions of each vendor, below the folder that is given to
// Load. All of a group are read, of the first group that is there whole.
var files = map[string][][]string{
	"twilio": {{"twilio_api_v2010.json", "twilio_messaging_v1.json"}},
	// The second is an earlier state of the vendor's description, with all of its
	// APIs in one file: the newest that a package registry carries.
	"sendgrid": {{"tsg_mail_v3.json", "tsg_scopes_v3.json"}, {"sendgrid.com.json"}},
}

// Book is what the vendors say about their operations.
type Book struct {
	operations []Operation
	stripe     stripeTerms
}

// Operation is one thing that a vendor can be asked to do.
type Operation struct {
	Vendor, Method, Template string
	route                    *routers.Route
}

func (o Operation) String() string { return o.Vendor + " " + o.Method + " " + o.Template }

// Load reads the descriptions that lie in dir, in a folder for each vendor, and
// Stripe's, which need no folder.
func Load(dir string) (*Book, error) {
	b := &Book{}
	for vendor, groups := range files {
		group, err := choose(filepath.Join(dir, vendor), groups)
		if err != nil {
			return nil, err
		}
		for _, file := range group {
			if err := b.read(vendor, file); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	if err := b.readStripe(); err != nil {
		return nil, fmt.Errorf("stripe: %w", err)
	}
	slices.SortFunc(b.operations, func(x, y Operation) int { return strings.Compare(x.String(), y.String()) })
	return b, nil
}

// choose returns the paths of the first group whose files are all there.
func choose(dir string, groups [][]string) ([]string, error) {
	for _, group := range groups {
		var paths []string
		for _, name := range group {
			path := filepath.Join(dir, name)
			if _, err := os.Stat(path); err == nil {
				paths = append(paths, path)
			}
		}
		if len(paths) == len(group) {
			return paths, nil
		}
	}
	return nil, fmt.Errorf("%s has none of the descriptions %v: run scripts/test, which installs them, or set XSWARM_OPENAPI_DIR", dir, groups)
}

func (b *Book) read(vendor, file string) error {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return err
	}
	return b.add(vendor, doc)
}

// add adds the operations of a description.
func (b *Book) add(vendor string, doc *openapi3.T) error {
	base, err := basePath(doc)
	if err != nil {
		return err
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			needBody(op)
			b.operations = append(b.operations, Operation{vendor, method, base + path, &routers.Route{
				Spec: doc, Path: path, PathItem: item, Method: method, Operation: op,
			}})
		}
	}
	return nil
}

// basePath is what the address of the API adds before every path.
func basePath(doc *openapi3.T) (string, error) {
	if len(doc.Servers) == 0 {
		return "", nil
	}
	u, err := url.Parse(doc.Servers[0].URL)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(u.Path, "/"), nil
}

// needBody makes the body required where one of its keys is. Neither vendor says
// so, and an empty body would then be a message without fault.
func needBody(op *openapi3.Operation) {
	if op.RequestBody == nil {
		return
	}
	for _, media := range op.RequestBody.Value.Content {
		if media.Schema != nil && len(media.Schema.Value.Required) > 0 {
			op.RequestBody.Value.Required = true
		}
	}
}

// Operations returns everything that is described.
func (b *Book) Operations() []Operation { return b.operations }

// Find returns the operation that a request of a vendor is for, and what stands
// in the path for its parameters. Of several that fit it is the one with the most
// literal path, as OpenAPI has it.
func (b *Book) Find(vendor, method, path string) (found Operation, params map[string]string, ok bool) {
	most := -1
	for _, o := range b.operations {
		if o.Vendor != vendor || o.Method != method {
			continue
		}
		if p, literal, fits := match(o.Template, path); fits && literal > most {
			found, params, ok, most = o, p, true, literal
		}
	}
	return found, params, ok
}

// match compares a path with a template like /Messages/{Sid}.json, and says how
// many of its parts have no parameter.
func match(template, path string) (params map[string]string, literal int, ok bool) {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, 0, false
	}
	params = map[string]string{}
	for i, part := range want {
		before, rest, variable := strings.Cut(part, "{")
		if !variable {
			if part != got[i] {
				return nil, 0, false
			}
			literal++
			continue
		}
		name, after, _ := strings.Cut(rest, "}")
		value, begins := strings.CutPrefix(got[i], before)
		value, ends := strings.CutSuffix(value, after)
		if !begins || !ends || value == "" {
			return nil, 0, false
		}
		params[name] = value
	}
	return params, literal, true
}
