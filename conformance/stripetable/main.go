// Command stripetable writes the tables by which the sandbox's Stripe checks
// requests and completes answers, from Stripe's own OpenAPI description: run it
// in conformance/ as
//
//	go run ./stripetable
//
// The description is the one inside github.com/stripe/stripe-mock, under the MIT
// licence; of it the tables keep names, types and limits, and no sentence.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stripe/stripe-mock/embedded"

	"xswarm.ai/server/internal/sandbox/stripe"
)

func main() {
	if err := run("../internal/sandbox/stripe"); err != nil {
		fmt.Fprintln(os.Stderr, "stripetable:", err)
		os.Exit(1)
	}
}

// run writes params.json and shapes.json into a directory.
func run(dir string) error {
	var d description
	if err := json.Unmarshal(embedded.OpenAPISpec, &d); err != nil {
		return fmt.Errorf("read the description: %w", err)
	}
	params, err := paramTable(d, stripe.Routes())
	if err != nil {
		return err
	}
	shapes, err := shapeTable(d)
	if err != nil {
		return err
	}
	for name, table := range map[string]any{"params.json": params, "shapes.json": shapes} {
		b, err := json.Marshal(table)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), append(lines(b), '\n'), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// lines breaks a table where its long lists have their items, for people who
// compare two versions of it.
func lines(b []byte) []byte {
	var out []byte
	depth, quoted := 0, false
	for i, c := range b {
		if c == '"' && b[i-1] != '\\' {
			quoted = !quoted
		}
		out = append(out, c)
		switch {
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ',' && depth <= 2:
			out = append(out, '\n')
		}
	}
	return out
}
