// Package look is how everything looks that people see: the colours of the
// product's pages and of the inspector's, in one place. What is done with them is
// in their style sheets.
package look

import _ "embed"

//go:embed palette.css
var palette string

// Palette is a piece of CSS that names the colours as variables, light ones and,
// for those who like it dark, dark ones. It comes before a style sheet.
func Palette() string { return palette }
