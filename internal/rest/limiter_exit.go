package rest

import "time"

// exit takes in how a request ended. It says whether the count of invalid requests has just reached the point from
// which requests are spaced.
func (l *limiter) exit(t *ticket, j judgement, took time.Duration) (spacing bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	delete(l.flying, t)
	if t.global {
		l.global.land(now)
	}
	if j.fate == answered {
		l.took, l.answered = took, now
	}
	if j.bucket != "" {
		l.rehome(t, j.bucket)
	}
	t.queue.used = now
	l.account(t.queue, j, now)
	if j.invalid {
		l.strikes.add(now)
		spacing = l.strikes.count(now) == strikesFrom
	}
	if t.queue.brief && t.queue.unused(now) {
		delete(l.queues, t.queue.key)
	}
	t.queue.callNext()
	l.callGate()
	return spacing
}

// account tells the bucket, or whatever else the answer is about.
func (l *limiter) account(q *queue, j judgement, now time.Time) {
	switch {
	case j.fate == notSent:
		q.forget()
	case j.banned:
		q.forget()
		l.banned = later(l.banned, now.Add(j.retry))
	case j.global:
		q.forget()
		l.held = later(l.held, now.Add(j.retry))
		if j.globalLimit > 0 {
			l.global.limit = j.globalLimit
		}
	case j.limits != nil:
		q.learn(now, *j.limits)
	case j.limited:
		q.forget()
	case j.fate == answered && j.status < 400:
		q.unlimited(now)
	default: // no answer, or a failure on the way that says nothing of limits
		q.lose(now)
	}
	if j.limited && !j.global && !j.banned {
		q.block(now.Add(j.retry))
	}
}

// rehome puts all calls of a ticket's route and major parameter into the bucket Discord has just said they are in.
func (l *limiter) rehome(t *ticket, hash string) {
	l.hashes[t.call.name()] = hash
	from, to := t.queue, l.queueOf(queueKey{hash, t.call.major}, t.call.interaction)
	if from == to {
		return
	}
	name := t.call.name()
	move := func(other *ticket) {
		other.queue = to
		from.bucket.flying--
		to.bucket.flying++
	}
	move(t)
	for other := range l.flying {
		if other.queue == from && other.call.name() == name {
			move(other)
		}
	}
	for e := from.waiting.Front(); e != nil; {
		next, other := e.Next(), e.Value.(*ticket)
		if other.call.name() == name {
			from.waiting.Remove(e)
			other.queue, other.place = to, to.waiting.PushBack(other)
		}
		e = next
	}
	if !from.busy() && from.key.bucket == name {
		delete(l.queues, from.key) // it stood in for the one that is known now
	}
	from.callNext()
}

// sweep forgets buckets that have been idle for long, and all idle ones when there are too many.
func (l *limiter) sweep(now time.Time) {
	crowded := len(l.queues) >= l.crowd
	if now.Sub(l.swept) < sweepEvery && !crowded {
		return
	}
	l.swept = now
	for key, q := range l.queues {
		if q.unused(now) && (crowded || q.brief || now.Sub(q.used) >= keepBucket) {
			delete(l.queues, key)
		}
	}
	l.crowd = max(keepBuckets, 2*len(l.queues)) // those that are left are needed
}

// unused says that nobody waits or is under way, and that no window or block lasts.
func (q *queue) unused(now time.Time) bool { return !q.busy() && q.idle(now) }

func (q *queue) busy() bool { return q.waiting.Len() > 0 || q.flying > 0 }

// status fills in what the limiter knows.
func (l *limiter) status(s *Status) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.sweep(now)
	s.UnderWay, s.Queued, s.Buckets = len(l.flying), l.waiting, len(l.queues)
	s.Invalid = l.strikes.count(now)
	s.RoundTrip, s.AnsweredAt = l.took, l.answered
	if now.Before(l.banned) {
		s.BannedUntil = l.banned
	}
	if now.Before(l.held) {
		s.GlobalUntil = l.held
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
