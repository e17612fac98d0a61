# The commands people type. `make demo` and `make test` each build what they need, on a fresh machine too.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AMLSEC_DATA ?= $(wildcard $(CURDIR)/../shared/data)
ifneq ($(AMLSEC_DATA),)
export AMLSEC_DATA
endif
JOBS ?= 2

OLDEST_PYTHON ?= python3.11
NEWEST_PYTHON ?= python3.13
UV := uv==0.13.9

.PHONY: demo demo-phishing test test-slow test-oldest test-newest test-extras dist tagged sbom check docs reproduce bench bench-impact bench-poisoning bench-evasion bench-privacy bench-gate bench-peers torch system-deps clean requirements

demo: $(VENV)/ready ## audit real text messages; prints where the report is
	$(BIN)/amlsec audit --demo sms --minutes 3 --out amlsec-report

demo-phishing: $(VENV)/ready ## audit real phishing pages
	$(BIN)/amlsec audit --demo phishing --minutes 3 --out amlsec-report-phishing

test: $(VENV)/ready ## the quick tests
	$(BIN)/pytest -n $(JOBS) -m "not slow" src tests

test-slow: $(VENV)/ready ## what `make test` leaves out; hours
	$(BIN)/pytest -n $(JOBS) -m slow tests

test-oldest: ## the quick tests on the lowest versions that pyproject.toml allows; NumPy 1 prints examples in other ways
	$(OLDEST_PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install -q --disable-pip-version-check $(UV)
	.venv-oldest/bin/python release/floors.py > .venv-oldest/floors.txt
	.venv-oldest/bin/uv pip install -q --python .venv-oldest -c .venv-oldest/floors.txt -e '.[test]'
	.venv-oldest/bin/pytest -n $(JOBS) -m "not slow" -W ignore::DeprecationWarning -W ignore::FutureWarning @release/oldest.txt tests

test-newest: ## the quick tests on Python 3.13 and the newest of everything
	$(NEWEST_PYTHON) -m venv .venv-newest
	.venv-newest/bin/python -m pip install -q --disable-pip-version-check $(UV)
	.venv-newest/bin/uv pip install -q --python .venv-newest --upgrade -e '.[test]'
	.venv-newest/bin/pytest -n $(JOBS) -m "not slow" src tests

dist: $(VENV)/ready ## wheel and sdist of the last commit in dist/, the same bytes wherever they are built
	rm -rf dist
	$(BIN)/python release/dist.py dist

tagged: $(VENV)/ready ## TAG names the version, as v0.1.0
	test "$$TAG" = "v$$($(BIN)/amlsec --version)"

test-extras: dist ## each extra alone in a new environment with the wheel; gigabytes
	$(BIN)/python release/extras.py dist/*.whl

sbom: dist ## what the wheel brings with it, as CycloneDX in dist/
	$(PYTHON) -m venv .venv-sbom
	.venv-sbom/bin/python -m pip install -q --disable-pip-version-check cyclonedx-bom==7.5.0
	$(BIN)/python release/sbom.py dist/*.whl .venv-sbom/bin/cyclonedx-py

check: $(VENV)/ready ## style, types, generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python docs/generate.py --check

docs: $(VENV)/ready ## write the generated pages and build the site in site/; a warning fails
	$(BIN)/python docs/generate.py
	$(BIN)/zensical build --strict --clean

reproduce: $(VENV)/ready ## the papers' figures at full size; minutes each
	missed=0; for script in reproductions/[a-z]*.py; do $(BIN)/python $$script || missed=1; done; exit $$missed

reproduce-%: $(VENV)/ready ## one of them, as in `make reproduce-antidote`
	$(BIN)/python reproductions/$*.py

bench: $(VENV)/ready ## against peers, in one run; installs them
	$(BIN)/python -m pip install -q -e '.[bench]'
	$(BIN)/python benchmarks/roni_against_art.py

bench-impact: $(VENV)/ready ## the impact engine: speed of every family, quality against peers, many workers; an hour
	$(BIN)/python -m pip install -q -e '.[bench]'
	$(BIN)/python benchmarks/impact_speed.py
	$(BIN)/python benchmarks/impact_quality.py
	$(BIN)/python benchmarks/impact_distributed.py
	$(BIN)/python benchmarks/impact_forest_noise.py

bench-poisoning: $(VENV)/ready ## attacks against defenses on real data of four domains; an hour
	$(BIN)/python benchmarks/poisoning.py

bench-evasion: torch ## evasion against peers, in one run; installs them; half an hour and more
	$(BIN)/python -m pip install -q -e '.[bench]'
	$(BIN)/python -m pip install -q --no-deps adv-lib==0.2.8
	$(BIN)/python benchmarks/evasion.py

bench-privacy: torch ## membership against peers, in one run; installs them; half an hour
	$(BIN)/python -m pip install -q -e '.[bench]' opacus==1.6.0
	$(BIN)/python -m pip install -q --no-deps Privacy-Meter==1.0.1
	$(BIN)/python benchmarks/membership.py

bench-gate: $(VENV)/ready ## the gate: load, a million rows, killed again and again, rates on clean streams, who knows it, a year of mails; hours, stopped by Ctrl-C it goes on where it was
	$(BIN)/python benchmarks/gate_all.py

PEERS := art cleanlab pydvl alibi_detect

bench-peers: $(VENV)/ready $(PEERS:%=.venv-peer-%/ready) ## amlsec as a whole against four libraries, each in an environment of its own; half an hour with the downloads, gigabytes
	$(BIN)/python benchmarks/peers.py

.venv-peer-%/ready: benchmarks/rivals/%.txt
	$(PYTHON) -m venv .venv-peer-$*
	.venv-peer-$*/bin/python -m pip install -q --disable-pip-version-check -r $<
	touch $@

torch: $(VENV)/ready ## what neural networks and accounts of privacy need; tests of them skip without it
	$(BIN)/python -m pip install -q --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps opacus==1.6.0 opt-einsum==3.4.0 \
		dp-accounting==0.6.0 absl-py==2.5.1 dm-tree==0.1.10 wrapt==2.5.2

system-deps: ## Debian packages that some tests need (run as root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends bogofilter chromium dict-gcide postgresql r-cran-pcapp wamerican

# pip refuses hashes and an editable install in one command, hence two.
$(VENV)/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

requirements: ## pin what pyproject.toml asks for, with hashes and without addresses; needs uv
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev \
		--python-version 3.11 pyproject.toml requirements.in -o requirements.txt

clean: ## everything that can be made again
	rm -rf $(VENV) .venv-* dist .mypy_cache .ruff_cache .hypothesis amlsec-report* site
