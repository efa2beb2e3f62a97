package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// drain is an outbox full of random effects, and what is known of them without asking the store.
type drain struct {
	*live
	random  *rand.Rand
	effects map[int64]storage.Effect
	event   map[int64]string
	byKey   map[string][]int64 // pending, oldest first
	state   map[string]storage.EffectState
}

func (l *live) drain(seed uint64) *drain {
	return &drain{
		live: l, random: rand.New(rand.NewPCG(seed, 1)), effects: make(map[int64]storage.Effect), event: make(map[int64]string),
		byKey: make(map[string][]int64), state: make(map[string]storage.EffectState),
	}
}

func nameOf(event string, number int) string { return fmt.Sprint(event, "/", number) }

// fill adds events whose effects share few order keys and wait for each other.
func (d *drain) fill(tx storage.Tx, events int) error {
	for i := range events {
		event := fmt.Sprint("e", i)
		var effects []storage.Effect
		for number := 1; number <= 1+d.random.IntN(5); number++ {
			e := post(number, fmt.Sprint("c", d.random.IntN(6)))
			e.After, e.Survives = d.random.IntN(number), d.random.IntN(3) == 0
			effects = append(effects, e)
		}
		ids, err := tx.AddEffects(event, noon, effects)
		if err != nil {
			return err
		}
		for i, id := range ids {
			e := effects[i]
			d.effects[id], d.event[id] = e, event
			d.byKey[e.OrderKey] = append(d.byKey[e.OrderKey], id)
			d.state[nameOf(event, e.Number)] = storage.EffectPending
		}
	}
	return nil
}

// expected is what may be done, worked out anew.
func (d *drain) expected() map[int64]bool {
	heads := make(map[int64]bool)
	for _, ids := range d.byKey {
		if len(ids) == 0 {
			continue
		}
		e := d.effects[ids[0]]
		if e.After == 0 || d.state[nameOf(d.event[ids[0]], e.After)] != storage.EffectPending {
			heads[ids[0]] = true
		}
	}
	return heads
}

// end ends an effect in what is known, and returns the others that must end with it.
func (d *drain) end(id int64, state storage.EffectState) map[int64]bool {
	e, event := d.effects[id], d.event[id]
	d.state[nameOf(event, e.Number)] = state
	var left []int64
	for _, other := range d.byKey[e.OrderKey] {
		if other != id {
			left = append(left, other)
		}
	}
	d.byKey[e.OrderKey] = left
	with := make(map[int64]bool)
	if state == storage.EffectDone {
		return with
	}
	for other, dependent := range d.effects {
		if d.event[other] == event && dependent.After == e.Number && !dependent.Survives {
			with[other] = true
			for further := range d.end(other, storage.EffectGivenUp) {
				with[further] = true
			}
		}
	}
	return with
}

// step ends one of the effects that may be done; false when none may.
func (d *drain) step(tx storage.Tx) (bool, error) {
	rows, err := tx.Sendable(0, 1000)
	if err != nil {
		return false, err
	}
	got := make(map[int64]bool)
	for _, row := range rows {
		got[row.ID] = true
	}
	if diff := cmp.Diff(d.expected(), got); diff != "" {
		return false, fmt.Errorf("sendable (-want +got):\n%s", diff)
	}
	if len(rows) == 0 {
		return false, nil
	}
	id := rows[d.random.IntN(len(rows))].ID
	state := storage.EffectDone + storage.EffectState(d.random.IntN(3))
	finished, err := tx.FinishEffect(id, storage.Finish{State: state, At: noon})
	if err != nil {
		return false, err
	}
	with := make(map[int64]bool)
	for _, other := range finished.GivenUp {
		with[other] = true
	}
	if diff := cmp.Diff(d.end(id, state), with); diff != "" {
		return false, fmt.Errorf("given up with %d (-want +got):\n%s", id, diff)
	}
	return true, nil
}

var drainTests = []test{
	{"whatever waits for whatever, and however it ends, all of it ends, and in order", func(w *world) {
		l := w.live()
		for seed := range uint64(3) {
			err := l.store.Do(l.Context(), l.epoch, func(tx storage.Tx) error {
				d := l.drain(seed)
				if err := d.fill(tx, 40); err != nil {
					return err
				}
				for more := true; more; {
					var err error
					if more, err = d.step(tx); err != nil {
						return err
					}
				}
				backlog, err := tx.Backlog()
				l.same("left over", backlog, storage.Backlog{})
				for name, state := range d.state {
					if state == storage.EffectPending {
						l.Errorf("effect %s never ended", name)
					}
				}
				if err != nil {
					return err
				}
				return errChanged // the next seed begins anew
			})
			if !errors.Is(err, errChanged) {
				l.Fatalf("seed %d: %v", seed, err)
			}
		}
	}},
}
