# `make run` opens the app, `make test` checks everything; both set up what they need.
# Needs make and Python 3.11 or later; PYTHON=... chooses which.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# torch's index without CUDA: a tenth of the download. Set TORCH_INDEX= for PyPI's own build.
TORCH_INDEX ?=
# Who can reach the app: this machine, or with ADDRESS=0.0.0.0 everyone on the network.
ADDRESS ?= localhost
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.PHONY: install run test units scripts computation pages pages-a-o pages-p-z truth lint types browser libraries fuzz clean

install: .venv/app

run: .venv/app libraries
	$(BIN)/streamlit run viz_app/app.py --server.port 8501 --server.address $(ADDRESS)

# Three parts at once: each alone leaves one of two cores idle for much of its time. The browser tests
# run at low priority, so that tests with a time limit of their own are not slowed; root's Chromium
# would raise its threads' priority again, so it loses that right. The purely computational tests
# start once one of the three has finished.
NO_SYS_NICE := setpriv --bounding-set=-sys_nice --inh-caps=-sys_nice
LOW_PRIORITY := $(shell $(NO_SYS_NICE) true 2>/dev/null && echo $(NO_SYS_NICE)) nice -n 10
test: .venv/dev browser libraries lint scripts
	$(MAKE) --jobs=3 --output-sync=target units pages-a-o pages-p-z computation

COMPUTATION := $(foreach name,picture/test_chain_rule picture/test_contour edit/test_edit_laws \
	engine/test_editable engine/test_opinfo knowledge/test_ops,tests/$(name).py)
units:
	$(BIN)/python -m pytest --ignore=tests/browser $(COMPUTATION:%=--ignore=%)

# The JavaScript that needs no page.
scripts: .venv/npm
	$(NPM) test

computation:
	$(LOW_PRIORITY) $(BIN)/python -m pytest $(COMPUTATION)

pages: pages-a-o pages-p-z

pages-a-o pages-p-z: pages-%:
	$(LOW_PRIORITY) $(BIN)/python -m pytest tests/browser/test_[$*]*.py

# Random bytes against the four entry points, a minute each: FUZZ_SECONDS=3600 for a night.
FUZZ_SECONDS ?= 60
fuzz: .venv/dev
	$(PIP) atheris==3.0.0
	for door in answer link notebook text; do \
		$(BIN)/python -m tests.fuzz_long $$door -max_total_time=$(FUZZ_SECONDS) || exit 1; done

# All programs and all samples of PyTorch's table of operations read back: half an hour.
truth: .venv/dev
	TRUTH=all $(BIN)/python -m pytest -s tests/truth

lint: .venv/dev .venv/npm
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NPM) run lint

# The types of the data sent to the browser, made from viz_app/browser.py.
types: .venv/dev .venv/npm
	$(BIN)/python -m viz_app.browser | $(NPM) run types -- --output assets/browser.d.ts

# Installing also builds the browser's files from npm (build_browser.py); BROWSER are its sources.
BROWSER := build_browser.py npm.py package.json package-lock.json $(wildcard assets/program/editor/*.js)

# A stamp is older than its requirements: install again.
.venv/app: requirements.txt pyproject.toml $(BROWSER)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	@test -f assets/build/editor.js || echo "Nothing from npm: a plain text area and a larger plotly.js serve."
	touch $@

.venv/dev: .venv/app requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	touch $@

# What checks the JavaScript; installing the app brings only what it runs with.
NPM := $(BIN)/python npm.py --silent
.venv/npm: .venv/dev package-lock.json
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	touch $@

# What pip can't bring, in Debian's names: the wall's library, and those that Graphviz is linked to.
# `packages.txt` and `Dockerfile` name them too. Without the first the app runs, without its wall.
LIBRARIES := libseccomp2 libglib2.0-0 libxext6 libxrender1
libraries: .venv/app
	@$(BIN)/python -c "import sys, pygraphviz; sys.platform != 'linux' or __import__('pyseccomp')" 2>/dev/null || \
	{ test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy $(LIBRARIES); } || \
	{ echo "apt-get update && apt-get install -y $(LIBRARIES)"; $(BIN)/python -c "import pygraphviz"; }

# The browser tests drive the system's Chromium.
SYSTEM := chromium fonts-noto-cjk
browser:
	@command -v chromium >/dev/null || \
	{ test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy $(SYSTEM); } || \
	{ echo "apt-get update && apt-get install -y $(SYSTEM)"; exit 1; }

clean:
	rm -rf .venv artefacts node_modules assets/build .mypy_cache .ruff_cache .pytest_cache .hypothesis
