package inflight

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// File is the file of a run that has started. All its methods are safe for concurrent use. It has no Close: what is in
// it when the process ends is what the successor should find, and its mapping lives as long as the process.
type File struct {
	memory *memory
	run    uint64
	clock  clock

	tries   tries
	buckets buckets
	restMu  sync.Mutex

	historyMu sync.Mutex // who changes it
	history   atomic.Pointer[History]
}

// Inheritance is what a new run takes over from the one before.
type Inheritance struct {
	// Generation is the worker's number, by which whoever watched its end knows it.
	Generation uint64
	// History is Judge's, with the predecessor's death taken into account.
	History History
	// Rest is what package rest made of Snapshot.Rest and of the requests that were under way, which nobody knows of
	// once the new run has started. nil leaves what is there.
	Rest []byte
	// LastRow is the highest outbox row committed so far. When nothing is known of tries (a reboot, a lost file), all
	// rows up to it may have been tried.
	LastRow int64
}

// Predecessor is what the run before left, and the file it left it in.
type Predecessor struct {
	Snapshot
	file   *File
	header header // of the run to come
	sync   func() // brings the file to the disk
}

// Start begins this process's run with what it inherits. It is called once. The error is that Inheritance.Rest is
// longer than MaxRest; then nothing was changed.
func (p *Predecessor) Start(inheritance Inheritance) (*File, error) {
	f := p.file
	if inheritance.Rest != nil { // first: once the death is judged, the next may be that of a run without them
		if err := f.SaveRest(inheritance.Rest); err != nil {
			return nil, fmt.Errorf("start a run: %w", err)
		}
	}
	inheritance.History.Judged = max(inheritance.History.Judged, p.Run)
	f.keep(inheritance.History) // from here on the predecessor's death is judged
	f.clear(p, inheritance.LastRow)
	p.header.run, p.header.generation = inheritance.History.Judged+1, inheritance.Generation
	f.run = p.header.run
	f.tries.start(f.memory)
	f.buckets.start(f.memory, f.run)
	if err := f.memory.header.write(p.header.encode()); err != nil {
		panic("inflight: " + err.Error()) // encode made it fit
	}
	if len(inheritance.History.Records) > 0 {
		p.sync() // a poison that takes the machine down with it must be known afterwards
	}
	return f, nil
}

// clear takes out what is void. The number of the run would do that by itself for slots, but for those that bear the
// new one already: they were written before a loss of power that the header of their run did not survive.
func (f *File) clear(p *Predecessor, lastRow int64) {
	m := f.memory
	if p.Tries.floor == unknown {
		for i := range m.tries {
			atomic.StoreInt64(&m.tries[i].row, 0)
		}
		atomic.StoreInt64(&m.counters.floor, lastRow)
	}
	for i := range m.slots {
		if m.slots[i].state != 0 { // untouched pages stay so
			atomic.StoreUint64(&m.slots[i].state, 0)
		}
	}
	atomic.StoreInt64(&m.counters.unrecorded, 0)
}

// Memory is a run without a file, for when there can't be one: all works, and a successor learns nothing.
func Memory() *File {
	p := fresh(blank(), header{boot: "none"}, Now())
	p.sync = func() {}
	f, err := p.Start(Inheritance{})
	if err != nil {
		panic("inflight: " + err.Error()) // nothing is inherited
	}
	return f
}
