# `make run` opens the app, `make test` checks everything; both set up what they need.
# Needs make and Python 3.11 or later; PYTHON=... chooses which.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Bytecode is kept, even where the environment says otherwise: dozens of processes import the same modules.
export PYTHONDONTWRITEBYTECODE :=
# torch's index without CUDA: a tenth of the download. Set TORCH_INDEX= for PyPI's own build.
TORCH_INDEX ?=
# Who can reach the app: this machine, or with ADDRESS=0.0.0.0 everyone on the network.
ADDRESS ?= localhost
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--constraint requirements.lock $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.PHONY: install courses lock matrix run test fast half other-half units engine-units other-units scripts computation processes faults cluster pages pages-a-o pages-p-z truth lint types browser servers exports notebooks tex docs libraries fuzz clean

install: .venv/app

# Packages that courses use: scikit-learn, pandas, SciPy, einops, torchvision.
courses: .venv/app
	$(PIP) -r requirements-courses.txt

# requirements.lock has the version of everything that an installation brings: after each change of
# requirements*.txt or pyproject.toml. UPGRADE=--upgrade takes the newest of what is not pinned there.
UPGRADE ?=
UV := .venv-lock/bin/uv
lock: $(UV)
	$(UV) pip compile --quiet --universal --python-version 3.11 $(UPGRADE) \
		--no-emit-package viz-app --custom-compile-command "make lock" \
		requirements-dev.txt --output-file requirements.lock

$(UV):
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

# The recorder and the notebook with each version of torch from 2.5 on, in environments of their own,
# one after the other: half an hour. MATRIX="2.5.1 oldest" chooses.
MATRIX ?=
matrix: .venv/dev $(UV)
	$(BIN)/python -m tests.matrix $(MATRIX)

run: .venv/app libraries
	$(BIN)/streamlit run viz_app/app.py --server.port 8501 --server.address $(ADDRESS)

# Five parts at once, those that take longest first: some mostly wait for processes that they start and
# kill, and two cores stay busy to the end. Each program of the corpus is traced once for all parts, in a
# folder that is emptied before each run.
test: .venv/dev .venv/npm browser servers libraries
	rm -rf .pytest_cache/traces
	$(MAKE) --jobs=5 --output-sync=target \
		pages-p-z pages-a-o processes engine-units other-units computation faults lint scripts

PROCESSES := $(foreach name,test_client test_faults host/test_spawn_client host/test_fair_queue process/test_sandbox \
	record/test_stopping,tests/engine/$(name).py) tests/workers
COMPUTATION := $(foreach name,edit/test_edit_laws engine/record/test_opinfo engine/test_laws engine/text/test_editable \
	knowledge/test_ops picture/explain/test_chain_rule picture/explain/test_contour \
	picture/explain/test_forward_mode picture/test_shown_numbers,tests/$(name).py) tests/truth
without = $(foreach path,$(1),--ignore=$(path))

# A new file is in one of these, until it is named above.
units: engine-units other-units

engine-units:
	$(BIN)/python -m pytest tests/engine $(call without,$(PROCESSES) $(COMPUTATION))

other-units:
	$(BIN)/python -m pytest $(call without,tests/browser tests/cluster tests/engine $(PROCESSES) $(COMPUTATION))

computation:
	$(BIN)/python -m pytest $(COMPUTATION)

processes:
	$(BIN)/python -m pytest $(PROCESSES)

# HAProxy, Redis and three replicas on this machine, of which each is killed in the middle of a class.
faults:
	$(BIN)/python -m pytest tests/cluster

# The same with ten Chromium pages and the seconds that it takes, then a class of two hundred at one, two and three replicas.
cluster: .venv/dev browser servers libraries
	CHROMIUM_PAGES=10 $(BIN)/python -m pytest -s tests/cluster
	$(BIN)/python -m bench.classroom --students 200 --replicas 0 1 2 3

pages: pages-a-o pages-p-z

pages-a-o pages-p-z: pages-%:
	$(BIN)/python -m pytest tests/browser/test_[$*]*.py

# Between edits: the files that take longest are left out, and named.
SLOW := tests/browser tests/cluster $(PROCESSES) $(COMPUTATION) $(foreach name,edit/test_edit engine/host/test_forged \
	engine/process/test_hostile engine/program/test_error_hints engine/program/test_files engine/program/test_rerun \
	engine/test_fuzz engine/test_programs knowledge/test_lessons notebook/test_kernel page/test_page \
	page/visit/test_offers picture/explain/test_no_gradient picture/test_bounds render/test_exports test_package \
	test_walks,tests/$(name).py)
HALF := tests/edit tests/engine tests/knowledge tests/notebook tests/page tests/test_command_line.py
fast: .venv/dev
	$(BIN)/ruff check .
	$(MAKE) --jobs=2 --output-sync=target half other-half
	@echo "Left out, for make test: mypy, the JavaScript, $(SLOW)"

half:
	$(BIN)/python -m pytest $(HALF) $(call without,$(SLOW))

other-half:
	$(BIN)/python -m pytest $(call without,$(HALF) $(SLOW))

# The JavaScript that needs no page.
scripts: .venv/npm
	$(NPM) test

# Random bytes against the four entry points, a minute each: FUZZ_SECONDS=3600 for a night.
FUZZ_SECONDS ?= 60
fuzz: .venv/dev
	$(PIP) atheris==3.0.0
	for door in answer link notebook text; do \
		$(BIN)/python -m tests.fuzz_long $$door -max_total_time=$(FUZZ_SECONDS) || exit 1; done
	HYPOTHESIS_PROFILE=more $(BIN)/python -m pytest $(shell grep -rl --include=test_*.py "import examples" tests)

# Reads back all programs and all samples of PyTorch's table of operations: half an hour.
truth: .venv/dev
	TRUTH=all $(BIN)/python -m pytest -s tests/truth

# Every file of every lesson and of thirty programs, opened again.
exports: .venv/dev browser
	EXPORTS=all $(BIN)/python -m pytest tests/render/test_opened.py tests/render/test_hostile_files.py
	EXPORTS=all $(BIN)/python -m pytest tests/browser/test_standalone.py

# Every LaTeX file of every lesson, in both languages, and of thirty programs, compiled by TeX Live.
TEX := texlive-latex-base texlive-latex-recommended texlive-pictures texlive-lang-korean lmodern
tex: .venv/dev
	@command -v pdflatex >/dev/null || \
	{ test "$$(id -u)" = 0 && apt-get update -q && \
	apt-get install -qy --no-install-recommends $(TEX); } || \
	{ echo "apt-get update && apt-get install -y --no-install-recommends $(TEX)"; exit 1; }
	EXPORTS=all $(BIN)/python -m pytest tests/render/test_tex.py

# A notebook in JupyterLab, as nbconvert's page and slides, and as a marimo app. They are installed in
# an environment of their own; the kernel is the app's.
notebooks: .venv/dev browser
	test -x .venv-notebooks/bin/python || $(BIN)/python -m venv .venv-notebooks
	.venv-notebooks/bin/python -m pip install --quiet --disable-pip-version-check \
		-r requirements-notebooks.txt
	$(NPM) install --prefix .venv-notebooks --no-audit --no-fund --ignore-scripts \
		reveal.js@4.6.1 requirejs@2.3.7
	NOTEBOOKS=.venv-notebooks $(BIN)/python -m pytest tests/notebooks tests/notebook/test_corpus.py

# The documentation, in site/: its first page plays the first lesson, from an exported file.
SEED := from viz_app.knowledge import lessons; print(lessons.load()["gradient-calculation"].program)
docs: .venv/app
	test -x .venv-docs/bin/python || $(BIN)/python -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	mkdir -p docs/assets
	$(BIN)/python -c '$(SEED)' | $(BIN)/python -m viz_app render - -o docs/assets/seed.html
	.venv-docs/bin/python -m mkdocs build --quiet

lint: .venv/dev .venv/npm
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NPM) run lint

# The types of the data sent to the browser, made from viz_app/browser.py.
types: .venv/dev .venv/npm
	$(BIN)/python -m viz_app.browser | $(NPM) run types -- --output assets/browser.d.ts

# Installing also builds the browser's files from npm (build_browser.py); BROWSER are its sources.
BROWSER := build_browser.py npm.py package.json package-lock.json \
	$(shell find assets -name '*.js' -not -path 'assets/build/*')

# A stamp is older than its requirements: install again. `requirements-dev.txt` has the app's in it.
REQUIRED := requirements.txt requirements.lock pyproject.toml $(BROWSER)
# pip would compile 13,000 modules, of which a fifth is ever imported. Each is compiled at its first
# import; what every process needs is imported here, or several would compile it at the same time.
define INSTALL
test -x $(BIN)/python || $(PYTHON) -m venv .venv
$(PIP) --no-compile -r $(1)
$(BIN)/python -c "import torch, streamlit.web.bootstrap"
@test -f assets/build/editor.js || echo "Nothing from npm: a plain text area and a larger plotly.js serve."
endef
.venv/app: $(REQUIRED)
	$(call INSTALL,requirements.txt)
	touch $@

.venv/dev: $(REQUIRED) requirements-dev.txt
	$(call INSTALL,requirements-dev.txt)
	touch .venv/app $@

# The tools that check the JavaScript; installing the app installs only what it needs to run.
NPM := $(BIN)/python npm.py --silent
.venv/npm: .venv/dev package-lock.json
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	touch $@

# Libraries that pip can't install, by Debian's names: the wall's, and those that Graphviz links to.
# `packages.txt` and `Dockerfile` name them too. Without the first the app runs, without its wall.
LIBRARIES := libseccomp2 libglib2.0-0 libxext6 libxrender1
libraries: $(if $(filter run,$(MAKECMDGOALS)),.venv/app,.venv/dev)
	@$(BIN)/python -c "import sys, pygraphviz; sys.platform != 'linux' or __import__('pyseccomp')" 2>/dev/null || \
	{ test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy $(LIBRARIES); } || \
	{ echo "apt-get update && apt-get install -y $(LIBRARIES)"; $(BIN)/python -c "import pygraphviz"; }

# The servers between and behind several replicas. Without them their tests are skipped, and say so.
SERVERS := redis-server haproxy
servers:
	@command -v redis-server >/dev/null && command -v haproxy >/dev/null || \
	{ test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy --no-install-recommends $(SERVERS); } || \
	echo "apt-get update && apt-get install -y $(SERVERS)"

# The browser tests drive the system's Chromium, its build without windows where there is one.
SYSTEM := chromium fonts-noto-cjk
HEADLESS := chromium-headless-shell
browser:
	@command -v chromium >/dev/null || \
	{ test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy $(SYSTEM); } || \
	{ echo "apt-get update && apt-get install -y $(SYSTEM)"; exit 1; }
	@command -v $(HEADLESS) >/dev/null || \
	{ test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy --no-install-recommends $(HEADLESS); } || \
	echo "Without Debian's $(HEADLESS) the tests of the page take a quarter longer."

clean:
	rm -rf .venv artefacts node_modules assets/build .mypy_cache .ruff_cache .pytest_cache .hypothesis
