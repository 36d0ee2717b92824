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
