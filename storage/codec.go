package storage

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"
)

// The first byte of every value says how the rest is written, so that another way can be
// added without a migration. No flipped bit makes one of another.
const (
	formatCBOR = 1 // CBOR with integer keys (RFC 8949), as schema 1 wrote it; read only
	formatZstd = 2 // CBOR compressed with zstd (RFC 8878), the same
	sealedCBOR = 7 // CBOR, sealed
	sealedZstd = 8 // compressed CBOR, sealed
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

// pack returns a value in CBOR for the place under a key.
func (c *codec) pack(key []byte, v any) ([]byte, error) {
	b, err := c.enc.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	value := make([]byte, 0, 1+len(b)+sealSize)
	return seal(key, append(append(value, sealedCBOR), b...)), nil
}

// squeeze returns a value in compressed CBOR for the place under a key.
func (c *codec) squeeze(key []byte, v any) ([]byte, error) {
	b, err := c.enc.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return seal(key, c.zip.EncodeAll(b, []byte{sealedZstd})), nil
}

// unpack reads what pack or squeeze wrote for a key. Nothing of b is kept. The error wraps
// ErrValue.
func (c *codec) unpack(key, b []byte, v any) error {
	body, zipped, err := opened(key, b)
	if err == nil && zipped {
		body, err = c.zap.DecodeAll(body, nil)
	}
	if err == nil {
		err = c.dec.Unmarshal(body, v)
	}
	if err != nil && !errors.Is(err, ErrValue) {
		return fmt.Errorf("%w: %w", ErrValue, err)
	}
	return err
}

// opened returns the CBOR of a value, once it was found to be what was written, and whether it
// is compressed. The error is ErrValue.
func opened(key, b []byte) (body []byte, zipped bool, err error) {
	if len(b) == 0 {
		return nil, false, ErrValue
	}
	switch b[0] {
	case sealedCBOR, sealedZstd:
		if b, err = unseal(key, b); err != nil {
			return nil, false, err
		}
		return b[1:], b[0] == sealedZstd, nil
	case formatCBOR, formatZstd:
		return b[1:], b[0] == formatZstd, nil
	}
	return nil, false, fmt.Errorf("%w: it is written in a way that this version does not know", ErrValue)
}
