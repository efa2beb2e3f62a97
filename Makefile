# Two commands do all the set-up: `make run` and `make test`.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X github.com/steadfast-bot/steadfast/internal/build.version=$(VERSION)
BUF     := $(GO) tool -modfile=.ci/buf/go.mod buf
# The race detector needs a C compiler.
RACE    := $(shell command -v $$($(GO) env CC) >/dev/null 2>&1 && echo -race)

.PHONY: run build test vet lint vuln proto proto-check bench kills fuzz clean

# run starts the product on the built-in Discord: no account, no token. It prints the page's address.
run: build
	bin/supervisor run --sandbox

# build puts both programs into bin/. grpcnotrace leaves out a tracer that costs 2 MB of each.
build:
	CGO_ENABLED=0 $(GO) build -trimpath -tags grpcnotrace -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

# test runs every test, with the race detector where there is a C compiler.
test:
	@[ -n "$(RACE)" ] || echo "make test: no C compiler here, so the race detector is left out"
	$(GO) test $(RACE) -timeout 10m ./...

# lint holds formatting, vet and staticcheck to nothing found.
lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not gofmt'ed:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

# vuln looks for known vulnerabilities in what we call, where the database can be reached.
vuln:
	.ci/vuln

# proto regenerates the wires; proto-check fails when what is committed differs.
proto:
	$(BUF) lint proto --config .ci/buf/buf.yaml
	$(BUF) generate proto --template .ci/buf/buf.gen.yaml --config .ci/buf/buf.yaml

proto-check: proto
	git diff --exit-code -- proto

# bench prints the numbers of docs/performance.md.
bench: build
	.ci/bench

# kills is the full series of kills of the issue "the pair": 60 of them 12 s apart with the default policy, and a
# storm with the immediate one. 15 minutes; `make test` has a short form.
kills: build
	STEADFAST_KILLS=full $(GO) test -count=1 -timeout 60m -v -run 'TestKills' ./internal/e2e

fuzz:
	$(GO) test -run '^$$' -fuzz FuzzParseLine -fuzztime 60s ./internal/command

clean:
	rm -rf bin
