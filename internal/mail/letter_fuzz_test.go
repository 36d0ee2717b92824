package mail

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var (
	anyTag  = regexp.MustCompile(`<[^>]*>`)
	anyLink = regexp.MustCompile(`https?://\S+`)
)

// What strangers write can change the words of a letter and nothing else: the HTML
// keeps its elements with their attributes, the text its links, the subject is one
// line.
func FuzzStrangersWordsChangeNoLetter(f *testing.F) {
	f.Add("Ada", "call Mike")
	f.Add("<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>")
	f.Add("Ada\r\nBcc: all@example.com", "x\r\n.\r\nMAIL FROM:<x>")
	f.Add("http://evil.example", "</title></head>")
	f.Add("\xff\xfe\x00", "\u202etxt.exe\u2028\u0085")
	f.Add("{{.}}", strings.Repeat("é", 500))
	f.Fuzz(func(t *testing.T, name, title string) {
		plain := every(t.Context(), "Ada", "vt_abc-123", "call Mike")
		for kind, write := range every(t.Context(), name, "vt_abc-123", title) {
			got, want := written(t, write), written(t, plain[kind])
			if g, w := anyTag.FindAllString(got.HTML, -1), anyTag.FindAllString(want.HTML, -1); !slices.Equal(g, w) && oneLine(title, maxSubject) != "" {
				t.Fatalf("%s: the elements changed\ngot  %q\nwant %q", kind, g, w)
			}
			own := anyLink.FindAllString(title, -1) // of the reminder's owner, or the operator's own, who may quote what they like
			for _, link := range anyLink.FindAllString(got.Text, -1) {
				quotes := (kind == "reminder" || kind == "billing_alert") && len(own) > 0
				if !strings.HasPrefix(link, "https://xswarm.example") && link != bill && !quotes {
					t.Fatalf("%s: a stranger's link is in the text: %s", kind, link)
				}
			}
			for what, s := range map[string]string{"subject": got.Subject, "name": got.ToName} {
				if strings.ContainsFunc(s, unicode.IsControl) || strings.ContainsAny(s, "\u2028\u2029\u202e") {
					t.Fatalf("%s: the %s is %q", kind, what, s)
				}
			}
			for _, s := range []string{got.Subject, got.ToName, got.Text, got.HTML} {
				if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r") {
					t.Fatalf("%s: %q cannot be mailed", kind, s)
				}
			}
		}
	})
}
