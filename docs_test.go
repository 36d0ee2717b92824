package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tests names every test and fuzz target of the repository.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil {
				names[fn.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestEveryDefenceIsShownByATestThatExists(t *testing.T) {
	b, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := tests(t)
	door := ""
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(line, "|")
		named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(line, -1)
		for _, m := range named {
			if !there[m[1]] {
				t.Errorf("docs/security.md names %s, which does not exist", m[1])
			}
		}
		switch {
		case strings.HasPrefix(line, "| door |"):
			door = "?"
		case !strings.HasPrefix(line, "|"):
			door = ""
		case door != "" && !strings.HasPrefix(line, "|---") && len(named) == 0:
			t.Errorf("docs/security.md: the defence against %q is shown by no test", strings.TrimSpace(cells[2]))
		}
	}
}
