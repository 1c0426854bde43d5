# Two commands matter: `make demo` and `make test`. Each sets up what it needs; once installed, both work offline.
PYTHON ?= python3

# Otherwise every process that a command or a test starts would compile the project again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo demo-real test all-tests unit lint rules types fix docs docs-check pictures setup setup-tests lock build-check simulate crash-sweep alarms durability deliveries load play video-facts verify-webhooks image-decoders fuzz fuzz-faces face-myrouter client face-openai client-check face-ark console-check client-upgrade-check client-compare mutants upgrade-check cloud-check bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Ctrl-C is no error of make's: the shell outlives it, and the command itself has said that it stopped.
UNLESS_INTERRUPTED = || [ $$? -eq 130 ]

# A stamp is written last, so an interrupted installation is taken up again.
.venv/installed: tools/install/requirements.txt layers/dependencies/requirements.txt local/requirements.txt client/requirements.txt
	@trap : INT; $(PYTHON) -m tools.install service && touch $@ $(UNLESS_INTERRUPTED)

.venv/installed-tests: tests/requirements.txt .venv/installed
	@trap : INT; $(PYTHON) -m tools.install tests && touch $@ $(UNLESS_INTERRUPTED)

setup: .venv/installed ## Install what the service and the commands need into .venv

setup-tests: .venv/installed-tests ## Install the linters and test tools, too

demo: setup ## Produce one video with the simulator, step by step
	@trap : INT; .venv/bin/python -m local demo $(UNLESS_INTERRUPTED)

demo-real: setup ## Produce one paid video with UPSTREAM_API_KEY; asks first
	@trap : INT; .venv/bin/python -m local demo --real $(UNLESS_INTERRUPTED)

lint: rules types ## Check code, types, imports and requirements

rules: setup-tests ## Check code, imports and requirements
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/python -m tools.lint.requirements

types: setup-tests ## Check types
	.venv/bin/mypy

fix: setup-tests ## Fix what ruff can fix, and format
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

unit: setup-tests ## Run the unit tests only
	.venv/bin/python -m pytest tests/unit -n auto --dist loadfile

docs: setup-tests ## Write the generated pages under docs/reference/
	@.venv/bin/python -m tools.docs

docs-check: setup-tests ## Name the generated pages that are stale
	@.venv/bin/python -m tools.docs --check

# By hand: the demo is run and recorded, and Chromium photographs the page of a shared link. `PICTURES="--only demo"` needs no Chromium.
PICTURES ?=
pictures: setup-tests ## Draw docs/pictures/ again (Chromium)
	@trap : INT; .venv/bin/python -m tools.pictures $(PICTURES) $(UNLESS_INTERRUPTED)

# The rules take seconds and come first; the type checker takes a minute of one processor, so it runs at the same time as the tests.
test: rules ## Lint, and run all tests
	@$(MAKE) --no-print-directory -j2 types all-tests

# A worker more than processors, because the journeys wait for services half of the time. The tests of one file stay together, and those of
# tests/integration/shared_service. In the order of collection the slow journeys come early, so that no processor is idle at the end.
all-tests: setup-tests ## Run all tests, and no linter
	.venv/bin/python -m pytest -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist loadfile --no-loadscope-reorder

# By hand, with a network and uv: pins what pyproject.toml asks for and everything below it. `make lock UPGRADE=--upgrade` takes newer versions.
lock: ## Write uv.lock and the requirements anew (network, uv)
	uv lock $(UPGRADE)
	uv export --quiet --frozen --no-emit-project --only-group install --output-file tools/install/requirements.txt >/dev/null
	uv export --quiet --frozen --no-emit-project --no-default-groups --output-file layers/dependencies/requirements.txt >/dev/null
	uv export --quiet --frozen --no-emit-project --only-group media --output-file layers/media/requirements.txt >/dev/null
	uv export --quiet --frozen --no-emit-project --only-group local --output-file local/requirements.txt >/dev/null
	uv export --quiet --frozen --no-emit-project --only-group client --output-file client/requirements.txt >/dev/null
	uv export --quiet --frozen --no-emit-project --only-group test --output-file tests/requirements.txt >/dev/null

# By hand, with a network, the SAM CLI and Python 3.13: what `sam deploy` would upload. `BUILD_CHECK=--built` takes the last build.
build-check: setup ## Build as deployed, and ask every handler with its layers alone (network, sam)
	@.venv/bin/python -m tools.build_check $(BUILD_CHECK)

# By hand: seeded runs of the real steps on a virtual clock, with faults at every external call; some ten videos a second and core.
# `make simulate N=102000` orders more than 100,000; docs/reference/simulation.md lists what is tried.
N ?= 10000
SEED ?= 1
simulate: setup-tests ## Run N videos with a tenth of all external calls disturbed
	.venv/bin/python -m tests.simulation --videos $(N) --seed $(SEED) --report simulation.md

# By hand: every external call of every step broken in each way, every pair of Submit's, and the builds that must be caught.
# `SWEEP="--scenario plain"` for one life, without the pairs and the builds.
SWEEP ?= --pairs --broken-builds
crash-sweep: setup-tests ## Break every external call of every step
	.venv/bin/python -m tests.simulation --videos 0 --crash-sweep $(SWEEP) --report crash-sweep.md

# By hand: each service, function and route of the upstream fails for two hours; the template's own alarms must ring within the third.
alarms: setup-tests ## Let every fault that lasts ring, on a virtual clock, and print after how many hours
	.venv/bin/python -m tests.simulation.alarms

# By hand, some forty minutes: the local service is killed at 60 random moments, and its disk is full at 20 (needs root, for a small disk).
# `DURABILITY="--kills 5 --full 0"` for a part.
DURABILITY ?=
durability: setup-tests ## Kill the local service and fill its disk at random moments
	@trap : INT; .venv/bin/python -m tests.durability --seed $(SEED) $(DURABILITY) $(UNLESS_INTERRUPTED)

# By hand: 100,000 events to receivers that fail in every way, on a virtual clock; none may be lost.
deliveries: setup-tests ## Deliver 100,000 events to failing receivers
	.venv/bin/python -m tests.simulation.deliveries --events 100000 --seed $(SEED)

# By hand, on Linux: so many videos of a local service at once; how many end a minute, and what CPU and memory that takes.
VIDEOS ?= 200
load: setup-tests ## Order VIDEOS=200 videos of a local service at once, and print what that costs
	@trap : INT; .venv/bin/python -m tests.load --videos $(VIDEOS) $(UNLESS_INTERRUPTED)

# By hand: files as FFmpeg's libraries write them, odd ones and broken ones, over every transport; what players show must be stored.
play: setup-tests ## Fetch some 60 files over two dozen transports
	.venv/bin/python -m tests.interop.players

# By hand, with ffmpeg: videos of ten shapes; the facts that we read must be those that ffprobe prints. `FACTS="--keep DIR"` keeps the videos.
FACTS ?=
video-facts: setup-tests ## Compare the facts of ten videos with ffprobe's (ffmpeg)
	.venv/bin/python -m tests.interop.film_facts $(FACTS)

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

# By hand, some twenty minutes, with a network: the same over the document of every foreign API; more than 5,000 requests.
FACE_EXAMPLES ?= 100
fuzz-faces: setup-tests ## Fuzz every foreign API with schemathesis (network)
	.venv/bin/python -m tests.interop.schemathesis.faces --examples $(FACE_EXAMPLES) --seed $(SEED)

# By hand, some two minutes, with a network and Node.js: the packages of PyPI and npm for MyRouter's API, as they are.
face-myrouter: setup-tests ## Try the public clients of MyRouter's API (network)
	.venv/bin/python -m tests.interop.myrouter_sdk

# By hand, with a network: a client that a public generator makes of docs/reference/openapi.json orders and reads a video.
client: setup-tests ## Generate a client and order a video with it (network)
	.venv/bin/python -m tests.interop.openapi_client

# By hand, some minutes, with a network and Node.js: the packages `openai` of PyPI and npm, and LiteLLM, against a local service.
# `FACE="--only lost"` for a part.
FACE ?=
face-openai: setup-tests ## Try OpenAI's packages and LiteLLM against a local service (network)
	@trap : INT; .venv/bin/python -m tests.interop.openai_sdk $(FACE) $(UNLESS_INTERRUPTED)

# By hand, some minutes, with a network: the client and its MCP server against a local service, killed at 50 random moments of a batch.
# `CLIENT="--kills 5 --without-mcp"` for a part, which needs no network.
CLIENT ?=
client-check: setup-tests ## Try the client, the command and the MCP server against a local service (network)
	@trap : INT; .venv/bin/python -m tests.client_check --seed $(SEED) $(CLIENT) $(UNLESS_INTERRUPTED)

# By hand, a minute: the client of the working copy with the server of a tag or commit, and the other way round, where it has a client.
# `make client-upgrade-check FROM=v1.0.0`; without FROM, the latest tag.
client-upgrade-check: setup-tests ## Try the client with an older server, and an older client with this one
	@trap : INT; .venv/bin/python -m tests.client_check.versions --from "$(FROM)" $(UNLESS_INTERRUPTED)

# By hand, some minutes, with a network: size, import time and requests of the client and of three public ones. docs/clients.md has the tables.
# `COMPARE="--videos 10 --rounds 3"` for a short look.
COMPARE ?=
client-compare: setup-tests ## Compare the client with public ones (network)
	@trap : INT; nice .venv/bin/python -m tests.interop.client_compare $(COMPARE) $(UNLESS_INTERRUPTED)

# By hand, some minutes, with a network, Node.js and Chromium (Debian: apt-get install chromium): the page at /console in a real browser.
# `CONSOLE="--pictures DIR"` takes pictures of the pages; `--modules DIR` takes npm's packages from a folder.
CONSOLE ?=
console-check: setup-tests ## Use the console with Chromium (network, npm)
	.venv/bin/python -m tests.interop.console $(CONSOLE)

# By hand, some minutes, with a network and Node.js: the vendor's Python SDKs and the AI SDK against a local service that loses answers.
# `FACE_ARK="--folder PATH"` keeps the installed clients.
FACE_ARK ?=
face-ark: setup-tests ## Order through the Ark API with its public clients (network)
	.venv/bin/python -m tests.interop.ark_sdk $(FACE_ARK)

# By hand: small changes to the money path, one at a time; fails if the tests notice too few. With two processors it takes most of an hour.
# `MUTANTS="--modules video/table"` for a part, `MUTANTS=--write` for docs/reference/mutants.md.
NUMBER ?= 440
mutants: setup-tests ## Change the money path, and see whether the tests notice
	.venv/bin/python -m tools.mutants --number $(NUMBER) --seed $(SEED) $(MUTANTS)

# By hand: the code of a tag or commit and that of the working copy are exchanged in both directions, on the local service, while 50
# videos are on their way. Some minutes. `make upgrade-check FROM=v1.0.0`; without FROM, the latest tag.
upgrade-check: setup-tests ## Upgrade and roll back with videos in flight
	@trap : INT; .venv/bin/python -m tests.upgrade --from "$(FROM)" $(UNLESS_INTERRUPTED)

# By hand: every promise and some drills against a deployment, with a report in cloud-check.md. `CLOUD="--region R --yes"` deploys two stacks
# into an AWS account and removes them again; docs/deploy.md says what it touches and costs. `LOCAL=service` starts and checks the service on
# this machine, `LOCAL=ministack` (network, Python 3.13) deploys the built template into an emulator that enforces roles.
LOCAL ?=
CLOUD ?=
cloud-check: setup-tests ## Check a deployment: an AWS account, or LOCAL=service, LOCAL=ministack
	.venv/bin/python -m tests.cloud_check $(if $(LOCAL),--local $(LOCAL)) $(CLOUD)

# By hand, some minutes: cold starts, calls, units, polls and limits, each over its anchor; writes docs/reference/performance.md. Exit status
# 1: a goal is missed. `BENCH="calls warm"` measures parts and writes nothing, `BENCH="--compare ../other"` another checkout, too.
# With BENCH_PYTHON=python3.13, cold starts and requests run there, with the layer's packages in a folder of their own.
BENCH ?=
BENCH_PYTHON ?=
BENCH_PACKAGES = $(if $(BENCH_PYTHON),.venv/bench-$(notdir $(BENCH_PYTHON)))

.venv/bench-%/installed: layers/dependencies/requirements.txt
	$(BENCH_PYTHON) -m pip install --quiet --require-hashes --target $(@D) -r $< && touch $@

bench: setup-tests $(if $(BENCH_PYTHON),$(BENCH_PACKAGES)/installed) ## Measure speed, calls and costs over their anchors
	@trap : INT; BENCH_PYTHON="$(BENCH_PYTHON)" BENCH_PACKAGES="$(BENCH_PACKAGES)" .venv/bin/python -m tests.bench $(BENCH) $(UNLESS_INTERRUPTED)

clean: ## Remove .venv and all caches
	rm -rf .venv .aws-sam .mypy_cache .pytest_cache .ruff_cache
