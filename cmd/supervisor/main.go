// Command supervisor owns the life of the bot: it starts the worker, watches it, and replaces it when it dies or
// stalls. `supervisor run` is the service itself.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

// verbs is the command line; a verb is a file.
type verbs struct {
	Run     runVerb     `cmd:"" help:"Run the bot in the foreground until SIGTERM or SIGINT."`
	Version versionVerb `cmd:"" help:"Say which version this is."`
}

func main() {
	var line verbs
	parser := kong.Must(&line, kong.Name("supervisor"), kong.Writers(os.Stdout, os.Stderr),
		kong.Description("A Discord bot that does not go down: the program that keeps it up."))
	context, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "supervisor: %v; `supervisor --help` lists what there is\n", err)
		os.Exit(exitUsage)
	}
	if err := context.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "supervisor: %v\n", sentence(err))
		os.Exit(exitCode(err))
	}
}
