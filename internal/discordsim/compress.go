package discordsim

import (
	"bytes"
	"compress/zlib"

	"github.com/klauspost/compress/zstd"
)

// compressor is a transport compression: one context for the whole connection, flushed after each message.
type compressor interface {
	compress(message []byte) []byte
}

// newCompressor is the compressor of a `compress` parameter; nil for none, false for an unknown one.
func newCompressor(name string) (compressor, bool) {
	switch name {
	case "":
		return nil, true
	case "zlib-stream":
		z := &zlibStream{}
		z.w = zlib.NewWriter(&z.out)
		return z, true
	case "zstd-stream":
		z := &zstdStream{}
		// Concurrency 1 keeps the encoder free of goroutines.
		w, err := zstd.NewWriter(&z.out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(128<<10))
		z.w = w
		return z, err == nil
	}
	return nil, false
}

// The writers below write to memory, which does not fail.

type zlibStream struct {
	out bytes.Buffer
	w   *zlib.Writer
}

func (z *zlibStream) compress(message []byte) []byte {
	z.out.Reset()
	z.w.Write(message)
	z.w.Flush()
	return z.out.Bytes()
}

type zstdStream struct {
	out bytes.Buffer
	w   *zstd.Encoder
}

func (z *zstdStream) compress(message []byte) []byte {
	z.out.Reset()
	z.w.Write(message)
	z.w.Flush()
	return z.out.Bytes()
}
