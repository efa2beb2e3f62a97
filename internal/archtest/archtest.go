// Package archtest holds the house together: its tests fail when an import goes the wrong way, a file or function
// outgrows its budget, or an exported name has no documentation. It has no other code.
package archtest
