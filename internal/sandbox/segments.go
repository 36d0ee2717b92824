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

// segments counts the parts that the network makes of a text. The carrier counts
// for itself: were it to ask the product, a mistake in the product's count would
// look right here.
func segments(body string) int {
	var units []int // the width of each character
	limit, part := 160, 153
	for _, r := range body {
		switch {
		case strings.ContainsRune(gsmSingle, r):
			units = append(units, 1)
		case strings.ContainsRune(gsmDouble, r):
			units = append(units, 2)
		default:
			limit, part, units = 70, 67, nil
		}
		if limit == 70 {
			break
		}
	}
	if limit == 70 {
		for _, r := range body {
			units = append(units, utf16.RuneLen(r))
		}
	}
	total := 0
	for _, u := range units {
		total += u
	}
	if total <= limit {
		return 1
	}
	count, room := 1, part
	for _, u := range units {
		if u > room {
			count, room = count+1, part
		}
		room -= u
	}
	return count
}
