// Package words is how what people write is compared: by its words, without case,
// punctuation, little words and most endings. It is made for English, and leaves
// what it does not know as it is. It is not a search engine: package memory
// decides what matches best.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// All returns the words of a text in order, in lower case. An apostrophe ends no
// word: "don't" is "dont", and a possessive loses its s: "Anna's" is "anna".
func All(text string) []string {
	list := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
	words := list[:0]
	for _, w := range list {
		w = strings.ToLower(strings.ReplaceAll(w, "’", "'"))
		w = strings.TrimSuffix(strings.Trim(w, "'"), "'s")
		if w = strings.ReplaceAll(w, "'", ""); w != "" {
			words = append(words, w)
		}
	}
	return words
}

// Same returns a text in the form in which two that differ only in case, spacing
// and punctuation are equal.
func Same(text string) string { return strings.Join(All(text), " ") }

// Stems returns the words of a text that carry meaning, without their endings. A
// text of little words only keeps them: "to do" is not nothing.
func Stems(text string) []string {
	all := All(text)
	stems := make([]string, 0, len(all))
	for _, w := range all {
		if !little(w) {
			stems = append(stems, Stem(w))
		}
	}
	if len(stems) > 0 {
		return stems
	}
	for _, w := range all {
		stems = append(stems, Stem(w))
	}
	return stems
}

// Stem takes the ending off an English word: calls, called and calling are "call".
// What it returns need not be a word.
func Stem(w string) string {
	if utf8.RuneCountInString(w) < 4 {
		return w
	}
	switch {
	case strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"):
		w = w[:len(w)-2]
	case strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is"):
		w = w[:len(w)-1]
	}
	for _, ending := range []string{"ing", "ed"} {
		if root, ok := strings.CutSuffix(w, ending); ok && len(root) >= 3 && strings.ContainsAny(root, "aeiouy") {
			return strings.TrimSuffix(single(root), "e")
		}
	}
	return strings.TrimSuffix(w, "e")
}

// single undoes the doubling before an ending: "stopp" is "stop", "call" stays.
func single(root string) string {
	n := len(root)
	if n >= 3 && root[n-1] < utf8.RuneSelf && root[n-1] == root[n-2] && !strings.ContainsRune("lsz", rune(root[n-1])) {
		return root[:n-1]
	}
	return root
}

// little reports whether a word says nothing about what a text is about.
func little(w string) bool {
	switch w {
	case "a", "an", "the", "this", "that", "these", "those", "it", "its", "there",
		"i", "im", "ive", "id", "me", "my", "mine", "we", "us", "our", "you", "your", "he", "him", "his", "she", "her",
		"they", "them", "their",
		"is", "are", "was", "were", "be", "been", "am", "has", "have", "had", "do", "does", "did",
		"will", "would", "can", "could", "should", "must",
		"what", "whats", "when", "where", "who", "whose", "which", "why", "how",
		"of", "to", "in", "on", "at", "by", "for", "from", "with", "about", "as", "into", "and", "or", "but", "if", "so",
		"know", "remember", "recall", "tell", "please", "again", "just", "some", "any":
		return true
	}
	return false
}
