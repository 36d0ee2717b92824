package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// phoneView is what the page of a person's phone shows.
type phoneView struct {
	Phone    string // whose
	With     string // the number on the other side
	WithName string
	Phones   []named
	Numbers  []named
	Texts    []bubble
	Talks    []talk
	OptedOut bool // the person has sent STOP to this number
	Draft    Incoming
}

type named struct{ Number, Name string }

func (s *Sandbox) showPhone(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p := s.phoneView(r, q.Get("phone"), q.Get("with"))
	v := s.view(r, "Phone", "phone")
	status := http.StatusOK
	if p.Phone != "" && !isE164(p.Phone) {
		status, v.Problem = http.StatusUnprocessableEntity, "A phone’s number looks like +14155550123."
		p.Phone, p.Texts = "", nil
	}
	s.show(w, r, status, phonePage(v, p))
}

func (s *Sandbox) postPhone(w http.ResponseWriter, r *http.Request) {
	err := form(w, r)
	in := Incoming{From: r.PostForm.Get("from"), To: r.PostForm.Get("to"), Body: strings.ReplaceAll(r.PostForm.Get("body"), "\r\n", "\n")}
	if m := strings.TrimSpace(r.PostForm.Get("media")); m != "" {
		in.Media = []string{m}
	}
	if err == nil {
		_, err = s.Receive(in)
	}
	if err != nil {
		status, words := s.told(r.Context(), err)
		v, p := s.view(r, "Phone", "phone"), s.phoneView(r, in.From, in.To)
		v.Problem, p.Draft = words, in
		s.show(w, r, status, phonePage(v, p))
		return
	}
	http.Redirect(w, r, phoneHref(in.From, in.To), http.StatusSeeOther)
}

// phoneView gathers a conversation. Without a choice it is that of whoever texted
// last, with their assistant or else with whom they texted last.
func (s *Sandbox) phoneView(r *http.Request, phone, with string) phoneView {
	texts := s.Texts()
	known, assigned, owners := s.knownPhones(r, texts)
	p := phoneView{Phone: strings.TrimSpace(phone), Phones: known}
	if p.Phone == "" && len(p.Phones) > 0 {
		p.Phone = p.Phones[0].Number
	}
	if with == "" {
		with = assigned[p.Phone]
	}
	for i := len(texts) - 1; i >= 0 && with == ""; i-- {
		switch p.Phone {
		case texts[i].From:
			with = texts[i].To
		case texts[i].To:
			with = texts[i].From
		}
	}
	for _, n := range s.Numbers() {
		name := n.FriendlyName
		switch {
		case n.Number == s.opt.SharedNumber:
			name = "xSwarm, the shared number"
		case assigned[p.Phone] == n.Number:
			name = "Your assistant"
		case owners[n.Number] != "":
			name = owners[n.Number] + "’s assistant"
		}
		p.Numbers = append(p.Numbers, named{n.Number, friendly(n.Number) + " · " + name})
		if n.Number == with || with == "" && p.With == "" {
			p.With, p.WithName = n.Number, name
		}
	}
	if p.With == "" {
		p.With = with
	}
	hooks := s.inboundHooks()
	for _, t := range texts {
		if person, number := sides(t); person == p.Phone && number == p.With {
			p.Texts = append(p.Texts, bubbleOf(t, hooks))
		}
	}
	if len(p.Texts) > maxBubbles {
		p.Texts = p.Texts[len(p.Texts)-maxBubbles:]
	}
	p.Talks = s.talks(texts, p)
	p.OptedOut = s.optedOut(p.With, p.Phone)
	return p
}

const maxBubbles = 300 // in a conversation on the page, the latest

// knownPhones returns the phones that the page offers: whoever texted or was
// texted, latest first; the users' own; the one of the options. assigned is the
// number of the assistant of a phone's owner, owners whose assistant has a number.
func (s *Sandbox) knownPhones(r *http.Request, texts []Text) (phones []named, assigned, owners map[string]string) {
	assigned, owners = map[string]string{}, map[string]string{}
	names := map[string]string{}
	var order []string
	add := func(number, name string) {
		if number == "" {
			return
		}
		if _, ok := names[number]; !ok {
			order = append(order, number)
		}
		if name != "" || names[number] == "" {
			names[number] = name
		}
	}
	for _, t := range slices.Backward(texts) {
		if t.Direction == "inbound" {
			add(t.From, "")
		} else {
			add(t.To, "")
		}
	}
	if p := s.theProduct(); p != nil {
		users, err := p.Users(r.Context())
		if err != nil {
			s.opt.Log.ErrorContext(r.Context(), "sandbox: list the users", "err", err)
		}
		for _, u := range users {
			for _, number := range u.Numbers {
				owners[number] = nameOf(u)
			}
			for _, number := range u.Phones {
				add(number, nameOf(u))
				assigned[number] = first(u.Numbers)
			}
		}
	}
	add(s.opt.Phone, names[s.opt.Phone])
	for _, number := range order[:min(len(order), 12)] {
		phones = append(phones, named{number, names[number]})
	}
	return phones, assigned, owners
}

// phoneHref is the address of a conversation.
func phoneHref(phone, with string) string {
	q := url.Values{"phone": {phone}}
	if with != "" {
		q.Set("with", with)
	}
	return "/sandbox/phone?" + q.Encode()
}
