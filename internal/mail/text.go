package mail

import (
	"strings"
	"unicode/utf8"
)

// lineWidth is where plain text is wrapped. Links are never broken.
const lineWidth = 72

// plainText lays a letter out as plain text.
func plainText(x letter) string {
	var b strings.Builder
	paragraph := func(s string) { b.WriteString(wrap(s) + "\n\n") }
	paragraph(x.greeting)
	paragraph(x.lead)
	if x.quote != "" {
		paragraph("    " + x.quote)
	}
	if x.detail != "" {
		paragraph("    " + x.detail)
	}
	if x.button.href != "" {
		paragraph(x.button.label + ":\n" + x.button.href)
	}
	for _, p := range x.after {
		paragraph(p)
	}
	for _, m := range x.more {
		paragraph(m.label + ":\n" + m.href)
	}
	b.WriteString("xSwarm\n" + x.home + "\n")
	return b.String()
}

// wrap breaks the lines of a paragraph between words.
func wrap(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		var b strings.Builder
		width := 0
		for _, w := range strings.Fields(line) {
			n := utf8.RuneCountInString(w)
			switch {
			case width == 0:
				b.WriteString(indent)
				width = len(indent)
			case width+1+n > lineWidth:
				b.WriteString("\n" + indent)
				width = len(indent)
			default:
				b.WriteByte(' ')
				width++
			}
			b.WriteString(w)
			width += n
		}
		lines[i] = b.String()
	}
	return strings.Join(lines, "\n")
}
