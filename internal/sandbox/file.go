package sandbox

import (
	"mime"
	"net/http"
	"slices"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// pictureTypes are what a browser may show as a picture. SVG is left out: it can hold a document with scripts.
var pictureTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// file gives out an attachment, because the page may load from its own address only. What is no picture is for saving,
// and never shown as a page of ours.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	id, err := discordsim.ParseID(r.PathValue("id"))
	kind, content, found := s.sim.File(id)
	if err != nil || !found {
		refuse(w, http.StatusNotFound, "there is no such file (any more)")
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if slices.Contains(pictureTypes, kind) {
		h.Set("Content-Type", kind)
	} else {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "attachment"}))
	}
	_, _ = w.Write(content) // a browser that went away needs no answer
}
