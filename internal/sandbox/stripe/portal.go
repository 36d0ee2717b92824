package stripe

// portalConfig is what customers can do on the portal's pages.
type portalConfig struct {
	base
	Active    bool            `json:"active"`
	Business  businessProfile `json:"business_profile"`
	ReturnURL string          `json:"default_return_url,omitempty"`
	Features  portalFeatures  `json:"features"`
	IsDefault bool            `json:"is_default"`
	Login     struct {
		Enabled bool `json:"enabled"`
	} `json:"login_page"`
	Metadata labels `json:"metadata"`
	Name     string `json:"name,omitempty"`
	Updated  int64  `json:"updated"`
}

type businessProfile struct {
	Headline string `json:"headline,omitempty"`
	Privacy  string `json:"privacy_policy_url,omitempty"`
	Terms    string `json:"terms_of_service_url,omitempty"`
}

type portalFeatures struct {
	CustomerUpdate struct {
		Allowed []string `json:"allowed_updates"`
		Enabled bool     `json:"enabled"`
	} `json:"customer_update"`
	Invoices struct {
		Enabled bool `json:"enabled"`
	} `json:"invoice_history"`
	Methods struct {
		Enabled bool `json:"enabled"`
	} `json:"payment_method_update"`
	Cancel portalCancel `json:"subscription_cancel"`
	Update portalUpdate `json:"subscription_update"`
}

type portalCancel struct {
	Reason struct {
		Enabled bool     `json:"enabled"`
		Options []string `json:"options"`
	} `json:"cancellation_reason"`
	Enabled   bool   `json:"enabled"`
	Mode      string `json:"mode"`
	Proration string `json:"proration_behavior"`
}

type portalUpdate struct {
	Allowed   []string   `json:"default_allowed_updates"`
	Enabled   bool       `json:"enabled"`
	Products  []struct{} `json:"products"`
	Proration string     `json:"proration_behavior"`
	Schedule  struct {
		Conditions []struct{} `json:"conditions"`
	} `json:"schedule_at_period_end"`
	Trial string `json:"trial_update_behavior"`
}

// newPortal is the portal that an account has before anybody configures one.
func (e *Engine) newPortal() *portalConfig {
	pc := &portalConfig{base: e.made(id24("bpc_"), "billing_portal.configuration"), Active: true, Updated: e.now()}
	f := &pc.Features
	f.CustomerUpdate.Allowed, f.Cancel.Reason.Options, f.Update.Allowed = []string{}, []string{}, []string{}
	f.Cancel.Mode, f.Cancel.Proration, f.Update.Proration, f.Update.Trial = "at_period_end", "none", "none", "end_trial"
	f.Update.Products, f.Update.Schedule.Conditions = []struct{}{}, []struct{}{}
	return pc
}

func (e *Engine) createPortal(c *call) (any, *apiError) {
	pc := e.newPortal()
	if refused := e.setPortal(c.params, pc); refused != nil {
		return nil, refused
	}
	pc.IsDefault = len(e.st.Portals.rows) == 0
	e.st.Portals.add(pc)
	e.emit("billing_portal.configuration.created", pc)
	return pc, nil
}

func (e *Engine) setPortal(p params, pc *portalConfig) *apiError {
	p.set("name", &pc.Name)
	p.set("default_return_url", &pc.ReturnURL)
	p.setFlag("active", &pc.Active)
	b := p.sub("business_profile")
	b.set("headline", &pc.Business.Headline)
	b.set("privacy_policy_url", &pc.Business.Privacy)
	b.set("terms_of_service_url", &pc.Business.Terms)
	p.sub("login_page").setFlag("enabled", &pc.Login.Enabled)
	f, in := &pc.Features, p.sub("features")
	in.sub("invoice_history").setFlag("enabled", &f.Invoices.Enabled)
	in.sub("payment_method_update").setFlag("enabled", &f.Methods.Enabled)
	who := in.sub("customer_update")
	who.setFlag("enabled", &f.CustomerUpdate.Enabled)
	if who.has("allowed_updates") {
		f.CustomerUpdate.Allowed = who.strs("allowed_updates")
	}
	end := in.sub("subscription_cancel")
	end.setFlag("enabled", &f.Cancel.Enabled)
	end.set("mode", &f.Cancel.Mode)
	end.set("proration_behavior", &f.Cancel.Proration)
	reason := end.sub("cancellation_reason")
	reason.setFlag("enabled", &f.Cancel.Reason.Enabled)
	if reason.has("options") {
		f.Cancel.Reason.Options = reason.strs("options")
	}
	change := in.sub("subscription_update")
	change.set("proration_behavior", &f.Update.Proration)
	if change.flag("enabled") {
		return bad(change.name("enabled"), "", "The sandbox's portal cannot change plans: leave `subscription_update` disabled.")
	}
	pc.Updated = e.now()
	return p.metadata(&pc.Metadata)
}

func (e *Engine) getPortal(c *call) (any, *apiError) {
	if pc, ok := e.st.Portals.get(c.id); ok {
		return pc, nil
	}
	return nil, missing("configuration", c.id, "configuration")
}

func (e *Engine) updatePortal(c *call) (any, *apiError) {
	pc, ok := e.st.Portals.get(c.id)
	if !ok {
		return nil, missing("configuration", c.id, "configuration")
	}
	before, changed := e.before(pc), *pc
	if refused := e.setPortal(c.params, &changed); refused != nil {
		return nil, refused
	}
	*pc = changed
	e.updated("billing_portal.configuration.updated", pc, before)
	return pc, nil
}

func (e *Engine) listPortals(c *call) (any, *apiError) {
	c.filters("active", "is_default")
	return page(c, "configuration", "/v1/billing_portal/configurations", e.st.Portals.where(func(pc *portalConfig) bool {
		return (!c.has("active") || c.flag("active") == pc.Active) && (!c.has("is_default") || c.flag("is_default") == pc.IsDefault)
	}))
}

// portalSession lets a customer onto the portal's pages.
type portalSession struct {
	base
	Configuration string      `json:"configuration"`
	Customer      string      `json:"customer"`
	Flow          *portalFlow `json:"flow"`
	Locale        string      `json:"locale,omitempty"`
	ReturnURL     string      `json:"return_url,omitempty"`
	URL           string      `json:"url"`
	Own           struct {
		Token string `json:"token"`
	} `json:"_"`
}

type portalFlow struct {
	After  afterFlow   `json:"after_completion"`
	Cancel *flowCancel `json:"subscription_cancel"`
	Type   string      `json:"type"`
}

type afterFlow struct {
	Redirect *struct {
		URL string `json:"return_url"`
	} `json:"redirect"`
	Type string `json:"type"`
}

type flowCancel struct {
	Subscription string `json:"subscription"`
}

// portalAge is how long a portal's pages are open.
const portalAge = 3600

func (e *Engine) createVisit(c *call) (any, *apiError) {
	cu, refused := e.theCustomer(c.str("customer"), "customer")
	if refused != nil {
		return nil, refused
	}
	pc, ok := e.st.Portals.first(func(pc *portalConfig) bool { return pc.IsDefault })
	if id := c.str("configuration"); id != "" {
		if pc, ok = e.st.Portals.get(id); !ok {
			return nil, unknownID("configuration", id, "configuration")
		}
	}
	if !ok {
		return nil, bad("", "", "No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal.")
	}
	v := &portalSession{base: e.made(id24("bps_"), "billing_portal.session"), Configuration: pc.ID, Customer: cu.ID, Locale: c.str("locale"),
		ReturnURL: c.or("return_url", pc.ReturnURL)}
	v.Own.Token = newID("test_", 40)
	v.URL = e.opt.PublicURL + "/p/session/" + v.Own.Token
	if refused := readFlow(c, e, v); refused != nil {
		return nil, refused
	}
	return e.st.Visits.add(v), nil
}

// readFlow reads the one thing that a visit is for, if it is for one.
func readFlow(c *call, e *Engine, v *portalSession) *apiError {
	in := c.sub("flow_data")
	if !c.isObject("flow_data") {
		return nil
	}
	f := &portalFlow{Type: in.str("type"), After: afterFlow{Type: "portal_homepage"}}
	after := in.sub("after_completion")
	if after.has("type") {
		f.After.Type = after.str("type")
	}
	if u := after.sub("redirect").str("return_url"); u != "" {
		f.After.Redirect = &struct {
			URL string `json:"return_url"`
		}{u}
	}
	switch f.Type {
	case "payment_method_update":
	case "subscription_cancel":
		id := in.sub("subscription_cancel").str("subscription")
		sub, ok := e.st.Subs.get(id)
		if !ok || sub.Customer != v.Customer {
			return unknownID("subscription", id, "flow_data[subscription_cancel][subscription]")
		}
		if sub.over() || sub.ends() != 0 {
			return bad("flow_data[subscription_cancel][subscription]", "", "The subscription %s is already set to be canceled.", id)
		}
		f.Cancel = &flowCancel{id}
	default:
		return bad(in.name("type"), "", "The sandbox's portal has the flows payment_method_update and subscription_cancel only.")
	}
	v.Flow = f
	return nil
}
