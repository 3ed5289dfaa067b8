# The commands of the project. `make dashboard` and `make test` are all a newcomer needs.
# Each makes `.venv` when it is missing or out of date; .ci/setup says what it does.

# Relative on purpose: the folder's path may hold spaces.
bin := .venv/bin

.PHONY: help dashboard test lint bench bench-lab bench-verify lock messages
.DEFAULT_GOAL := help

help:
	@echo 'make dashboard   the web app on http://localhost:8501 (PORT=8600 for another port)'
	@echo 'make test        every test, browser ones included'
	@echo 'make lint        style, types and the import rules'
	@echo 'make bench       speed on this machine, and error beside other calculators'
	@echo 'make bench-lab   speed and scores of the lab on this machine (ten minutes)'
	@echo 'make bench-verify  figures of checkpoints, data samples and experiments (an hour)'
	@echo 'make messages    bring the message catalogue up to date with the code'
	@echo 'make lock        pin every dependency anew in constraints.txt'

dashboard:
	@.ci/setup app
	@$(bin)/assay dashboard $(if $(PORT),--port $(PORT))

test:
	@.ci/setup test
	@$(bin)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint:
	@.ci/setup test
	@$(bin)/ruff check .
	@$(bin)/ruff format --check .
	@$(bin)/mypy
	@$(bin)/lint-imports

bench:
	@.ci/setup app
	@.ci/peers
	@$(bin)/python -m tests.bench

bench-lab:
	@.ci/setup test
	@$(bin)/python -m tests.lab_bench

bench-verify:
	@.ci/setup test
	@$(bin)/python -m tests.verify_bench
	@$(bin)/python -m tests.audit_bench
	@$(bin)/python -m tests.experiment_bench

messages:
	@.ci/setup app
	@$(bin)/python -m tests.messages

# torch stands at the version the project names; what it brings along for NVIDIA GPUs
# differs by platform and is left to pip.
lock:
	@.ci/setup test
	@$(bin)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	  --extra lab --extra test --extra lint --no-header --no-annotate pyproject.toml \
	  | grep -vE '^(cuda|nvidia-[^m]|triton)' > .venv/constraints.txt
	@{ echo '# Made by `make lock` for Python 3.11 to 3.13 on Linux and macOS; do not edit.'; \
	  cat .venv/constraints.txt; } > constraints.txt
	@echo "constraints.txt: $$(grep -c == constraints.txt) pins"
