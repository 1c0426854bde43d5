# Two commands matter: `make demo` and `make test`. Each sets up what it needs; once installed, both work offline.
PYTHON ?= python3
REQUIREMENTS := layers/dependencies/requirements.txt local/requirements.txt tests/requirements.txt

.PHONY: demo demo-real test lint docs docs-check setup simulate crash-sweep deliveries verify-webhooks fuzz client clean

# The stamp is written last, so an interrupted installation is taken up again.
.venv/installed: $(REQUIREMENTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ClipRelay needs Python 3.11 or newer: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check $(foreach file,$(REQUIREMENTS),-r $(file))
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: .venv/installed

demo: setup
	@.venv/bin/python -m local demo

demo-real: setup
	@.venv/bin/python -m local demo --real

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# Write the generated pages under docs/reference/, or name those that are stale.
docs: setup
	@.venv/bin/python -m tools.docs

docs-check: setup
	@.venv/bin/python -m tools.docs --check

# A worker per processor; the tests of one file stay together, because some share a running service.
test: lint
	.venv/bin/python -m pytest -n auto --dist loadfile

# By hand: seeded runs of the real steps on a virtual clock, with faults at every external call; some fifty videos a second and core.
# `make simulate N=102000` orders more than 100,000; docs/reference/simulation.md has the figures.
N ?= 10000
SEED ?= 1
simulate: setup
	.venv/bin/python -m tests.simulation --videos $(N) --seed $(SEED) --report simulation.md

# By hand: every external call of every step broken in each way, every pair of Submit's, and the builds that must be caught.
crash-sweep: setup
	.venv/bin/python -m tests.simulation --videos 0 --crash-sweep --pairs --broken-builds --report crash-sweep.md

# By hand: 100,000 events to receivers that fail in every way, on a virtual clock; none may be lost.
deliveries: setup
	.venv/bin/python -m tests.simulation.deliveries --events 100000 --seed $(SEED)

# By hand, with a network and Node.js: public verifiers from PyPI and npm judge our signatures.
verify-webhooks: setup
	.venv/bin/python -m tests.interop.webhook_verifiers

# By hand, with a network: schemathesis with all its checks, from PyPI, against a local service with two tenants.
EXAMPLES ?= 20
fuzz: setup
	.venv/bin/python -m tests.interop.schemathesis --examples $(EXAMPLES) --seed $(SEED)

# By hand, with a network: a client that a public generator makes of docs/reference/openapi.json orders and reads a video.
client: setup
	.venv/bin/python -m tests.interop.openapi_client

clean:
	rm -rf .venv .aws-sam .mypy_cache .pytest_cache .ruff_cache
