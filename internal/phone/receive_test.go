package phone_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"xswarm.ai/server/internal/assistant"
	"xswarm.ai/server/internal/billing"
	"xswarm.ai/server/internal/fault"
	"xswarm.ai/server/internal/id"
	"xswarm.ai/server/internal/jobs"
	"xswarm.ai/server/internal/phone"
	"xswarm.ai/server/internal/plan"
	"xswarm.ai/server/internal/task"
)

func TestATextIsAnsweredOnceAndCountedOnce(t *testing.T) {
	w := newWorld(t)
	in := incoming(adaCell, adas, "buy milk")
	for range 3 {
		w.receive(in)
	}
	if got := w.carrier.bodies(adaCell); len(got) != 1 || got[0] != "You said: buy milk" {
		t.Errorf("texted %q, want one answer", got)
	}
	if got := w.carrier.accepted[0].From; got != adas {
		t.Errorf("from %s, want the number that was written to, %s", got, adas)
	}
	if len(w.assistant.heard) != 1 || w.used(w.ada) != 1 {
		t.Errorf("heard %d, counted %d, want 1 and 1", len(w.assistant.heard), w.used(w.ada))
	}
	out := w.outbound(w.ada)
	if len(out) != 1 || out[0].State != phone.Accepted || out[0].ProviderSID == "" || out[0].Segments != 1 {
		t.Errorf("stored %+v", out)
	}
}

func TestTheSameWebhookFiftyTimesAtOnceIsOneTextAndOneJob(t *testing.T) {
	w := newWorld(t)
	in := incoming(adaCell, adas, "buy milk")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := w.Receive(t.Context(), in); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if texts, jobs := w.inbound(w.ada), w.jobsOf("phone.answer"); len(texts) != 1 || len(jobs) != 1 {
		t.Errorf("stored %d texts and %d jobs, want 1 and 1", len(texts), len(jobs))
	}
}

func TestTextsAreAnsweredInTheirOrder(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{"one", "two", "three"} {
		if err := w.Receive(t.Context(), incoming(adaCell, adas, body)); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Millisecond)
	}
	w.run()
	want := "You said: one|You said: two|You said: three"
	if got := strings.Join(w.carrier.bodies(adaCell), "|"); got != want {
		t.Errorf("texted %q, want %q", got, want)
	}
}

func TestWhatTheAssistantDecidesIsStoredWithItsAnswer(t *testing.T) {
	w := newWorld(t)
	due := w.clock.Now().Add(time.Hour)
	added := task.Task{
		ID: id.New(id.Task, w.clock.Now()), UserID: w.ada.ID, Title: "call Mike", Due: due, RemindAt: due,
		Priority: task.DefaultPriority, Status: task.Open, CreatedAt: w.clock.Now(),
	}
	w.assistant.out = assistant.Outcome{AddTasks: []task.Task{added}, Jobs: []jobs.Job{task.RemindJob(added, w.clock.Now())}}
	w.receive(incoming(adaCell, adas, "remind me to call Mike in an hour"))
	open, err := w.store.OpenTasks(t.Context(), w.ada.ID, 10)
	if err != nil || len(open) != 1 || open[0].Title != "call Mike" {
		t.Errorf("tasks %+v, %v", open, err)
	}
	w.assistant.out = assistant.Outcome{}
	w.later(time.Hour)
	if got := w.carrier.bodies(adaCell); len(got) != 2 || !strings.HasPrefix(got[1], "Reminder: call Mike") {
		t.Errorf("texted %q", got)
	}
}

func TestStrangersAreKeptInQuarantineAndNeverAnswered(t *testing.T) {
	w := newWorld(t)
	w.receive(incoming("+14155550199", adas, "hello?"))
	w.receive(incoming(bobCell, shared, "hello?"))
	w.receive(incoming(adaCell, "+18335550999", "hello?"))
	w.receive(incoming("+14155550199", adas, "HELP"))
	if len(w.carrier.accepted) != 0 || len(w.assistant.heard) != 0 {
		t.Errorf("texted %v, heard %q", w.carrier.accepted, w.assistant.heard)
	}
	var reasons []string
	for _, m := range w.inbound(w.ada) {
		reasons = append(reasons, m.Quarantine)
	}
	if got := strings.Join(reasons, " "); got != "unknown_sender unknown_sender" {
		t.Errorf("Ada sees %q", got)
	}
	if len(w.jobsOf("phone.answer")) != 0 {
		t.Error("there is a job to answer them")
	}
}

func TestTheSharedNumberKnowsPeopleByTheirPhones(t *testing.T) {
	w := newWorld(t)
	w.receive(incoming(adaCell, shared, "buy milk"))
	if got := w.carrier.bodies(adaCell); len(got) != 1 {
		t.Fatalf("texted %q", got)
	}
	if got := w.carrier.accepted[0].From; got != adas {
		t.Errorf("answers from %s, want her own number %s, which may text", got, adas)
	}
}

func TestUntilANumberMayTextTheSharedOneStandsIn(t *testing.T) {
	w := newWorld(t)
	if _, err := w.AssignNumber(t.Context(), w.ada.ID, adas, phone.SMSPending); err != nil {
		t.Fatal(err)
	}
	w.receive(incoming(adaCell, adas, "buy milk"))
	if got := w.carrier.accepted[0].From; got != shared {
		t.Errorf("answers from %s, want %s", got, shared)
	}
}

func TestWithoutANumberThatMayTextTheJobSaysSoAndNothingIsLost(t *testing.T) {
	w := newWorld(t)
	if _, err := w.AssignNumber(t.Context(), w.ada.ID, adas, phone.SMSRejected); err != nil {
		t.Fatal(err)
	}
	w.SetShared("")
	w.receive(incoming(adaCell, adas, "buy milk"))
	j := w.jobsOf("phone.answer")[0]
	if j.State != jobs.Dead || !strings.Contains(j.Error, "TWILIO_PHONE_NUMBER") {
		t.Fatalf("the job is %s: %s", j.State, j.Error)
	}
	w.SetShared(shared)
	if err := w.store.RetryJob(t.Context(), j.ID); err != nil {
		t.Fatal(err)
	}
	w.run()
	if got := w.carrier.bodies(adaCell); len(got) != 1 {
		t.Errorf("texted %q after it was mended", got)
	}
}

func TestStopEndsTextsAndStartBringsThemBack(t *testing.T) {
	w := newWorld(t)
	stop := incoming(adaCell, adas, "Stop")
	w.receive(stop)
	w.receive(incoming(adaCell, adas, "buy milk"))
	if len(w.carrier.accepted) != 0 {
		t.Fatalf("texted %v after STOP", w.carrier.accepted)
	}
	out := w.outbound(w.ada)
	if len(out) != 1 || out[0].State != phone.Failed || out[0].ErrorCode != phone.CodeOptedOut || w.used(w.ada) != 0 {
		t.Errorf("the answer is %+v, counted %d", out, w.used(w.ada))
	}
	w.receive(incoming(adaCell, adas, "start"))
	w.receive(stop) // a replay of the old one
	w.receive(incoming(adaCell, adas, "buy bread"))
	if got := w.carrier.bodies(adaCell); len(got) != 1 || got[0] != "You said: buy bread" {
		t.Errorf("texted %q: START counts, and neither keyword is answered by us", got)
	}
	if got := strings.Join(w.assistant.heard, "|"); got != "buy milk|buy bread" {
		t.Errorf("the assistant heard %q: no keywords", got)
	}
}

func TestYesMeansStartOnlyAfterStop(t *testing.T) {
	w := newWorld(t)
	w.receive(incoming(adaCell, adas, "yes"))
	if len(w.assistant.heard) != 1 {
		t.Errorf("the assistant heard %q", w.assistant.heard)
	}
	w.receive(incoming(adaCell, adas, "stop"))
	w.receive(incoming(adaCell, adas, "yes"))
	out, err := w.store.OptedOut(t.Context(), adaCell)
	if err != nil || out || len(w.assistant.heard) != 1 {
		t.Errorf("opted out: %v, %v; heard %q", out, err, w.assistant.heard)
	}
}

func TestAStrangersStopCounts(t *testing.T) {
	w := newWorld(t)
	w.receive(incoming(bobCell, shared, "STOP"))
	if out, err := w.store.OptedOut(t.Context(), bobCell); !out || err != nil {
		t.Errorf("opted out: %v, %v", out, err)
	}
}

func TestHelpIsAnsweredAndNotCounted(t *testing.T) {
	w := newWorld(t)
	w.receive(incoming(adaCell, adas, "help"))
	got := w.carrier.bodies(adaCell)
	if len(got) != 1 || !strings.Contains(got[0], "STOP") || !strings.Contains(got[0], "https://xswarm.example/app") {
		t.Errorf("texted %q", got)
	}
	if w.used(w.ada) != 0 || len(w.assistant.heard) != 0 {
		t.Errorf("counted %d, heard %q", w.used(w.ada), w.assistant.heard)
	}
	told := incoming(adaCell, adas, "help")
	told.OptOut = "HELP"
	w.receive(told)
	if got := w.carrier.bodies(adaCell); len(got) != 1 {
		t.Errorf("texted %q: the carrier had answered the second one", got)
	}
}

func TestAPlanWithoutTextsIsToldOnceAMonth(t *testing.T) {
	w := newWorld(t)
	w.prove(w.bob, bobCell)
	w.carrier.forget()
	for range 3 {
		w.receive(incoming(bobCell, shared, "buy milk"))
	}
	got := w.carrier.bodies(bobCell)
	if len(got) != 1 || !strings.Contains(got[0], "AI Buddy does not include text messages. AI Secretary does ($40 a month).") {
		t.Errorf("texted %q, want one notice", got)
	}
	if len(w.assistant.heard) != 0 || w.used(w.bob) != 0 {
		t.Errorf("heard %q, counted %d", w.assistant.heard, w.used(w.bob))
	}
	w.clock.Advance(31 * 24 * time.Hour)
	w.receive(incoming(bobCell, shared, "buy milk"))
	if got := w.carrier.bodies(bobCell); len(got) != 2 {
		t.Errorf("texted %q: the next month it is said again", got)
	}
}

func TestAGrantedPlanStopsAtItsAllowanceEvenWithTextsOnTheirWay(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	used := billing.Record{
		ID: id.New(id.Usage, now), UserID: w.ada.ID, Feature: plan.SMSMessages, Quantity: 498, RecordedAt: now, SourceKey: "sms:before",
	}
	if err := w.store.RecordUsage(t.Context(), used); err != nil {
		t.Fatal(err)
	}
	// The carrier takes nothing yet: what is promised counts all the same.
	for range 3 {
		w.carrier.mishaps = append(w.carrier.mishaps, tooMany()...)
	}
	for _, body := range []string{"one", "two", "three", "four"} {
		if err := w.Receive(t.Context(), incoming(adaCell, adas, body)); err != nil {
			t.Fatal(err)
		}
	}
	w.run()
	w.later(time.Minute)
	w.later(time.Minute)
	if got := strings.Join(w.assistant.heard, "|"); got != "one|two" {
		t.Errorf("the assistant heard %q, want the two that were left", got)
	}
	notices := 0
	for _, m := range w.outbound(w.ada) {
		if m.Kind == phone.KindNotice {
			notices++
		}
	}
	if notices != 1 || w.used(w.ada) != 500 {
		t.Errorf("%d notices, %d used, want 1 and 500", notices, w.used(w.ada))
	}
}

func TestALongAnswerIsCutAndSaysWhereTheRestIs(t *testing.T) {
	w := newWorld(t)
	w.assistant.reply = strings.Repeat("a very long list, ", 80)
	w.receive(incoming(adaCell, adas, "what's on my list?"))
	got := w.carrier.bodies(adaCell)
	if n, _ := phone.Segments(got[0]); n != 3 || !strings.HasSuffix(got[0], "more on your page: https://xswarm.example/app") {
		t.Errorf("texted %d parts: %q", n, got[0])
	}
	if out := w.outbound(w.ada); out[0].Segments != 3 || w.used(w.ada) != 1 {
		t.Errorf("%d segments, %d counted: a text is one, however long", out[0].Segments, w.used(w.ada))
	}
}

func TestATextIsCountedByItsPartsWhereThatIsSet(t *testing.T) {
	w := newWorldWith(t, func(o *phone.Options) { o.SMSBilling = billing.BySegment })
	w.assistant.reply = strings.Repeat("a very long list, ", 80)
	w.receive(incoming(adaCell, adas, "what's on my list?"))
	if got := w.used(w.ada); got != 3 {
		t.Errorf("counted %d, want 3", got)
	}
}

func TestAPictureWithoutWordsGetsAPlainAnswer(t *testing.T) {
	w := newWorld(t)
	in := incoming(adaCell, adas, " ")
	in.Media = []string{"https://api.twilio.com/media/ME1"}
	w.receive(in)
	if got := w.carrier.bodies(adaCell); len(got) != 1 || !strings.Contains(got[0], "cannot look at pictures") || len(w.assistant.heard) != 0 {
		t.Errorf("texted %q, heard %q", got, w.assistant.heard)
	}
	if got := w.inbound(w.ada)[0].Media; len(got) != 1 || got[0] != in.Media[0] {
		t.Errorf("kept %q", got)
	}
}

func TestATextThatNoCarrierCanCarryIsRefused(t *testing.T) {
	w := newWorld(t)
	err := w.Receive(t.Context(), incoming(adaCell, adas, strings.Repeat("д", 1601)))
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Fields[0].Location != "body.Body" {
		t.Errorf("got %v", err)
	}
	if err := w.Receive(t.Context(), incoming(adaCell, adas, strings.Repeat("д", 1600))); err != nil {
		t.Errorf("1600 characters: %v", err)
	}
}
