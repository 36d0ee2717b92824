package store

import (
	"context"

	"xswarm.ai/server/internal/assistant"
)

// applyOutcome stores what an answer of the assistant calls for, with the batch
// that stores the answer. Everything in it is the user's: an id of somebody
// else's task or fact changes nothing.
func (b *batch) applyOutcome(ctx context.Context, userID string, out assistant.Outcome) error {
	for _, t := range out.AddTasks {
		if err := b.addTask(ctx, userID, t); err != nil {
			return err
		}
	}
	for _, t := range out.RescheduleTasks {
		if err := b.rescheduleTask(ctx, userID, t); err != nil {
			return err
		}
	}
	for _, taskID := range out.CompleteTasks {
		if err := b.completeTask(ctx, userID, taskID); err != nil {
			return err
		}
	}
	for _, taskID := range out.CancelTasks {
		if err := b.cancelTask(ctx, userID, taskID); err != nil {
			return err
		}
	}
	for _, f := range out.AddFacts {
		if err := b.addFact(ctx, userID, f); err != nil {
			return err
		}
	}
	for _, factID := range out.ForgetFacts {
		if err := b.forgetFact(ctx, userID, factID); err != nil {
			return err
		}
	}
	return b.enqueue(ctx, out.Jobs...)
}
