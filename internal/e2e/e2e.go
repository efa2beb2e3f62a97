// Package e2e runs the real programs against the simulator, as an operator, a member and a vandal would: its tests
// hold what the product promises as a whole. It has no other code.
package e2e
