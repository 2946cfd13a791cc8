# Two commands matter: `make run` and `make test`. Each prepares what it needs; the scripts it calls
# in .dev/ also run without make.
.PHONY: run test lint bench bench-tag bench-policy bench-api test-long test-webkit fuzz lock clean

run: ## The collector with its demo shop, on http://127.0.0.1:8000. ARGS="--port 8001" goes to `tagwell serve`.
	@sh .dev/run.sh $(ARGS)

test: ## Every check, the browser tests included. ARGS="-k forms" goes to pytest.
	@sh .dev/test.sh $(ARGS)

lint: ## The checks that run nothing: ruff, mypy, tsc, the tag's size.
	@sh .dev/test.sh --lint

test-long: ## The tests that take minutes.
	@sh .dev/test.sh -m long $(ARGS)

test-webkit: ## The delivery tests in WebKit, which is installed first (Debian; as root or by sudo).
	@sh .dev/webkit.sh $(ARGS)

fuzz: ## The decoders under coverage-guided fuzzing, ten minutes each. ARGS="native segment" names some.
	@sh .dev/fuzz.sh $(ARGS)

bench: ## What a beacon costs: against a bare server and nginx, in batches, with two workers, by stage, in a flood.
	@sh .dev/bench.sh

bench-tag: ## What the tag costs a page, beside a floor and four other tags.
	@sh .dev/bootstrap.sh test
	@E2E_CHROMIUM=$$(.venv/bin/python .dev/browser.py chromium) .venv/bin/python -m tests.bench.tag_cost $(ARGS)

bench-policy: ## What ten thousand rules cost an event, beside ten.
	@sh .dev/bootstrap.sh test
	@.venv/bin/python -m tests.bench.policy_rules $(ARGS)

bench-api: ## Items a second of the server API, in batches and one by one.
	@sh .dev/bootstrap.sh test
	@.venv/bin/python -m tests.bench.api_rate $(ARGS)

lock: ## Take the newest versions that pyproject.toml admits and pin them.
	@sh .dev/lock.sh

clean: ## Remove what these commands made; the store and the geo databases stay.
	rm -rf .venv dist test-results .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find collector snippet tests e2e .dev -name __pycache__ -type d -prune -exec rm -rf {} +
