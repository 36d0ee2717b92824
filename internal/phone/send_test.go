package phone_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
)

var (
	errLost  = fmt.Errorf("carrier: %w: timeout", phone.ErrUnknown)
	refused  = &phone.Refusal{Code: "21211", Cause: errors.New("no such number")}
	optedOut = &phone.Refusal{Code: "21610", OptedOut: true, Cause: errors.New("unsubscribed")}
)

func TestATextThatWasAcceptedButNotConfirmedIsNotSentTwice(t *testing.T) {
	w := newWorld(t)
	w.carrier.mishaps = []mishap{{err: errLost, accepts: true}}
	w.receive(incoming(adaCell, adas, "buy milk"))
	w.later(time.Minute)
	if got := w.carrier.bodies(adaCell); len(got) != 1 {
		t.Fatalf("texted %q", got)
	}
	out := w.outbound(w.ada)
	if out[0].State != phone.Accepted || out[0].ProviderSID != w.carrier.accepted[0].SID || w.used(w.ada) != 1 {
		t.Errorf("stored %+v, counted %d", out[0], w.used(w.ada))
	}
	if j := w.jobsOf("phone.send")[0]; j.State != jobs.Done || j.Note == "" {
		t.Errorf("the job is %s and says %q", j.State, j.Note)
	}
}

func TestATextIsFoundAtACarrierWhoseClockIsFarBehindOurs(t *testing.T) {
	w := newWorld(t)
	ours := w.carrier.now
	w.carrier.now = func() time.Time { return ours().Add(-50 * time.Minute) }
	w.carrier.mishaps = []mishap{{err: errLost, accepts: true}}
	w.receive(incoming(adaCell, adas, "buy milk"))
	w.later(time.Minute)
	if got := w.carrier.bodies(adaCell); len(got) != 1 || w.used(w.ada) != 1 {
		t.Errorf("texted %q, counted %d; want once", got, w.used(w.ada))
	}
}

func TestATextThatGotLostIsSentAgainOnceThatIsCertain(t *testing.T) {
	w := newWorld(t)
	w.carrier.mishaps = []mishap{{err: errLost}}
	w.receive(incoming(adaCell, adas, "buy milk"))
	w.later(5 * time.Second)
	if w.carrier.asked == 0 || len(w.carrier.accepted) != 0 {
		t.Errorf("asked %d times, texted %d: it may still show up", w.carrier.asked, len(w.carrier.accepted))
	}
	w.later(time.Minute)
	if got := w.carrier.bodies(adaCell); len(got) != 1 || w.used(w.ada) != 1 {
		t.Errorf("texted %q, counted %d", got, w.used(w.ada))
	}
}

func TestNothingIsSentWhileTheCarrierDoesNotSayWhatItHas(t *testing.T) {
	w := newWorld(t)
	w.carrier.mishaps = []mishap{{err: errLost, accepts: true}}
	w.carrier.finds = errors.New("carrier: unavailable")
	w.receive(incoming(adaCell, adas, "buy milk"))
	for range 5 {
		w.later(time.Minute)
	}
	if len(w.carrier.accepted) != 1 {
		t.Fatalf("texted %d times", len(w.carrier.accepted))
	}
	w.carrier.finds = nil
	w.later(time.Hour)
	if len(w.carrier.accepted) != 1 || w.outbound(w.ada)[0].State != phone.Accepted {
		t.Errorf("texted %d times, %s", len(w.carrier.accepted), w.outbound(w.ada)[0].State)
	}
}

func TestTextsOfTheSameWordsAreToldApart(t *testing.T) {
	w := newWorld(t)
	w.assistant.reply = "Added."
	w.receive(incoming(adaCell, adas, "one")) // accepted and recorded
	w.carrier.mishaps = []mishap{{err: errLost, accepts: true}, {err: errLost, accepts: true}}
	w.receive(incoming(adaCell, adas, "two"))
	w.receive(incoming(adaCell, adas, "three"))
	w.later(time.Minute)
	w.later(time.Minute)
	var ids []string
	for _, m := range w.outbound(w.ada) {
		ids = append(ids, m.ProviderSID)
	}
	slices.Sort(ids)
	if len(w.carrier.accepted) != 3 || len(slices.Compact(ids)) != 3 || w.used(w.ada) != 3 {
		t.Errorf("texted %d, ids %v, counted %d, want 3 of each", len(w.carrier.accepted), ids, w.used(w.ada))
	}
}

// forgetful is a store that is gone at the moment when an acceptance is recorded.
type forgetful struct {
	phone.Store
	times int
}

func (f *forgetful) AcceptText(ctx context.Context, r phone.Report) (bool, error) {
	if f.times > 0 {
		f.times--
		return false, errors.New("the program was killed")
	}
	return f.Store.AcceptText(ctx, r)
}

func TestAProgramKilledBeforeItRecordsThatATextWasAcceptedSendsItOnce(t *testing.T) {
	f := &forgetful{}
	w := newWorldWith(t, func(o *phone.Options) { f.Store, o.Store = o.Store, f })
	f.times = 2
	w.receive(incoming(adaCell, adas, "buy milk"))
	w.later(time.Minute)
	w.later(time.Minute)
	if len(w.carrier.accepted) != 1 || w.used(w.ada) != 1 || w.outbound(w.ada)[0].State != phone.Accepted {
		t.Errorf("texted %d, counted %d, %+v", len(w.carrier.accepted), w.used(w.ada), w.outbound(w.ada))
	}
}

func TestARefusalEndsATextAndItsJobAndIsNotCounted(t *testing.T) {
	w := newWorld(t)
	w.carrier.mishaps = []mishap{{err: refused}}
	w.receive(incoming(adaCell, adas, "buy milk"))
	w.later(time.Hour)
	out := w.outbound(w.ada)[0]
	if out.State != phone.Failed || out.ErrorCode != "21211" || len(w.carrier.accepted) != 0 || w.used(w.ada) != 0 {
		t.Errorf("stored %+v, texted %d, counted %d", out, len(w.carrier.accepted), w.used(w.ada))
	}
	if j := w.jobsOf("phone.send")[0]; j.State != jobs.Done || j.Attempts != 1 {
		t.Errorf("the job is %s after %d attempts: a refusal is an outcome", j.State, j.Attempts)
	}
}

func TestTheCarriersOptOutIsRemembered(t *testing.T) {
	w := newWorld(t)
	w.carrier.mishaps = []mishap{{err: optedOut}}
	w.receive(incoming(adaCell, adas, "buy milk"))
	if out, _ := w.store.OptedOut(t.Context(), adaCell); !out {
		t.Fatal("is not remembered")
	}
	w.receive(incoming(adaCell, adas, "buy bread"))
	if len(w.carrier.accepted) != 0 {
		t.Errorf("texted %v", w.carrier.accepted)
	}
}

func TestWhatWasCertainlyNotAcceptedIsSentAgainWithoutAsking(t *testing.T) {
	w := newWorld(t)
	w.carrier.mishaps = append(tooMany(), mishap{err: errors.New("carrier: not reached")})
	w.receive(incoming(adaCell, adas, "buy milk"))
	w.later(29 * time.Second)
	if len(w.carrier.mishaps) != 1 {
		t.Error("is tried again before the carrier wanted it")
	}
	w.later(time.Second)
	w.later(time.Minute)
	if len(w.carrier.accepted) != 1 || w.carrier.asked != 0 || w.used(w.ada) != 1 {
		t.Errorf("texted %d, asked %d, counted %d", len(w.carrier.accepted), w.carrier.asked, w.used(w.ada))
	}
}

func TestAStateThatIsFasterThanTheAnswerIsEnough(t *testing.T) {
	w := newWorld(t)
	w.carrier.mishaps = []mishap{{err: errLost, accepts: true}}
	w.receive(incoming(adaCell, adas, "buy milk"))
	out := w.outbound(w.ada)[0]
	u := phone.Update{SID: w.carrier.accepted[0].SID, MessageID: out.ID, State: phone.Delivered}
	if err := w.Status(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	out = w.outbound(w.ada)[0]
	if out.State != phone.Delivered || out.ProviderSID != u.SID || w.used(w.ada) != 1 || w.carrier.asked != 0 {
		t.Errorf("stored %+v, counted %d, asked %d", out, w.used(w.ada), w.carrier.asked)
	}
}

// Whatever the order of what the carrier says, and however often it says it, also
// before it has answered the request: the end is the same.
func TestAnyOrderOfReportsEndsTheSame(t *testing.T) {
	for _, tc := range []struct {
		end  phone.State
		code string
		used int64
	}{
		{phone.Delivered, "", 1},
		{phone.Undelivered, "30005", 0},
		{phone.Failed, "30008", 0},
	} {
		t.Run(string(tc.end), func(t *testing.T) {
			w := newWorld(t)
			for range 25 {
				reports := []phone.State{phone.Accepted, phone.Sending, phone.Sent, tc.end}
				for range rand.IntN(4) {
					reports = append(reports, reports[rand.IntN(len(reports))])
				}
				rand.Shuffle(len(reports), func(i, j int) { reports[i], reports[j] = reports[j], reports[i] })
				w.oneText(t, reports, tc.code, tc.end)
			}
			if got := w.used(w.ada); got != 25*tc.used {
				t.Errorf("counted %d, want %d", got, 25*tc.used)
			}
		})
	}
}

// oneText stores a text, lets the carrier report and the request be answered in
// some order, and looks at the end.
func (w *world) oneText(t *testing.T, reports []phone.State, code string, end phone.State) {
	t.Helper()
	w.clock.Advance(time.Second) // texts are listed by their time
	in := incoming(adaCell, adas, "hello")
	if err := w.Receive(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if _, err := w.runner.Tick(t.Context()); err != nil { // the answer is stored, not sent
		t.Fatal(err)
	}
	list := w.outbound(w.ada)
	out := list[len(list)-1]
	sid := fmt.Sprintf("SMrep%s", out.ID)
	answered := rand.IntN(len(reports) + 1)
	for i := range len(reports) + 1 {
		if i == answered {
			ok, err := w.store.AcceptText(t.Context(), phone.Report{MessageID: out.ID, SID: sid, State: phone.Accepted, Segments: 1})
			if !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		if i == len(reports) {
			break
		}
		u := phone.Update{SID: sid, MessageID: out.ID, State: reports[i]}
		if u.State == end {
			u.ErrorCode = code
		}
		if err := w.Status(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.store.Text(t.Context(), out.ID)
	if err != nil || got.State != end || got.ErrorCode != code || got.ProviderSID != sid {
		t.Fatalf("%v ends as %s %s %s, %v", reports, got.State, got.ErrorCode, got.ProviderSID, err)
	}
	w.run() // the job finds that it is done
}

func TestAReversalCountsInTheMonthOfTheText(t *testing.T) {
	w := newWorld(t)
	w.receive(incoming(adaCell, adas, "hello"))
	w.clock.Advance(40 * 24 * time.Hour)
	u := phone.Update{SID: w.carrier.accepted[0].SID, State: phone.Undelivered, ErrorCode: "30003"}
	for range 100 {
		if err := w.Status(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	records, err := w.store.Usage(t.Context(), w.ada.ID)
	if err != nil || len(records) != 2 {
		t.Fatalf("%+v, %v", records, err)
	}
	if records[0].Quantity+records[1].Quantity != 0 || !records[0].RecordedAt.Equal(records[1].RecordedAt) ||
		records[0].Measured+records[1].Measured != 0 {
		t.Errorf("ledger %+v", records)
	}
}

func TestAStateOfATextThatIsNotOursChangesNothing(t *testing.T) {
	w := newWorld(t)
	in := incoming(adaCell, adas, "hello")
	w.receive(in)
	for _, u := range []phone.Update{
		{SID: "SM" + strings.Repeat("f", 32), State: phone.Delivered},
		{SID: "SM" + strings.Repeat("f", 32), MessageID: "msg_01k8z3v8zq6r9b3c1d2e3f4g5h", State: phone.Failed},
		{SID: in.SID, State: phone.Failed},                                                                  // one that came in
		{SID: "SM" + strings.Repeat("e", 32), MessageID: w.outbound(w.ada)[0].ID, State: phone.Undelivered}, // another of the same text
	} {
		if err := w.Status(t.Context(), u); err != nil {
			t.Errorf("%+v: %v", u, err)
		}
	}
	if got := w.outbound(w.ada)[0]; got.State != phone.Accepted || w.used(w.ada) != 1 {
		t.Errorf("stored %+v, counted %d", got, w.used(w.ada))
	}
	if got := w.inbound(w.ada)[0]; got.State != phone.Received {
		t.Errorf("stored %+v", got)
	}
}

func TestAJobOfATextThatIsGoneIsDone(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []string{"phone.send", "phone.answer"} {
		j := jobs.New(kind, map[string]string{"message_id": id.New(id.Message, w.clock.Now())}, w.clock.Now())
		if err := w.store.EnqueueJobs(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		w.run()
		if got := w.jobsOf(kind)[0]; got.State != jobs.Done {
			t.Errorf("%s is %s: %s", kind, got.State, got.Error)
		}
	}
}
