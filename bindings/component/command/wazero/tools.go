//go:build tools

// Package tools names the program that go.mod and go.sum pin: wazero's command line, built by tools/fetch_wazero.sh.
package tools

import _ "github.com/tetratelabs/wazero/cmd/wazero"
