package sandbox

import (
	"slices"
	"strings"
)

// Carrier is a vendor as the product is set up to use it.
type Carrier struct {
	Name  string // SendGrid
	Sends string // mails
	Mode  Mode
	Base  string // of one elsewhere: its address
}

// Mode is who answers in a vendor's place.
type Mode string

// The modes of a vendor.
const (
	Emulated  Mode = "emulated"  // this sandbox
	Elsewhere Mode = "elsewhere" // an address that was set, for tests
	Real      Mode = "real"      // the vendor
	Off       Mode = "off"       // nobody: it is not asked
)

// leaving says what leaves this machine, and nothing that is not so.
func leaving(carriers []Carrier) string {
	if len(carriers) == 0 {
		return "This sandbox runs by itself. What a program sends to its emulators ends up here and goes no further; " +
			"where else that program is connected cannot be seen from here."
	}
	sent := map[Mode][]string{}
	for _, c := range carriers {
		sent[c.Mode] = append(sent[c.Mode], c.Sends)
	}
	var words []string
	say := func(m Mode, before, after string) {
		if list := strings.Join(sent[m], " and "); list != "" {
			words = append(words, capital(before+list+after))
		}
	}
	say(Real, "careful: ", " leave this machine and reach real people.")
	say(Elsewhere, "", " go to another address than this sandbox’s.")
	if len(words) == 0 {
		words = append(words, "Nothing leaves this machine.")
	}
	say(Emulated, "", " that xSwarm sends end up here; what people answer begins here.")
	return strings.Join(words, " ")
}

// allEmulated reports whether there is nothing more to say about the vendors.
func allEmulated(carriers []Carrier) bool {
	return !slices.ContainsFunc(carriers, func(c Carrier) bool { return c.Mode != Emulated })
}

// modeWords says what a vendor's mode means.
func modeWords(c Carrier) string {
	switch c.Mode {
	case Real:
		return "Its keys are set: " + c.Sends + " go out."
	case Elsewhere:
		return capital(c.Sends) + " go to " + c.Base + "."
	case Off:
		return "Turned off: no " + c.Sends + " are sent or taken."
	}
	return "It has no keys: " + c.Sends + " end up in this sandbox."
}

func modeMood(m Mode) string {
	return map[Mode]string{Emulated: "good", Real: "bad", Elsewhere: "wait"}[m]
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
