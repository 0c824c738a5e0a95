# Panorama. `make` alone lists the targets; each is described by the `##` comment beside it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Node that tools/setup/node fetched, where the machine has none that is new enough; sbin for bpftool, also for users.
export PATH := $(CURDIR)/.tools/bin:$(PATH):/usr/sbin

BPF_TARGET_ARCHITECTURE := $(if $(filter aarch64,$(shell uname -m)),arm64,x86)
BPF_SOURCES := $(shell find bpf -name '*.h' -o -name '*.c')
PROTO_SOURCES := $(wildcard proto/panorama/v1/*.proto)
TYPESCRIPT_SOURCES := $(shell find agent aggregator cli proto test -name '*.ts' -not -path '*/generated/*')
GENERATED := proto/generated/panorama.js agent/kernel/generated/layout.ts
TEST_ARGUMENTS ?=

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: node_modules/.package-lock.json ## Install what building and running need and this machine lacks (Debian packages, Node, node packages)

.PHONY: build
build: bin/panorama bpf/agent.bpf.o dist/.compiled ## Compile everything; leaves the command in bin/panorama

.PHONY: test
test: build test-packages ## Run all tests on this machine's kernel; SKIP_LIVE=1 leaves out those that load BPF
	@node dist/test/run.js $(TEST_ARGUMENTS)

.PHONY: kernel-test
kernel-test: build kernel-packages ## Run the agent on other kernels, in virtual machines; a minute for each
	@node --test --test-concurrency=1 $(addprefix dist/,$(patsubst %.ts,%.js,$(wildcard test/kernel/*.test.ts)))

.PHONY: lint
lint: build ## Check types, rules and format
	@npx eslint --cache --cache-location dist/.eslintcache --max-warnings 0 .
	@npx prettier --check --log-level warn --cache --cache-location dist/.prettiercache .
	@node tools/check-files.mjs

.PHONY: format
format: node_modules/.package-lock.json ## Format all sources
	@npx prettier --write --log-level warn .

.PHONY: bench
bench: build test-packages ## Measure, print a table and write it into docs/benchmarks.md
	@node --expose-gc dist/test/bench/main.js $(BENCH)

.PHONY: run
run: build ## Start aggregator and agent in this terminal; Ctrl-C stops both
	@tools/run

.PHONY: clean
clean: ## Remove everything that was built, also .tools and node_modules
	rm -rf dist bin/panorama proto/generated agent/kernel/generated bpf/*.o node_modules .tools

# ---- set-up. The two scripts look first and are done in milliseconds when nothing is missing; they are
# order-only prerequisites, so that running them makes nothing out of date.

.PHONY: build-packages test-packages kernel-packages node
build-packages:
	@tools/setup/packages build

test-packages: build-packages
	@tools/setup/packages test

kernel-packages: build-packages
	@tools/setup/packages kernel

node:
	@tools/setup/node

# Scripts of packages are not run: koffi and chdb bring prebuilt binaries.
node_modules/.package-lock.json: package-lock.json package.json | build-packages node
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# ---- generated sources

proto/generated/panorama.js: $(PROTO_SOURCES) | node_modules/.package-lock.json
	@mkdir -p $(@D)
	npx pbjs -t static-module -w esm -p proto -o $@ -d $(PROTO_SOURCES)

# -idirafter: with -target bpf clang does not look into the architecture's include folder, where Debian keeps <asm/types.h>.
# DWARF goes, BTF stays: libbpf and the layout generator read only the latter.
bpf/agent.bpf.o: $(BPF_SOURCES) | build-packages
	clang -target bpf -mcpu=v3 -g -O2 -Wall -Werror -D__TARGET_ARCH_$(BPF_TARGET_ARCHITECTURE) \
	  -I bpf -idirafter /usr/include/$(shell uname -m)-linux-gnu -c bpf/agent.bpf.c -o $@
	llvm-strip -g $@

agent/kernel/generated/layout.ts: bpf/agent.bpf.o tools/generate-layout.mjs | node_modules/.package-lock.json
	@mkdir -p $(@D)
	node tools/generate-layout.mjs bpf/agent.bpf.o $@

# ---- products

dist/.compiled: $(TYPESCRIPT_SOURCES) $(GENERATED) tsconfig.json node_modules/.package-lock.json
	npx tsc -p .
	@touch $@

bin/panorama: tools/launcher
	@mkdir -p $(@D)
	@install -m 0755 $< $@
