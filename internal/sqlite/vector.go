package sqlite

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/ncruces/go-sqlite3"
)

// register adds the functions that Turso has and SQLite lacks.
func register(c *sqlite3.Conn) error {
	return c.CreateFunction("vector_distance_cos", 2, sqlite3.DETERMINISTIC|sqlite3.INNOCUOUS,
		func(ctx sqlite3.Context, args ...sqlite3.Value) {
			if args[0].Type() == sqlite3.NULL || args[1].Type() == sqlite3.NULL {
				ctx.ResultNull()
				return
			}
			// Both share SQLite's memory: nothing may be kept.
			d, err := cosineDistance(args[0].RawBlob(), args[1].RawBlob())
			if err != nil {
				ctx.ResultError(err)
				return
			}
			ctx.ResultFloat(d)
		})
}

// cosineDistance is 1 less the cosine of the angle between two vectors of
// little-endian float32: 0 for the same direction, 2 for the opposite one.
func cosineDistance(a, b []byte) (float64, error) {
	if len(a) != len(b) || len(a)%4 != 0 || len(a) == 0 {
		return 0, errors.New("vector_distance_cos: two vectors of the same dimension are needed")
	}
	var dot, aa, bb float64
	for i := 0; i < len(a); i += 4 {
		x := float64(math.Float32frombits(binary.LittleEndian.Uint32(a[i:])))
		y := float64(math.Float32frombits(binary.LittleEndian.Uint32(b[i:])))
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 1, nil
	}
	return 1 - dot/math.Sqrt(aa*bb), nil
}
