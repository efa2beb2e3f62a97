package gateway

// Data is the data of an event as it was read, not decoded yet, with what follows it in the frame. It aliases the
// read buffer: nothing of it may be kept.
type Data []byte

// Text is the string under a key of the top level; nil when there is none. It looks at no more than it must, and
// allocates only for a string with escapes.
func (d Data) Text(key string) []byte {
	i := skipSpace(d, 0)
	if i >= len(d) || d[i] != '{' {
		return nil
	}
	for i++; ; i++ {
		name, at, ok := scanKey(d, i)
		if !ok || name == nil {
			return nil
		}
		end, ok := skipValue(d, at)
		if !ok {
			return nil
		}
		if string(name) == key {
			value, _ := text(d[at:end])
			return value
		}
		i = skipSpace(d, end)
		if i >= len(d) || d[i] != ',' {
			return nil
		}
	}
}
