# Two commands matter: `make demo` and `make test`. Each sets up what it needs; once installed, both work offline.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help demo demo-real test unit lint fix docs docs-check setup setup-tests lock simulate crash-sweep deliveries play verify-webhooks image-decoders fuzz client mutants clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Ctrl-C is no error of make's: the shell outlives it, and the command itself has said that it stopped.
UNLESS_INTERRUPTED = || [ $$? -eq 130 ]

# A stamp is written last, so an interrupted installation is taken up again.
.venv/installed: layers/dependencies/requirements.txt local/requirements.txt
	@trap : INT; $(PYTHON) -m tools.install service && touch $@ $(UNLESS_INTERRUPTED)

.venv/installed-tests: tests/requirements.txt .venv/installed
	@trap : INT; $(PYTHON) -m tools.install tests && touch $@ $(UNLESS_INTERRUPTED)

setup: .venv/installed ## Install what the service and the commands need into .venv

setup-tests: .venv/installed-tests ## Install the linters and test tools, too

demo: setup ## Produce one video with the simulator, step by step
	@trap : INT; .venv/bin/python -m local demo $(UNLESS_INTERRUPTED)

demo-real: setup ## Produce one paid video with UPSTREAM_API_KEY; asks first
	@trap : INT; .venv/bin/python -m local demo --real $(UNLESS_INTERRUPTED)

lint: setup-tests ## Check code, types, imports and requirements
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m tools.lint.requirements

fix: setup-tests ## Fix what ruff can fix, and format
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

unit: setup-tests ## Run the unit tests only
	.venv/bin/python -m pytest tests/unit -n auto --dist loadfile

docs: setup-tests ## Write the generated pages under docs/reference/
	@.venv/bin/python -m tools.docs

docs-check: setup-tests ## Name the generated pages that are stale
	@.venv/bin/python -m tools.docs --check

# A worker per processor; the tests of one file stay together, because some share a running service. In the order of collection the slow
# journeys come early, so that no processor is idle at the end.
test: lint ## Lint, then run all tests
	.venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# By hand, with a network and uv: pins what pyproject.toml asks for and everything below it. `make lock UPGRADE=--upgrade` takes newer versions.
lock: ## Write uv.lock and the requirements anew (network, uv)
	uv lock $(UPGRADE)
	uv export --quiet --frozen --no-emit-project --no-default-groups --output-file layers/dependencies/requirements.txt >/dev/null
	uv export --quiet --frozen --no-emit-project --only-group local --output-file local/requirements.txt >/dev/null
	uv export --quiet --frozen --no-emit-project --only-group test --output-file tests/requirements.txt >/dev/null

# By hand: seeded runs of the real steps on a virtual clock, with faults at every external call; some fifty videos a second and core.
# `make simulate N=102000` orders more than 100,000; docs/reference/simulation.md lists what is tried.
N ?= 10000
SEED ?= 1
simulate: setup-tests ## Run N videos with a tenth of all external calls disturbed
	.venv/bin/python -m tests.simulation --videos $(N) --seed $(SEED) --report simulation.md

# By hand: every external call of every step broken in each way, every pair of Submit's, and the builds that must be caught.
crash-sweep: setup-tests ## Break every external call of every step
	.venv/bin/python -m tests.simulation --videos 0 --crash-sweep --pairs --broken-builds --report crash-sweep.md

# By hand: 100,000 events to receivers that fail in every way, on a virtual clock; none may be lost.
deliveries: setup-tests ## Deliver 100,000 events to failing receivers
	.venv/bin/python -m tests.simulation.deliveries --events 100000 --seed $(SEED)

# By hand: files as FFmpeg's libraries write them, odd ones and broken ones, over every transport; what players show must be stored.
play: setup-tests ## Fetch some 60 files over two dozen transports
	.venv/bin/python -m tests.interop.players

# By hand, with a network and Node.js: public verifiers from PyPI and npm judge our signatures.
verify-webhooks: setup-tests ## Verify our signatures with public libraries (network)
	.venv/bin/python -m tests.interop.webhook_verifiers

# By hand, with a network: the test images of Pillow and other packages from PyPI, file by file.
image-decoders: setup-tests ## Compare the image reader with Pillow on public images (network)
	.venv/bin/python -m tests.interop.image_decoders

# By hand, with a network: schemathesis with all its checks, from PyPI, against a local service with two tenants.
EXAMPLES ?= 20
fuzz: setup-tests ## Fuzz the API with schemathesis (network)
	.venv/bin/python -m tests.interop.schemathesis --examples $(EXAMPLES) --seed $(SEED)

# By hand, with a network: a client that a public generator makes of docs/reference/openapi.json orders and reads a video.
client: setup-tests ## Generate a client and order a video with it (network)
	.venv/bin/python -m tests.interop.openapi_client

# By hand: small changes to the money path, one at a time; fails if the tests notice too few. With two processors it takes most of an hour.
# `MUTANTS="--modules video/table"` for a part, `MUTANTS=--write` for docs/reference/mutants.md.
NUMBER ?= 440
mutants: setup-tests ## Change the money path, and see whether the tests notice
	.venv/bin/python -m tools.mutants --number $(NUMBER) --seed $(SEED) $(MUTANTS)

clean: ## Remove .venv and all caches
	rm -rf .venv .aws-sam .mypy_cache .pytest_cache .ruff_cache
