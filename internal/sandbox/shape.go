package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// shape is a JSON type as an official description states it.
type shape struct {
	kind     string // object, array, string, integer, boolean
	props    map[string]shape
	required []string
	open     bool // an object may hold anything else
	items    *shape
	min      int // characters
	max      int // characters or items; 0: no limit
	unique   bool
	values   []string // the only ones, if there are any
}

// Shorthands for the tables.
func object(required []string, props map[string]shape) shape {
	return shape{kind: "object", props: props, required: required}
}
func list(items shape, max int) shape { return shape{kind: "array", items: &items, max: max} }

var (
	aString  = shape{kind: "string"}
	anInt    = shape{kind: "integer"}
	aBool    = shape{kind: "boolean"}
	anObject = shape{kind: "object", open: true}
	aSwitch  = object(nil, map[string]shape{"enable": aBool})
	anEmail  = object([]string{"email"}, map[string]shape{"email": aString, "name": aString})
)

// aMail is the body of POST /v3/mail/send. One correction to the description: it
// calls the request's own custom_args a string, while text, libraries and vendor
// all have an object there.
var aMail = object([]string{"personalizations", "from"}, map[string]shape{
	"personalizations": list(object([]string{"to"}, map[string]shape{
		"from": anEmail, "to": list(anEmail, 0), "cc": list(anEmail, 1000), "bcc": list(anEmail, 1000),
		"subject": aString, "headers": anObject, "substitutions": anObject,
		"dynamic_template_data": anObject, "custom_args": anObject, "send_at": anInt,
	}), 1000),
	"from": anEmail, "reply_to": anEmail, "reply_to_list": list(anEmail, 1000),
	"subject": aString,
	"content": list(object([]string{"type", "value"}, map[string]shape{"type": aString, "value": aString}), 0),
	"attachments": list(object([]string{"content", "filename"}, map[string]shape{
		"content": aString, "type": {kind: "string", min: 1}, "filename": aString, "content_id": aString,
		"disposition": {kind: "string", values: []string{"inline", "attachment"}},
	}), 0),
	"template_id": aString, "headers": anObject,
	"categories":  {kind: "array", items: &shape{kind: "string", max: 255}, max: 10, unique: true},
	"custom_args": anObject, "send_at": anInt, "batch_id": aString,
	"asm": object([]string{"group_id"}, map[string]shape{
		"group_id": anInt, "groups_to_display": list(anInt, 25),
	}),
	"ip_pool_name": {kind: "string", min: 2, max: 64},
	"mail_settings": object(nil, map[string]shape{
		"bypass_list_management": aSwitch, "bypass_spam_management": aSwitch,
		"bypass_bounce_management": aSwitch, "bypass_unsubscribe_management": aSwitch,
		"footer":       object(nil, map[string]shape{"enable": aBool, "text": aString, "html": aString}),
		"sandbox_mode": aSwitch,
	}),
	"tracking_settings": object(nil, map[string]shape{
		"click_tracking": object(nil, map[string]shape{"enable": aBool, "enable_text": aBool}),
		"open_tracking":  object(nil, map[string]shape{"enable": aBool, "substitution_tag": aString}),
		"subscription_tracking": object(nil, map[string]shape{
			"enable": aBool, "text": aString, "html": aString, "substitution_tag": aString,
		}),
		"ganalytics": object(nil, map[string]shape{
			"enable": aBool, "utm_source": aString, "utm_medium": aString, "utm_term": aString,
			"utm_content": aString, "utm_campaign": aString,
		}),
	}),
})

// mismatch is one difference between a value and its shape.
type mismatch struct {
	field   string
	problem string
	extra   bool // a key the description does not know, which the vendor overlooks
}

// compare returns how v differs from the shape.
func (sh shape) compare(field string, v any) []mismatch {
	if given := kindOf(v); given != sh.kind {
		return []mismatch{{field: field, problem: fmt.Sprintf("Invalid type. Expected: %s, given: %s.", sh.kind, given)}}
	}
	var out []mismatch
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sh.required {
			if _, ok := v[name]; !ok {
				out = append(out, mismatch{field: join(field, name), problem: "is required"})
			}
		}
		for name, value := range v {
			inner, known := sh.props[name]
			switch {
			case known:
				out = append(out, inner.compare(join(field, name), value)...)
			case !sh.open:
				out = append(out, mismatch{field: join(field, name), problem: "is not in the description", extra: true})
			}
		}
	case []any:
		seen := map[string]bool{}
		for i, value := range v {
			out = append(out, sh.items.compare(fmt.Sprintf("%s.%d", field, i), value)...)
			if key := fmt.Sprint(value); sh.unique && seen[key] {
				out = append(out, mismatch{field: field, problem: "The items of this array must be unique."})
			} else {
				seen[key] = true
			}
		}
		if sh.max > 0 && len(v) > sh.max {
			out = append(out, mismatch{field: field, problem: fmt.Sprintf("There is a limit of %d items.", sh.max)})
		}
	case string:
		if len(sh.values) > 0 && !slices.Contains(sh.values, v) {
			out = append(out, mismatch{field: field, problem: "Must be one of: " + strings.Join(sh.values, ", ") + "."})
		}
		if len([]rune(v)) < sh.min {
			out = append(out, mismatch{field: field, problem: fmt.Sprintf("There is a minimum of %d characters.", sh.min)})
		}
		if sh.max > 0 && len([]rune(v)) > sh.max {
			out = append(out, mismatch{field: field, problem: fmt.Sprintf("There is a limit of %d characters.", sh.max)})
		}
	}
	slices.SortStableFunc(out, func(a, b mismatch) int { return cmp.Compare(a.field, b.field) })
	return out
}

func join(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

// kindOf names a decoded JSON value's type as descriptions do.
func kindOf(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
		return "number"
	}
	return "null"
}
