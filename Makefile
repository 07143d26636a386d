# Staffetta: the two commands that matter are `make run` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help setup assets run test lint bench lock texts sbom clean conformance calendars

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: ## Make .venv from the lock files; nothing when it is up to date
	@tools/setup.sh

assets: setup ## Build web/static/dist from web/frontend and compile the texts; nothing when they are up to date
	@tools/assets.sh

run: setup assets ## Run everything on this machine, with a demonstration network
	@.venv/bin/staffetta demo

test: setup assets ## Run every check and every test
	@tools/test.sh

lint: setup ## Run the checks that need no test: format, style, types, import contracts
	@tools/lint.sh

bench: setup assets ## Measure what things cost, beside the last recorded figures
	@tools/bench.sh

lock: ## Lock the dependencies again after a change of pyproject.toml
	@tools/lock.sh
	@tools/setup.sh

texts: setup ## Bring web/translations up to date with the texts of web; then translate what is new
	@tools/texts.sh

sbom: setup ## Write build/sbom/: what the product is made of, as CycloneDX
	@.venv/bin/python tools/sbom.py

calendars: setup ## Compare the calendars with an oracle that looks at each minute of ten years (a quarter of an hour)
	@.venv/bin/python -m tests.engine.calendars.every_minute $(CALENDARS)
	@EXAMPLES=900 .venv/bin/pytest -q -p no:xdist tests/engine/cases/test_instants.py

conformance: setup ## Run public cases: make conformance TCK=<folder of DMN cases> or BPMN=<folder of models>
	@$(if $(TCK),.venv/bin/python tests/engine/dmn/conformance.py $(if $(MISSES),--misses) "$(TCK)")
	@$(if $(BPMN),.venv/bin/python -m tests.engine.bpmn.conformance "$(BPMN)")

clean: ## Remove what set-up, builds and checks have made; data stay
	rm -rf .venv build dist web/static/dist web/frontend/node_modules
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
