package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"xswarm.ai/server/internal/fault"
)

const approved = "TWILIO_APPROVED"

var verificationStates = []string{"PENDING_REVIEW", "IN_REVIEW", approved, "TWILIO_REJECTED"}

// SetVerification changes the state of a number's toll-free verification.
func (s *Sandbox) SetVerification(number, state string) error {
	if !slices.Contains(verificationStates, state) {
		return fault.Body("verification", "must be one of "+strings.Join(verificationStates, ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.number(number)
	if n == nil {
		return fault.New(fault.NotFound, "not_found", "The account has no such number.")
	}
	n.Verification, n.VerifiedAt = state, s.now()
	s.changed("numbers")
	return nil
}

const verificationsURL = "https://messaging.twilio.com/v1/Tollfree/Verifications"

func (s *Sandbox) listVerifications(c twilioCall) (int, any, *twilioError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []any
	for _, n := range slices.Backward(s.st.Numbers) {
		if (c.get("TollfreePhoneNumberSid") == "" || c.get("TollfreePhoneNumberSid") == n.SID) &&
			(c.get("Status") == "" || c.get("Status") == n.Verification) && isTollFree(n.Number) {
			found = append(found, s.verificationJSON(n))
		}
	}
	return http.StatusOK, metaOf(c, verificationsURL, "verifications", found), nil
}

func (s *Sandbox) fetchVerification(c twilioCall) (int, any, *twilioError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.st.Numbers, func(n Number) bool { return n.VerificationSID == c.r.PathValue("sid") })
	if i < 0 {
		return 0, nil, notFound(c.r)
	}
	return http.StatusOK, s.verificationJSON(s.st.Numbers[i]), nil
}

// verificationJSON is a verification as the messaging API tells it, of a
// business that exists here only.
func (s *Sandbox) verificationJSON(n Number) map[string]any {
	m := map[string]any{
		"sid": n.VerificationSID, "account_sid": s.opt.AccountSID, "status": n.Verification,
		"tollfree_phone_number_sid": n.SID, "tollfree_phone_number": n.Number,
		"date_created": n.CreatedAt.UTC().Format(time.RFC3339), "date_updated": n.VerifiedAt.UTC().Format(time.RFC3339),
		"business_name": "Sandbox", "business_website": "http://localhost", "business_country": "US",
		"notification_email": "sandbox@example.com", "use_case_categories": []string{"ACCOUNT_NOTIFICATIONS"},
		"use_case_summary": "Trying things out", "production_message_sample": "Hello",
		"opt_in_image_urls": []string{"http://localhost/opt-in.png"}, "opt_in_type": "WEB_FORM",
		"opt_in_keywords": []string{"START"}, "message_volume": "10", "age_gated_content": false,
		"business_type": "PRIVATE_PROFIT", "url": verificationsURL + "/" + n.VerificationSID,
		"error_code": nil, "rejection_reason": nil, "rejection_reasons": nil, "edit_allowed": nil, "resource_links": map[string]any{},
	}
	if n.Verification == "TWILIO_REJECTED" {
		m["error_code"], m["rejection_reason"], m["edit_allowed"] = 30489, "Business website is not accessible", true
	}
	for _, name := range []string{
		"customer_profile_sid", "trust_product_sid", "regulated_item_sid", "business_street_address",
		"business_street_address2", "business_city", "business_state_province_region", "business_postal_code",
		"business_contact_first_name", "business_contact_last_name", "business_contact_email",
		"business_contact_phone", "additional_information", "edit_expiration", "external_reference_id",
		"business_registration_number", "business_registration_authority", "business_registration_country",
		"business_registration_phone_number", "doing_business_as", "help_message_sample",
		"opt_in_confirmation_message", "privacy_policy_url", "terms_and_conditions_url", "vetting_id",
		"vetting_id_expiration", "vetting_provider",
	} {
		m[name] = nil
	}
	return m
}
