package apptest

import (
	"strings"
	"testing"
)

// operators tells that who was made an operator sees the jobs, and nobody else
// does.
func operators(t *testing.T, x Target) {
	email, _ := somebody(t)
	c := x.Member(t, email)
	routes := map[string]string{
		"/api/operator/jobs": "GET", "/api/operator/jobs/job_x": "GET", "/api/operator/jobs/retry": "POST", "/api/operator/jobs/job_x/retry": "POST",
	}
	denied := func(when string) {
		t.Helper()
		for path, method := range routes {
			var body any
			if path == "/api/operator/jobs/retry" {
				body = map[string]string{}
			}
			refused(t, when+", "+path, c.Do(method, path, body), 403, "operators_only", "")
		}
	}
	denied("before")
	x.Operate(t, "user", "set-operator", email)

	var list struct {
		Data []struct {
			ID, Kind, State, Does, Standing string
			Payload                         map[string]any
		}
	}
	c.Want(200, "GET", "/api/operator/jobs?limit=100", nil, &list)
	mails := 0
	for _, j := range list.Data {
		if j.Does == "" || j.Standing == "" {
			t.Errorf("a job without an explanation: %+v", j)
		}
		if j.Kind == "account.verification" {
			mails++
		}
	}
	if mails == 0 {
		t.Errorf("the mail of the sign-up is not among the %d newest jobs", len(list.Data))
	}
	one := c.Do("GET", "/api/operator/jobs/"+list.Data[0].ID, nil)
	if one.Status != 200 || strings.Contains(one.Body, email) || !strings.Contains(one.Body, list.Data[0].Does) {
		t.Errorf("one job: got %s", one)
	}
	refused(t, "a retry of what was not given up", c.Do("POST", "/api/operator/jobs/"+list.Data[0].ID+"/retry", nil), 404, "no_dead_job", "")
	refused(t, "discarding what was not given up", c.Do("DELETE", "/api/operator/jobs/"+list.Data[0].ID, nil), 404, "no_dead_job", "")
	refused(t, "a state that there is not", c.Do("GET", "/api/operator/jobs?state=lost", nil), 422, "invalid_request", "query.state")
	c.Want(200, "GET", "/api/operator/jobs?state=dead", nil, &list)
	if len(list.Data) != 0 {
		t.Errorf("given up: got %+v, want nothing", list.Data)
	}
	x.Operate(t, "user", "set-operator", email, "--off")
	denied("afterwards")
}
