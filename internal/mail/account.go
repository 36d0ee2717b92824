package mail

import "context"

// Verify asks the owner of an address to confirm a sign-up with it.
func (l *Letters) Verify(ctx context.Context, id, to, name, token string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "verify",
		subject: "Confirm your address for xSwarm",
		lead:    "Please confirm that this address is yours, and your account is ready.",
		button:  link{"Confirm my address", l.withToken("/verify-email", token)},
		after: []string{
			"The link works once, for 24 hours.",
			"If you did not sign up, you need not do anything: without your confirmation there is no account.",
		},
	})
}

// AlreadyRegistered tells the owner of an address that somebody tried to sign up
// with it again. The page that they tried it on said nothing.
func (l *Letters) AlreadyRegistered(ctx context.Context, id, to, name string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "already_registered",
		subject: "You already have an xSwarm account",
		lead:    "Somebody just tried to sign up with this address, and it already has an account.",
		button:  link{"Sign in", l.at("/login")},
		after: []string{
			"If that was you and the password will not come to mind, you can choose a new one.",
			"If it was not you, you need not do anything: nothing was changed, and nobody was told that the account exists.",
		},
		more: []link{{"Choose a new password", l.at("/forgot-password")}},
	})
}

// Reset sends the link with which a new password can be chosen.
func (l *Letters) Reset(ctx context.Context, id, to, name, token string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "reset",
		subject: "Choose a new password for xSwarm",
		lead:    "Somebody asked for a new password for this address. If it was you, choose it here.",
		button:  link{"Choose a new password", l.withToken("/reset-password", token)},
		after: []string{
			"The link works once, for one hour.",
			"If it was not you, you need not do anything: your password stays as it is.",
		},
	})
}

// PasswordChanged tells somebody that their password is a new one, in case that
// it was not them.
func (l *Letters) PasswordChanged(ctx context.Context, id, to, name string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "password_changed",
		subject: "Your xSwarm password was changed",
		lead:    "The password of your account was just changed, and every device was signed out.",
		button:  link{"Sign in", l.at("/login")},
		after: []string{
			"If it was not you, somebody may be able to read your mail: make your mailbox safe first, then choose a new password here.",
		},
		more: []link{{"Choose a new password", l.at("/forgot-password")}},
	})
}

// NewDevice tells somebody that their account was signed in to with something
// that it was not signed in to with before.
func (l *Letters) NewDevice(ctx context.Context, id, to, name, device, when string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "new_device",
		subject: "A new device signed in to your xSwarm account",
		lead:    "Somebody signed in to your account with a device that we had not seen before.",
		quote:   oneLine(device, maxTitle),
		detail:  when,
		button:  link{"Choose a new password", l.at("/forgot-password")},
		after: []string{
			"If that was you, you need not do anything.",
			"If it was not you, somebody knows your password: choose a new one now, which signs out every device.",
		},
	})
}

// EmailChangeOld asks at the present address whether the account may move to
// another one.
func (l *Letters) EmailChangeOld(ctx context.Context, id, to, name, newEmail, token, cancel string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "email_change_old",
		subject: "Confirm the new address of your xSwarm account",
		lead:    "Somebody who knows your password asked to move your account to another address:",
		quote:   oneLine(newEmail, maxTitle),
		button:  link{"Yes, move my account", l.withToken("/confirm-email-change", token)},
		after: []string{
			"Nothing changes until both addresses have been confirmed. The links work for 24 hours.",
			"If it was not you, stop the change, and then choose a new password.",
		},
		more: []link{
			{"Stop the change", l.withToken("/cancel-email-change", cancel)},
			{"Choose a new password", l.at("/forgot-password")},
		},
	})
}

// EmailChangeNew asks at an address whether an account may move to it.
func (l *Letters) EmailChangeNew(ctx context.Context, id, to, name, token string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "email_change_new",
		subject: "Confirm this address for your xSwarm account",
		lead:    "Please confirm that this address is yours: an xSwarm account is to move to it.",
		button:  link{"Confirm this address", l.withToken("/confirm-email-change", token)},
		after: []string{
			"The present address of the account has to be confirmed too. The link works for 24 hours.",
			"If you have no xSwarm account, you need not do anything: without your confirmation nothing changes.",
		},
	})
}

// EmailChanged tells both addresses that an account has moved.
func (l *Letters) EmailChanged(ctx context.Context, id, to, name, newEmail string) error {
	return l.post(ctx, id, to, name, letter{
		kind:    "email_changed",
		subject: "Your xSwarm account has a new address",
		lead:    "Your account has moved. From now on you sign in with, and get our mails at:",
		quote:   oneLine(newEmail, maxTitle),
		button:  link{"Sign in", l.at("/login")},
		after: []string{
			"Your password and everything else stayed as they were, and links that we had mailed before work no more.",
			"If you did not confirm that with both addresses, somebody may be able to read your mail: make your mailbox safe, and tell whoever runs this service.",
		},
	})
}
