package mail_test

import (
	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/mail"
)

// The packages that cause letters say which ones they need; mail does not know them.
var (
	_ account.Letters = (*mail.Letters)(nil)
	_ billing.Letters = (*mail.Letters)(nil)
)
