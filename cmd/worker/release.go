//go:build js && wasm && !workertest

package main

import (
	"net/http"
	"time"
)

// now is the product's clock: the platform's.
func now() time.Time { return time.Now() }

// probed is where the tests' build has routes of its own.
func probed(h http.Handler) http.Handler { return h }
