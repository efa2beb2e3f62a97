package config

import (
	"reflect"
	"strconv"
	"strings"
	"time"
)

const envPrefix = "STEADFAST_"

// EnvName is the environment variable of a setting: STEADFAST_RESPAWN_POLICY for respawn.policy. Discord's are named
// as everybody names them, without our prefix.
func EnvName(key string) string {
	name := strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
	if strings.HasPrefix(key, "discord.") {
		return name
	}
	return envPrefix + name
}

// Keys lists every setting in the order of the struct.
func Keys() []string {
	var keys []string
	walk(reflect.ValueOf(Default()), "", func(key string, _ reflect.StructField, _ reflect.Value) {
		keys = append(keys, key)
	})
	return keys
}

// walk visits every leaf of a settings struct.
func walk(v reflect.Value, prefix string, visit func(key string, field reflect.StructField, value reflect.Value)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key := prefix + field.Tag.Get("koanf")
		if field.Type.Kind() == reflect.Struct {
			walk(v.Field(i), key+".", visit)
			continue
		}
		visit(key, field, v.Field(i))
	}
}

// decode puts one merged value into its field. Environment and flags are text; a file has types of its own.
func (l *loader) decode(key string, s *Settings) error {
	var problem string
	walk(reflect.ValueOf(s).Elem(), "", func(k string, _ reflect.StructField, field reflect.Value) {
		if k == key {
			problem = assign(field, l.k.Get(key))
		}
	})
	if problem == "" {
		return nil
	}
	return &Error{Key: key, Origin: l.origins[key], Problem: problem}
}

// assign converts value to the field's type; it returns what was expected when it can't.
func assign(field reflect.Value, value any) (problem string) {
	switch field.Interface().(type) {
	case string:
		text, ok := value.(string)
		if !ok {
			return "expected text in quotes"
		}
		field.SetString(text)
	case bool:
		b, err := strconv.ParseBool(strings.TrimSpace(toText(value)))
		if err != nil {
			return "expected true or false"
		}
		field.SetBool(b)
	case int:
		n, err := strconv.Atoi(strings.TrimSpace(toText(value)))
		if err != nil {
			return "expected a whole number, for example 10"
		}
		field.SetInt(int64(n))
	case time.Duration:
		if d, ok := value.(time.Duration); ok {
			field.SetInt(int64(d))
			return ""
		}
		d, err := time.ParseDuration(strings.TrimSpace(toText(value)))
		if err != nil {
			return "expected a duration, for example 500ms, 10s or 2m"
		}
		field.SetInt(int64(d))
	default:
		panic("config: no conversion for " + field.Type().String()) // a new kind of field needs a row above
	}
	return ""
}

func toText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case int:
		return strconv.Itoa(v)
	case bool:
		return strconv.FormatBool(v)
	default:
		return ""
	}
}

// suggest names the nearest known name, if one is near.
func suggest(name string, known []string) string {
	best, distance := "", 4
	for _, k := range known {
		if d := editDistance(name, k); d < distance || d == distance && best != "" && k < best {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
