package phone

import "testing"

func FuzzACursorIsReadAsItWasWrittenOrRefused(f *testing.F) {
	f.Add("")
	f.Add("MTIz")
	f.Add("MTc2NzYwMzYwMDAwMCBtc2dfMQ")
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := parseCursor(s)
		if !ok || s == "" {
			return
		}
		if again, ok := parseCursor(formatCursor(p)); !ok || again.ID != p.ID || !again.At.Equal(p.At) {
			t.Fatalf("%q is %+v, then %+v, %v", s, p, again, ok)
		}
	})
}
