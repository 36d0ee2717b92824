package fault

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestAFaultIsFoundInsideOtherErrors(t *testing.T) {
	gone := New(NotFound, "not_found", "There is no such thing.")
	err := fmt.Errorf("load task: %w", gone.With(errors.New("no rows")))
	if got := From(err); got.Code != "not_found" || got.Kind != NotFound {
		t.Errorf("got %+v", got)
	}
	if !errors.Is(err, gone) {
		t.Error("a fault with a cause is no longer the fault it was made from")
	}
	if errors.Is(err, New(Invalid, "other", "")) {
		t.Error("faults with different codes are the same")
	}
}

func TestAnyOtherErrorIsInternalAndShowsNothing(t *testing.T) {
	got := From(errors.New("password is hunter2"))
	if got.Kind != Internal || got.Code != "internal" || got.Message == "" || got.Cause == nil {
		t.Errorf("got %+v", got)
	}
}

func TestWithAndAfterLeaveTheOriginalAlone(t *testing.T) {
	base := New(TooMany, "too_many", "Wait.")
	if got := base.After(time.Minute).With(errors.New("x")); got.RetryAfter != time.Minute || got.Cause == nil {
		t.Errorf("got %+v", got)
	}
	if base.RetryAfter != 0 || base.Cause != nil {
		t.Errorf("the original was changed: %+v", base)
	}
}
