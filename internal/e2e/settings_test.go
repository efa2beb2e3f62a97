package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// invoke runs the supervisor to its end with nothing else in its environment.
func invoke(t *testing.T, dir string, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(patience(t, 20*time.Second), filepath.Join(bin, "supervisor"), args...)
	cmd.Env, cmd.Dir = env, dir
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestWhatCannotWorkIsToldInOneSentenceAndLeavesNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a-file")
	must(t, os.WriteFile(file, nil, 0o600), "writing")
	garbage := filepath.Join(t.TempDir(), "steadfast.toml")
	must(t, os.WriteFile(garbage, []byte("log_levle = 'info'"), 0o600), "writing")
	token := "DISCORD_TOKEN=x.y.z"
	for name, c := range map[string]struct {
		args []string
		env  []string
		code int
		want string
	}{
		"no verb":              {nil, nil, 2, "run"},
		"unknown verb":         {[]string{"dance"}, nil, 2, "dance"},
		"unknown flag":         {[]string{"run", "--loud"}, nil, 2, "--loud"},
		"missing token":        {[]string{"run"}, nil, 78, "there is no token: set DISCORD_TOKEN"},
		"bad value":            {[]string{"run"}, []string{token, "STEADFAST_LOG_LEVEL=loud"}, 78, "expected error, warn, info or debug"},
		"unknown variable":     {[]string{"run"}, []string{token, "STEADFAST_LOGLEVEL=info"}, 78, "did you mean STEADFAST_LOG_LEVEL?"},
		"unknown key":          {[]string{"run", "--config", garbage}, []string{token}, 78, "did you mean log_level?"},
		"no such file":         {[]string{"run", "--config", "/nonexistent.toml"}, []string{token}, 78, "there is no such file"},
		"state is a file":      {[]string{"run", "--state-dir", file}, []string{token}, 78, file},
		"state under a file":   {[]string{"run", "--state-dir", file + "/x"}, []string{token}, 78, file},
		"no worker":            {[]string{"run"}, []string{token, "STEADFAST_WORKER=/nonexistent/worker"}, 78, "/nonexistent/worker"},
		"not a program":        {[]string{"run"}, []string{token, "STEADFAST_WORKER=" + file}, 78, file},
		"a plain http Discord": {[]string{"run"}, []string{token, "DISCORD_API_URL=http://example.com"}, 78, "in the clear"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := shortDir(t)
			env := append([]string{"STEADFAST_STATE_DIR=" + filepath.Join(dir, "state")}, c.env...)
			stdout, stderr, code := invoke(t, dir, env, c.args...)
			if code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, stderr %q; want %d, %q", code, stderr, c.code, c.want)
			}
			if stdout != "" {
				t.Errorf("stdout %q", stdout)
			}
			if c.code == 78 && strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
				t.Errorf("more than one line: %q", stderr)
			}
			if strings.Contains(stderr, "goroutine ") {
				t.Error("a stack instead of a sentence")
			}
		})
	}
}

func TestASecondSupervisorIsRefusedAndTheFirstIsNamed(t *testing.T) {
	t.Parallel()
	sim, world := discord(t, discordsim.Config{})
	p := with(t, sim)
	p.running(1)
	_, stderr, code := invoke(t, p.dir, []string{"STEADFAST_STATE_DIR=" + p.dir, "DISCORD_API_URL=" + sim.APIURL(), "DISCORD_TOKEN=" + sim.Token()}, "run")
	if code != 5 || !strings.Contains(stderr, "pid "+itoa(p.cmd.Process.Pid)) {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
	if c := sim.Counters(); c.Identifies != 1 || c.Resumes != 0 {
		t.Errorf("%d identifies, %d resumes", c.Identifies, c.Resumes)
	}
}

func TestADatabaseThatIsNoneIsToldAndLeftAlone(t *testing.T) {
	t.Parallel()
	sim, _ := discord(t, discordsim.Config{})
	dir := shortDir(t)
	path := filepath.Join(dir, "steadfast.db")
	must(t, os.WriteFile(path, []byte("this is my shopping list, not a database; it is long enough to be looked at twice, isn't it?"), 0o600), "writing")
	p := launch(t, dir, "DISCORD_API_URL="+sim.APIURL(), "DISCORD_TOKEN="+sim.Token())
	if code := p.exits(20 * time.Second); code != exitSettings {
		t.Errorf("exit code %d", code)
	}
	p.sentence(path, "not a database")
	content, err := os.ReadFile(path)
	must(t, err, "reading")
	if !strings.HasPrefix(string(content), "this is my shopping list") {
		t.Error("the file was changed")
	}
}

func TestTheVersionIsSaid(t *testing.T) {
	t.Parallel()
	stdout, stderr, code := invoke(t, t.TempDir(), nil, "version")
	if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "steadfast ") {
		t.Errorf("%d %q %q", code, stdout, stderr)
	}
}
