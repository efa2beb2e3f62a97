package inflight_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/inflight"
)

// The test binary is its own child: it works until it is killed.
const (
	roleVariable  = "INFLIGHT_TEST_ROLE"
	dirVariable   = "INFLIGHT_TEST_DIR"
	truthVariable = "INFLIGHT_TEST_TRUTH"
)

func TestMain(m *testing.M) {
	role, known := map[string]func(dir string) error{
		"work": workUntilKilled, "succeed": succeedUntilKilled,
	}[os.Getenv(roleVariable)]
	if !known {
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, "the child ended by itself:", role(os.Getenv(dirVariable)))
	os.Exit(1)
}

// killed lets a child work and sends it SIGKILL some time after it said that it is ready.
func killed(t *testing.T, role, dir, truth string, after time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+dir, truthVariable+"="+truth)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, ready := bufio.NewReader(stdout).ReadString('\n')
	time.Sleep(after)
	_ = cmd.Process.Kill()
	var exit *exec.ExitError
	if err := cmd.Wait(); ready != nil || !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the child ended by %v, its word was %v", err, ready)
	}
}

// The steps of one round of a child's goroutine, told through the truth: a mapped page of ours with a word for each.
const (
	entering = 1 + iota
	entered
	trying
	tried
	beginning
	begun
	ending
	ended
	settling
	settled
	leaving
	gone
)

const (
	workers   = 4
	saver     = workers // its word is the number of its save under way
	blobWords = 600
)

func rowOf(worker, round int64) int64 { return 1 + worker + round*workers }

func workUntilKilled(dir string) error {
	truth, err := mapTruth(os.Getenv(truthVariable))
	if err != nil {
		return err
	}
	left, err := inflight.Open(dir)
	if err != nil {
		return err
	}
	file, err := left.Start(inflight.Inheritance{Rest: make([]byte, 8*blobWords)})
	if err != nil {
		return err
	}
	for _, row := range left.Tries.Rows() {
		file.Settled(row)
	}
	var underWay sync.WaitGroup
	for g := range int64(workers) {
		underWay.Add(1)
		go func() {
			bucket := file.Bucket(uint64(g))
			for n := int64(0); ; n++ {
				oneRound(file, bucket, g, n, func(step int64) { atomic.StoreInt64(&truth[g], n<<8|step) })
				if n == 0 {
					underWay.Done()
				}
			}
		}()
	}
	underWay.Wait()
	fmt.Println("ready")
	for n := int64(1); ; n++ {
		atomic.StoreInt64(&truth[saver], n)
		if err := file.SaveRest(blob(n)); err != nil {
			return err
		}
	}
}

func oneRound(file *inflight.File, bucket *inflight.Bucket, g, n int64, at func(step int64)) {
	key := fmt.Sprint(g, ":", n)
	at(entering)
	slot := file.Enter(inflight.OutboxRow, key, uint64(n))
	at(entered)
	if g%2 == 0 { // the others are killed in Enter and Leave more often
		at(trying)
		file.Tried(rowOf(g, n), time.Duration(n))
		at(tried)
		at(beginning)
		bucket.Begin()
		at(begun)
		at(ending)
		bucket.End()
		at(ended)
		at(settling)
		file.Settled(rowOf(g, n))
		at(settled)
	}
	at(leaving)
	slot.Leave()
	at(gone)
}

func blob(n int64) []byte {
	out := make([]byte, 0, 8*blobWords)
	for range blobWords {
		out = binary.LittleEndian.AppendUint64(out, uint64(n))
	}
	return out
}

func mapTruth(path string) (*[workers + 1]int64, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	page, err := unix.Mmap(int(file.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return (*[workers + 1]int64)(unsafe.Pointer(&page[0])), nil
}

// sure says whether something must be there that comes with one step and goes with another, and whether that is known.
func sure(step, coming, there, going int64) (is, known bool) {
	return step >= there && step < going, step != coming && step != going
}

func TestKilledAtAnyInstantExactlyWhatWasThereIsFound(t *testing.T) {
	const kills = 20
	dir, truthPath := t.TempDir(), filepath.Join(t.TempDir(), "truth")
	hits := map[int64]int{}
	for kill := range kills {
		writes(t, truthPath, make([]byte, 4096))
		killed(t, "work", dir, truthPath, time.Duration(rand.IntN(8000))*time.Microsecond)
		truth := reads(t, truthPath)
		found, err := inflight.Read(dir)
		if err != nil || found.Run != uint64(kill+1) {
			t.Fatalf("after kill %d: run %d, %v", kill, found.Run, err)
		}
		word := func(i int) int64 { return int64(binary.LittleEndian.Uint64(truth[8*i:])) }
		for g := range int64(workers) {
			hits[word(int(g))&0xff]++
			checkWorker(t, &found, g, word(int(g)))
		}
		if len(found.InFlight) != 0 || found.Unrecorded != 0 || found.Elsewhere != 0 || len(found.UnderWay) != 0 {
			t.Errorf("nobody put there: %v, %d unrecorded, under way %v", found.InFlight, found.Unrecorded, found.UnderWay)
		}
		checkBlob(t, found.Rest, word(saver))
	}
	t.Logf("steps that the kills hit: %v", hits)
}

// checkWorker compares what was found with where a goroutine stood, and takes it out.
func checkWorker(t *testing.T, found *inflight.Snapshot, g, word int64) {
	t.Helper()
	n, step := word>>8, word&0xff
	key := fmt.Sprint(g, ":", n)
	i := slices.IndexFunc(found.InFlight, func(i inflight.Item) bool { return strings.HasPrefix(i.Key, fmt.Sprint(g, ":")) })
	if is, known := sure(step, entering, entered, leaving); known && is != (i >= 0) {
		t.Errorf("worker %d at step %d: in flight %v, want %v", g, step, i >= 0, is)
	}
	if i >= 0 {
		if item := found.InFlight[i]; item.Key != key || item.Lane != uint64(n) || item.Kind != inflight.OutboxRow {
			t.Errorf("worker %d in round %d: found %+v", g, n, item)
		}
		found.InFlight = slices.Delete(found.InFlight, i, i+1)
	}
	got, fate := found.Tries.Of(rowOf(g, n))
	if is, known := sure(step, trying, tried, settling); known && is != (fate == inflight.WasTried) {
		t.Errorf("worker %d at step %d: tried %v, want %v", g, step, fate, is)
	}
	if at := time.Duration(n); fate == inflight.WasTried && (got.First != at || got.Last != at) {
		t.Errorf("worker %d in round %d: tried at %v", g, n, got)
	}
	if n > 0 {
		if _, fate := found.Tries.Of(rowOf(g, n-1)); fate == inflight.WasTried {
			t.Errorf("worker %d in round %d: the row before is not settled", g, n)
		}
	}
	if is, known := sure(step, beginning, begun, ending); known && is != (found.UnderWay[uint64(g)] == 1) {
		t.Errorf("worker %d at step %d: %d under way", g, step, found.UnderWay[uint64(g)])
	}
	delete(found.UnderWay, uint64(g))
}

func checkBlob(t *testing.T, got []byte, number int64) {
	t.Helper()
	if !slices.Equal(got, blob(number)) && !slices.Equal(got, blob(number-1)) {
		t.Errorf("rest's area is neither save %d nor the one before: %d bytes, %x", number, len(got), got[:min(16, len(got))])
	}
}

// succeedUntilKilled is a row of workers in one process: each takes over from one that seems to have panicked with
// "x" in flight and enters it.
func succeedUntilKilled(dir string) error {
	for first := true; ; first = false {
		left, err := inflight.Open(dir)
		if err != nil {
			return err
		}
		history, _ := inflight.Judge(left.History, left.Death(inflight.Panicked))
		file, err := left.Start(inflight.Inheritance{History: history, Rest: []byte(strconv.FormatUint(left.Run, 10))})
		if err != nil {
			return err
		}
		file.Enter(inflight.GatewayEvent, "y", 0) // so that none is alone
		file.Enter(inflight.GatewayEvent, "x", 0)
		if first {
			fmt.Println("ready")
		}
	}
}

func TestEachDeathIsJudgedOnceWhereverTheSuccessorDies(t *testing.T) {
	const kills = 20
	dir := t.TempDir()
	var without int
	for range kills {
		killed(t, "succeed", dir, "", time.Duration(rand.IntN(5000))*time.Microsecond)
		found, err := inflight.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		judged := found.History.Judged == found.Run
		if !judged && found.History.Judged != found.Run-1 {
			t.Fatalf("run %d was left with the death of %d judged", found.Run, found.History.Judged)
		}
		if !judged && !slices.Contains(keys(found.InFlight), "x") {
			without++ // killed between Start and Enter
		}
		accusations := 0
		if i := slices.IndexFunc(found.History.Records, func(r inflight.Record) bool { return r.Key == "x" }); i >= 0 {
			accusations = found.History.Records[i].Accusations
		}
		missed := without
		if !judged && !slices.Contains(keys(found.InFlight), "x") {
			missed-- // not judged yet
		}
		if want := int(found.History.Judged) - missed; accusations != want {
			t.Fatalf("%d accusations after %d deaths, %d of them without it", accusations, found.History.Judged, missed)
		}
	}
}
