package hostile_test

import (
	"testing"

	"wiredesk/internal/hostile"
)

func TestActive(t *testing.T) {
	for _, in := range []string{
		`<script>x</script>`, `<img src=x onerror=x>`, `<svg onload=x>`, `<a href="JaVaScRiPt:x">y</a>`, `<a href="&#106;avascript:x">y</a>`, `<p style="position:fixed">x</p>`,
		`<iframe src="https://example.org/"></iframe>`, `<base href="https://evil.example/">`, `<meta http-equiv=Refresh content="0">`, `<a href="https://a.example" ping="https://b.example">x</a>`,
	} {
		if hostile.Active(in) == "" {
			t.Errorf("nothing is active in %s", in)
		}
	}
	for _, in := range []string{`<p>x</p>`, `<a href="https://example.org/">x</a>`, `<a href="#x">x</a>`, `&lt;script&gt;`} {
		if what := hostile.Active(in); what != "" {
			t.Errorf("%s has %s", in, what)
		}
	}
}
