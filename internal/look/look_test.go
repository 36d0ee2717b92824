package look

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// palettes reads the light and the dark colours.
func palettes(t *testing.T) map[string]map[string]string {
	t.Helper()
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(Palette(), -1)
	if len(blocks) != 2 {
		t.Fatalf("there are %d palettes, want 2", len(blocks))
	}
	list := map[string]map[string]string{}
	for i, theme := range []string{"light", "dark"} {
		list[theme] = map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(blocks[i][1], -1) {
			list[theme][m[1]] = m[2]
		}
	}
	return list
}

// luminance is WCAG's relative luminance of a colour like #1b2326.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		t.Fatalf("the colour %q cannot be read", colour)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(rgb>>(16-8*i)&0xff) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestColoursCanBeToldApartInBothThemes(t *testing.T) {
	text := []string{"ink on page", "ink on card", "ink on raised", "ink on bad-page", "soft on page", "soft on card", "soft on raised",
		"accent on page", "accent on card", "accent on raised", "accent-strong on card", "accent-strong on raised",
		"on-accent on accent", "on-accent on accent-strong", "bad on card", "bad on raised", "bad on bad-page", "good on card",
		"good on good-page", "wait on wait-page", "ink on wait-page", "ink on theirs", "soft on theirs"}
	edges := []string{"edge on card", "focus on page", "focus on card", "bad on card", "accent on line"}
	for theme, colours := range palettes(t) {
		for least, pairs := range map[float64][]string{4.5: text, 3: edges} {
			for _, pair := range pairs {
				front, back, _ := strings.Cut(pair, " on ")
				a, b := luminance(t, colours[front]), luminance(t, colours[back])
				if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < least {
					t.Errorf("%s: %s has a contrast of %.2f, want at least %g", theme, pair, ratio, least)
				}
			}
		}
	}
}
