// Package server_test holds the rules of the module's architecture, each with
// its reason. docs/design.md draws the same picture.
package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "xswarm.ai/server/"

// workerForbids is what nothing reachable from app may link, since a Worker
// would carry it, and why.
var workerForbids = map[string]string{
	"github.com/ncruces/go-sqlite3":                          "a database file needs a file system: cmd/xswarm adds the embedded engine",
	module + "internal/sqlite":                               "the embedded engine: cmd/xswarm adds it",
	module + "internal/sandbox":                              "the emulators are a server's; a Worker's tests use a server's sandbox",
	module + "internal/sandbox/stripe":                       "likewise",
	"github.com/nyaruka/phonenumbers":                        "2.2 MB gzip of numbering plans: cmd/xswarm injects it, a Worker checks for E.164",
	"github.com/trustelem/zxcvbn":                            "0.8 MB gzip of dictionaries: cmd/xswarm injects it, a Worker has account's plain rules",
	"github.com/sendgrid/sendgrid-go/helpers/inbound":        "panics on ordinary mail",
	"github.com/openai/openai-go":                            "3.2 MB gzip",
	"github.com/openai/openai-go/v3":                         "3.2 MB gzip",
	"github.com/prometheus/client_golang/prometheus":         "metrics are the server's",
	"github.com/alecthomas/kong":                             "the command line is the server's",
	"github.com/chromedp/chromedp":                           "a test's browser",
	"os/exec":                                                "there are no processes on a Worker",
	"os/signal":                                              "there are no signals on a Worker",
	"github.com/tursodatabase/libsql-client-go/libsql":       "one round trip a statement: hrana sends a transaction as one",
	"github.com/tursodatabase/libsql-client-go/sqliteparser": "an SQL parser in every Worker",
	"github.com/pressly/goose/v3":                            "0.14 MB gzip: only a server changes the schema",
	"github.com/coder/websocket":                             "calls are carried by a server",
	"github.com/joho/godotenv":                               "settings are bindings, not files",
	module + "internal/telemetry":                            "metrics and traces are the server's",
	"go.opentelemetry.io/otel":                               "traces are the server's",
	module + "internal/apptest":                              "tests",
	module + "internal/store/storetest":                      "tests",
}

// layers orders the product's packages: each may import those in the lines above
// its own, none beside or below it.
var layers = [][]string{
	{"fault", "id", "plan", "words"},
	{"jobs", "once"},
	{"account", "task/when"},
	{"task", "memory", "billing", "contact", "mail"},
	{"assistant"},
	{"phone", "operator"},
}

// vendors are the adapters, one folder each.
var vendors = []string{"twilio", "sendgrid", "stripe"}

// outside is what a product package never imports itself, and why.
var outside = map[string]string{
	"net/http":     "HTTP is the front doors' and the vendors'",
	"database/sql": "SQL is the store's",
}

// nobodyImports is what none of our packages imports itself, and why. (templ
// imports html/template for a conversion that the linker drops.)
var nobodyImports = map[string]string{
	"html/template": "1.2 MB gzip in a Worker, and it keeps every method of every SDK alive: templ does the job",
	"text/template": "as html/template",
}

type pkg struct {
	ImportPath  string
	Dir         string
	Name        string
	Imports     []string
	GoFiles     []string
	TestGoFiles []string
	Standard    bool
}

// list asks the go command about packages, for a platform.
func list(t *testing.T, goos, goarch string, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Name,Imports,GoFiles,TestGoFiles,Standard"}, args...)...)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// ours is every package of the module, with its files for a server, and the
// Worker's command, which has none for that.
func ours(t *testing.T) []pkg {
	return slices.Concat(
		slices.DeleteFunc(list(t, "linux", "amd64", "./..."), func(p pkg) bool { return p.ImportPath == module+"cmd/worker" }),
		list(t, "js", "wasm", "./cmd/worker"))
}

func short(path string) string { return strings.TrimPrefix(path, module+"internal/") }

func TestNothingTheWorkerReachesNeedsAServer(t *testing.T) {
	reached := list(t, "js", "wasm", "-deps", "./cmd/worker")
	if len(reached) < 100 {
		t.Fatalf("go list -deps named only %d packages", len(reached))
	}
	for _, p := range reached {
		if why, bad := workerForbids[p.ImportPath]; bad {
			t.Errorf("the Worker reaches %s: %s", p.ImportPath, why)
		}
	}
	for _, p := range list(t, "js", "wasm", "-deps", "./internal/app", "./internal/hrana") {
		if p.ImportPath == "time/tzdata" {
			t.Error("app reaches time/tzdata: each build adds the zones itself")
		}
	}
}

func TestProductPackagesImportOnlyDownwards(t *testing.T) {
	level := map[string]int{}
	for i, names := range layers {
		for _, name := range names {
			level[name] = i
		}
	}
	seen := 0
	for _, p := range ours(t) {
		at, ok := level[short(p.ImportPath)]
		if !ok {
			continue
		}
		seen++
		for _, imp := range p.Imports {
			if why, bad := outside[imp]; bad {
				t.Errorf("%s imports %s: %s", short(p.ImportPath), imp, why)
			}
			if !strings.HasPrefix(imp, module) {
				continue
			}
			if below, ok := level[short(imp)]; !ok || below >= at {
				t.Errorf("%s imports %s, which is not below it", short(p.ImportPath), short(imp))
			}
		}
	}
	if want := len(level); seen != want {
		t.Errorf("saw %d of the %d product packages: layers is out of date", seen, want)
	}
}

func TestNobodyImportsWhatCostsTooMuch(t *testing.T) {
	for _, p := range ours(t) {
		for _, imp := range p.Imports {
			if why, bad := nobodyImports[imp]; bad {
				t.Errorf("%s imports %s: %s", p.ImportPath, imp, why)
			}
		}
	}
}

func TestEveryPackageHasItsPlace(t *testing.T) {
	places := slices.Concat(vendors, []string{
		"app", "apptest", "apptest/chromium", "api", "web", "look", "sandbox", "sandbox/stripe", "httpkit", "store", "store/db", "store/storetest", "sqlite", "hrana", "telemetry",
	}, slices.Concat(layers...))
	for _, p := range ours(t) {
		if name, ok := strings.CutPrefix(p.ImportPath, module+"internal/"); ok && !slices.Contains(places, name) {
			t.Errorf("internal/%s is not in the architecture: give it a place here and in docs/design.md", name)
		}
	}
}

func TestVendorsAndStoreDoNotKnowEachOther(t *testing.T) {
	apart := append(slices.Clone(vendors), "store", "api", "web", "sandbox", "app")
	for _, p := range ours(t) {
		name := short(p.ImportPath)
		if name != "store" && !slices.Contains(vendors, name) {
			continue
		}
		for _, imp := range p.Imports {
			if other := short(imp); strings.HasPrefix(imp, module) && other != name && slices.Contains(apart, other) {
				t.Errorf("%s imports %s: they meet in app", name, other)
			}
		}
	}
}

func TestOnlyAppAndTheCommandsKnowEverything(t *testing.T) {
	may := map[string][]string{
		"sqlite":  {"cmd/xswarm", "internal/apptest", "internal/store/storetest"},
		"hrana":   {"cmd/xswarm", "cmd/worker", "internal/apptest", "internal/store/storetest"},
		"sandbox": {"cmd/xswarm"},
		"app":     {"cmd/xswarm", "cmd/worker", "internal/apptest"},
		"store":   {"cmd/xswarm", "cmd/worker", "internal/app", "internal/apptest", "internal/store/storetest"},

		"telemetry": {"cmd/xswarm"},
	}
	for _, p := range ours(t) {
		for _, imp := range p.Imports {
			if users, ok := may[short(imp)]; ok && !slices.Contains(users, strings.TrimPrefix(p.ImportPath, module)) {
				t.Errorf("%s imports %s, which only %v may", p.ImportPath, short(imp), users)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range ours(t) {
		if len(p.GoFiles) == 0 || short(p.ImportPath) == "store/db" { // generated
			continue
		}
		if !slices.ContainsFunc(p.GoFiles, func(name string) bool {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			return err == nil && f.Doc != nil
		}) {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// forbiddenCalls is what product code does not call, and why.
var forbiddenCalls = map[string]string{
	"http.DefaultTransport": "a Worker has none: the transport is injected",
	"http.DefaultClient":    "it uses http.DefaultTransport and has no timeout",
	"http.Get":              "as http.DefaultClient",
	"http.Post":             "as http.DefaultClient",
}

// ownClock lists the packages that may look at the real clock, and why.
var ownClock = map[string]string{
	"cmd/xswarm":               "it chooses the clock",
	"cmd/worker":               "likewise",
	"internal/jobs":            "leases run on the real clock",
	"internal/httpkit":         "how long a request took",
	"internal/telemetry":       "how long things took",
	"internal/store":           "the lease on migrations",
	"internal/store/storetest": "tests",
	"internal/apptest":         "tests",
}

func TestTheClockAndTheTransportAreInjected(t *testing.T) {
	for _, p := range ours(t) {
		rel := strings.TrimPrefix(p.ImportPath, module)
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				x, ok := sel.X.(*ast.Ident)
				if !ok {
					return true
				}
				call := x.Name + "." + sel.Sel.Name
				if why, bad := forbiddenCalls[call]; bad {
					t.Errorf("%s/%s uses %s: %s", rel, name, call, why)
				}
				if _, ok := ownClock[rel]; call == "time.Now" && !ok {
					t.Errorf("%s/%s uses time.Now: the clock is injected", rel, name)
				}
				return true
			})
		}
	}
}

func TestTheProjectHasNoLeftovers(t *testing.T) {
	words := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X"}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".git") || d.Name() == "xswarm-data") {
			return fs.SkipDir
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".md" && ext != ".sql" && ext != ".templ" {
			return nil
		}
		b, err := os.ReadFile(path)
		for _, w := range words {
			if bytes.Contains(b, []byte(w+":")) || bytes.Contains(b, []byte(w+"(")) {
				t.Errorf("%s says %s", path, w)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
