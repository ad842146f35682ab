package storage

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"
)

// The first byte of every value says how the rest is written, so that another way can be
// added without a migration.
const (
	formatCBOR = 1 // CBOR with integer keys (RFC 8949)
	formatZstd = 2 // CBOR compressed with zstd (RFC 8878)
)

// maxBody bounds what a compressed value may become; nothing larger is ever written.
const maxBody = 64 << 20

// codec writes and reads values. It is safe for use by many goroutines.
type codec struct {
	enc cbor.EncMode
	dec cbor.DecMode
	zip *zstd.Encoder
	zap *zstd.Decoder
}

func newCodec() (*codec, error) {
	var c codec
	var err error
	// Equal values are equal bytes: keys are sorted.
	if c.enc, err = (cbor.EncOptions{Sort: cbor.SortCanonical}).EncMode(); err != nil {
		return nil, err
	}
	if c.dec, err = (cbor.DecOptions{MaxArrayElements: 1 << 20, UTF8: cbor.UTF8DecodeInvalid}).DecMode(); err != nil {
		return nil, err
	}
	if c.zip, err = zstd.NewWriter(nil, zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, err
	}
	c.zap, err = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderConcurrency(1))
	return &c, err
}

func (c *codec) close() {
	_ = c.zip.Close()
	c.zap.Close()
}

// pack returns a value in CBOR.
func (c *codec) pack(v any) ([]byte, error) {
	b, err := c.enc.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return append([]byte{formatCBOR}, b...), nil
}

// squeeze returns a value in compressed CBOR.
func (c *codec) squeeze(v any) ([]byte, error) {
	b, err := c.enc.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return c.zip.EncodeAll(b, []byte{formatZstd}), nil
}

// unpack reads what pack or squeeze wrote. Nothing of b is kept. The error wraps ErrValue.
func (c *codec) unpack(b []byte, v any) error {
	if len(b) == 0 {
		return ErrValue
	}
	body := b[1:]
	switch b[0] {
	case formatCBOR:
	case formatZstd:
		var err error
		if body, err = c.zap.DecodeAll(body, nil); err != nil {
			return fmt.Errorf("%w: %w", ErrValue, err)
		}
	default:
		return fmt.Errorf("%w: it is written in a way that this version does not know", ErrValue)
	}
	if err := c.dec.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%w: %w", ErrValue, err)
	}
	return nil
}
