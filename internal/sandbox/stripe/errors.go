package stripe

import (
	"fmt"
	"net/http"
)

// apiError is a refusal in Stripe's shape.
type apiError struct {
	Status      int    `json:"-"`
	Type        string `json:"type"`
	Code        string `json:"code,omitempty"`
	DeclineCode string `json:"decline_code,omitempty"`
	Message     string `json:"message"`
	Param       string `json:"param,omitempty"`
	DocURL      string `json:"doc_url,omitempty"`
	Charge      string `json:"charge,omitempty"`
	RequestLog  string `json:"request_log_url,omitempty"`
	// PaymentMethod is what was charged in vain, as it was then.
	PaymentMethod *paymentMethod `json:"payment_method,omitempty"`
}

func (e *apiError) Error() string { return e.Message }

// inSecond is a refusal in the shape of the /v2 API, which always has a code and
// says nothing beside it. What the codes are that are made up here, Stripe does not
// say.
func (e *apiError) inSecond() map[string]string {
	code := e.Code
	switch {
	case code != "":
	case e.Status == http.StatusUnauthorized:
		code = "unauthorized"
	case e.Status >= 500:
		code = ourFault
	default:
		code = "invalid_fields"
	}
	return map[string]string{"code": code, "message": e.Message}
}

// The types of refusals.
const (
	invalidRequest   = "invalid_request_error"
	cardError        = "card_error"
	idempotencyError = "idempotency_error"
	ourFault         = "api_error"
)

// bad refuses a request for what a parameter says. The code may be "".
func bad(param, code, format string, args ...any) *apiError {
	return &apiError{Status: http.StatusBadRequest, Type: invalidRequest, Code: code, Param: param, Message: fmt.Sprintf(format, args...)}
}

// missing refuses an identifier in the path of which there is nothing.
func missing(what, id, param string) *apiError {
	e := bad(param, "resource_missing", "No such %s: '%s'", what, id)
	e.Status = http.StatusNotFound
	return e
}

// unknownID refuses an identifier in a parameter of which there is nothing:
// unlike in the path, that is a bad request.
func unknownID(what, id, param string) *apiError {
	return bad(param, "resource_missing", "No such %s: '%s'", what, id)
}

// required refuses a request without a parameter.
func required(param string) *apiError {
	return bad(param, "parameter_missing", "Missing required param: %s.", param)
}

// outage is how Stripe answers when it is not well.
func outage(status int) *apiError {
	switch status {
	case http.StatusTooManyRequests:
		return &apiError{Status: status, Type: invalidRequest, Code: "rate_limit",
			Message: "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."}
	case http.StatusServiceUnavailable:
		return &apiError{Status: status, Type: ourFault, Message: "Service is temporarily unavailable. Please try again later."}
	}
	return &apiError{Status: status, Type: ourFault,
		Message: "Sorry! There was an error while talking to one of our backends. Support has been notified."}
}

// lockTimeout is the refusal of a second request while another works on the same
// object.
func lockTimeout() *apiError {
	return &apiError{Status: http.StatusTooManyRequests, Type: invalidRequest, Code: "lock_timeout",
		Message: "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts."}
}
