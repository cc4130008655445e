// Renders with Go's text/template and html/template: a JSON job a line in, a JSON answer a line out.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	htmltemplate "html/template"
	"os"
	texttemplate "text/template"
)

type job struct {
	ID     string         `json:"id"`
	Kind   string         `json:"kind"`
	Source string         `json:"source"`
	Data   map[string]any `json:"data"`
}

type answer struct {
	ID    string `json:"id"`
	Out   string `json:"out"`
	Error string `json:"error,omitempty"`
}

func render(one job) (string, error) {
	var out bytes.Buffer
	if one.Kind == "html" {
		parsed, err := htmltemplate.New("").Parse(one.Source)
		if err != nil {
			return "", err
		}
		err = parsed.Execute(&out, one.Data)
		return out.String(), err
	}
	parsed, err := texttemplate.New("").Parse(one.Source)
	if err != nil {
		return "", err
	}
	err = parsed.Execute(&out, one.Data)
	return out.String(), err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	write := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var one job
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			_ = write.Encode(answer{Error: err.Error()})
			continue
		}
		out, err := render(one)
		said := answer{ID: one.ID, Out: out}
		if err != nil {
			said.Error = err.Error()
		}
		_ = write.Encode(said)
	}
}
