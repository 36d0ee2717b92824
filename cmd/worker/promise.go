//go:build js && wasm

package main

import (
	"context"
	"errors"
	"syscall/js"
)

// promised counts the promises that are waited for and not settled. While there
// are any, the instance is not done with its request, whoever has stopped waiting.
var promised int

// await waits for a promise until ctx ends.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	settled := make(chan outcome, 1)
	var kept, broken js.Func
	settle := func(o outcome) any {
		promised--
		kept.Release()
		broken.Release()
		settled <- o
		return nil
	}
	kept = js.FuncOf(func(_ js.Value, args []js.Value) any { return settle(outcome{value: args[0]}) })
	broken = js.FuncOf(func(_ js.Value, args []js.Value) any {
		return settle(outcome{err: errors.New(args[0].Call("toString").String())})
	})
	promised++
	promise.Call("then", kept, broken)
	select {
	case o := <-settled:
		return o.value, o.err
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	}
}

// ignore lets a promise be broken unheard.
func ignore(promise js.Value) {
	promise.Call("catch", js.Global().Get("Function").Get("prototype")) // which does nothing when called
}
