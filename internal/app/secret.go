package app

import "log/slog"

// Secret is a setting that must not be seen: however it is printed, it says
// "redacted".
type Secret string

const redacted = "redacted"

func (s Secret) show() string {
	if s == "" {
		return ""
	}
	return redacted
}

// String says "redacted", or "" when there is none.
func (s Secret) String() string { return s.show() }

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.show() }

// LogValue is String, for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.show()) }

// MarshalText is String, for JSON and the like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.show()), nil }

// UnmarshalText takes the secret as it is.
func (s *Secret) UnmarshalText(b []byte) error { *s = Secret(b); return nil }
