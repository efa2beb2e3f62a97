package sqlite

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func TestEveryMigrationThatTakesSomethingAwayShutsOlderBuildsOut(t *testing.T) {
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) == 0 || len(steps) != latestVersion() {
		t.Fatalf("%d steps, latest version %d", len(steps), latestVersion())
	}
	for _, step := range steps {
		if err := honest(step); err != nil {
			t.Error(err)
		}
	}
}

func TestAMigrationThatForgotToShutOlderBuildsOutIsFound(t *testing.T) {
	for statements, additive := range map[string]bool{
		"CREATE TABLE a (b INTEGER) STRICT;":                       true,
		"-- DROP TABLE in a comment\nCREATE INDEX i ON a (b);":     true,
		"ALTER TABLE a ADD COLUMN c TEXT NOT NULL DEFAULT '';":     true,
		"INSERT INTO a VALUES (1); insert into a values (2)":       true,
		"CREATE TABLE a (b INTEGER); DROP TABLE c;":                false,
		"ALTER TABLE a RENAME COLUMN b TO c;":                      false,
		"ALTER TABLE a DROP COLUMN b;":                             false,
		"CREATE UNIQUE INDEX i ON a (b);":                          false,
		"UPDATE a SET b = b * 1000;":                               false,
		"DELETE FROM a;":                                           false,
		"CREATE TRIGGER x AFTER INSERT ON a BEGIN SELECT 1; END;":  false,
		"/* harmless */ CREATE TABLE a (b); /* or */ DROP TABLE c": false,
	} {
		err := honest(migration{version: 5, readableFrom: 4, name: "0005_x.sql", statements: statements})
		if (err == nil) != additive {
			t.Errorf("%q: got %v", statements, err)
		}
		if err := honest(migration{version: 5, readableFrom: 5, name: "0005_x.sql", statements: statements}); err != nil {
			t.Errorf("%q, older builds shut out: %v", statements, err)
		}
	}
}

var (
	sqlComment = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/`)
	additive   = regexp.MustCompile(`(?is)^(CREATE TABLE|CREATE INDEX|ALTER TABLE \w+ ADD COLUMN|INSERT INTO)\s`)
)

// honest refuses a step that is not plainly additive and yet lets builds from before it use the database.
func honest(step migration) error {
	if step.readableFrom == step.version {
		return nil
	}
	for statement := range strings.SplitSeq(sqlComment.ReplaceAllString(step.statements, ""), ";") {
		statement = strings.TrimSpace(statement)
		if statement != "" && !additive.MatchString(statement) {
			return fmt.Errorf("migration %s says that version %d can still use the database, but does %q: raise readable_from to %d",
				step.name, step.readableFrom, statement, step.version)
		}
	}
	return nil
}

func TestMigrationFilesAreNumberedWithoutAGapAndSayWhoCanReadThem(t *testing.T) {
	const header = "-- readable_from: 1\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string // part of the error; empty for none
	}{
		{"two in order", map[string]string{"0001_a.sql": header, "0002_b.sql": "-- readable_from: 2\n"}, ""},
		{"a gap", map[string]string{"0001_a.sql": header, "0003_b.sql": header}, "should have number 0002"},
		{"twice the same number", map[string]string{"0001_a.sql": header, "0001_b.sql": header}, "should have number 0002"},
		{"a strange name", map[string]string{"1_a.sql": header}, "is not named"},
		{"no header", map[string]string{"0001_a.sql": "CREATE TABLE x (y);"}, "does not begin with"},
		{"readable from the future", map[string]string{"0001_a.sql": "-- readable_from: 2\n"}, "cannot be readable from version 2"},
		{"readable from nowhere", map[string]string{"0001_a.sql": "-- readable_from: 0\n"}, "cannot be readable from version 0"},
		{
			"readable again", map[string]string{"0001_a.sql": header, "0002_b.sql": "-- readable_from: 2\n", "0003_c.sql": header},
			"cannot be readable from version 1",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range test.files {
				files["migrations/"+name] = &fstest.MapFile{Data: []byte(text)}
			}
			_, err := loadMigrations(files)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestAnUpgradeKeepsTheDataAndNotesTheVersion(t *testing.T) {
	c, path := oldDatabase(t)
	steps := append(currentSteps(t),
		migration{version: latestVersion() + 1, readableFrom: 1, name: "next", statements: "ALTER TABLE cursor ADD COLUMN later TEXT NOT NULL DEFAULT 'x'"},
		migration{version: latestVersion() + 2, readableFrom: 1, name: "after next", statements: "CREATE TABLE more (x INTEGER) STRICT"},
	)
	if err := applyMigrations(t.Context(), c, path, schemaState{latestVersion(), 1}, steps); err != nil {
		t.Fatal(err)
	}
	state, err := inspectSchema(t.Context(), c.conn, path)
	if want := (schemaState{latestVersion() + 2, 1}); err != nil || state != want {
		t.Errorf("got %v, %v; want %v", state, err, want)
	}
	var session, later string
	if err := c.conn.QueryRowContext(t.Context(), "SELECT session_id, later FROM cursor").Scan(&session, &later); err != nil || session != "old" || later != "x" {
		t.Errorf("got %q %q, %v", session, later, err)
	}
}

func TestAnUpgradeThatFailsHalfWayLeavesEverythingAsItWas(t *testing.T) {
	c, path := oldDatabase(t)
	steps := append(currentSteps(t),
		migration{version: latestVersion() + 1, readableFrom: 1, name: "next", statements: "CREATE TABLE more (x INTEGER) STRICT; DELETE FROM cursor"},
		migration{version: latestVersion() + 2, readableFrom: 1, name: "broken", statements: "CREATE TABLE more (x INTEGER) STRICT"},
	)
	if _, err := c.exec(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	err := applyMigrations(t.Context(), c, path, schemaState{latestVersion(), 1}, steps)
	if err == nil || !strings.Contains(err.Error(), "migration broken") || !strings.Contains(err.Error(), path) {
		t.Errorf("the error does not say which: %v", err)
	}
	c.close() // as activate does
	c, err = openForWriting(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	state, err := inspectSchema(t.Context(), c.conn, path)
	if want := (schemaState{latestVersion(), 1}); err != nil || state != want {
		t.Errorf("got %v, %v; want %v", state, err, want)
	}
	var tables, sessions int
	err = c.conn.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM sqlite_schema WHERE name = 'more'), (SELECT count(*) FROM cursor)").Scan(&tables, &sessions)
	if err != nil || tables != 0 || sessions != 1 {
		t.Errorf("%d new tables, %d sessions, %v", tables, sessions, err)
	}
}

// oldDatabase has the current schema and one session in it.
func oldDatabase(t *testing.T) (*connection, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "steadfast.db")
	c, _, err := activate(t.Context(), Options{Path: path, Budget: storage.DefaultBudget()}, 0, []int{0})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	if _, err := c.exec(t.Context(), "INSERT INTO cursor (shard, session_id, resume_url, sequence) VALUES (0, 'old', '', 0)"); err != nil {
		t.Fatal(err)
	}
	return c, path
}

func currentSteps(t *testing.T) []migration {
	t.Helper()
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}
