package stripe

import "strings"

// behaviour is how a card, or a bank account, behaves when it is charged.
type behaviour string

const (
	pays           behaviour = ""
	declines       behaviour = "declines"      // it cannot be attached either
	isEmpty        behaviour = "is_empty"      // likewise, for want of funds
	isExpired      behaviour = "is_expired"    // likewise
	failsLater     behaviour = "fails_later"   // it can be attached, and what is charged after that fails
	authenticates  behaviour = "authenticates" // until its owner was asked once
	alwaysAsks     behaviour = "always_asks"   // its owner is asked at every payment
	isDisputed     behaviour = "is_disputed"   // every payment is disputed at once
	settlesLater   behaviour = "settles_later" // a bank account: the money comes a day later
	bouncesLater   behaviour = "bounces_later" // likewise, and it does not come
	failsFromNowOn behaviour = "fails_from_now_on"
)

// testCard is one of Stripe's test cards.
type testCard struct {
	number, token, brand string
	acts                 behaviour
	label                string // what the hosted pages call it
}

// testCards are those that the sandbox knows. The first ones are offered on the
// hosted pages.
func testCards() []testCard {
	return []testCard{
		{"4242424242424242", "pm_card_visa", "visa", pays, "pays"},
		{"4000000000000002", "pm_card_chargeDeclined", "visa", declines, "is declined"},
		{"4000000000009995", "pm_card_chargeDeclinedInsufficientFunds", "visa", isEmpty, "has insufficient funds"},
		{"4000002500003155", "pm_card_authenticationRequiredOnSetup", "visa", authenticates, "asks for authentication"},
		{"4000000000000341", "pm_card_chargeCustomerFail", "visa", failsLater, "is accepted, and declined at later charges"},
		{"4000000000000259", "pm_card_createDispute", "visa", isDisputed, "pays, and the payment is disputed"},
		{"4000000000000069", "pm_card_chargeDeclinedExpiredCard", "visa", isExpired, "is expired"},
		{"4000002760003184", "pm_card_authenticationRequired", "visa", alwaysAsks, "asks for authentication every time"},
		{"4000000000003220", "pm_card_threeDSecure2Required", "visa", alwaysAsks, ""},
		{"5555555555554444", "pm_card_mastercard", "mastercard", pays, ""},
		{"4000056655665556", "pm_card_visa_debit", "visa", pays, ""},
		{"378282246310005", "pm_card_amex", "amex", pays, ""},
		{"6011111111111117", "pm_card_discover", "discover", pays, ""},
		{"3056930009020004", "pm_card_diners", "diners", pays, ""},
		{"3566002020360505", "pm_card_jcb", "jcb", pays, ""},
	}
}

// offered is how many of the test cards the hosted pages offer.
const offered = 8

// cardOf returns the test card of a number, however it is written, or of a
// token.
func cardOf(numberOrToken string) (testCard, bool) {
	plain := strings.NewReplacer(" ", "", "-", "").Replace(numberOrToken)
	for _, card := range testCards() {
		if plain == card.number || plain == card.token || plain == strings.Replace(card.token, "pm_card", "tok", 1) {
			return card, true
		}
	}
	return testCard{}, false
}

// decline is why a payment did not succeed: Stripe's codes and words.
type decline struct{ code, declineCode, message string }

// declineOf is how a card that behaves so refuses.
func declineOf(b behaviour) *decline {
	switch b {
	case isEmpty:
		return &decline{"card_declined", "insufficient_funds", "Your card has insufficient funds."}
	case isExpired:
		return &decline{"expired_card", "expired_card", "Your card has expired."}
	case declines, failsLater, failsFromNowOn:
		return &decline{"card_declined", "generic_decline", "Your card was declined."}
	case bouncesLater:
		return &decline{"payment_intent_payment_attempt_failed", "insufficient_funds", "The customer's bank account could not be debited."}
	}
	return nil
}

// refusal is a decline as an answer.
func (d *decline) refusal(param string) *apiError {
	return &apiError{Status: 402, Type: cardError, Code: d.code, DeclineCode: d.declineCode, Message: d.message, Param: param}
}
