//go:build js && wasm

package main

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"syscall/js"

	"xswarm.ai/server/internal/account"
)

// derive computes PBKDF2 with the platform's native code, which is some forty
// times as fast as ours here. It refuses more than 100,000 rounds: an older hash
// with more, from a server, is checked by Go's own.
func derive(password, salt []byte, rounds, keyLen int) ([]byte, error) {
	if rounds > account.DefaultRounds || len(password) == 0 {
		return pbkdf2.Key(sha256.New, string(password), salt, rounds, keyLen)
	}
	ctx := context.Background() // it is neither slow nor to be interrupted
	subtle := js.Global().Get("crypto").Get("subtle")
	key, err := await(ctx, subtle.Call("importKey", "raw", bytesOf(password), "PBKDF2", false, js.ValueOf([]any{"deriveBits"})))
	if err != nil {
		return nil, fmt.Errorf("crypto.subtle.importKey: %w", err)
	}
	how := js.ValueOf(map[string]any{"name": "PBKDF2", "hash": "SHA-256", "salt": bytesOf(salt), "iterations": rounds})
	bits, err := await(ctx, subtle.Call("deriveBits", how, key, 8*keyLen))
	if err != nil {
		return nil, fmt.Errorf("crypto.subtle.deriveBits: %w", err)
	}
	out := make([]byte, keyLen)
	js.CopyBytesToGo(out, js.Global().Get("Uint8Array").New(bits))
	return out, nil
}
