package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"xswarm.ai/server/internal/app"
	"xswarm.ai/server/internal/httpkit"
	"xswarm.ai/server/internal/store"
)

// drainTime is how long requests may go on after a signal, less than the ten
// seconds that supervisors commonly wait. Jobs have less still.
const drainTime = 8 * time.Second

type serveCmd struct {
	SandboxListen map[string]string `placeholder:"VENDOR=ADDR" help:"Let an emulator also answer on a port of its own: twilio=127.0.0.1:12112,sendgrid=127.0.0.1:12113,stripe=127.0.0.1:12111."`
}

// Run serves until the context ends.
func (c serveCmd) Run(p *program) error {
	cfg, err := app.ConfigFrom(p.getenv)
	if err != nil {
		return err
	}
	if err := keepSecret(&cfg); err != nil {
		return fmt.Errorf("keep a secret in XSWARM_DATA_DIR: %w", err)
	}
	for _, name := range cfg.Unused() {
		p.log.Warn("this setting has no use in this version", "name", name)
	}
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("XSWARM_ADDR: %w", err)
	}
	defer listener.Close()
	cfg.ListenAt(listener.Addr().String())
	unlock, err := lockDataDir(cfg)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := newServer(p, cfg, listener.Addr().String())
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.sandbox.listen(c.SandboxListen); err != nil {
		return err
	}
	return s.serve(p, listener)
}

// server is the product on this machine, with the sandbox where a vendor has no
// keys.
type server struct {
	cfg     app.Config
	engine  store.Engine
	app     *app.App
	sandbox *sandboxed // nil when every vendor is real
	watch   *watch
	handler http.Handler
}

func newServer(p *program, cfg app.Config, address string) (*server, error) {
	s := &server{}
	now := time.Now
	var err error
	if cfg.Sandboxed() {
		if s.sandbox, err = newSandboxed(p, &cfg, address); err != nil {
			return nil, err
		}
		now = s.sandbox.Clock()
	}
	s.cfg = cfg
	if s.watch, err = newWatch(p, cfg); err != nil {
		s.close()
		return nil, err
	}
	if s.engine, err = openDatabase(p, cfg, now); err != nil {
		s.close()
		return nil, err
	}
	deps := app.Deps{
		Engine: s.watch.engine(s.engine), Transport: transport(), Now: now, Log: p.log, ParsePhone: parsePhone, Guess: guess,
		SandboxURL: s.sandbox.url(cfg),
	}
	if s.app, err = app.New(cfg, s.watch.over(deps)); err != nil {
		s.close()
		return nil, err
	}
	s.handler = s.watch.before(cfg, s.app, s.sandbox.before(s.app))
	return s, nil
}

// serve answers requests and runs jobs until the context ends, then lets both
// come to their end.
func (s *server) serve(p *program, listener net.Listener) error {
	if err := s.app.Ready(p.ctx); err != nil {
		return fmt.Errorf("the database is not ready: %w", err)
	}
	if err := s.release(p.ctx); err != nil {
		return err
	}
	web := &http.Server{
		Handler: s.handler, ErrorLog: httpkit.ErrorLog(p.log),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
	outlive := context.WithoutCancel(p.ctx)
	working, stopJobs := context.WithCancel(outlive)
	emulating, stopSandbox := context.WithCancel(outlive)
	var jobs, emulators sync.WaitGroup
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	jobs.Go(func() { s.app.Jobs.Run(working) })
	emulators.Go(func() { s.sandbox.run(emulating) })

	err := s.begin(p)
	if err == nil {
		select {
		case err = <-failed:
		case <-p.ctx.Done():
		}
	}
	stopJobs()
	s.sandbox.hangUp()
	drained, cancel := context.WithTimeout(outlive, drainTime)
	defer cancel()
	if serr := web.Shutdown(drained); serr != nil {
		web.Close()
	}
	jobs.Wait()
	stopSandbox()
	emulators.Wait()
	if p.ctx.Err() != nil {
		return nil // it was told to stop: what that interrupted is no failure
	}
	return err
}

// release makes due at once what the last run of the server was working on: the data
// directory is this one's alone, so that run is gone. It happens before the first
// job is claimed, or that would be run twice.
func (s *server) release(ctx context.Context) error {
	if s.cfg.TursoURL != "" {
		return nil // others work there
	}
	if err := s.app.Store.ReleaseJobs(ctx); err != nil {
		return fmt.Errorf("release the jobs of the last run: %w", err)
	}
	return nil
}

// begin does what needs a server that already answers.
func (s *server) begin(p *program) error {
	if err := s.app.Start(p.ctx); err != nil {
		return err
	}
	if err := s.sandbox.sell(p.ctx, s.cfg); err != nil {
		return fmt.Errorf("let the sandbox's Stripe sell the plans: %w", err)
	}
	p.warnOfPrices(s.cfg)
	fmt.Fprintf(p.stdout, "xSwarm %s on %s (%s)\n", app.Version, s.cfg.BaseURL, s.engine)
	return s.sandbox.welcome(p, s)
}

func (s *server) close() {
	s.sandbox.close()
	if s.engine != nil {
		s.engine.Close()
	}
	s.watch.close()
}
