package gateway_test

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/steadfast-bot/steadfast/internal/gateway"
)

func TestAFreshLinkIdentifiesWithTokenIntentsAndPresence(t *testing.T) {
	bubble(t, func(r *rig) {
		r.config.Shard = [2]int{5, 8}
		r.disco.bot.MaxConcurrency = 3
		r.start()
		p := r.server.accept().hello(interval)
		if got := p.url.Query().Encode(); got != "encoding=json&v=10" {
			t.Errorf("dialled with %s", got)
		}
		var got map[string]any
		if err := json.Unmarshal(p.expect(2).Data, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"token": "token.of.bot", "intents": float64(1 | 1<<15), "large_threshold": float64(50),
			"properties": map[string]any{"os": "linux", "browser": "steadfast", "device": "steadfast"},
			"shard":      []any{float64(5), float64(8)},
			"presence": map[string]any{
				"since": float64(0), "status": "online", "afk": false,
				"activities": []any{map[string]any{"name": "commands | !help", "type": float64(2)}},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]int{2}, r.budget.taken()); diff != "" {
			t.Error("identify bucket: ", diff)
		}
		p.ready("s1")
		r.settles(gateway.Ready)
		want2 := []gateway.Session{{ID: "s1", ResumeURL: "ws://resume.test", Sequence: 1}}
		if ready, _, _ := r.keeper.state(); !cmp.Equal(want2, ready) {
			t.Error(cmp.Diff(want2, ready))
		}
		if s := r.link.Status(); s.Identifies != 1 || s.Resumes != 0 || s.LastError != "" || s.Interval != interval {
			t.Errorf("status %+v", s)
		}
	})
}

func TestASessionIsResumedAtItsOwnURLWithoutAskingAnybody(t *testing.T) {
	bubble(t, func(r *rig) {
		r.session(41).start()
		p, m := r.resumes()
		if p.host != "resume.test" || p.url.Query().Encode() != "encoding=json&v=10" {
			t.Errorf("dialled %s%s", p.host, p.url)
		}
		if m.field("token") != "token.of.bot" || m.field("session_id") != "old" || m.field("seq") != "41" {
			t.Errorf("RESUME %s", m.Data)
		}
		if len(r.disco.times()) != 0 || len(r.budget.taken()) != 0 {
			t.Error("a resume asked for the gateway's address or for the identify budget")
		}
	})
}

func TestReplayedEventsAreMarkedUntilRESUMED(t *testing.T) {
	bubble(t, func(r *rig) {
		r.session(41).start()
		p := r.server.accept().hello(interval)
		p.expect(6)
		p.dispatch(42, "MESSAGE_CREATE", `{"id":"1"}`)
		p.dispatch(43, "TYPING_START", `{}`)
		p.dispatch(44, "RESUMED", `{}`)
		p.dispatch(45, "MESSAGE_CREATE", `{"id":"2"}`)
		r.settles(gateway.Ready)
		if diff := cmp.Diff([]int64{42, 43, 44, 45}, r.sink.sequences()); diff != "" {
			t.Error(diff)
		}
		got := r.sink.delivered()
		if !got[0].Replayed || got[1].Replayed || got[0].Session != "old" {
			t.Errorf("dispatches %+v", got)
		}
		if s := r.link.Status(); s.Replayed != 2 || s.Events != 4 || s.Sequence != 45 || s.SessionID != "old" {
			t.Errorf("status %+v", s)
		}
	})
}

func TestAReconnectResumesAfterTheLastEventReceived(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		p.dispatch(2, "MESSAGE_CREATE", `{"id":"1"}`)
		p.dispatch(7, "PRESENCE_UPDATE", `{}`) // gaps are normal
		synctest.Wait()
		p.closes(0)
		_, m := r.resumes()
		if m.field("seq") != "7" || m.field("session_id") != "s1" {
			t.Errorf("RESUME %s", m.Data)
		}
		if s := r.link.Status(); s.Identifies != 1 || s.Resumes != 1 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestAnEventDeliveredTwiceIsTakenOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		for _, sequence := range []int64{2, 2, 3, 2} {
			p.dispatch(sequence, "MESSAGE_CREATE", `{"id":"1"}`)
		}
		synctest.Wait()
		if diff := cmp.Diff([]int64{1, 2, 3}, r.sink.sequences()); diff != "" {
			t.Error(diff)
		}
		if s := r.link.Status(); s.Duplicates != 2 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestNothingIsReadBeforeREADYIsCommitted(t *testing.T) {
	bubble(t, func(r *rig) {
		r.keeper.gate = make(chan struct{})
		r.sink.setLow(1) // of the session before
		r.start()
		p := r.server.accept().hello(interval)
		p.expect(2)
		p.ready("s1")
		p.dispatch(2, "MESSAGE_CREATE", `{"id":"1"}`)
		beats := 0
		for deadline := time.After(10 * interval); beats < 3; {
			select {
			case m := <-p.in:
				if m.Op == 1 {
					beats++
					if string(m.Data) != "null" {
						t.Errorf("heartbeat with d %s of a session that nobody knows", m.Data)
					}
				}
			case <-deadline:
				t.Fatal("heartbeats stopped while READY was being committed")
			}
		}
		r.settles(gateway.Identifying)
		if len(r.sink.sequences()) != 0 {
			t.Fatal("an event was delivered before READY was committed")
		}
		close(r.keeper.gate)
		r.settles(gateway.Ready)
		if diff := cmp.Diff([]int64{1, 2}, r.sink.sequences()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAREADYThatCannotBeSavedIsSavedLaterAndCostsNoSecondIDENTIFY(t *testing.T) {
	bubble(t, func(r *rig) {
		r.keeper.fails(errors.New("disk full"))
		r.start()
		p := r.server.accept().hello(interval)
		p.expect(2)
		p.ready("s1")
		p.dispatch(2, "MESSAGE_CREATE", `{"id":"1"}`)
		if code := p.left(); code == 1000 || code == 1001 {
			t.Errorf("closed with %d, which ends the session", code)
		}
		pass(20 * time.Second)
		synctest.Wait()
		if s := r.link.Status(); s.State != gateway.Connecting || s.LastError != "the new session cannot be saved: disk full" {
			t.Errorf("status %+v", s)
		}
		r.keeper.fails(nil)
		_, m := r.resumes()
		if m.field("session_id") != "s1" || m.field("seq") != "1" {
			t.Errorf("RESUME %s", m.Data)
		}
		ready, tries, _ := r.keeper.state()
		if len(ready) != 1 || tries > 25 || len(r.budget.taken()) != 1 {
			t.Errorf("%d sessions saved in %d tries, %d identifies", len(ready), tries, len(r.budget.taken()))
		}
	})
}

func TestOp9TrueResumesWithoutIDENTIFY(t *testing.T) {
	bubble(t, func(r *rig) {
		r.session(41).start()
		for range 5 {
			p := r.server.accept().hello(interval)
			p.expect(6)
			p.send(`{"op":9,"d":true}`)
			if code := p.left(); code == 1000 || code == 1001 {
				t.Fatalf("closed with %d", code)
			}
		}
		r.resumes()
		if _, _, ended := r.keeper.state(); ended != 0 || r.link.Status().Identifies != 0 {
			t.Error("the session was given up")
		}
	})
}

func TestOp9FalseEndsTheSessionWaitsOneToFiveSecondsAndIdentifies(t *testing.T) {
	bubble(t, func(r *rig) {
		r.session(41).start()
		pauses := map[time.Duration]bool{}
		for range 10 {
			p := r.server.accept().hello(interval)
			p.expectEither(2, 6)
			p.send(`{"op":9,"d":false}`)
			p.left()
			at := time.Now()
			p = r.server.accept().hello(interval)
			waited := time.Since(at)
			if pauses[waited] = true; waited < time.Second || waited > 5*time.Second {
				t.Errorf("waited %v", waited)
			}
			p.expect(2)
			p.ready("new")
			r.settles(gateway.Ready)
			pass(time.Hour)
			p.closes(4000)
		}
		if _, _, ended := r.keeper.state(); ended != 10 {
			t.Errorf("%d sessions ended, want 10", ended)
		}
		long := false // 1.4 s could be the schedule's own
		for pause := range pauses {
			long = long || pause > 1500*time.Millisecond
		}
		if !long {
			t.Errorf("the pauses are not random: %v", pauses)
		}
	})
}

func TestAResumeRefusedWithoutEndIsGivenUp(t *testing.T) {
	bubble(t, func(r *rig) {
		r.session(41).start()
		hosts := map[string]int{}
		for range 20 {
			p := r.server.accept().hello(interval)
			p.expect(6)
			hosts[p.host]++
			p.send(`{"op":9,"d":true}`)
		}
		r.server.accept().hello(interval).expect(2)
		if hosts["resume.test"] != 10 || hosts["main.test"] != 10 {
			t.Errorf("a refused resume does not alternate between the URLs: %v", hosts)
		}
	})
}

func TestOp7ReconnectsAndResumes(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		pass(time.Minute)
		at := time.Now()
		p.send(`{"op":7,"d":null}`)
		if code := p.left(); code == 1000 || code == 1001 {
			t.Errorf("closed with %d", code)
		}
		r.resumes()
		if waited := time.Since(at); waited != 0 {
			t.Errorf("came back after %v, want at once", waited)
		}
	})
}

func TestOp7InsteadOfHelloReconnects(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		p := r.server.accept()
		p.send(`{"op":7,"d":null}`)
		p.left()
		r.server.accept().hello(interval).expect(2)
	})
}
