package phone

import (
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/task"
)

// Duties say what each kind of this package's jobs is for.
func Duties() map[string]jobs.Duty { return duties }

var duties = map[string]jobs.Duty{
	kindAnswer: {
		Does:    "Has the assistant answer a text, and stores the answer with every change it calls for.",
		Missing: "The text is kept and has no answer; nothing that it asked for has been done.",
		Reaches: true,
	},
	kindSend: {
		Does:    "Hands a text to the carrier.",
		Missing: "The text has not been sent, or the carrier refused it; the person waits for it.",
		Reaches: true,
	},
	kindCode: {
		Does:    "Texts the code that proves a phone.",
		Missing: "Somebody waits for a code. It holds for ten minutes: after that, retrying texts nothing.",
		Reaches: true,
	},
	task.KindRemind: {
		Does:    "Gives a reminder when it is due, by text or by mail.",
		Missing: "The reminder has not been given.",
		Reaches: true,
	},
	kindRemindMail: {
		Does:    "Mails a reminder to somebody who has no phone that may get it.",
		Missing: "The reminder was decided on and has not been mailed.",
		CutOff:  jobs.SentTwice,
		Reaches: true,
	},
	kindHeld: {
		Does:    "Gives the reminders that fell due while an account was disabled, of its last day.",
		Missing: "These reminders have not been given.",
		Reaches: true,
	},
	kindProvision: {
		Does:    "Buys the first number of somebody whose paid plan has begun, and asks for its verification.",
		Missing: "They have no number of their own; the shared one stands in.",
	},
	kindLapse: {
		Does:    "Looks daily whether somebody is back on a plan with numbers, and gives theirs up when they were not for two weeks.",
		Missing: "Their numbers are kept, and nobody pays for them.",
	},
	kindCheck: {
		Does:    "Asks the carrier daily whether a number may text yet.",
		Missing: "The number stays on what was known last; the shared one stands in.",
	},
	kindRelease: {
		Does:    "Gives a number back to the carrier that its user has given up.",
		Missing: "The number is nobody's here, and the carrier still charges for it.",
	},
}
