package main

import "strings"

// description is what the tables need of an OpenAPI document.
type description struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	Parameters []struct {
		Name     string
		In       string
		Required bool
		Schema   *schema
	}
	RequestBody struct {
		Content map[string]struct{ Schema *schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Enum       []any
	MaxLength  int
	Nullable   bool
	Properties map[string]*schema
	Required   []string
	Items      *schema
	// Additional is false, or a schema.
	Additional any `json:"additionalProperties"`
	AnyOf      []*schema
	Expandable []string `json:"x-expandableFields"`
}

// refName is the schema that a reference names.
func refName(ref string) string { return strings.TrimPrefix(ref, "#/components/schemas/") }

// extra is the schema of an object's other keys; nil if there may be none.
func (s *schema) extra() *schema {
	m, ok := s.Additional.(map[string]any)
	if !ok {
		return nil
	}
	kind, _ := m["type"].(string)
	limit, _ := m["maxLength"].(float64)
	return &schema{Type: kind, MaxLength: int(limit)}
}

// otherMethods are the ways to pay that the sandbox does not have. What the
// description says about each of them would be most of the tables.
var otherMethods = strings.Fields(`acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit
	bancontact billie bizum blik boleto card_present cashapp crypto custom customer_balance eps fpx giropay grabpay ideal
	interac_present kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24
	pay_by_bank payco paynow paypal payto pix promptpay radar_options revolut_pay samsung_pay satispay scalapay sepa_debit
	sofort sunbit swish twint upi wechat_pay zip ach_credit_transfer ach_debit multibanco stripe_account wechat
	id_bank_transfer gopay qris rechnung shopeepay paypay sepa_credit_transfer id_card`)
