package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Manual is docs/settings.md, made from the struct.
func Manual() string {
	var b strings.Builder
	b.WriteString(`# Settings

Made from internal/config; ` + "`go test ./internal/config -update`" + ` writes it anew.

Each source goes over the one before: defaults, the file (` + "`" + FileName + "`" + ` in the working directory, or ` + "`--config FILE`" + `),
the environment, flags. An unknown key or variable is refused with a suggestion. Durations are written ` + "`500ms`, `10s`, `2m`" + `.

| in the file | in the environment | default | what it is |
|---|---|---|---|
`)
	walk(reflect.ValueOf(Default()), "", func(key string, field reflect.StructField, value reflect.Value) {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |%s|\n", key, EnvName(key), showDefault(value), " "+field.Tag.Get("help")+" ")
	})
	return b.String()
}

func showDefault(v reflect.Value) string {
	text := fmt.Sprint(v.Interface())
	if d, ok := v.Interface().(time.Duration); ok {
		text = shortDuration(d)
	}
	if text == "" {
		return "–"
	}
	return "`" + text + "`"
}

// shortDuration writes 10m for what time.Duration writes 10m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	text = strings.TrimSuffix(text, "0s")
	if text == "" || strings.HasSuffix(text, "0") || !strings.ContainsAny(text, "hm") {
		return d.String()
	}
	return text
}
