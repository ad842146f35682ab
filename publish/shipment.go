package publish

import (
	"encoding/json"
	"maps"
)

// A shipment is a site on its way to another process.
type shipment struct {
	BaseURL   string
	Moved     map[string]string `json:",omitempty"`
	Gone      map[string]bool   `json:",omitempty"`
	Documents []*Document
	Archive   string         // folder; the pages of archives are not sent, but read there
	Pages     map[string]int `json:",omitempty"`
}

// MarshalJSON returns everything of a site that can be asked of it.
func (s *Site) MarshalJSON() ([]byte, error) {
	return json.Marshal(shipment{BaseURL: s.base, Moved: s.moved, Gone: s.gone, Documents: s.Documents(), Archive: s.archive.Dir(), Pages: s.pages})
}

// UnmarshalJSON makes the site what another one was. It is good for [Folder.Write]; a site that
// is rendered after it takes nothing over.
func (s *Site) UnmarshalJSON(b []byte) error {
	var in shipment
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*s = *newSite(in.BaseURL)
	s.moved, s.gone, s.archive = in.Moved, in.Gone, NewArchive(in.Archive)
	maps.Copy(s.pages, in.Pages)
	for _, d := range in.Documents {
		s.docs[d.Path] = d.complete()
	}
	return nil
}
