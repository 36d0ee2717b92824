package account

import "strings"

// isCommon reports whether a password (in lower case) leads the lists of leaked
// ones. Guessing is limited; these would be guessed within the limits.
func isCommon(lower string) bool {
	return !strings.ContainsAny(lower, " \n") && strings.Contains(common, " "+lower+" ")
}

// common lists those of at least eight characters, a space before and after each.
// A text needs no work at the start of the program.
const common = " " +
	"00000000 0000000000 01234567 0123456789 10203040 11111111 1111111111 11223344 1122334455 12121212 " +
	"123123123 123321123 12341234 12344321 12345678 123456789 1234567890 12345678910 123456789a 12345678a " +
	"123456abc 1234qwer 123qwe123 123qweasd 147258369 159753159 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc " +
	"1qazxsw2 22222222 31415926 55555555 66666666 77777777 87654321 88888888 963852741 987654321 " +
	"9876543210 99999999 a1234567 a12345678 a123456789 a1b2c3d4 aa123456 aa12345678 aaaaaaaa abc12345 " +
	"abc123456 abcd1234 abcdefg1 abcdefgh access14 admin123 admin1234 administrator alexander asdasdasd " +
	"asdf1234 asdfasdf asdfghjk asdfghjkl babygirl baseball basketball batman123 blink182 butterfly " +
	"changeme changeme1 changeme123 charlie1 chocolate computer corvette danielle dearbook december " +
	"default1 dragon123 einstein elephant football football1 fuckyou1 g_czechout garfield gfhjkmgfhjkm " +
	"google123 hello123 helloworld iloveyou iloveyou1 iloveyou2 internet jennifer jonathan jordan23 " +
	"justin123 krystal1 letmein1 letmein123 liverpool login123 lovelove master123 maverick mercedes " +
	"metallica michael1 michelle midnight minecraft monkey123 mustang1 myspace1 nicholas nopassword " +
	"november p@$$w0rd p@ssw0rd p@ssword pa$$w0rd pass1234 passpass passw0rd passw0rd1 password password! " +
	"password0 password01 password1 password1! password11 password12 password123 password123! " +
	"password1234 password2 password3 passwort pokemon123 princess princess1 q1w2e3r4 q1w2e3r4t5 " +
	"qazwsx123 qazwsxedc qwe123456 qweasdzxc qweqweqwe qwer1234 qwert123 qwert12345 qwerty12 qwerty123 " +
	"qwerty1234 qwerty12345 qwertyui qwertyuiop qwertz123 rootroot samantha secret123 september shadow123 " +
	"starwars steelers summer2024 summer2025 sunshine sunshine1 superman superman1 test1234 testtest " +
	"trustno1 victoria welcome1 welcome123 whatever william1 winter2024 winter2025 woaini1314 xswarm123 " +
	"zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123 zzzzzzzz "
