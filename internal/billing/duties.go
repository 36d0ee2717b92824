package billing

import "xswarm.ai/server/internal/jobs"

// Duties say what each kind of this package's jobs is for.
func Duties() map[string]jobs.Duty { return duties }

var duties = map[string]jobs.Duty{
	KindUsage: {
		Does:    "Looks at the usage of five minutes: who has to be told how much is left, and that it is reported.",
		Missing: "Somebody may not know that their allowance is nearly used up. What was used waits to be reported with the next usage.",
	},
	KindMeter: {
		Does:    "Reports what was used to the payment provider.",
		Missing: "What was used is not on anybody's bill yet. It is part of the bill of its period only until an hour after that has ended.",
	},
	KindEvent: {
		Does:    "Reads again what an event of the payment provider is about, and stores what follows.",
		Missing: "A payment, a change or a cancellation may not have been noticed: somebody has too much or too little.",
	},
	KindLetter: {
		Does:    "Mails somebody about their plan, a payment, or how much is left.",
		Missing: "They have not been told.",
		CutOff:  jobs.SentTwice,
		Reaches: true,
	},
	KindAlert: {
		Does:    "Mails the operator what is wrong with the money.",
		Missing: "The alert is only where xswarm billing alerts shows it.",
		CutOff:  jobs.SentTwice,
		Reaches: true,
	},
	KindLapse: {
		Does:    "Notes that a plan has ended by the clock.",
		Missing: "Lists still show the plan. What may be used does not wait for it.",
	},
	KindNumbers: {
		Does:    "Makes the subscription pay for the numbers beyond those that the plan includes.",
		Missing: "Numbers are held that nobody pays for, or paid for that nobody holds.",
	},
	KindCustomer: {
		Does:    "Tells the payment provider the address that an account has moved to.",
		Missing: "Bills go to the address before.",
	},
	KindCompare: {
		Does:    "Compares a bill with what was used.",
		Missing: "Nobody has looked whether the bill is right.",
	},
	KindSweep: {
		Does:    "Looks every hour for events that did not arrive, and lets expired reservations go.",
		Missing: "What did not arrive by itself is not noticed. Retrying makes it go on.",
	},
	KindReconcile: {
		Does:    "Compares every day what the payment provider counts with what it was told.",
		Missing: "A difference is not noticed. Retrying makes it go on.",
	},
}
