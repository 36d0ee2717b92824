package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"

	"xswarm.ai/server/internal/look"
)

//go:embed assets
var files embed.FS

// assets are the files that pages load. Their addresses contain a hash of what is
// in them, so browsers may keep them for good.
type assets struct {
	css, js, icon string // addresses
	bytes         map[string][]byte
}

func loadAssets() *assets {
	a := &assets{bytes: map[string][]byte{}}
	a.css, a.js, a.icon = a.load("app.css"), a.load("app.js"), a.load("icon.svg")
	return a
}

// load returns the address of a file.
func (a *assets) load(name string) string {
	b, err := files.ReadFile("assets/" + name)
	if err != nil {
		panic("web: " + err.Error()) // it is compiled in
	}
	ext := path.Ext(name)
	if ext == ".css" {
		b = append([]byte(look.Palette()), b...)
	}
	sum := sha256.Sum256(b)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.bytes[hashed] = b
	return "/assets/" + hashed
}

func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	b, ok := s.assets.bytes[name]
	if !ok {
		s.show(w, r, http.StatusNotFound, notFoundPage(s.frame(r, "Page not found")))
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}[path.Ext(name)])
	w.Write(b) // the browser may be gone: nothing to do about it
}
