// Package inflight keeps what a dead worker's successor must know of its last moments, in a small file that is mapped
// into memory and so survives kill -9 exactly: what was being worked on, which effects may have been sent and when,
// what was known of Discord's rate limits and which requests were under way. It decides who is suspected of a death
// and who is not run again. What to do about it (running suspects one at a time, looking for a message before it is
// sent again, counting requests as spent) is left to those who work.
//
// # The file
//
// It is called inflight, lies in the state directory, has a fixed size and every byte of it is allocated, because a
// write into a mapped hole on a full disk is a SIGBUS. There is one writer: whoever calls Open holds active.lock.
// Others may Read at any time.
//
// Nothing in it can be read half written after kill -9. Small things become valid, or void, by one store of an
// aligned word that comes after (before) all others; large ones are kept twice and the older half is rewritten. What
// loss of power may do beyond that (pages are written back in any order) is caught by check sums.
//
// Times are CLOCK_BOOTTIME and mean nothing after a reboot, which the kernel's boot_id tells.
//
// # A succession
//
//	left, err := inflight.Open(dir)               // an error: go on with inflight.Memory(), degraded
//	history, verdict := inflight.Judge(left.History, left.Death(cause, named...))
//	file, err := left.Start(inflight.Inheritance{History: history, Rest: blob, …})
//
// Until Start nothing in the file changes, and Start changes what is believed in one step: a worker that dies before
// or in it leaves the same death to be judged again, one that dies after it leaves its own.
package inflight
