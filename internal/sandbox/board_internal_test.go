package sandbox

import (
	"bytes"
	"fmt"
	"testing"
)

// A browser that does not read cannot be made from outside without filling kernel buffers, so the board is looked at
// from inside.

func TestABrowserThatDoesNotReadIsCutOffAndOthersAreNot(t *testing.T) {
	b := newBoard()
	slow, quick := b.follow(), b.follow()
	<-quick.frames
	for i := range followerBuffer + 1 {
		b.note(LogIn, "line %d", i)
		<-quick.frames
	}
	read := 0
	for range slow.frames { // ends only when the board closed it
		read++
	}
	if read != followerBuffer {
		t.Errorf("the slow browser was left %d frames, want %d", read, followerBuffer)
	}
	b.unfollow(slow)
	b.note(LogIn, "later")
	if frame := <-quick.frames; !bytes.Contains(frame, []byte("later")) {
		t.Errorf("the quick browser got %s", frame)
	}
}

func TestTheBoardForgetsTheOldest(t *testing.T) {
	b := newBoard()
	for i := range keptMessages + keptLog {
		b.put(Message{ID: fmt.Sprint(i)})
		b.note(LogIn, "line %d", i)
	}
	view := b.snapshot()
	if len(view.Messages) != keptMessages || view.Messages[0].ID != fmt.Sprint(keptLog) {
		t.Errorf("%d messages from %s on", len(view.Messages), view.Messages[0].ID)
	}
	if len(view.Log) != keptLog || view.Log[keptLog-1].Number != keptMessages+keptLog {
		t.Errorf("%d lines", len(view.Log))
	}
}

func TestAStatusThatStaysTheSameIsNoNews(t *testing.T) {
	b := newBoard()
	f := b.follow()
	<-f.frames
	for range 3 {
		b.setWorker(Status{State: "running"})
		b.setGateway(Gateway{Connected: true})
	}
	if len(f.frames) != 2 {
		t.Errorf("%d frames, want one each", len(f.frames))
	}
}
