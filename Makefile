# Thin on purpose: what each of these does stands in scripts/.

.DEFAULT_GOAL := help
.PHONY: help run dev build check test e2e faults fault-controls fuzz api-check bench bench-quick prepare

help: ## Say what there is
	@printf 'PerfAlly\n\n'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nThe first run installs what is missing and compiles for some minutes; later ones start in seconds.\n'

run: ## Build what changed and start PerfAlly with its demo at http://127.0.0.1:3000
	@scripts/run.sh

dev: ## The same, and build and start again whenever a source file changes
	@scripts/dev.sh

build: ## Build the release into dist/; dist/perfally serve runs from any folder
	@scripts/build.sh

check: ## Format, lints, types and the rules of the house; runs nothing
	@scripts/check.sh

test: ## Everything that CI runs: checks and all tests, on a PostgreSQL of its own
	@scripts/test.sh

e2e: ## The browser tests alone
	@scripts/e2e.sh

faults: ## The fault tests in full length, on a release build (about an hour)
	@scripts/faults.sh

fault-controls: ## Break a copy in each way that the fault tests must notice, and see that they do (long)
	@scripts/fault-controls.sh

api-check: ## Ask the API all that its document allows and forbids, and compare (schemathesis)
	@scripts/api-check.sh

fuzz: ## Feed every parser at the doors with what nobody means to send (bounded)
	@scripts/fuzz.sh

bench: ## All benchmarks, against references of the same run (long)
	@scripts/bench.sh

bench-quick: ## Small versions of them (under two minutes)
	@scripts/bench.sh quick

prepare: ## Write .sqlx/ anew after changing SQL or migrations
	@scripts/prepare.sh
