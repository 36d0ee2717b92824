// Command xswarm is the server: everything in one static binary.
//
// Without arguments and with an empty environment it serves the complete product
// on an embedded database, with every vendor emulated. README.md explains the
// commands and the configuration.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	// The zones of the world, for machines that have no list of them.
	_ "time/tzdata"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/telemetry"
)

func main() {
	makeRoom(os.Getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// commands is the command line.
type commands struct {
	Verbose bool `short:"v" help:"Log every request."`

	Serve   serveCmd   `cmd:"" default:"withargs" help:"Run the server (the default)."`
	Sandbox sandboxCmd `cmd:"" help:"Run the emulators of the vendors alone."`
	Migrate migrateCmd `cmd:"" help:"Bring the database up to this version."`
	User    userCmd    `cmd:"" help:"Look after accounts."`
	Jobs    jobsCmd    `cmd:"" help:"Look after the queue of durable work."`
	Billing billingCmd `cmd:"" help:"Look after the money."`
	Setup   setupCmd   `cmd:"" help:"Prepare a vendor's account."`
	Doctor  doctorCmd  `cmd:"" help:"Look for what is wrong, and say what to do about it."`
	Backup  backupCmd  `cmd:"" help:"Copy the embedded database into a file, beside a running server."`
	Restore restoreCmd `cmd:"" help:"Put a backup into an empty data directory."`
	Rekey   rekeyCmd   `cmd:"" help:"Encrypt the embedded database with another key."`
	Version versionCmd `cmd:"" help:"Say which version this is."`
}

// program is what a command works with.
type program struct {
	ctx    context.Context
	getenv func(string) string
	stdout io.Writer
	stderr io.Writer
	log    *slog.Logger
}

// exit is how the command line's library ends early, after --help.
type exit int

// run is main, for tests too. It returns the exit status: 0, 1 when a command
// failed, 2 when it was not understood.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) (status int) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case exit:
			status = int(p)
		default:
			panic(p)
		}
	}()
	var c commands
	parser, err := kong.New(&c,
		kong.Name("xswarm"), kong.Description("The backend of an AI personal assistant people reach by phone, text, mail, web and API."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { panic(exit(code)) }), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, "xswarm:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "xswarm: %v\nTry xswarm --help.\n", err)
		return 2
	}
	p := &program{ctx: ctx, getenv: withFile(getenv, ".env"), stdout: stdout, stderr: stderr}
	p.log = logger(p, c.Verbose)
	if err := command.Run(p); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "xswarm:", err)
		return 1
	}
	return 0
}

// makeRoom lets one goroutine more run at once than there are processors, unless
// somebody has said how many. Password hashes, which do nothing but compute, take
// all of these places but one (account.Hasher): together they still use every
// processor, and in the last place a request's few microseconds are given their
// turn by the system at once, where Go would let a hash go on for 10 ms and more.
func makeRoom(getenv func(string) string) {
	if getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}

// withFile looks a name up in the environment, and in a file of settings where
// the environment has nothing.
func withFile(getenv func(string) string, path string) func(string) string {
	file, err := godotenv.Read(path)
	if err != nil {
		return getenv // there mostly is none
	}
	return func(name string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return file[name]
	}
}

// logger logs lines that machines read in production, and what a person at a
// terminal wants to know otherwise. XSWARM_LOG chooses the form alone.
func logger(p *program, verbose bool) *slog.Logger {
	production := p.getenv("XSWARM_ENV") == "production"
	level := slog.LevelWarn
	if verbose || production {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(p.stderr, o)
	if form := p.getenv("XSWARM_LOG"); form == "json" || form == "" && production {
		h = slog.NewJSONHandler(p.stderr, o)
	}
	return slog.New(telemetry.LogHandler(h))
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(p *program) error {
	fmt.Fprintln(p.stdout, "xswarm", app.Version)
	return nil
}
