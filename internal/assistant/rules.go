package assistant

// rules is what people say, in the order in which it is tried: of two phrases
// that begin alike the longer comes first. Phrases are in lower case and without
// apostrophes; see cut. Forms with something in the middle ("mark … as done") and
// questions come after these.
func rules() []rule {
	return []rule{
		{do: (*turn).help,
			whole: []string{"help", "help me", "commands", "what can you do", "what can you do for me", "what can i do", "what can i say", "what do you do", "how does this work", "who are you"}},
		{do: (*turn).greet,
			whole: []string{"hi", "hello", "hey", "hi there", "hello there", "hey there", "good morning", "good afternoon", "good evening", "test", "ping"}},
		{do: (*turn).welcome,
			whole: []string{"thanks", "thank you", "thanks a lot", "thank you very much", "many thanks", "thx", "ty", "ok", "okay", "great", "perfect", "cool", "ok thanks", "great thanks"}},
		{do: (*turn).nothing,
			whole: []string{"forget it", "forget that", "never mind", "nevermind", "nothing", "no"}},
		{do: (*turn).usage,
			whole: []string{"usage", "my usage", "show usage", "show my usage", "whats my usage", "what is my usage", "my plan", "plan", "whats my plan", "what is my plan", "what plan am i on", "how much have i used", "how much do i have left"}},

		{do: (*turn).snooze, begins: []string{"snooze", "remind me again", "again"}},
		{do: (*turn).remind,
			begins: []string{"remind me", "set me a reminder", "set a reminder", "set up a reminder", "set reminder", "create a reminder", "create reminder", "make a reminder", "add a reminder", "add reminder", "give me a reminder", "send me a reminder", "new reminder", "reminder", "ping me", "nudge me", "alert me", "notify me"}},
		{do: (*turn).mind,
			begins: []string{"dont let me forget to", "do not let me forget to", "dont forget to", "do not forget to", "remember to", "i must not forget to", "i mustnt forget to"}},

		{do: (*turn).recall,
			begins: []string{"what do you know about", "what do you remember about", "what did i tell you about", "what have i told you about", "what do you remember", "what do you know", "do you remember", "do you know", "recall"}},
		{do: (*turn).forgetAll, begins: []string{"forget everything about", "forget all about", "forget everything you know about"}},
		{do: (*turn).forgetNothing,
			whole: []string{"forget everything", "forget all", "forget me", "forget everything you know", "forget everything i told you"}},
		{do: (*turn).forget, begins: []string{"forget about", "forget that", "forget what i told you about", "forget what you know about", "forget"}},
		{do: (*turn).remember,
			begins: []string{"remember that", "remember this", "remember", "dont forget that", "do not forget that", "dont forget", "do not forget", "note down that", "note down", "note to self", "note that", "notes", "note", "make a note that", "make a note of", "make a note", "take a note that", "take a note", "keep in mind that", "keep in mind", "for the record", "fyi"}},

		{do: (*turn).complete,
			begins: []string{"i am done with", "im done with", "done with", "done", "i have completed", "ive completed", "i completed", "completed", "complete", "i have finished", "ive finished", "i finished", "finished", "finish", "i have done", "ive done", "i did", "check off", "tick off", "cross off"}},
		{do: (*turn).cancel, begins: []string{"delete", "remove", "cancel", "drop", "scratch"}},

		{do: (*turn).add,
			begins: []string{"add a new task to", "add a new task", "add a task to", "add a task", "add task", "add to my to do list", "add to my todo list", "add to my list", "add to the list", "add that", "add",
				"create a task to", "create a task", "create task", "make a task to", "make a task", "new task", "task",
				"todo", "to do", "to-do", "put on my list",
				"i need to", "i have to", "i must", "i have got to", "ive got to", "ive to", "i got to", "i gotta", "i should", "we need to", "we have to", "we must", "need to", "have to"}},
	}
}
