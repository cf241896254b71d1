# Vigia. `make demo` and `make test` work on a bare Debian or Ubuntu machine with Swift installed: each installs what is
# missing first and says so.

SHELL := /bin/bash
# What `swift build` and `swift test` need beyond the toolchain.
PACKAGES := libcurl4-openssl-dev libsqlite3-dev libssl-dev zlib1g-dev
IMPORTS := --explicit-target-dependency-import-check error
# Switched on here, off in the manifest. Further traits need further system packages.
TRAITS ?=
BUILD := $(IMPORTS) $(if $(TRAITS),--traits $(TRAITS))
RELEASE := --scratch-path .build-release
# A Python with the clients of others that `make peers` lets loose on the fakes.
PEERS := .build-peers

.PHONY: help setup demo run test bench crash fuzz rules soak real peers format lint clean release

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## installs missing system packages
	@missing=$$(for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "Installing: $$missing"; \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing; \
	  elif command -v sudo >/dev/null; then sudo apt-get update -qq && sudo apt-get install -y -qq $$missing; \
	  else echo "Please install as root: apt-get install $$missing"; exit 1; fi; \
	fi
	@command -v swift >/dev/null || { echo "Swift 6.3 or later is needed: https://www.swift.org/install"; exit 1; }

demo: setup ## a chat in the terminal against a simulated exchange
	swift build $(BUILD) --product vigia
	.build/debug/vigia demo

run: setup ## the agent with real market data
	swift build $(BUILD) --product vigia
	.build/debug/vigia run

# Tests run one after another: many speak over real sockets with deadlines, and others keep every core busy.
test: setup ## all tests, with the bare set of traits and with all
	swift build $(BUILD) --build-tests
	swift test $(BUILD) --skip-build --no-parallel
	swift build $(IMPORTS) --traits All --product vigia

bench: setup ## figures, one a line; BENCH=name runs one part
	swift build -c release $(RELEASE) $(IMPORTS) --product vigia
	swift build -c release $(RELEASE) $(IMPORTS) --product vigia-bench
	VIGIA_BINARY=$(CURDIR)/.build-release/release/vigia .build-release/release/vigia-bench $(BENCH)

crash: setup ## kills the real process 200 times under load, and 200 times at each step on each channel
	swift build $(BUILD) --build-tests
	VIGIA_CRASH_KILLS=200 swift test $(BUILD) --skip-build --no-parallel --filter 'CrashTests|CrashStepTests'

fuzz: setup ## the property tests of parsers and decoders against hostile input; rules get 10 million texts (an hour)
	swift build $(BUILD) --build-tests
	VIGIA_FUZZ_INPUTS=10000000 swift test $(BUILD) --skip-build --no-parallel --filter '(?i)fuzz|hostile|mutation|roundtrip'

rules: setup ## 200 random rules over years of real candles against pandas and TA-Lib (needs ../shared and python3)
	@test -x .build-peers/bin/python || python3 -m venv .build-peers
	.build-peers/bin/python -c 'import pandas, talib' 2>/dev/null || .build-peers/bin/pip install -q numpy pandas TA-Lib
	swift build $(BUILD) --build-tests
	VIGIA_RULE_PYTHON=$(CURDIR)/.build-peers/bin/python VIGIA_RULES=200 swift test $(BUILD) --skip-build --no-parallel --filter RuleEvaluatorTests

soak: setup ## 2,000 people at the provider's documented limits
	swift build $(BUILD) --build-tests
	VIGIA_LIMIT_PEOPLE=2000 swift test $(BUILD) --skip-build --no-parallel --filter LimitTests

real: setup ## two weeks of real candles through the whole agent at 600 times their speed, judged from the bytes, and a year of opportunities (needs ../shared and python3; 50 minutes)
	swift build $(BUILD) --build-tests
	VIGIA_REAL_MINUTES=20000 VIGIA_REAL_PACE=600 VIGIA_OPPORTUNITY_WEEKS=51 swift test $(BUILD) --skip-build --no-parallel --filter 'RealInputTests|OpportunityDeliveryTests'

peers: setup ## e-mail against a real Postfix; the fakes against discord.py, python-telegram-bot, Twilio's library and ccxt; requests by Discord's schema (some need ../shared)
	@command -v postfix >/dev/null || { echo "Installing: postfix sasl2-bin libsasl2-modules python3"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postfix sasl2-bin libsasl2-modules python3 && \
	  { postfix stop 2>/dev/null || true; }; }
	@[ -x $(PEERS)/bin/pip ] || python3 -m venv $(PEERS) || { apt-get install -y -qq python3-venv && python3 -m venv $(PEERS); }
	$(PEERS)/bin/pip install -q -r Tests/Peers/requirements.txt
	swift build $(BUILD) --build-tests
	VIGIA_PEERS_PYTHON=$(CURDIR)/$(PEERS)/bin/python swift test $(BUILD) --skip-build --no-parallel --filter 'RealPeer|ThirdParty|TwilioPeer|DiscordSchema'
	rm -f $(PEERS)/discord.jsonl
	VIGIA_DISCORD_JOURNAL=$(CURDIR)/$(PEERS)/discord.jsonl swift test $(BUILD) --skip-build --no-parallel --filter '\.Discord'
	[ ! -e ../shared/specs/discord_openapi.json.gz ] || \
	  $(PEERS)/bin/python Tests/Peers/discord_schema.py ../shared/specs/discord_openapi.json.gz $(PEERS)/discord.jsonl

release: setup ## one optimised binary without Swift libraries beside it
	swift build -c release --scratch-path .build-static --static-swift-stdlib $(IMPORTS) --product vigia

format: ## formats the sources
	swift format format -i -r --parallel Package.swift Plugins Sources Tests Benchmarks

lint: ## the check that CI makes
	swift format lint --strict -r --parallel Package.swift Plugins Sources Tests Benchmarks

clean: ## removes what builds made
	rm -rf .build .build-*
