package inflight_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/inflight"
)

func TestASuccessorFindsTheRequestsUnderWay(t *testing.T) {
	dir := t.TempDir()
	file := starts(t, opens(t, dir))
	a, alsoA, b := file.Bucket(1), file.Bucket(1), file.Bucket(2)
	a.Begin()
	alsoA.Begin()
	b.Begin()
	a.End()
	a.Release()
	b.End()
	b.Begin()
	found := opens(t, dir)
	if diff := cmp.Diff(map[uint64]int{1: 1, 2: 1}, found.UnderWay); diff != "" {
		t.Errorf("under way (-want +got):\n%s", diff)
	}
	if next := left(t, starts(t, found)); len(next.UnderWay) != 0 {
		t.Errorf("a new run begins with %v", next.UnderWay)
	}
}

func TestABucketsPlaceIsUsedAgainOnlyWhenNothingIsUnderWay(t *testing.T) {
	file := inflight.Memory()
	busy := file.Bucket(1 << 40)
	busy.Begin()
	busy.Release()
	for hash := range uint64(3 * inflight.BucketCount) {
		b := file.Bucket(hash)
		b.Begin()
		b.End()
		b.Release()
	}
	if found := left(t, file); found.UnderWay[1<<40] != 1 || found.Elsewhere != 0 {
		t.Errorf("under way: %v and %d elsewhere", found.UnderWay, found.Elsewhere)
	}
	again := file.Bucket(1 << 40) // asked for again, it is the same
	again.Begin()
	busy.End()
	if found := left(t, file); found.UnderWay[1<<40] != 1 {
		t.Errorf("under way: %v", found.UnderWay)
	}
}

func TestABucketThatLostItsPlaceGetsAnother(t *testing.T) {
	file := inflight.Memory()
	file.Bucket(1 << 40).Release()
	var others []*inflight.Bucket
	for hash := range uint64(inflight.BucketCount) {
		others = append(others, file.Bucket(hash))
		others[hash].Begin()
	}
	others[5].End()
	others[5].Release()
	again := file.Bucket(1 << 40)
	again.Begin()
	if found := left(t, file); found.UnderWay[1<<40] != 1 || found.UnderWay[5] != 0 || found.Elsewhere != 0 {
		t.Errorf("under way: %d, and %d in place of it; %d elsewhere", found.UnderWay[1<<40], found.UnderWay[5], found.Elsewhere)
	}
}

func TestBucketsWithoutAPlaceShareOne(t *testing.T) {
	file := inflight.Memory()
	for hash := range uint64(inflight.BucketCount) {
		file.Bucket(hash)
	}
	x, y := file.Bucket(1<<40), file.Bucket(1<<41)
	x.Begin()
	y.Begin()
	x.End()
	x.Release()
	if found := left(t, file); found.Elsewhere != 1 || len(found.UnderWay) != 0 {
		t.Errorf("%d elsewhere, and %v", found.Elsewhere, found.UnderWay)
	}
}

func TestAnEndWithoutABeginIsABug(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it was taken")
		}
	}()
	inflight.Memory().Bucket(1).End()
}

func TestManyMayBeginAndEndAtOnce(t *testing.T) {
	file := inflight.Memory()
	var all sync.WaitGroup
	for g := range uint64(8) {
		all.Go(func() {
			for i := range uint64(1000) {
				b := file.Bucket(i % 5)
				b.Begin()
				if i != 999 || g > 2 {
					b.End()
				}
				b.Release()
			}
		})
	}
	all.Wait()
	if found := left(t, file); found.UnderWay[4] != 3 || len(found.UnderWay) != 1 {
		t.Errorf("under way: %v, want three in bucket 4", found.UnderWay)
	}
}

func TestTheLastThatRestSavedIsFoundAndInherited(t *testing.T) {
	dir := t.TempDir()
	found := opens(t, dir)
	if found.Rest != nil {
		t.Errorf("a new file has %q", found.Rest)
	}
	file := starts(t, found)
	for _, blob := range []string{"a longer one", "", "short"} {
		if err := file.SaveRest([]byte(blob)); err != nil {
			t.Fatal(err)
		}
		if found = opens(t, dir); string(found.Rest) != blob || found.Rest == nil {
			t.Errorf("found %q, want %q", found.Rest, blob)
		}
	}
	before := opens(t, dir)
	for range 2 { // both halves
		if err := file.SaveRest([]byte("later")); err != nil {
			t.Fatal(err)
		}
	}
	if string(before.Rest) != "short" {
		t.Errorf("what was found has become %q", before.Rest)
	}
	full := bytes.Repeat([]byte("x"), inflight.MaxRest)
	startsWith(t, found, inflight.Inheritance{Rest: full})
	found = opens(t, dir)
	file = starts(t, found) // without: it stays
	if found = opens(t, dir); !bytes.Equal(found.Rest, full) {
		t.Error("what was inherited is not there")
	}
	if err := file.SaveRest(append(full, 'x')); err == nil {
		t.Error("more than there is room for was taken")
	}
	if _, err := found.Start(inflight.Inheritance{Rest: append(full, 'x')}); err == nil {
		t.Error("more than there is room for was inherited")
	}
	if again := opens(t, dir); again.Run != found.Run || !bytes.Equal(again.Rest, full) {
		t.Error("what was refused has changed something")
	}
}
