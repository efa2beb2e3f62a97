package fun_test

import "context"

// direct runs the phases as they come.
type direct struct{}

func (direct) Guard(ctx context.Context, f func(context.Context) error) error   { return f(ctx) }
func (direct) Prepare(ctx context.Context, f func(context.Context) error) error { return f(ctx) }
func (direct) Apply(ctx context.Context, f func(context.Context) error) error   { return f(ctx) }
