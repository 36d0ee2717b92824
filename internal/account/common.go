package account

import "strings"

// isCommon reports whether a password is one of the words that lead the lists of
// leaked ones: written with digits for letters, and with a few digits or signs
// before or behind, which is what is tried next.
func isCommon(password string) bool {
	const ends = "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_` "
	word := strings.Trim(strings.ToLower(password), ends)
	if len(password)-len(word) > maxEnds || strings.ContainsAny(word, " \n") {
		return false
	}
	return word != "" && strings.Contains(common, " "+unleet.Replace(word)+" ")
}

// maxEnds is how much around a common word is still no protection.
const maxEnds = 5

// unleet reads the digits and signs that stand for letters.
var unleet = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "$", "s", "@", "a", "!", "i")

// common lists words of leaked passwords as unleet leaves them, a space before and
// after each. A text needs no work at the start of the program. Rows of keys,
// sequences and repetitions are not in it: isPatterned finds those.
const common = " " +
	"access admin administrator alexander babygirl baseball basketball batman blink butterfly changeme " +
	"charlie chocolate computer corvette danielle dearbook december default dragon einstein elephant " +
	"football fuckyou garfield google hello helloworld iloveyou internet jennifer jessica jonathan jordan " +
	"justin killer krystal letmein liverpool login lovely manchester master maverick mercedes metallica " +
	"michael michelle midnight minecraft monkey mustang myspace naruto nicholas nopassword november " +
	"pass password passwort pokemon princess qazwsx qazwsxedc qweasd qweasdzxc samantha secret " +
	"september shadow soccer spiderman starwars steelers summer sunshine superman superstar test " +
	"trustno victoria welcome whatever william winter woaini xswarm "
