package origin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"time"
)

// An issuer makes certificates for whatever name is asked for.
type issuer struct {
	key  *ecdsa.PrivateKey
	root *x509.Certificate

	mu    sync.Mutex
	certs map[string]*tls.Certificate
}

// The years of the certificates: bubbles live in 2000.
var (
	validFrom  = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	validUntil = time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)
)

func newIssuer() *issuer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	i := &issuer{key: key, certs: map[string]*tls.Certificate{}}
	i.root = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a web for tests"},
		NotBefore: validFrom, NotAfter: validUntil,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, i.root, i.root, &key.PublicKey, key)
	if err != nil {
		panic(err) // the template is our own
	}
	i.root, err = x509.ParseCertificate(der)
	if err != nil {
		panic(err) // it was made a line above
	}
	return i
}

func (i *issuer) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	i.mu.Lock()
	defer i.mu.Unlock()
	if cert, ok := i.certs[name]; ok {
		return cert, nil
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(i.certs) + 2)), Subject: pkix.Name{CommonName: name},
		NotBefore: validFrom, NotAfter: validUntil,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		leaf.IPAddresses = []net.IP{ip}
	} else if name != "" {
		leaf.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, i.root, &i.key.PublicKey, i.key)
	if err != nil {
		return nil, err
	}
	cert := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: i.key}
	i.certs[name] = cert
	return cert, nil
}

// Roots returns the pool that vouches for the web's certificates.
func (w *Web) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(w.issuer.root)
	return pool
}

// TLS returns a client's configuration that trusts the web.
func (w *Web) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: w.Roots()}
}
