.DEFAULT_GOAL := help
RELEASE = .build/release/slipway

.PHONY: help setup build portable demo test night fuzz lint format check-ui bench bench-mlflow bench-serving bench-data scale-check alerts-study soak clean
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
setup: ## Install what is missing (Debian packages, .venv, .deps, .data); a second when nothing changed
	@scripts/setup
build: setup ## Build the release binary
	@swift build -c release --product slipway
portable: setup ## Build a release binary that needs no Swift where it runs (in .build-portable)
	@swift build -c release --static-swift-stdlib --scratch-path .build-portable --product slipway
demo: build ## Watch the main job on real data: set up, build, tell the story
	@$(RELEASE) demo --project .
test: setup ## Run every test
	@scripts/test
night: build fuzz ## The long runs: 10,000,000 fuzzed inputs, 50,000 simulated releases (SLIPWAY_FUZZ_RUNS, SLIPWAY_SIM_SEEDS), the optimised binary
	@swift build --product slipwayPackageTests
	@SLIPWAY_BINARY=$(CURDIR)/$(RELEASE) swift test --skip-build --no-parallel --filter SlipwaySystemTests
	@SLIPWAY_SIM_SEEDS=$${SLIPWAY_SIM_SEEDS:-50000} swift test --skip-build --filter SlipwayReleaseTests.SimulatorTests
fuzz: setup ## Feed the decoders with inputs that libFuzzer makes (ARGS="grpc", ARGS=--keep)
	@scripts/fuzz $(ARGS)
lint: ## Check format and house rules
	@swift format lint --strict --parallel --recursive Sources Tests Package.swift Fuzz/Driver Fuzz/Package.swift
format: ## Format all Swift code
	@swift format --in-place --parallel --recursive Sources Tests Package.swift Fuzz/Driver Fuzz/Package.swift
check-ui: build ## Open MLflow's own pages in a headless Chromium (needs chromium)
	@scripts/check-ui
bench: build ## Measure speed and size; prints one JSON object
	@scripts/bench
bench-mlflow: build ## Compare with the real MLflow server, row by row; prints one JSON object (ARGS=--quick)
	@scripts/bench-mlflow $(ARGS)
bench-serving: build ## Compare the gateway with MLServer, FastAPI and its limits; prints one JSON object (ARGS=--quick)
	@scripts/bench-serving $(ARGS)
bench-data: build ## Compare profiles, drift and validation with their peers on the same tables; prints one JSON object (ARGS=--quick)
	@scripts/bench-data $(ARGS)
scale-check: build ## Profile 20 partitions on real Spark and Ray and compare with one machine (needs Java 17)
	@scripts/scale-check $(ARGS)
alerts-study: build ## Are alerts worth waking for? Real rows, faults of known size, and the rules of the peers (20 minutes)
	@.venv/bin/python Benchmarks/alerts/study.py --binary $(RELEASE) $(ARGS)
soak: build ## Ten minutes of gateways under load, releases and kills (ARGS="--minutes 3")
	@scripts/soak $(ARGS)
clean: ## Remove build products (keeps .deps, .venv, .data)
	@rm -rf .build .build-*
