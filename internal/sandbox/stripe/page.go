package stripe

import (
	"fmt"
	"html"
	"net/http"
	"strings"
)

// markup is HTML that is finished.
type markup string

// h writes HTML. What is put into it is text, unless it is markup already.
func h(format string, args ...any) markup {
	for i, a := range args {
		switch a := a.(type) {
		case markup:
			args[i] = string(a)
		case string:
			args[i] = html.EscapeString(a)
		case fmt.Stringer:
			args[i] = html.EscapeString(a.String())
		}
	}
	return markup(fmt.Sprintf(format, args...))
}

// each writes HTML for every item of a list.
func each[T any](list []T, write func(T) markup) markup {
	var b strings.Builder
	for _, item := range list {
		b.WriteString(string(write(item)))
	}
	return markup(b.String())
}

// only writes HTML only if a condition holds.
func only(condition bool, m markup) markup {
	if condition {
		return m
	}
	return ""
}

// pageStyle is the look of the hosted pages.
const pageStyle = `:root{color-scheme:light dark;--ink:#1a1f36;--dim:#596171;--line:#d5dbe1;--ground:#f6f8fa;--card:#fff;--accent:#4b3fd6;--bad:#b3093c}
@media (prefers-color-scheme:dark){:root{--ink:#e9edf5;--dim:#a6b0c3;--line:#3a4356;--ground:#12151d;--card:#1b2030;--accent:#8e86ff;--bad:#ff8aa5}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
main{max-width:34rem;margin:0 auto;padding:2rem 1rem 4rem}
section{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem;margin:1rem 0}
h1{font-size:1.4rem;margin:0 0 .25rem}h2{font-size:1.05rem;margin:0 0 .75rem}p{margin:.5rem 0}
.dim{color:var(--dim)}.trouble{border:1px solid var(--bad);color:var(--bad);border-radius:.5rem;padding:.6rem .8rem}
table{width:100%;border-collapse:collapse}td,th{padding:.4rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:400}
td:last-child,th:last-child{text-align:right;white-space:nowrap;padding-left:1rem}tfoot th,tfoot td{border:0}tfoot tr:last-child{font-weight:700}
tfoot tr:last-child th{font-weight:700}
label{display:block;margin:.6rem 0 .2rem}label.choice{margin:.2rem 0;display:flex;gap:.5rem;align-items:baseline}
input[type=text],input[type=email],select{width:100%;font:inherit;padding:.55rem .7rem;border:1px solid var(--line);border-radius:.4rem;background:var(--ground);color:inherit}
fieldset{border:0;margin:0;padding:0}legend{padding:0;font-weight:600}
button{font:inherit;font-weight:600;padding:.65rem 1rem;border-radius:.5rem;border:1px solid var(--accent);background:var(--accent);color:#fff;cursor:pointer}
@media (prefers-color-scheme:dark){button{color:#12151d}}
select+button{margin-top:.75rem}button.plain{background:transparent;color:var(--accent)}button.wide{width:100%;margin-top:1rem}
a{color:var(--accent)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}code{font-size:.95em}`

// writePage answers with a page. It works without a script, and has none.
func writePage(w http.ResponseWriter, status int, title string, body markup) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprint(w, h(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title><style>%s</style></head><body><main>%s
<p class="dim">This is the sandbox's Stripe. No money moves.</p></main></body></html>
`, title, markup(pageStyle), body)) // the client may be gone
}

// noPage answers where there is no page, or none any more.
func noPage(w http.ResponseWriter, status int, title, text string) {
	writePage(w, status, title, h(`<section><h1>%s</h1><p>%s</p></section>`, title, text))
}

// inTrouble shows what was not right.
func inTrouble(why trouble) markup {
	return only(why != "", h(`<p class="trouble" role="alert">%s</p>`, string(why)))
}

// goTo sends a browser on after a form.
func goTo(w http.ResponseWriter, r *http.Request, address string) {
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// cardFields let somebody choose how to pay.
func cardFields(chosen string, banks bool) markup {
	type choice struct{ value, text string }
	var choices []choice
	for _, card := range testCards()[:offered] {
		choices = append(choices, choice{card.number, spaced(card.number) + ": " + card.label})
	}
	if banks {
		choices = append(choices, choice{bankSettles, "Bank account: the money comes a day later"}, choice{bankBounces, "Bank account: the money does not come"})
	}
	if chosen == "" {
		chosen = choices[0].value
	}
	return h(`<fieldset><legend>Test card</legend>%s</fieldset>
<label for="number">Or another test card's number</label><input id="number" name="number" type="text" inputmode="numeric" autocomplete="off">`,
		each(choices, func(c choice) markup {
			return h(`<label class="choice"><input type="radio" name="card" value="%s"%s> %s</label>`, c.value, only(c.value == chosen, " checked"), c.text)
		}))
}

// spaced writes a card's number in groups.
func spaced(number string) string {
	var groups []string
	for len(number) > 4 {
		groups, number = append(groups, number[:4]), number[4:]
	}
	return strings.Join(append(groups, number), " ")
}

// authenticatePage asks the owner of a card whether they agree.
func authenticatePage(w http.ResponseWriter, what string) {
	writePage(w, http.StatusOK, "3D Secure test page", h(`<section><h1>Authentication</h1>
<p>The bank of this test card asks whether you agree to %s.</p>
<form method="post"><p><button name="action" value="agree">Complete</button> <button class="plain" name="action" value="fail">Fail</button></p></form></section>`, what))
}

// readEntry reads what was entered on a page.
func readEntry(r *http.Request) entry {
	get := func(name string) string { return firstRunes(strings.TrimSpace(r.PostFormValue(name)), 200) }
	en := entry{Card: get("card"), Email: get("email"), Name: get("name"), Country: get("country"), Postal: get("postal")}
	if n := get("number"); n != "" {
		en.Card = n
	}
	return en
}
