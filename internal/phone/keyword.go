package phone

import "strings"

// Keyword is a text that is an instruction to the network and not something to
// tell an assistant.
type Keyword string

const (
	Stop  Keyword = "STOP"
	Start Keyword = "START"
	Help  Keyword = "HELP"
)

// keywordOf says which keyword a text is, or "". What the carrier says counts;
// otherwise the whole text must be the word. YES is an everyday word: it means
// START only from somebody who has opted out.
func keywordOf(in Incoming, optedOut bool) Keyword {
	switch k := Keyword(in.OptOut); k {
	case Stop, Start, Help:
		return k
	}
	switch strings.ToUpper(strings.TrimSpace(in.Body)) {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		return Stop
	case "START", "UNSTOP":
		return Start
	case "YES":
		if optedOut {
			return Start
		}
	case "HELP", "INFO":
		return Help
	}
	return ""
}
