package origin

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// Names is a name server in memory. Names that were not set do not exist. The zero value
// knows none.
type Names struct {
	mu    sync.Mutex
	addrs map[string][]netip.Addr
}

// Set says which addresses a name has from now on.
func (n *Names) Set(name string, addrs ...netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.addrs == nil {
		n.addrs = map[string][]netip.Addr{}
	}
	n.addrs[strings.ToLower(name)] = addrs
}

// Resolver returns a resolver that asks these names and nothing else.
func (n *Names) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go n.serve(server)
		return client, nil
	}}
}

// serve answers the queries of one connection, which are framed as over TCP (RFC 1035
// section 4.2.2).
func (n *Names) serve(c net.Conn) {
	defer c.Close()
	for {
		var size uint16
		if binary.Read(c, binary.BigEndian, &size) != nil {
			return
		}
		query := make([]byte, size)
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		answer := n.answer(query)
		framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)
		if _, err := c.Write(framed); err != nil {
			return
		}
	}
}

// answer makes the answer to a query with one question (RFC 1035 section 4.1).
func (n *Names) answer(query []byte) []byte {
	const header, typeA = 12, 1
	var labels []string
	at := header
	for at < len(query) && query[at] != 0 {
		labels = append(labels, string(query[at+1:at+1+int(query[at])]))
		at += 1 + int(query[at])
	}
	question := query[header : at+5]
	kind := binary.BigEndian.Uint16(query[at+1:])

	n.mu.Lock()
	addrs, known := n.addrs[strings.ToLower(strings.Join(labels, "."))]
	n.mu.Unlock()
	var records []byte
	count := 0
	for _, a := range addrs {
		if a.Is4() != (kind == typeA) {
			continue
		}
		records = append(records, 0xc0, header) // the question's name
		records = binary.BigEndian.AppendUint16(records, kind)
		records = append(records, 0, 1, 0, 0, 0, 0) // class IN, time to live 0
		records = binary.BigEndian.AppendUint16(records, uint16(len(a.AsSlice())))
		records = append(records, a.AsSlice()...)
		count++
	}
	flags := []byte{0x81, 0x80}
	if !known {
		flags[1] |= 3 // NXDOMAIN
	}
	answer := append([]byte{query[0], query[1]}, flags...)
	answer = append(answer, 0, 1, 0, byte(count), 0, 0, 0, 0)
	answer = append(answer, question...)
	return append(answer, records...)
}
