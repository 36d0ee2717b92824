package hrana

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"math"
	"testing"
)

// there and back over the wire.
func roundTrip(v driver.Value) (driver.Value, error) {
	e, err := encode(v)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var back value
	if err := json.Unmarshal(raw, &back); err != nil {
		return nil, err
	}
	return back.decode()
}

func TestValuesSurviveTheWire(t *testing.T) {
	for _, tc := range []struct{ give, want driver.Value }{
		{nil, nil},
		{int64(0), int64(0)},
		{int64(math.MaxInt64), int64(math.MaxInt64)},
		{int64(math.MinInt64), int64(math.MinInt64)},
		{true, int64(1)},
		{false, int64(0)},
		{0.1, 0.1},
		{-math.MaxFloat64, -math.MaxFloat64},
		{math.SmallestNonzeroFloat64, math.SmallestNonzeroFloat64},
		{"", ""},
		{"null", "null"},
		{"a\x00b \u2028 </script> 🎉", "a\x00b \u2028 </script> 🎉"},
	} {
		got, err := roundTrip(tc.give)
		if err != nil || got != tc.want {
			t.Errorf("%v: got %v, %v; want %v", tc.give, got, err, tc.want)
		}
	}
	for n := range 5 { // every length of padding
		want := bytes.Repeat([]byte{255}, n)
		got, err := roundTrip(want)
		b, _ := got.([]byte)
		if err != nil || b == nil || !bytes.Equal(b, want) {
			t.Errorf("%d bytes: got %v, %v", n, got, err)
		}
	}
	if got, err := roundTrip([]byte(nil)); got != nil || err != nil {
		t.Errorf("no bytes at all: got %v, %v; want null", got, err)
	}
}

func TestWhatTheWireCannotCarryIsRefused(t *testing.T) {
	for _, v := range []driver.Value{math.NaN(), math.Inf(1), math.Inf(-1), "\xc3\x28", struct{}{}, 7} {
		if got, err := roundTrip(v); err == nil {
			t.Errorf("%v came back as %v, want an error", v, got)
		}
	}
}

func TestValuesOfOtherServersAreRead(t *testing.T) {
	for _, tc := range []struct {
		json string
		want driver.Value // nil: an error
	}{
		{`{"type":"blob","base64":"AAE"}`, "\x00\x01"},
		{`{"type":"blob","base64":"AAE="}`, "\x00\x01"},
		{`{"type":"float","value":2}`, 2.0},
		{`{"type":"integer","value":"-5"}`, int64(-5)},
		{`{"type":"integer","value":5}`, nil}, // a number may have lost digits
		{`{"type":"integer","value":"5.0"}`, nil},
		{`{"type":"integer","value":"9223372036854775808"}`, nil},
		{`{"type":"integer"}`, nil},
		{`{"type":"float","value":null}`, nil}, // how tursodb says infinity
		{`{"type":"float"}`, nil},
		{`{"type":"text","value":null}`, nil},
		{`{"type":"text","value":["a"]}`, nil},
		{`{"type":"blob"}`, nil},
		{`{"type":"blob","base64":"*"}`, nil},
		{`{"type":"none"}`, nil},
		{`{}`, nil},
	} {
		var v value
		if err := json.Unmarshal([]byte(tc.json), &v); err != nil {
			t.Fatal(err)
		}
		got, err := v.decode()
		if b, ok := got.([]byte); ok {
			got = string(b)
		}
		if got != tc.want || (err == nil) != (tc.want != nil) {
			t.Errorf("%s: got %v, %v; want %v", tc.json, got, err, tc.want)
		}
	}
}

func FuzzValuesSurviveTheWire(f *testing.F) {
	f.Add(int64(1), 0.5, "text", []byte("bytes"))
	f.Add(int64(math.MinInt64), math.MaxFloat64, "\x00\u2028\\\"", []byte{})
	f.Fuzz(func(t *testing.T, i int64, x float64, s string, b []byte) {
		if got, err := roundTrip(i); err != nil || got != i {
			t.Errorf("%d: got %v, %v", i, got, err)
		}
		if got, err := roundTrip(x); err == nil && got != x {
			t.Errorf("%g: got %v", x, got)
		}
		if got, err := roundTrip(s); err == nil && got != s {
			t.Errorf("%q: got %q", s, got)
		}
		if b == nil {
			return
		}
		got, err := roundTrip(b)
		if g, ok := got.([]byte); err != nil || !ok || !bytes.Equal(g, b) {
			t.Errorf("%v: got %v, %v", b, got, err)
		}
	})
}

func FuzzAnAnswerIsReadOrRefused(f *testing.F) {
	f.Add([]byte(`{"results":[{"type":"ok","response":{"type":"batch","result":{"step_results":[null,{"cols":[{"name":"a","decltype":"TIMESTAMP"}],"rows":[[{"type":"text","value":"2026-01-01 00:00:00"}]]}],"step_errors":[null,null]}}}]}`))
	f.Add([]byte(`{"results":[{"type":"error","error":{"message":"m","code":"c"}}]}`))
	f.Add([]byte(`{"results":[{"type":"ok","response":{"type":"batch","result":{"step_results":[{"rows":[[{"type":"blob","base64":"AA"}]]},null],"step_errors":[null,{"message":"m"}]}}}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		res, err := read(raw, 2)
		if err != nil {
			return
		}
		for _, r := range res.StepResults {
			if r == nil {
				continue
			}
			rows := &rows{result: r}
			dest := make([]driver.Value, len(rows.Columns()))
			for rows.Next(dest) == nil {
			}
		}
		if e := firstError(res); e != nil {
			_ = e.Error()
		}
	})
}
