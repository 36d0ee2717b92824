package apptest

import (
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// numbers are the ids of the assistant's numbers, by how they are dialled.
func (c *Client) numbers() map[string]string {
	c.T.Helper()
	var list struct{ Data []struct{ ID, Number string } }
	c.Want(200, "GET", "/api/phone-numbers", nil, &list)
	ids := map[string]string{}
	for _, n := range list.Data {
		ids[n.Number] = n.ID
	}
	return ids
}

// held are the numbers that the usage page counts, how many of them are beyond the
// included ones, and what those cost.
func (c *Client) held() (used, overage int64, cost string) {
	c.T.Helper()
	var usage struct {
		Features []struct {
			Feature       string
			Used, Overage int64
			Cost          string
		}
	}
	c.Want(200, "GET", "/billing/usage", nil, &usage)
	for _, f := range usage.Features {
		if f.Feature == "phone_numbers" {
			return f.Used, f.Overage, f.Cost
		}
	}
	c.T.Fatal("usage does not name phone_numbers")
	return 0, 0, ""
}

// paidNumbers is how many numbers the user's subscription at the emulated Stripe is for.
func (c *Client) paidNumbers() int64 {
	c.T.Helper()
	var list struct {
		Data []struct {
			Items struct {
				Data []struct {
					Quantity int64
					Price    struct {
						Key string `json:"lookup_key"`
					}
				}
			}
		}
	}
	c.Want(200, "GET", "/sandbox/api/payments/subscriptions?customer="+c.customer(), nil, &list)
	if len(list.Data) == 0 {
		c.T.Fatal("there is no subscription")
	}
	for _, item := range list.Data[0].Items.Data {
		if strings.HasSuffix(item.Price.Key, "phone_numbers_monthly") {
			return item.Quantity
		}
	}
	return 0
}

func moreNumbers(t *testing.T, x Target) {
	email, phone := somebody(t)
	c := x.Member(t, email)
	if a := c.Do("POST", "/api/phone-numbers", nil); a.Status != 402 || a.Code() != "upgrade_required" || !strings.Contains(a.Body, "ai_secretary") {
		t.Errorf("on the free plan: got %s", a)
	}
	c.Buy("ai_secretary", goodCard)
	first := c.Number()
	c.Header = map[string]string{"Idempotency-Key": "one"}
	var one, again, two struct {
		Number struct{ ID, Number, SMS string } `json:"phone_number"`
	}
	c.Want(201, "POST", "/api/phone-numbers", nil, &one)
	if a := c.Want(201, "POST", "/api/phone-numbers", nil, &again); a.Header.Get("Idempotency-Replayed") != "true" || again != one {
		t.Errorf("the same request again: got %s", a)
	}
	c.Header["Idempotency-Key"] = "two"
	c.Want(201, "POST", "/api/phone-numbers", nil, &two)
	c.Header = nil
	if n := len(c.numbers()); n != 3 || one == two || one.Number.Number == first || one.Number.SMS != "verified" {
		t.Fatalf("has %d numbers, of them %+v and %+v", n, one, two)
	}
	c.soon("two numbers to be paid for", func() bool { return c.paidNumbers() == 2 })
	if used, overage, cost := c.held(); used != 3 || overage != 2 || cost != "4.00" {
		t.Errorf("usage counts %d, %d of them extra, for %s", used, overage, cost)
	}

	c.Prove(phone)
	has(t, c.Ask(phone, two.Number.Number, "add buy milk"), "buy milk") // it is the assistant's
	c.later(email, 15*24*time.Hour)
	c.Want(204, "DELETE", "/api/phone-numbers/"+two.Number.ID, nil, nil)
	c.Want(404, "DELETE", "/api/phone-numbers/"+two.Number.ID, nil, nil)
	if _, there := c.numbers()[two.Number.Number]; there {
		t.Error("a number that was given up is still listed")
	}
	if used, overage, cost := c.held(); used != 2 || overage != 1 || cost != "2.00" {
		t.Errorf("after one was given up, usage counts %d, %d of them extra, for %s", used, overage, cost)
	}
	c.soon("one number to be paid for", func() bool { return c.paidNumbers() == 1 })
	c.Eventually("the carrier to have it back", func() bool {
		return !strings.Contains(c.Do("GET", "/sandbox/api/numbers", nil).Body, two.Number.Number)
	})
	has(t, c.Ask(phone, one.Number.Number, "what's on my list?"), "buy milk")
	c.billsNumbers(email)
}

// billsNumbers insists on the bill of the month in which two numbers were bought, and
// one given up when half of it had gone by.
func (c *Client) billsNumbers(email string) {
	c.T.Helper()
	c.later(email, 17*24*time.Hour)
	c.soon("the next bill", func() bool { return len(c.Bills()) == 2 })
	bills := c.Bills()
	// The plan, one number in advance, and two for the month before less half of one.
	const want = 40 + 2 + 4 - 1.0
	if total, err := strconv.ParseFloat(bills[0].Total, 64); err != nil || math.Abs(total-want) > 0.1 {
		c.T.Errorf("the bill is $%s, want about $%.2f: %+v", bills[0].Total, want, bills[0].Lines)
	}
	if bills[1].Total != "40.00" {
		c.T.Errorf("the first bill was $%s", bills[1].Total)
	}
}

// numbersPage is the same by the pages, without a script.
func numbersPage(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	c.Buy("ai_secretary", goodCard)
	c.Number()
	c.Header = map[string]string{"Cookie": "xswarm_session=" + c.Token, "Sec-Fetch-Site": "same-origin"}
	page := c.Do("GET", "/app", nil).Body
	key := regexp.MustCompile(`name="key" value="(\w+)"`).FindStringSubmatch(page)
	if key == nil || !strings.Contains(page, "for $2 a month") {
		t.Fatalf("the page does not say what a number costs:\n%s", page)
	}
	for range 2 { // a button that is pressed twice
		if a := c.PostForm("/app/numbers", url.Values{"key": {key[1]}}); a.Status != 303 {
			t.Fatalf("buy: got %s", a)
		}
	}
	have := c.numbers()
	if len(have) != 2 {
		t.Fatalf("has %v", have)
	}
	for _, id := range have {
		if a := c.Do("GET", "/app/numbers/"+id+"/give-up", nil); a.Status != 200 || !strings.Contains(a.Body, "What you would lose") {
			t.Errorf("ask: got %s", a)
		}
		if a := c.PostForm("/app/numbers/"+id+"/give-up", nil); a.Status != 303 {
			t.Errorf("give up: got %s", a)
		}
	}
	if have = c.numbers(); len(have) != 0 {
		t.Errorf("still has %v", have)
	}
	c.soon("no number to be paid for", func() bool { return c.paidNumbers() == 0 })
}
