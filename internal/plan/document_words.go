package plan

// What docs/tier-features.md says between its tables.
const (
	documentHead = "# Plans and their features\n" + `
This file is made of package ` + "`plan`" + `, from which every figure in it comes: ` + "`go test ./internal/plan -update`" + ` writes it
anew, and a test fails while it is not current. What is marked *(to come)* is settled and not enforced yet, since there is nothing to
enforce it on.

## What each plan includes

`

	documentRules = `
- **What counts.** A text counts when the carrier accepts it; if it fails later, it is taken back. Texts to the assistant, keywords (STOP, START, HELP)
  and the operator's notices count nothing. Of a call its minutes count, rounded up to whole ones. ` + "`SMS_BILLING=segment`" + ` counts the segments of a
  text instead. A number counts for as long as it is held.
- **When it counts.** An allowance is for a period: the subscription's month, from the day on which it began; without one the UTC calendar month. It does
  not carry over. A change to a higher plan begins a new allowance at once, and what was used before is billed by the plan before.
- **Notices.** At 50, 80 and 100 percent of an allowance, and of the cap, a mail says so: once each in a period.
- **Memory.** What is older than the plan keeps is forgotten *(to come)*, except what was pinned. A lower plan says beforehand what would be lost.

## At the end of an allowance

`

	documentCosts = `
**The cap** is on what calls and texts beyond the allowance cost in a period; numbers are paid for in advance and are no part of it. It follows the plan
unless the user chooses another, of $0 to $10,000. A hard one stops calls and texts for the rest of the period; a soft one tells, and they go on. A
call that is under way keeps the minutes that are held for it.

**When a payment fails** nothing beyond the allowance can be used, at once. The plan holds for three more days; then what AI
Buddy does not include stops, until the bill is paid. Numbers are kept for 14 days more; nothing else is lost by it.

**When a plan ends**, by being cancelled, it holds to the end of what was paid for. Then it is AI Buddy, and numbers are kept for 14 days
more.

## What it costs the operator

List prices in the United States, as of October 2026, in dollars. What you really pay depends on how much you buy and where: set
` + "`UNIT_COSTS=voice_minutes=0.021,sms_messages=0.0079`" + `, with as many of the names as you know. Texts are reckoned as one segment that is sent and one that
it answers. The payment provider's own fee, mail and machines are not in it.

`

	documentFloor = `
## The floor

Prices that are below their cost. The server warns of the same list when it starts, and the doctor does, by the costs that are set; where
payments are emulated, only if costs are set.

`
)
