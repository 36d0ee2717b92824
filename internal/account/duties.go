package account

import "xswarm.ai/server/internal/jobs"

// Duties say what each kind of this package's jobs is for.
func Duties() map[string]jobs.Duty { return duties }

var duties = map[string]jobs.Duty{
	KindVerification: {
		Does:    "Mails the link that confirms an address, or tells the owner of a known address that they have an account.",
		Missing: "Somebody who signed up waits for a mail. They may have asked for another one since.",
		CutOff:  jobs.SentTwice,
		Reaches: true,
	},
	KindReset: {
		Does:    "Mails the link to choose a new password, if there is an account.",
		Missing: "Somebody may wait for that mail. The link holds for an hour: after that, retrying mails nothing.",
		CutOff:  jobs.SentTwice,
		Reaches: true,
	},
	KindPasswordChanged: {
		Does:    "Tells the owner that their password was changed.",
		Missing: "The owner has not been warned, in case it was not them.",
		CutOff:  jobs.SentTwice,
		Reaches: true,
	},
	KindNewDevice: {
		Does:    "Tells the owner that somebody signed in with a device that was not known.",
		Missing: "The owner has not been warned, in case it was not them.",
		CutOff:  jobs.SentTwice,
		Reaches: true,
	},
	KindMove: {
		Does:    "Mails a link that agrees to a change of address, to the old or the new one.",
		Missing: "The change waits for both links. They hold for a day: after that, retrying mails nothing.",
		CutOff:  jobs.SentTwice,
		Reaches: true,
	},
	KindMoved: {
		Does:    "Tells the old or the new address that the account has moved.",
		Missing: "That address has not been told.",
		CutOff:  jobs.SentTwice,
		Reaches: true,
	},
	KindGrantEnded: {
		Does:    "Notes that a grant has ended.",
		Missing: "Lists still show the granted tier. What may be used does not wait for it.",
	},
	KindHousekeeping: {
		Does:    "Deletes what has had its time: sessions, links, limits, sign-ups never confirmed, jobs done long ago.",
		Missing: "These stay a day longer. The next day's job is stored already.",
	},
}
