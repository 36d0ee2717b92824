package sandbox

import (
	"strings"
	"unicode/utf16"
)

// The alphabet of GSM 03.38 and its extension, whose characters count twice.
const (
	gsmSingle = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmDouble = "\f^{}\\[~]|€"
)

// The two alphabets in which a text can travel.
const (
	gsm7 = "GSM-7"
	ucs2 = "UCS-2"
)

// encoding is the alphabet that a text needs: one character outside of GSM's
// makes all of it UCS-2.
func encoding(body string) string {
	for _, r := range body {
		if !strings.ContainsRune(gsmSingle, r) && !strings.ContainsRune(gsmDouble, r) {
			return ucs2
		}
	}
	return gsm7
}

// segments counts the parts that the network makes of a text. The carrier counts
// for itself: were it to ask the product, a mistake in the product's count would
// look right here.
func segments(body string) int {
	limit, part, width := 160, 153, func(r rune) int {
		if strings.ContainsRune(gsmDouble, r) {
			return 2
		}
		return 1
	}
	if encoding(body) == ucs2 {
		limit, part, width = 70, 67, utf16.RuneLen
	}
	total := 0
	for _, r := range body {
		total += width(r)
	}
	if total <= limit {
		return 1
	}
	count, room := 1, part
	for _, r := range body {
		if width(r) > room {
			count, room = count+1, part
		}
		room -= width(r)
	}
	return count
}
