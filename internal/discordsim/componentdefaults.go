package discordsim

import "encoding/json"

// The components whose answers have fields that a client may leave out.
const (
	componentThumbnail = 11
	componentGallery   = 12
	componentFile      = 13
	componentSeparator = 14
	componentContainer = 17
)

// componentDefaults are the values Discord fills in.
var componentDefaults = map[int]map[string]string{
	componentSelect:            {"min_values": "1", "max_values": "1"},
	componentUserSelect:        {"min_values": "1", "max_values": "1"},
	componentRoleSelect:        {"min_values": "1", "max_values": "1"},
	componentMentionableSelect: {"min_values": "1", "max_values": "1"},
	componentChannelSelect:     {"min_values": "1", "max_values": "1"},
	componentThumbnail:         {"description": "null", "spoiler": "false"},
	componentFile:              {"name": "null", "size": "null", "spoiler": "false"},
	componentSeparator:         {"spacing": "1", "divider": "true"},
	componentContainer:         {"accent_color": "null", "spoiler": "false"},
}

// fillIn adds to a component what it leaves out.
func fillIn(fields map[string]json.RawMessage) {
	var kind int
	if json.Unmarshal(fields["type"], &kind) != nil {
		return
	}
	addMissing(fields, componentDefaults[kind])
	for _, name := range []string{"media", "file"} {
		if raw, there := fields[name]; there {
			fields[name] = proxied(raw)
		}
	}
	var shown []map[string]json.RawMessage
	if kind == componentGallery && json.Unmarshal(fields["items"], &shown) == nil {
		for _, item := range shown {
			addMissing(item, componentDefaults[componentThumbnail])
			item["media"] = proxied(item["media"])
		}
		fields["items"] = mustJSON(list(shown))
	}
}

func addMissing(fields map[string]json.RawMessage, defaults map[string]string) {
	for name, value := range defaults {
		if _, given := fields[name]; !given {
			fields[name] = json.RawMessage(value)
		}
	}
}

// proxied adds the URL under which Discord would pass a picture on.
func proxied(media json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(media, &fields) != nil || fields["url"] == nil {
		return media
	}
	fields["proxy_url"] = fields["url"]
	return mustJSON(fields)
}
