# make demo   run the sample photos (or PHOTOS=folder) through the whole pipeline
# make run    keep the stack up until Ctrl-C; STATE=cosmos COSMOS_ENDPOINT=… [COSMOS_KEY=…] keeps
#             its state in a Cosmos DB account
# make watch  Prometheus beside it, with the alerts of infra/prometheus
# make test   lint, types, tests
# make infra  of these the infrastructure's: templates, hooks, workflow, queries, alerts
# make bench  measure; the figures go into docs/performance.md
# make gallery  contact sheets to judge by eye: docs/images, and out/gallery for others' photos
# make clean  remove what the above have built

PYTHON ?= python3.11
PHOTOS ?= samples
OUT ?= out
export PIP_DISABLE_PIP_VERSION_CHECK = 1
MODULES := activities benchmarks imaging local models opal orchestrations release triggers function_app.py
INFRA := tests/hooks tests/infra tests/ml tests/prometheus
PIXELS := tests/imaging tests/models
STATE_TESTS := tests/cosmos_server tests/credits tests/orchestrations tests/state tests/webhooks

.PHONY: infra demo run watch test test-state test-pixels lint types bench gallery clean stack

demo: stack
	@.venv/bin/python -m local demo --photos "$(PHOTOS)" --out "$(OUT)"

# COSMOS_KEY may come from the environment as well, where no process list shows it.
ifdef STATE
run: export OPAL_STATE := $(STATE)
endif
ifdef COSMOS_ENDPOINT
run: export OPAL_COSMOS_ENDPOINT := $(COSMOS_ENDPOINT)
endif
ifdef COSMOS_KEY
run: export OPAL_COSMOS_KEY := $(COSMOS_KEY)
endif
run: stack
	@.venv/bin/python -m local up

watch: .tools/.done
	@echo "Prometheus reads localhost:7071 and shows alerts at http://localhost:9090/classic/alerts, until Ctrl-C."
	@.tools/bin/prometheus --config.file=infra/prometheus/prometheus.yml --web.listen-address=127.0.0.1:9090 \
		--web.local-assets=.tools/share/prometheus/web --storage.tsdb.path=.local/prometheus --log.level=warn

# What is no matter of time runs two at a time, the longest first; the whole stack and its API run alone.
test: node_modules/.dev stack .venv/.dev .venv-infra/.done .tools/.done lint
	@echo "Types, and the tests of single parts, two at a time. Each tells when it is done, in three minutes."
	@$(MAKE) --no-print-directory -j2 -O test-state test-pixels infra types
	.venv/bin/python -m pytest $(addprefix --ignore=,$(INFRA) $(PIXELS) $(STATE_TESTS))

test-state test-pixels: .venv/.dev
	.venv/bin/python -m pytest $(if $(findstring state,$@),$(STATE_TESTS),$(PIXELS))

infra: node_modules/.dev .venv-endpoint/.done .venv/.dev .venv-infra/.done .tools/.done
	.venv/bin/python -m pytest $(INFRA)

lint: .venv/.dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/.dev
	.venv/bin/mypy $(MODULES)

bench: stack .venv/.dev
	.venv/bin/python -m benchmarks.overhead

gallery: .venv/.dev
	.venv/bin/python -m benchmarks.gallery

# The three installations are independent, so they run side by side.
stack:
	@$(MAKE) --no-print-directory -j3 .venv/.local .venv-endpoint/.done node_modules/.done

.venv/.local: requirements.txt requirements-local.txt
	@echo "Installing the function app and its local host into .venv …"
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet -r requirements-local.txt
	@touch $@

.venv/.dev: .venv/.local requirements-dev.txt
	@echo "Installing the development tools into .venv …"
	@.venv/bin/python -m pip install --quiet -r requirements-dev.txt
	@touch $@

.venv-endpoint/.done: requirements-endpoint.txt requirements-endpoint-shared.txt
	@echo "Installing the model endpoint into .venv-endpoint …"
	@test -x .venv-endpoint/bin/python || $(PYTHON) -m venv .venv-endpoint
	@.venv-endpoint/bin/python -m pip install --quiet -r requirements-endpoint.txt
	@touch $@

node_modules/.done: package.json package-lock.json
	@echo "Installing Azurite into node_modules …"
	@npm ci --loglevel=error --no-audit --no-fund --omit=dev
	@touch $@

# The tests' emulators beside Azurite; `npm ci` always begins anew.
node_modules/.dev: package.json package-lock.json
	@echo "Installing Azurite and the tests' emulators into node_modules …"
	@npm ci --loglevel=error --no-audit --no-fund
	@touch node_modules/.done $@

# The infrastructure's checkers pin much that the app has in newer versions.
.venv-infra/.done: requirements-infra.txt
	@echo "Installing the infrastructure's checkers into .venv-infra …"
	@test -x .venv-infra/bin/python || $(PYTHON) -m venv .venv-infra
	@.venv-infra/bin/python -m pip install --quiet -r requirements-infra.txt
	@touch $@

# Debian's prometheus and promtool, unpacked and not installed: no service is started, no root
# is needed. Its pages want the libraries beside it, but not all time zones in every form.
PAGES := bootstrap4 d3 eonasdan-bootstrap-datetimepicker jquery jquery-hotkeys moment moment-timezone \
	mustache popper.js rickshaw
.tools/.done:
	@echo "Unpacking Prometheus into .tools …"
	@mkdir -p .tools/apt/lists/partial .tools/apt/archives/partial
	@apt-get -qq -o Dir::State::lists=$(CURDIR)/.tools/apt/lists update
	@cd .tools/apt && apt-get -qq -o APT::Sandbox::User=root -o Dir::State::lists=$(CURDIR)/.tools/apt/lists \
		download prometheus $(PAGES:%=libjs-%)
	@for package in .tools/apt/*.deb; do dpkg -x "$$package" .tools/apt/unpacked; done
	@rm -rf .tools/share .tools/apt/unpacked/usr/share/javascript/moment-timezone/data
	@mkdir -p .tools/bin .tools/share
	@mv .tools/apt/unpacked/usr/bin/prom* .tools/bin/
	@mv $(addprefix .tools/apt/unpacked/usr/share/,prometheus javascript nodejs) .tools/share/
	@rm -rf .tools/apt
	@touch $@

clean:
	rm -rf .venv .venv-endpoint .venv-infra .tools node_modules .local out .mypy_cache .ruff_cache .pytest_cache
