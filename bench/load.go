package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

var client = &http.Client{
	Timeout:   30 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 256, MaxConnsPerHost: 256},
}

// call is one request; n counts them.
type call func(n int64) (*http.Request, error)

// send does one call and insists on a status.
func send(c call, n int64, want int) error {
	req, err := c(n)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != want {
		return fmt.Errorf("%s %s: got %d, want %d\n%s", req.Method, req.URL.Path, res.StatusCode, want, body)
	}
	return nil
}

// closed does calls one after another in so many lines and returns how many were
// done in a second.
func closed(lines int, span time.Duration, want int, c call) (float64, error) {
	var n atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, lines)
	begun := time.Now()
	for range lines {
		wg.Go(func() {
			for time.Since(begun) < span {
				if err := send(c, n.Add(1), want); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(begun)
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(n.Load()) / took.Seconds(), nil
	}
}

// paced begins calls at a steady rate, whether or not those before have ended,
// and returns how long each took, in milliseconds.
func paced(rate int, span time.Duration, want int, c call) ([]float64, error) {
	total := int(span.Seconds() * float64(rate))
	took := make([]float64, total)
	errs := make(chan error, total)
	var wg sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := range total {
		<-tick.C
		begun := time.Now()
		wg.Go(func() {
			if err := send(c, int64(i), want); err != nil {
				errs <- err
			}
			took[i] = ms(time.Since(begun))
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return nil, err
	default:
		return took, nil
	}
}

// post makes a request with a body.
func post(url, kind string, body []byte) (*http.Request, error) {
	req, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	return req, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(list []float64) float64 { return percentile(list, 50) }

func percentile(list []float64, p int) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}
