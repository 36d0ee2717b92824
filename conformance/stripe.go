package conformance

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stripe/stripe-mock/embedded"
)

// StripeVersion is the version of Stripe's API that the product asks for: the one
// of its library. The description is of a later one of the same release train,
// which only adds to it.
const StripeVersion = "2026-03-25.dahlia"

// stripeV2 describes what is used of Stripe's second API.
//
//go:embed stripev2.yaml
var stripeV2 []byte

// stripeTerms are what Stripe says beside its operations.
type stripeTerms struct {
	objects  map[string]*openapi3.Schema // by the name that an object gives itself; "deleted_…" of what is gone
	examples map[string]map[string]any   // of the same
	subjects map[string]string           // what an event is about, by the event's type; "" if it can be several things
	errors   map[string]*openapi3.Schema // what a refusal is, by the version in the path
}

// readStripe reads the descriptions that stripe-mock carries, the vendor's own
// stand-in, and ours of the second API, which it lacks.
func (b *Book) readStripe() error {
	first, err := openapi3.NewLoader().LoadFromData(embedded.OpenAPISpec)
	if err != nil {
		return err
	}
	second, err := openapi3.NewLoader().LoadFromData(stripeV2)
	if err != nil {
		return fmt.Errorf("stripev2.yaml: %w", err)
	}
	b.stripe.objects, b.stripe.errors = map[string]*openapi3.Schema{}, map[string]*openapi3.Schema{}
	for version, doc := range map[string]*openapi3.T{"v1": first, "v2": second} {
		if err := b.add("stripe", doc); err != nil {
			return err
		}
		for name, ref := range doc.Components.Schemas {
			b.stripe.objects[name] = ref.Value
		}
		b.stripe.errors[version] = doc.Components.Schemas["error"].Value
	}
	openForms(first)
	if b.stripe.examples, err = stripeExamples(); err != nil {
		return err
	}
	b.stripe.subjects, err = stripeSubjects(first)
	return err
}

// openForms takes back that a form has no other keys, which the description says
// of the outermost only: keys.go looks for them at any depth.
func openForms(doc *openapi3.T) {
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Value.Content {
				media.Schema.Value.AdditionalProperties = openapi3.AdditionalProperties{}
			}
		}
	}
}

// stripeExamples are the answers that stripe-mock gives: one of each object.
func stripeExamples() (map[string]map[string]any, error) {
	var fixtures struct{ Resources map[string]map[string]any }
	err := json.Unmarshal(embedded.OpenAPIFixtures, &fixtures)
	return fixtures.Resources, err
}

// stripeSubjects tells what the events are about. The types of events are those
// that a webhook can be made for; only the description of what is to come says
// which object each of them brings.
func stripeSubjects(doc *openapi3.T) (map[string]string, error) {
	var coming struct {
		Components struct {
			Schemas map[string]struct {
				Event      *struct{ Type string } `json:"x-stripeEvent"`
				Properties struct {
					Object struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
	}
	if err := json.Unmarshal(embedded.BetaOpenAPISpec, &coming); err != nil {
		return nil, err
	}
	out := map[string]string{}
	form := doc.Paths.Value("/v1/webhook_endpoints").Post.RequestBody.Value.Content.Get(formType).Schema.Value
	for _, kind := range form.Properties["enabled_events"].Value.Items.Value.Enum {
		kind, _ := kind.(string)
		if s := coming.Components.Schemas[kind]; s.Event != nil {
			out[s.Event.Type] = strings.TrimPrefix(s.Properties.Object.Ref, "#/components/schemas/")
		} else if kind != "*" {
			return nil, fmt.Errorf("it is not said what the event %s is about", kind)
		}
	}
	return out, nil
}

// objectName returns the name under which an object is described.
func objectName(object map[string]any) string {
	name, _ := object["object"].(string)
	if object["deleted"] == true {
		return "deleted_" + name
	}
	return name
}
