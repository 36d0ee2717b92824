// Command bench measures the product beside something to compare it with, in one
// run on one machine, so that what it prints are ratios that hold elsewhere too.
//
//	go run . -xswarm PATH     measure the binary at PATH (scripts/bench builds it)
//
// The things to compare with are children of the same program: see reference.go.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

func main() {
	binary := flag.String("xswarm", "", "the server's `binary`")
	dist := flag.String("worker", "", "the Worker's `folder`")
	runtimed := flag.String("workerd", "", "Cloudflare's runtime")
	tursodb := flag.String("tursodb", "", "the Turso server")
	reference := flag.String("reference", "", "be the `reference` of that name (used by the program itself)")
	dir := flag.String("dir", "", "the reference's data `directory`")
	address := flag.String("address", "", "where the reference listens")
	rounds := flag.Int("rounds", 3, "how many times each pair is measured, in turn")
	only := flag.String("only", "", "measure one `thing` alone: size, start, sign-in, flood, me, webhook, stripe, ledger or worker")
	second := flag.Duration("time", 3*time.Second, "how long each measurement of load takes")
	flag.Parse()

	if *reference != "" {
		if err := refer(*reference, *dir, *address); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	b := &bench{binary: *binary, dist: *dist, runtime: *runtimed, tursodb: *tursodb, rounds: *rounds, span: *second}
	fmt.Printf("%s, %d processors, %s/%s\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	for _, m := range []struct {
		name string
		do   func() error
	}{{"size", b.size}, {"start", b.start}, {"sign-in", b.signIn}, {"flood", b.flood}, {"me", b.me}, {"webhook", b.webhook}, {"stripe", b.stripe}, {"ledger", b.ledger}, {"worker", b.worker}} {
		if *only != "" && *only != m.name {
			continue
		}
		if err := m.do(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
	}
}

// bench is one run.
type bench struct {
	binary                 string
	dist, runtime, tursodb string // the Worker's
	rounds                 int
	span                   time.Duration
}

// size prints the binary's size.
func (b *bench) size() error {
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	row("binary, stripped", fmt.Sprintf("%.1f MiB", float64(info.Size())/(1<<20)), "target: under 45 MiB")
	return nil
}

func row(what, got, beside string) { fmt.Printf("%-34s %-26s %s\n", what, got, beside) }
