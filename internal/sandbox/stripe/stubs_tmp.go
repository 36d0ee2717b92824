package stripe

import "time"

type due struct{ at int64 }

func (e *Engine) nextDue() (due, bool)       { return due{}, false }
func (e *Engine) catchUp(now time.Time) bool { return false }

type discount struct{ base }
type paymentMethod struct {
	base
	Customer string
}
type setupIntent struct{ base }
type paymentIntent struct {
	base
	Status string
}
type charge struct{ base }
type refund struct{ base }
type dispute struct{ base }
type balanceTxn struct{ base }
type meter struct {
	base
	Status string
}
type meterEvent struct{ base }
type usagePoint struct{}
type usageReport struct{}
type subscription struct {
	base
	Customer string
}
type schedule struct{ base }
type invoice struct {
	base
	Status string
}
type invoiceItem struct {
	base
	Invoice string
}
type invoicePayment struct{ base }
type checkoutSession struct {
	base
	Status string
}
type portalConfig struct{ base }
type portalSession struct{ base }
type destination struct{ base }
type thinEvent struct{ base }

func (e *Engine) theMethod(id, param string) (*paymentMethod, *apiError) { return nil, nil }
func (e *Engine) attach(pm *paymentMethod, cu *customer) *apiError       { return nil }
func (s *subscription) over() bool                                       { return true }
func (e *Engine) endSubscription(s *subscription, r string)              {}
