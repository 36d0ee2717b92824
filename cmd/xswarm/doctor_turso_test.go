//go:build linux

package main

import (
	"strings"
	"testing"

	"xswarm.ai/server/internal/store/storetest"
)

func TestTheDoctorAsksTurso(t *testing.T) {
	url := storetest.TursoURL(t)
	i := newInstallation(t, "TURSO_DATABASE_URL="+url)
	wantFinding(t, i.examined(1), "migrations", failure, "Run xswarm migrate")
	i.run(0, "migrate")
	list := i.examined(0)
	wantFinding(t, list, "database", fine, "answers in")
	wantFinding(t, list, "backup", fine, "Turso keeps its own")
	wantFinding(t, list, "clock", fine, "agrees")

	dead := i.with("TURSO_DATABASE_URL=http://127.0.0.1:1", "TURSO_AUTH_TOKEN=a-token-that-nobody-may-see")
	list = dead.examined(1)
	wantFinding(t, list, "database", failure, "Set TURSO_DATABASE_URL")
	if said, _ := dead.run(1, "doctor"); strings.Contains(said, "a-token") {
		t.Errorf("the token is said:\n%s", said)
	}
}
