# A menu of everyday commands; meson.build holds the build itself.
.PHONY: help setup build run test test-elastic test-kafka test-deb deb check lint format asan tsan coverage fuzz fuzz-api sim crash mutate recipes \
        bench bench-search bench-memory bench-notices bench-streams bench-shed bench-postgres bench-checkout bench-100k bench-profile bench-browse \
        bench-mix bench-guest bench-connections bench-spike soak chaos rolling demo clean
BUILD ?= build
SEEDS ?= 10000
ROUNDS ?= 1000
SECONDS ?= 60
EXAMPLES ?= 50
MINUTES ?= 10
CONNECTIONS ?= 19000
RATE ?= 2000
STEP_SECONDS ?= 10
PLAN ?= guest
RELEASE_FLAGS = -Dtests=disabled -Dwerror=false -Db_lto=true -Db_pie=true -Dc_args=-D_FORTIFY_SOURCE=2 \
    -Dc_link_args=-Wl,-z,relro,-z,now

help: ## show this list
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 18

setup: ## install the packages that building and testing need
	@tools/install_packages run test

build: ## compile everything into build/
	@tools/fetch_viewer
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) $(MESON_FLAGS)
	@{ tools/list_sources src; tools/list_sources tests; } > $(BUILD)/sources.new
	@cmp -s $(BUILD)/sources.new $(BUILD)/sources.list || { mv $(BUILD)/sources.new $(BUILD)/sources.list; touch meson.build; }
	@find docs/api -newer $(BUILD)/libshopd.a -exec touch src/api/embedded.c \; 2>/dev/null || true # .incbin is no #include
	@find src/notify/templates -newer $(BUILD)/libshopd.a -exec touch src/notify/templates.c \; 2>/dev/null || true
	@ninja -C $(BUILD) $(TARGETS)

run: ## install what is missing, build, load a sample catalogue, serve on http://127.0.0.1:8080
	@tools/install_packages run
	@$(MAKE) --no-print-directory build TARGETS=shopd
	@tools/run $(BUILD)/shopd

demo: build ## a story told on the terminal: two buyers, then 200 of them on 50 units with a kill -9
	@$(BUILD)/shopd demo
	@$(BUILD)/shopd demo race

test: ## every test: unit, contract, fuzz corpora, simulator, HTTP, the real year, kill -9
	@tools/install_packages run test
	@! test -f $(BUILD)/build.ninja || grep -q unit_test_ $(BUILD)/build.ninja || meson configure $(BUILD) -Dtests=enabled
	@$(MAKE) --no-print-directory build
	@tools/run_tests.py $(BUILD)

check: ## what a change must pass: lint, tests with gcc and clang, sanitizers, 1,000 seeds
	@tools/install_packages run test check
	@$(MAKE) --no-print-directory lint test
	@CC=clang $(MAKE) --no-print-directory BUILD=build-clang build
	@tools/run_tests.py build-clang
	@$(MAKE) --no-print-directory asan tsan
	@$(MAKE) --no-print-directory sim SEEDS=1000

test-elastic: ## the search on a cluster, against a node made from its artifacts of Maven Central
	@tools/install_packages run test check
	@$(MAKE) --no-print-directory build
	@tools/run_tests.py $(BUILD) --only elastic

test-kafka: ## events and workers, against a broker made from its artifacts of Maven Central
	@tools/install_packages run test check
	@$(MAKE) --no-print-directory build
	@tools/run_tests.py $(BUILD) --only kafka

deb: ## a Debian package, build-deb/shopd_VERSION_ARCHITECTURE.deb: program, systemd units, sample settings, documents
	@tools/install_packages run
	@$(MAKE) --no-print-directory BUILD=build-deb TARGETS=shopd MESON_FLAGS="$(RELEASE_FLAGS)" build
	@tools/build_deb build-deb

test-deb: deb ## the package: lintian, installed here, served as its unit says, removed again (as root)
	@tools/install_packages run test deb
	@python3 tests/deb/check_package.py build-deb

lint: ## format, layers, clang-tidy, cppcheck
	clang-format --dry-run --Werror $$(git ls-files '*.c' '*.h')
	tools/check_layers.py .
	@CC=clang $(MAKE) --no-print-directory BUILD=build-clang build
	git ls-files 'src/*.c' | xargs -P $$(nproc) -n 1 clang-tidy-14 --quiet -p build-clang 2>build-clang/tidy.log || \
	    { grep -v 'generated\.$$' build-clang/tidy.log; false; }
	cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr -j $$(nproc) -Isrc src

format: ## rewrite the sources in the house format
	clang-format -i $$(git ls-files '*.c' '*.h')

asan: ## tests under address and undefined-behaviour sanitizers: unit, contract, simulator, HTTP, command line
	@$(MAKE) --no-print-directory BUILD=build-asan MESON_FLAGS='-Db_sanitize=address,undefined -Db_lundef=false' build
	@tools/run_tests.py build-asan --served

tsan: ## unit and contract tests under the thread sanitizer
	@$(MAKE) --no-print-directory BUILD=build-tsan MESON_FLAGS='-Db_sanitize=thread -Db_lundef=false' build
	@tools/run_tests.py build-tsan --unit

coverage: ## line and branch coverage of src/
	@$(MAKE) --no-print-directory BUILD=build-cov MESON_FLAGS='-Db_coverage=true' build
	@tools/run_tests.py build-cov --quick
	gcovr -r . --branches --filter src/ --exclude-branches-by-pattern ".*\b(ensure|TRY)\(.*" build-cov

fuzz: ## run every fuzzer for SECONDS=60
	@CC=clang $(MAKE) --no-print-directory BUILD=build-fuzz MESON_FLAGS='-Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false' build
	@tools/run_fuzz build-fuzz $(SECONDS)

sim: build ## the simulator with SEEDS=10000 seeds, and 1,000 power cuts on the real store
	@$(BUILD)/sim --seeds $(SEEDS)
	@$(BUILD)/sim --power-cuts 1000

crash: build ## kill -9 during the replay of the real year, ROUNDS=1000
	@python3 tests/crash/kill_rounds.py $(BUILD)/shopd --rounds $(ROUNDS)

mutate: ## plant faults in src/shop and see that a test dies of each
	@tools/mutate.py

recipes: ## apply the recipes of CONTRIBUTING.md to a copy of the tree and build it
	@python3 tests/recipes/check_recipes.py

fuzz-api: ## requests made up from openapi.json by Schemathesis (PyPI), EXAMPLES=50 per operation
	@$(MAKE) --no-print-directory build TARGETS=shopd
	@python3 tests/fuzz_api/run.py $(BUILD)/shopd $(BUILD) $(EXAMPLES)

bench: ## durable checkouts/s through the executor and over HTTP, with the CPU split
	@tools/install_packages run check
	@$(MAKE) --no-print-directory build
	@bench/run $(BUILD)

bench-search: ## a million products searched inside the server and over HTTP, and how that grows
	@tools/install_packages run check
	@$(MAKE) --no-print-directory build
	@bench/search $(BUILD)

bench-memory: ## bytes of memory: per product, customer, cart, order, kept key
	@$(MAKE) --no-print-directory build TARGETS=bench_memory
	@$(BUILD)/bench_memory

bench-notices: ## orders told through a slow provider that fails now and then: latencies
	@tools/install_packages run check
	@$(MAKE) --no-print-directory build
	@bench/notices $(BUILD)

bench-shed: ## queueing against refusing when too much comes: the table of ADR 0070, in virtual time
	@$(MAKE) --no-print-directory build TARGETS=bench_shed
	@$(BUILD)/bench_shed

bench-postgres: ## checkouts/s of one and two shopd on one PostgreSQL, and the ordinary way beside it
	@tools/install_packages run test
	@$(MAKE) --no-print-directory build
	@bench/postgres $(BUILD)

chaos: ## MINUTES=10 of load while shopd, PostgreSQL (Patroni) and the network between them break
	@tools/install_packages run test chaos
	@$(MAKE) --no-print-directory build TARGETS=shopd
	@python3 tests/chaos/chaos.py $(BUILD) --minutes $(MINUTES)

rolling: ## a new version takes over from OLD (a commit or tag), under load behind HAProxy: 0 failed requests
	@tools/install_packages run test
	@$(MAKE) --no-print-directory build TARGETS=shopd
	@python3 tests/chaos/rolling.py $(BUILD) $(if $(OLD),--old $(OLD))

bench-checkout: ## wrk with bench/checkout.lua, 64 to 10,000 connections: consumer and wholesale carts, a flash sale
	@tools/install_packages run check
	@$(MAKE) --no-print-directory build
	@SECONDS=$(STEP_SECONDS) bench/checkout $(BUILD)

bench-100k: build ## 100,000 connections over six shopd, all shopping with pauses: checkouts/s, errors, where the limit is
	@SECONDS=$(STEP_SECONDS) bench/crowd $(BUILD)

bench-profile: build ## where each microsecond of the server goes, PLAN=guest (browse, mix); needs perf, as root
	@SECONDS=$(STEP_SECONDS) bench/profile $(BUILD) $(PLAN)

bench-browse: build ## product pages/s over HTTP, for SECONDS=60
	@SECONDS=$(SECONDS) bench/shoppers $(BUILD) browse

bench-mix: build ## 80 % product pages, 15 % cart, 5 % checkout: requests/s, latencies
	@SECONDS=$(SECONDS) bench/shoppers $(BUILD) mix

bench-guest: build ## whole purchases of six requests: orders/s, CPU seconds per order
	@SECONDS=$(SECONDS) bench/shoppers $(BUILD) guest

bench-connections: build ## CONNECTIONS=19000 at rest: memory of each, and what 64 active ones notice
	@SECONDS=$(SECONDS) CONNECTIONS=$(CONNECTIONS) bench/shoppers $(BUILD) connections

bench-spike: build ## a base load, five times that for SECONDS=60, and back: goodput, latency, memory, recovery
	@SECONDS=$(SECONDS) bench/shoppers $(BUILD) spike

soak: build ## MINUTES=10 of whole orders at RATE=2000 requests/s: latency by the minute; fails unless memory is flat
	@MINUTES=$(MINUTES) RATE=$(RATE) bench/shoppers $(BUILD) soak

bench-streams: build ## 10,000 open event streams: memory of each, and how soon a step is there
	@bench/streams $(BUILD)

clean: ## remove every build folder
	rm -rf build build-*
