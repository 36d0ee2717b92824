package web

import (
	"net/http"

	"xswarm.ai/server/internal/account"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/plan"
)

// plans is what the page about the plans shows.
type plans struct {
	frame
	st *standing // nil: nobody is signed in
}

// showPlans shows the plans to everybody, and to who is signed in what they can do
// about them.
func (s *site) showPlans(w http.ResponseWriter, r *http.Request) error {
	const title = "Plans and prices"
	v := plans{frame: s.frame(r, title)}
	session, err := s.visitor(r)
	switch {
	case err == nil:
		if v.frame, err = s.memberFrame(r, session.User, title); err != nil {
			return err
		}
		st := s.standing(session.User)
		v.st = &st
	case fault.Is(err, fault.Unauthenticated):
		v.signedIn = false // by a session that has ended, at most
	default:
		return err
	}
	s.show(w, r, http.StatusOK, plansPageView(v))
	return nil
}

// visitor returns the session of somebody who may not have one.
func (s *site) visitor(r *http.Request) (account.Session, error) {
	token := s.token(r)
	if token == "" {
		return account.Session{}, account.ErrUnauthenticated
	}
	return s.Accounts.Authenticate(r.Context(), token)
}

// present reports whether a plan is the one that they are on.
func (v plans) present(p plan.Plan) bool { return v.st != nil && p.Tier == v.st.named().Tier }

// remark is what stands beside a plan's name.
func (v plans) remark(p plan.Plan) string {
	switch {
	case v.st == nil:
		return ""
	case v.present(p):
		return "your plan"
	case v.st.subscribed() && p.Tier == v.st.Paid.Next:
		return "from " + v.st.day(v.st.Paid.NextAt)
	case v.st.subscribed() && p.Tier == plan.Buddy && v.st.Paid.Ends():
		return "from " + v.st.day(v.st.Paid.EndsAt)
	case v.st.wishes() && p.Tier == v.st.Wished:
		return "you asked for it"
	}
	return ""
}

// offer is what somebody can do about a plan.
type offer int

const (
	offerNothing  offer = iota
	offerBuy            // it can be paid for
	offerChange         // what is paid for can be changed to it
	offerKeep           // what is paid for can go on
	offerPayFirst       // not before what is owed is paid
	offerTalk           // the price is agreed on
	offerLess           // what the operator gave them includes more
)

func (v plans) offer(p plan.Plan) offer {
	st := *v.st
	switch {
	case !st.on:
		return offerNothing
	case v.present(p) && (p.Custom || st.agreed()):
		return offerNothing
	case p.Custom, st.agreed():
		return offerTalk
	case st.subscribed():
		return v.move(p)
	case p.Tier == plan.Buddy:
		return offerNothing
	case st.Entitlement.Tier.Above(p.Tier):
		return offerLess
	}
	return offerBuy
}

// move is what a subscriber can do about a plan.
func (v plans) move(p plan.Plan) offer {
	paid := v.st.Paid
	switch {
	case p.Tier == paid.Tier && v.st.leaving():
		return offerKeep
	case p.Tier == paid.Tier, p.Tier == paid.Next, p.Tier == plan.Buddy && paid.Ends():
		return offerNothing
	case p.Tier.Above(paid.Tier) && v.st.behind():
		return offerPayFirst
	}
	return offerChange
}
