package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/steadfast-bot/steadfast/internal/gateway"
)

func TestTheFirstHeartbeatComesAtARandomMomentAndThenOneEveryInterval(t *testing.T) {
	var firsts []time.Duration
	for range 20 {
		bubble(t, func(r *rig) {
			r.start()
			p := r.server.accept()
			hello := time.Now()
			p.hello(interval).expect(2)
			p.ready("s1")
			first := p.expect(1).at
			if pause := first.Sub(hello); pause < 0 || pause >= interval {
				t.Errorf("first heartbeat after %v", pause)
			} else {
				firsts = append(firsts, pause)
			}
			for range 3 {
				next := p.expect(1).at
				if gap := next.Sub(first); gap != interval {
					t.Errorf("heartbeats %v apart, want %v", gap, interval)
				}
				first = next
			}
		})
	}
	low, high := interval, time.Duration(0)
	for _, f := range firsts {
		low, high = min(low, f), max(high, f)
	}
	if high-low < interval/4 {
		t.Errorf("20 first heartbeats between %v and %v: no jitter", low, high)
	}
}

func TestAHeartbeatCarriesTheLowWaterMark(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		for sequence := int64(2); sequence <= 20; sequence++ {
			p.dispatch(sequence, "MESSAGE_CREATE", `{}`)
		}
		want := []string{"null", "7", "20"}
		for i, low := range []int64{0, 7, 900} { // 900: a mark of an earlier session
			r.sink.setLow(low)
			if got := string(p.expect(1).Data); got != want[i] {
				t.Errorf("low water %d: d is %s, want %s", low, got, want[i])
			}
		}
	})
}

func TestAHeartbeatAskedForIsSentAtOnceAndMovesNoOther(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		regular := p.expect(1).at
		pass(interval / 4)
		at := time.Now()
		p.send(`{"op":1,"d":null}`)
		if got := p.expect(1).at; got != at {
			t.Errorf("answered after %v", got.Sub(at))
		}
		if gap := p.expect(1).at.Sub(regular); gap != interval {
			t.Errorf("the next regular heartbeat came after %v, want %v", gap, interval)
		}
	})
}

func TestOneMissedACKMakesAZombieEvenWhenEventsFlow(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		p.expect(1)
		pass(time.Second)
		p.acks(false)
		unanswered := p.expect(1).at
		for sequence := int64(2); ; sequence++ {
			p.dispatch(sequence, "TYPING_START", `{}`)
			pass(time.Second)
			if r.link.Status().State != gateway.Ready {
				break
			}
		}
		if took := time.Since(unanswered); took > interval+time.Second {
			t.Errorf("noticed after %v", took)
		}
		if code := p.left(); code == 0 || code == 1000 || code == 1001 {
			t.Errorf("closed with %d", code)
		}
		r.resumes()
	})
}

func TestASilentServerIsNoticedWithinOneIntervalAndFiveSeconds(t *testing.T) {
	const limit = interval + 5*time.Second
	for _, at := range []string{"after READY", "after Hello", "after a RESUME", "before Hello"} {
		t.Run(at, func(t *testing.T) {
			bubble(t, func(r *rig) {
				var p *peer
				switch at {
				case "after READY":
					p = r.connected()
					p.expect(1)
				case "after a RESUME":
					r.session(41).start()
					p = r.server.accept().hello(interval)
					p.expect(6)
				case "after Hello":
					r.start()
					p = r.server.accept().hello(interval)
					p.expect(2)
				case "before Hello":
					r.start()
					p = r.server.accept()
				}
				pass(0)
				p.acks(false)
				silent := time.Now()
				if code := p.left(); code == 1000 || code == 1001 {
					t.Errorf("closed with %d", code)
				}
				if took := time.Since(silent); took > limit || at != "before Hello" && took < 15*time.Second {
					t.Errorf("noticed after %v", took)
				}
				r.server.accept()
			})
		})
	}
}

func TestADiscordThatAnswersHeartbeatsButNotIDENTIFYIsGivenAMinute(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		p := r.server.accept().hello(interval)
		at := p.expect(2).at
		p.left()
		if took := time.Since(at); took != time.Minute {
			t.Errorf("gave up after %v", took)
		}
		r.server.accept().hello(interval).expect(2)
	})
}

func TestALongReplayIsNotTakenForSilence(t *testing.T) {
	bubble(t, func(r *rig) {
		r.session(1).start()
		p := r.server.accept().hello(interval)
		p.expect(6)
		for sequence := int64(2); sequence < 20; sequence++ {
			p.dispatch(sequence, "MESSAGE_CREATE", fmt.Sprintf(`{"id":"%d"}`, sequence))
			pass(10 * time.Second)
		}
		p.dispatch(20, "RESUMED", `{}`)
		r.settles(gateway.Ready)
		if r.link.Status().Attempts != 1 {
			t.Error("the replay was interrupted")
		}
	})
}

func TestTheStatusKnowsTheLastACK(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		if s := r.link.Status(); !s.LastAck.IsZero() {
			t.Errorf("status %+v", s)
		}
		at := p.expect(1).at
		pass(time.Second)
		if s := r.link.Status(); !s.LastAck.Equal(at) || s.Latency != 0 {
			t.Errorf("status %+v, want an ACK at %v", s, at)
		}
		p.closes(0)
		r.resumes()
		if s := r.link.Status(); !s.LastAck.IsZero() {
			t.Errorf("the ACK of another connection is shown: %+v", s)
		}
	})
}

func TestAFullQueueClosesResumablyAndResumesBeforeTheRefusedEvent(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		pass(time.Minute)
		r.sink.setCapacity(2)
		for sequence := int64(2); sequence <= 5; sequence++ {
			p.dispatch(sequence, "MESSAGE_CREATE", `{}`)
		}
		if code := p.left(); code == 1000 || code == 1001 {
			t.Errorf("closed with %d", code)
		}
		pass(5 * time.Minute)
		r.settles(gateway.Congested)
		if n := len(r.server.attempts()); n != 1 {
			t.Errorf("%d connections while the queue was full", n)
		}
		r.sink.setCapacity(100)
		at := time.Now()
		r.sink.room <- struct{}{}
		_, m := r.resumes()
		if m.field("seq") != "3" {
			t.Errorf("RESUME %s, want after 3", m.Data)
		}
		if waited := time.Since(at); waited > time.Second {
			t.Errorf("came back after %v", waited)
		}
		if diff := cmp.Diff([]int64{1, 2, 3}, r.sink.sequences()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAQueueThatFillsAtOnceMakesNoHotLoop(t *testing.T) {
	bubble(t, func(r *rig) {
		r.session(41).start()
		r.sink.setCapacity(0)
		connections := 0
		for begin := time.Now(); time.Since(begin) < time.Minute; connections++ {
			p := r.server.accept().hello(interval)
			p.expect(6)
			p.dispatch(42, "MESSAGE_CREATE", `{}`)
			p.left()
			r.sink.room <- struct{}{}
		}
		if connections > 241 {
			t.Errorf("%d connections in a minute", connections)
		}
	})
}
