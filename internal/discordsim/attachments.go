package discordsim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	_ "image/gif"  // the sizes of pictures are read
	_ "image/jpeg" // "
	_ "image/png"  // "
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// attachmentLifetime is how long the signature in an attachment's URL is good.
const attachmentLifetime = 24 * time.Hour

// maxAttachment is how large one file may be.
const maxAttachment = 10 << 20

// Upload is a file that a person attaches to a message.
type Upload struct {
	Name    string
	Type    string
	Content []byte
}

// storedFile is an attachment's content.
type storedFile struct {
	channel ID
	name    string
	kind    string
	content []byte
}

// File is the content of an attachment and its type; false when its message is gone.
func (s *Sim) File(attachment ID) (contentType string, content []byte, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, found := s.files[attachment]
	return f.kind, f.content, found
}

// store keeps a file and describes it as an attachment of a message. Its URL is signed, as the CDN's are.
func (s *Sim) store(channelID ID, host string, f file, described attachmentBody) Attachment {
	a := Attachment{
		ID: s.ids.next(time.Now()), Filename: safeName(f.name), Size: len(f.content), ContentType: f.kind,
		Description: described.Description,
	}
	if a.ContentType == "" || a.ContentType == "application/octet-stream" {
		a.ContentType = http.DetectContentType(f.content)
	}
	if strings.HasPrefix(a.ContentType, "image/") {
		if size, _, err := image.DecodeConfig(bytes.NewReader(f.content)); err == nil {
			a.Width, a.Height = size.Width, size.Height
		}
	}
	s.files[a.ID] = storedFile{channelID, a.Filename, a.ContentType, f.content}
	now := time.Now()
	location := attachmentPath(channelID, a.ID, a.Filename)
	query := url.Values{"ex": {hexTime(now.Add(attachmentLifetime))}, "is": {hexTime(now)}}
	query.Set("hm", s.signature(location, query.Get("ex"), query.Get("is")))
	a.URL = "http://" + host + location + "?" + query.Encode()
	a.ProxyURL = a.URL
	return a
}

// safeName is a name as the CDN keeps it: without a directory and without odd characters.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_.", r) || r < 128 && (r >= '0' && r <= '9' || r|32 >= 'a' && r|32 <= 'z') {
			return r
		}
		return '_'
	}, path.Base("/"+name))
	if name == "" || name == "_" {
		return "unknown"
	}
	return name
}

func attachmentPath(channelID, id ID, name string) string {
	return fmt.Sprintf("/attachments/%s/%s/%s", channelID, id, name)
}

func hexTime(t time.Time) string { return strconv.FormatInt(t.Unix(), 16) }

func (s *Sim) signature(location, expires, issued string) string {
	mac := hmac.New(sha256.New, s.secret)
	fmt.Fprintf(mac, "%s %s %s", location, expires, issued)
	return hex.EncodeToString(mac.Sum(nil))
}

// serveFile answers what the CDN would: the file, or 404 for a wrong or old signature.
func (s *Sim) serveFile(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/attachments/"), "/")
	query := r.URL.Query()
	expires, err := strconv.ParseInt(query.Get("ex"), 16, 64)
	signed := hmac.Equal([]byte(query.Get("hm")), []byte(s.signature(r.URL.Path, query.Get("ex"), query.Get("is"))))
	var f storedFile
	found := false
	if len(parts) == 3 {
		id, _ := ParseID(parts[1])
		s.mu.Lock()
		f, found = s.files[id]
		s.mu.Unlock()
	}
	if err != nil || !signed || !found || time.Now().Unix() > expires || f.channel.String() != parts[0] || f.name != parts[2] {
		http.Error(w, "This content is no longer available.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "sandbox")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}

// dropFiles forgets the files that an edit removed.
func (s *Sim) dropFiles(old, edited *Message) {
	for _, a := range old.Attachments {
		if !slices.ContainsFunc(edited.Attachments, func(kept Attachment) bool { return kept.ID == a.ID }) {
			delete(s.files, a.ID)
		}
	}
}

// linked puts the URLs of a message's files where its embeds and components say attachment://name.
func linked(parts []json.RawMessage, files []Attachment) []json.RawMessage {
	for i, part := range parts {
		for _, f := range files {
			part = bytes.ReplaceAll(part, mustJSON("attachment://"+f.Filename), mustJSON(f.URL))
		}
		parts[i] = part
	}
	return parts
}

// forgetMessage drops a message that is no longer in its channel, with its files.
func (s *Sim) forgetMessage(m *Message) {
	delete(s.messages, m.ID)
	for _, a := range m.Attachments {
		delete(s.files, a.ID)
	}
	if c := s.channels[m.ChannelID]; c != nil && m.Pinned {
		c.unpin(m.ID)
	}
}
