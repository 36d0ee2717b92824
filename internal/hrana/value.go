package hrana

import (
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// value is an SQL value on the wire. Integers travel as text, since JSON's
// numbers do not hold 64 bits.
type value struct {
	Type   string          `json:"type"`
	Value  json.RawMessage `json:"value,omitempty"`
	Base64 *string         `json:"base64,omitempty"`
}

// encode turns one of database/sql's values into one on the wire. What would not
// come back as it was is refused: text that is not UTF-8, NaN and infinities,
// and times, which the schema keeps as milliseconds.
func encode(v driver.Value) (value, error) {
	switch v := v.(type) {
	case nil:
		return value{Type: "null"}, nil
	case int64:
		return quoted("integer", strconv.FormatInt(v, 10))
	case bool:
		if v {
			return quoted("integer", "1")
		}
		return quoted("integer", "0")
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return value{}, fmt.Errorf("hrana: %v cannot be stored", v)
		}
		raw, err := json.Marshal(v)
		return value{Type: "float", Value: raw}, err
	case string:
		if !utf8.ValidString(v) {
			return value{}, errors.New("hrana: text that is not UTF-8 cannot be stored as text")
		}
		return quoted("text", v)
	case []byte:
		if v == nil {
			return value{Type: "null"}, nil
		}
		s := base64.StdEncoding.EncodeToString(v)
		return value{Type: "blob", Base64: &s}, nil
	}
	return value{}, fmt.Errorf("hrana: a %T cannot be stored; a time is stored as milliseconds", v)
}

func quoted(typ, s string) (value, error) {
	raw, err := json.Marshal(s)
	return value{Type: typ, Value: raw}, err
}

// decode is the way back.
func (v value) decode() (driver.Value, error) {
	switch v.Type {
	case "null":
		return nil, nil
	case "integer":
		s, err := unquoted(v.Value)
		if err != nil {
			return nil, fmt.Errorf("hrana: read an integer: %w", err)
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("hrana: read an integer: %w", err)
		}
		return n, nil
	case "float":
		var f *float64
		if err := json.Unmarshal(v.Value, &f); err != nil {
			return nil, fmt.Errorf("hrana: read a float: %w", err)
		}
		if f == nil {
			return nil, errors.New("hrana: read a float: the wire has no infinities")
		}
		return *f, nil
	case "text":
		s, err := unquoted(v.Value)
		if err != nil {
			return nil, fmt.Errorf("hrana: read text: %w", err)
		}
		return s, nil
	case "blob":
		if v.Base64 == nil {
			return nil, errors.New("hrana: read a blob: it has no bytes")
		}
		// tursodb leaves the padding out, others do not.
		b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(*v.Base64, "="))
		if err != nil {
			return nil, fmt.Errorf("hrana: read a blob: %w", err)
		}
		return b, nil
	}
	return nil, fmt.Errorf("hrana: a value of type %q is not known", v.Type)
}

// unquoted reads a JSON string, and nothing else.
func unquoted(raw json.RawMessage) (string, error) {
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", err
	}
	if s == nil {
		return "", errors.New("it is null")
	}
	return *s, nil
}
