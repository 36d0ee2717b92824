//go:build !linux && !darwin

package main

import "errors"

// freeSpace cannot be asked here.
func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
