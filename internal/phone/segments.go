package phone

import (
	"strings"
	"unicode/utf8"
)

// How much fits into a text: alone, and into each part of a long one, whose
// parts carry a header. Counted in septets for GSM-7, in UTF-16 units otherwise.
const (
	gsmAlone, gsmPart = 160, 153
	ucsAlone, ucsPart = 70, 67
)

// The alphabet of GSM 03.38, and its extension, whose characters take two
// septets.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// Segments returns how many parts the network cuts a text into, which is what it
// charges for, and whether its characters are all of the GSM alphabet. A
// character is never split between two parts. An empty text takes one.
func Segments(body string) (n int, gsm bool) {
	gsm = true
	for _, r := range body {
		if gsmWidth(r) == 0 {
			gsm = false
			break
		}
	}
	if gsm {
		return parts(body, gsmWidth, gsmAlone, gsmPart), true
	}
	return parts(body, ucsWidth, ucsAlone, ucsPart), false
}

func parts(body string, width func(rune) int, alone, part int) int {
	total, n, used := 0, 1, 0
	for _, r := range body {
		w := width(r)
		total += w
		if used+w > part {
			n++
			used = 0
		}
		used += w
	}
	if total <= alone {
		return 1
	}
	return n
}

func gsmWidth(r rune) int {
	switch {
	case strings.ContainsRune(gsmExtended, r):
		return 2
	case r != utf8.RuneError && strings.ContainsRune(gsmBasic, r):
		return 1
	}
	return 0
}

func ucsWidth(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// maxSegments is how long the assistant's answers may be.
const maxSegments = 3

// Shorten cuts a text that would take more than three parts, at a word if there
// is one, and says where the rest is to be read.
func Shorten(body, page string) string {
	body = strings.TrimSpace(body)
	if n, _ := Segments(body); n <= maxSegments {
		return body
	}
	tail := "... more on your page: " + page
	runes := []rune(body)
	// The longest beginning that fits: the number of parts grows with it.
	low, high := 0, len(runes)
	for low < high {
		mid := (low + high + 1) / 2
		if n, _ := Segments(string(runes[:mid]) + tail); n <= maxSegments {
			low = mid
		} else {
			high = mid - 1
		}
	}
	head := string(runes[:low])
	if i := strings.LastIndexAny(head, " \n"); i > len(head)/2 {
		head = head[:i]
	}
	return strings.TrimRight(head, " \n.,;:") + tail
}
