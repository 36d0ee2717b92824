package twilio

// Signature signs as Twilio does, for the tests.
var Signature = signature
