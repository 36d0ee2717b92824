module xswarm.ai/server/conformance

go 1.26.0

replace xswarm.ai/server => ../

require (
	github.com/getkin/kin-openapi v0.152.0
	github.com/stripe/stripe-mock v0.203.0
	github.com/twilio/twilio-go v1.31.0
	xswarm.ai/server v0.0.0
)

require (
	github.com/a-h/templ v0.3.977 // indirect
	github.com/go-openapi/jsonpointer v0.22.5 // indirect
	github.com/go-openapi/swag/jsonname v0.25.5 // indirect
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/golang/mock v1.6.0 // indirect
	github.com/kr/pretty v0.3.1 // indirect
	github.com/oasdiff/yaml v0.1.1 // indirect
	github.com/oasdiff/yaml3 v0.0.14 // indirect
	github.com/oklog/ulid/v2 v2.1.2 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // indirect
	github.com/sendgrid/rest v2.6.9+incompatible // indirect
	github.com/sendgrid/sendgrid-go v3.16.1+incompatible // indirect
	golang.org/x/text v0.43.0 // indirect
)
