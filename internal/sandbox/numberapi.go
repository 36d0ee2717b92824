package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (s *Sandbox) buyNumber(c twilioCall) (int, any, *twilioError) {
	want, area := c.get("PhoneNumber"), c.get("AreaCode")
	if want != "" && !isE164(want) {
		return 0, nil, refuse(http.StatusBadRequest, 21421, "PhoneNumber is not valid: %s", masked(want))
	}
	if want == "" && area == "" {
		return 0, nil, refuse(http.StatusBadRequest, 21421, "A PhoneNumber or an AreaCode is required.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.onSale(func(n string) bool { return n == want || want == "" && n[2:5] == area }, 1)
	if len(found) == 0 {
		return 0, nil, refuse(http.StatusBadRequest, 21422, "%s is not available.", masked(want))
	}
	n := s.newNumber(found[0])
	if e := n.configure(c.params); e != nil {
		return 0, nil, e
	}
	s.st.Numbers = append(s.st.Numbers, n)
	s.changed("numbers")
	return http.StatusCreated, s.numberFor(c, n), nil
}

// configure takes over what a request sets.
func (n *Number) configure(params url.Values) *twilioError {
	for name, field := range map[string]*string{
		"SmsUrl": &n.SMSURL, "SmsFallbackUrl": &n.SMSFallbackURL, "VoiceUrl": &n.VoiceURL,
		"VoiceFallbackUrl": &n.VoiceFallbackURL, "StatusCallback": &n.StatusCallback,
	} {
		if params.Has(name) {
			if *field = params.Get(name); aURL(*field) != "" {
				return refuse(http.StatusBadRequest, 21402, "%s is not valid.", name)
			}
		}
	}
	for name, field := range map[string]*string{
		"SmsMethod": &n.SMSMethod, "SmsFallbackMethod": &n.SMSFallbackMethod, "VoiceMethod": &n.VoiceMethod,
		"VoiceFallbackMethod": &n.VoiceFallbackMethod, "StatusCallbackMethod": &n.StatusCallbackMethod,
	} {
		if params.Has(name) {
			if *field = params.Get(name); aMethod(*field) != "" {
				return refuse(http.StatusBadRequest, 21403, "%s is not valid.", name)
			}
		}
	}
	if name := params.Get("FriendlyName"); name != "" {
		if len([]rune(name)) > 64 {
			return refuse(http.StatusBadRequest, 21415, "FriendlyName is too long: at most 64 characters.")
		}
		n.FriendlyName = name
	}
	return nil
}

func (s *Sandbox) listNumbers(c twilioCall) (int, any, *twilioError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []any
	for _, n := range slices.Backward(s.st.Numbers) {
		if (c.get("PhoneNumber") == "" || strings.Contains(n.Number, strings.Trim(c.get("PhoneNumber"), "*"))) &&
			(c.get("FriendlyName") == "" || c.get("FriendlyName") == n.FriendlyName) {
			found = append(found, s.numberFor(c, n))
		}
	}
	return http.StatusOK, s.pageOf(c, "incoming_phone_numbers", found), nil
}

// bySID returns the account's number of the path, or nil. The caller holds the
// lock.
func (s *Sandbox) bySID(c twilioCall) *Number {
	for i := range s.st.Numbers {
		if s.st.Numbers[i].SID == c.sid() {
			return &s.st.Numbers[i]
		}
	}
	return nil
}

func (s *Sandbox) fetchNumber(c twilioCall) (int, any, *twilioError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.bySID(c)
	if n == nil {
		return 0, nil, notFound(c.r)
	}
	return http.StatusOK, s.numberJSON(*n), nil
}

func (s *Sandbox) updateNumber(c twilioCall) (int, any, *twilioError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.bySID(c)
	if n == nil {
		return 0, nil, notFound(c.r)
	}
	next := *n
	if e := next.configure(c.params); e != nil {
		return 0, nil, e
	}
	next.UpdatedAt = s.now()
	*n = next
	s.changed("numbers")
	return http.StatusOK, s.numberJSON(next), nil
}

func (s *Sandbox) releaseNumber(c twilioCall) (int, any, *twilioError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.bySID(c)
	if n == nil {
		return 0, nil, notFound(c.r)
	}
	gone := n.SID
	s.st.Numbers = slices.DeleteFunc(s.st.Numbers, func(n Number) bool { return n.SID == gone })
	s.changed("numbers")
	return 0, nil, nil
}

// numberFor is a number as the path of a request has it: where all are toll-free,
// nothing says so.
func (s *Sandbox) numberFor(c twilioCall, n Number) map[string]any {
	m := s.numberJSON(n)
	if strings.HasSuffix(c.r.URL.Path, "/TollFree.json") {
		delete(m, "type")
	}
	return m
}

func (s *Sandbox) numberJSON(n Number) map[string]any {
	return map[string]any{
		"account_sid": s.opt.AccountSID, "sid": n.SID, "phone_number": n.Number, "friendly_name": n.FriendlyName,
		"api_version": apiVersion, "origin": "twilio", "status": "in-use", "type": "toll-free", "beta": false,
		"address_requirements": "none", "address_sid": nil, "bundle_sid": nil, "identity_sid": nil, "trunk_sid": nil,
		"capabilities":     map[string]any{"voice": true, "sms": true, "mms": true, "fax": false},
		"emergency_status": "Inactive", "emergency_address_sid": nil, "emergency_address_status": "unregistered",
		"sms_url": n.SMSURL, "sms_method": n.SMSMethod, "sms_application_sid": "",
		"sms_fallback_url": n.SMSFallbackURL, "sms_fallback_method": n.SMSFallbackMethod,
		"voice_url": n.VoiceURL, "voice_method": n.VoiceMethod, "voice_application_sid": "",
		"voice_fallback_url": n.VoiceFallbackURL, "voice_fallback_method": n.VoiceFallbackMethod,
		"voice_caller_id_lookup": false, "voice_receive_mode": "voice",
		"status_callback": n.StatusCallback, "status_callback_method": n.StatusCallbackMethod,
		"date_created": rfc2822(n.CreatedAt), "date_updated": rfc2822(n.UpdatedAt),
		"uri": "/" + apiVersion + "/Accounts/" + s.opt.AccountSID + "/IncomingPhoneNumbers/" + n.SID + ".json",
	}
}
