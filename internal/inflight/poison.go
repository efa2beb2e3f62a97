package inflight

import (
	"cmp"
	"slices"
)

// Cause is how a worker ended, as whoever watched it knows.
type Cause int

// The causes. Unseen, the zero, is the death that nobody watched: the supervisor died with the worker.
const (
	Unseen Cause = iota
	// Panicked: Go's runtime ended it, by a panic or a fatal error.
	Panicked
	// FatalSignal is a signal that a process brings upon itself (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS).
	FatalSignal
	// OutOfMemory: killed by the kernel for want of memory.
	OutOfMemory
	// Stalled: ended by a stall verdict. It accuses the handler that the verdict named, and nobody if it named none.
	Stalled
	// Killed from outside, by kill -9.
	Killed
	// Stopped when asked to: SIGTERM, hand-over, pause.
	Stopped
	// Exited by itself, with any other exit code.
	Exited
)

// accuses says that whatever was in flight at such a death may have caused it.
func (c Cause) accuses() bool { return c == Panicked || c == FatalSignal || c == OutOfMemory }

// The limits of patience (DESIGN.md §3.7).
const (
	accusingDeaths = 2 // at the second one an accused that was alone in flight is not run again
	unseenDeaths   = 3 // so many in a row with it alone in flight
	maxRecords     = 1024
)

// Death is one end of a run.
type Death struct {
	// Run is which; a run's death is judged once.
	Run   uint64
	Cause Cause
	// Named are the keys of the handlers that a stall verdict named.
	Named []string
	// InFlight is what was being worked on, in the order it was entered.
	InFlight []Item
	// Unrecorded is how much more was, of which nothing is known.
	Unrecorded int
}

// Record is what deaths say of one key.
type Record struct {
	Key  string
	Kind Kind // when it was last in flight at a death
	// Accusations is at how many accusing deaths it was in flight.
	Accusations int
	// Unseen is at how many unseen deaths in a row it was alone in flight. Deaths at which it was not in flight at all
	// say nothing about it and do not break the row.
	Unseen int
	// Quarantined: it is not run again.
	Quarantined bool
	// Run is the last one at whose death it was in flight.
	Run uint64
}

// History is what is known of suspects. It is a value: nothing that is given out changes later.
type History struct {
	// Judged is the last run whose death was judged.
	Judged uint64
	// Records are in the order in which they came under suspicion.
	Records []Record
}

// Standing is how something that comes up for work is to be treated.
type Standing int

// The standings.
const (
	// Clear: like anything else.
	Clear Standing = iota
	// Suspect: to be run alone, before everything that is not.
	Suspect
	// Quarantined: not to be run.
	Quarantined
)

// Verdict is what one death changed.
type Verdict struct {
	// Accused are the keys that the death put under suspicion, again or for the first time, and did not quarantine.
	Accused []string
	// Quarantined are the keys that it put into quarantine.
	Quarantined []string
}

// Judge takes a death into account. Accused by an accusing death is whoever was in flight; by a stall, whom the verdict
// named; an unseen death makes suspects of those in flight without accusing them; others say nothing, and end a row
// of unseen ones. Quarantined is who was alone in flight at an accusing death, not being accused for the first time,
// or alone at the third unseen one in a row.
func Judge(h History, d Death) (History, Verdict) {
	if d.Run <= h.Judged {
		return h, Verdict{}
	}
	next := History{Judged: d.Run, Records: slices.Clone(h.Records)}
	keys := distinct(d.InFlight)
	alone := len(keys) == 1 && d.Unrecorded == 0
	places := make(map[string]int, len(next.Records))
	for i, r := range next.Records {
		places[r.Key] = i
	}
	var verdict Verdict
	for _, item := range keys {
		accused := d.Cause.accuses() || d.Cause == Stalled && names(d.Named, item.Key)
		i, known := places[item.Key]
		if !known {
			if !accused && d.Cause != Unseen {
				continue
			}
			i = len(next.Records)
			next.Records = append(next.Records, Record{Key: item.Key})
		}
		r := &next.Records[i]
		was := r.Quarantined
		r.Kind, r.Run = item.Kind, d.Run
		r.take(accused, d.Cause == Unseen, alone)
		switch {
		case r.Quarantined && !was:
			verdict.Quarantined = append(verdict.Quarantined, r.Key)
		case !r.Quarantined && (accused || d.Cause == Unseen):
			verdict.Accused = append(verdict.Accused, r.Key)
		}
	}
	next.limit()
	return next, verdict
}

// take counts one death at which it was in flight.
func (r *Record) take(accused, unseen, alone bool) {
	if accused {
		r.Accusations++
		r.Quarantined = r.Quarantined || alone && r.Accusations >= accusingDeaths
	}
	if !unseen || !alone {
		r.Unseen = 0
		return
	}
	r.Unseen++
	r.Quarantined = r.Quarantined || r.Unseen >= unseenDeaths
}

// Of says how a key stands.
func (h History) Of(key string) Standing {
	i := h.find(canonical(key))
	switch {
	case i < 0:
		return Clear
	case h.Records[i].Quarantined:
		return Quarantined
	}
	return Suspect
}

// Suspects are to be run one at a time before everything else, in this order: the least burdened first, so that the
// innocent are done before the guilty one kills again; among equals, who was entered first. At one death only one of a
// lane is in flight, so this never puts two of a lane in the wrong order.
func (h History) Suspects() []Record {
	suspects := slices.DeleteFunc(slices.Clone(h.Records), func(r Record) bool { return r.Quarantined })
	slices.SortStableFunc(suspects, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Accusations, b.Accusations), cmp.Compare(a.Unseen, b.Unseen))
	})
	return suspects
}

// Without forgets a key: it was done and nobody died, it will never come again, or its quarantine is kept elsewhere.
func (h History) Without(key string) History {
	key = canonical(key)
	h.Records = slices.DeleteFunc(slices.Clone(h.Records), func(r Record) bool { return r.Key == key })
	return h
}

func (h History) find(key string) int {
	return slices.IndexFunc(h.Records, func(r Record) bool { return r.Key == key })
}

// limit keeps as many records as the file has room for. Those in quarantine stay as long as possible, because each
// would cost two more deaths; of the others those stay that were in flight at the latest deaths.
func (h *History) limit() {
	if len(h.Records) <= maxRecords {
		return
	}
	byWorth := slices.Clone(h.Records)
	slices.SortStableFunc(byWorth, func(a, b Record) int {
		if a.Quarantined != b.Quarantined {
			if a.Quarantined {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Run, a.Run)
	})
	kept := make(map[string]bool, maxRecords)
	for _, r := range byWorth[:maxRecords] {
		kept[r.Key] = true
	}
	h.Records = slices.DeleteFunc(slices.Clone(h.Records), func(r Record) bool { return !kept[r.Key] })
}

// distinct are the items without those whose key came before.
func distinct(items []Item) []Item {
	seen := make(map[string]bool, len(items))
	return slices.DeleteFunc(slices.Clone(items), func(item Item) bool {
		was := seen[item.Key]
		seen[item.Key] = true
		return was
	})
}

func names(named []string, key string) bool {
	return slices.ContainsFunc(named, func(n string) bool { return canonical(n) == key })
}
