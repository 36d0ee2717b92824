package account

import (
	"cmp"
	"encoding/base64"
	"strings"

	"xswarm.ai/server/internal/id"
)

// Device is what a client says of itself.
type Device struct {
	UserAgent string
	Token     string // the secret of the device's cookie; "" for programs
}

// Seen is what is known of a device before somebody signs in with it.
type Seen struct {
	Any     bool   // the user has signed in before, with whatever
	ByToken string // the id of the device whose secret was shown; "" for none
	ByPlace string // the id of the device with the same name in the same network; "" for none
}

// known reports whether the user has signed in with the device before.
func (s Seen) known() bool { return s.ByToken != "" || s.ByPlace != "" }

// Sighting is a device that somebody signs in with.
type Sighting struct {
	ID    string
	Place string // its name and network, as a keyed hash
	Hash  string // of the secret that it is to show
	Known bool   // false: it is stored
}

// hash is that of the secret that a device shows; "" if it shows nothing of ours.
func (d Device) hash() string {
	if !wellFormed(d.Token) {
		return ""
	}
	return hashOf(d.Token)
}

// places returns what a device in a network may be stored as: one for each
// secret, so that rotating them makes nobody a stranger.
func (s *Service) places(d Device, client string) []string {
	var list []string
	for _, key := range s.keys.devices {
		sum := mac(key, DeviceName(d.UserAgent)+" "+Network(client))
		list = append(list, base64.RawURLEncoding.EncodeToString(sum[:16]))
	}
	return list
}

// sighting says what is stored of a device, and the secret that it gets; "" when
// it has one. A secret that is not known for this user is replaced by one of
// ours, so that nobody can plant one.
func (s *Service) sighting(d Device, client string, seen Seen) (sight Sighting, secret string) {
	place := s.places(d, client)[0]
	if seen.ByToken != "" {
		return Sighting{ID: seen.ByToken, Place: place, Hash: d.hash(), Known: true}, ""
	}
	sight = Sighting{ID: seen.ByPlace, Place: place, Known: seen.known()}
	if !sight.Known {
		sight.ID = id.New(id.Device, s.now())
	}
	secret = s.keys.mailed(sight.ID)
	sight.Hash = hashOf(secret)
	return sight, secret
}

const maxUserAgent = 512 // bytes that are looked at

// DeviceName is what a person calls a device, from what it calls itself:
// "Firefox on Linux". Programs have a name of their own: "curl". It is a fixed
// set of words, a program's name aside, which is letters only.
func DeviceName(userAgent string) string {
	ua := userAgent[:min(len(userAgent), maxUserAgent)]
	browser, system := first(ua, browsers), first(ua, systems)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	case strings.HasPrefix(ua, "Mozilla/") && system != "":
		return "Browser on " + system
	case strings.HasPrefix(ua, "Mozilla/"):
		return unknownDevice
	}
	return programName(ua)
}

// DeviceName is what a person calls the session's device: those that began before
// devices were named have none.
func (s Session) DeviceName() string { return cmp.Or(s.Device, unknownDevice) }

const unknownDevice = "Unknown device"

// mark is a word in a User-Agent and what it gives away.
type mark struct{ word, name string }

// The order counts: most browsers also call themselves what they are not.
var (
	browsers = []mark{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"},
		{"SamsungBrowser/", "Samsung Internet"}, {"YaBrowser/", "Yandex"}, {"DuckDuckGo/", "DuckDuckGo"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"},
		{"Chrome/", "Chrome"}, {"Chromium/", "Chromium"}, {"Safari/", "Safari"},
	}
	systems = []mark{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"},
		{"Windows", "Windows"}, {"Macintosh", "macOS"}, {"Linux", "Linux"}, {"FreeBSD", "FreeBSD"}, {"OpenBSD", "OpenBSD"},
	}
)

func first(ua string, marks []mark) string {
	for _, m := range marks {
		if strings.Contains(ua, m.word) {
			return m.name
		}
	}
	return ""
}

// programName is the product of a User-Agent as RFC 9110 has it: what stands
// before the version. It is shown and mailed, so it must not be a sentence.
func programName(ua string) string {
	name, _, _ := strings.Cut(ua, "/")
	name = strings.TrimSpace(name)
	low := strings.ToLower(name)
	if name == "" || len(name) > 30 || strings.Trim(low, lettersDigits+"-_") != "" || !strings.Contains(lettersDigits, low[:1]) {
		return unknownDevice
	}
	return name
}
