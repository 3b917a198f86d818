# Excise. `make help` lists the targets.
SHELL   := /bin/sh
BUILD   := build
PREFIX  ?= /usr/local
CC      := gcc
CLANG   := clang
.DEFAULT_GOAL := all

VERSION := $(shell cat VERSION 2>/dev/null || echo 0.1.0)
ARCH    := $(shell uname -m)
ifeq ($(ARCH),x86_64)
MARCH   := -march=x86-64-v2
endif

# What may not be broken: every warning is an error.
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Werror
DEFS    := -D_GNU_SOURCE -DEXCISE_VERSION='"$(VERSION)"' -DEXCISE_RULES='"$(PREFIX)/share/excise/rules"'
INC     := -I. -Idataplane -Itests/unit
BASE    := -std=c11 -g $(WARN) $(DEFS) $(INC) -MMD -MP
OPT     := -O2 $(MARCH) -fno-plt -fstack-protector-strong -D_FORTIFY_SOURCE=2
SAN     := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LIBS    := -lpcap -lndpi -lhs -lmbedcrypto -lnghttp2 -lisal -lpcre2-8 -lyaml -lz -lm -lpthread

# Every .c of these folders is in the library; main programs stand apart.
MAINS   := firmware/excised.c
SRC     := $(filter-out $(MAINS),$(wildcard dataplane/*.c dataplane/*/*.c rules/*.c firmware/*.c))
TESTS   := $(wildcard tests/unit/*_test.c)
FUZZ    := $(wildcard tests/fuzz/*_fuzz.c)
BENCH   := $(wildcard tests/bench/*_bench.c)

# How make is run for what a target needs built: on all cores, unless the caller chose.
BUILD_IN = $(MAKE) -s --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

obj      = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))

all: $(BUILD)/excised

# ---- objects: opt (what ships), san (ASan and UBSan), fuzz (clang, libFuzzer) ----
$(BUILD)/opt/%.o: %.c
	@mkdir -p $(@D)
	@$(CC) $(BASE) $(OPT) -c $< -o $@
$(BUILD)/san/%.o: %.c
	@mkdir -p $(@D)
	@$(CC) $(BASE) $(SAN) -c $< -o $@
$(BUILD)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	@$(CLANG) $(BASE) $(SAN) -fsanitize=fuzzer-no-link -c $< -o $@

$(BUILD)/%/libexcise.a:
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/opt/libexcise.a: $(call obj,opt,$(SRC))
$(BUILD)/san/libexcise.a: $(call obj,san,$(SRC))
$(BUILD)/fuzz/libexcise.a: $(call obj,fuzz,$(SRC))

$(BUILD)/excised: $(BUILD)/opt/firmware/excised.o $(BUILD)/opt/libexcise.a
	@$(CC) $(OPT) $^ $(LIBS) -Wl,-z,relro,-z,now -pie -o $@
$(BUILD)/excised-san: $(BUILD)/san/firmware/excised.o $(BUILD)/san/libexcise.a
	@$(CC) $(SAN) $^ $(LIBS) -o $@

$(BUILD)/unit/%: $(BUILD)/opt/tests/unit/%.o $(BUILD)/opt/libexcise.a
	@mkdir -p $(@D)
	@$(CC) $(OPT) $^ $(LIBS) -lcmocka -o $@
$(BUILD)/unit-san/%: $(BUILD)/san/tests/unit/%.o $(BUILD)/san/libexcise.a
	@mkdir -p $(@D)
	@$(CC) $(SAN) $^ $(LIBS) -lcmocka -o $@
$(BUILD)/fuzzers/%: $(BUILD)/fuzz/tests/fuzz/%.o $(BUILD)/fuzz/libexcise.a
	@mkdir -p $(@D)
	@$(CLANG) $(SAN) -fsanitize=fuzzer $^ $(LIBS) -o $@
$(BUILD)/bench/%: $(BUILD)/opt/tests/bench/%.o $(BUILD)/opt/libexcise.a
	@mkdir -p $(@D)
	@$(CC) $(OPT) $^ $(LIBS) -o $@

# ---- running ----
SETUP   := tools/setup
IFACE   ?=
FILE    ?= tests/pcap/lab/office.pcap
RUN_DIR := $(BUILD)/run

# The main job: the bundled capture of real clients, with the shipped rules. `make run FILE=x.pcap`
# reads another one, `make run IFACE=eth1` watches a SPAN port.
run:
	@$(SETUP) run
	@$(MAKE) --no-print-directory -q all || echo "building: excised, $(words $(SRC) $(MAINS)) files"
	@$(BUILD_IN) all
	@rm -rf $(RUN_DIR) && mkdir -p $(RUN_DIR)
	@$(BUILD)/excised $(if $(IFACE),-i $(IFACE),-r $(FILE) --summary) -l $(RUN_DIR)
	@echo "events: $(RUN_DIR)/eve.json"

setup-%:
	@$(SETUP) $*

# ---- tests ----
UNIT     := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(TESTS))
UNIT_SAN := $(patsubst tests/unit/%.c,$(BUILD)/unit-san/%,$(TESTS))
FUZZERS  := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzzers/%,$(FUZZ))

# A few minutes, nothing from outside the repository: unit tests optimised and under both
# sanitizers, each fuzz target over its corpus, golden captures, the include arrows.
check:
	@$(SETUP) run check
	@$(MAKE) --no-print-directory -q check-programs || echo "building: excised and $(words $(TESTS)) unit tests," \
	    "optimised and with sanitizers; $(words $(FUZZ)) fuzz targets"
	@$(BUILD_IN) check-programs
	@$(MAKE) --no-print-directory check-only

check-programs: all $(BUILD)/excised-san $(UNIT) $(UNIT_SAN) $(FUZZERS)

check-only: check-programs
	@tools/check-arrows
	@tests/run-unit $(UNIT) -- $(UNIT_SAN)
	@tests/run-corpus $(FUZZERS)
	@tests/replay/run $(BUILD)
	@tools/mkrules --check

# Another corpus of captures: each runs under the sanitizers; `make corpus CORPUS=dir`.
CORPUS ?= tests/pcap/lab
CUTS   ?= 50
FLIPS  ?= 50
corpus: $(BUILD)/excised-san
	@tests/replay/corpus $(BUILD)/excised-san $(CORPUS) --cuts $(CUTS) --flips $(FLIPS)

# Each fuzz target for FUZZ_S seconds; `make fuzz FUZZ_S=600 ONLY=http1`.
FUZZ_S ?= 60
ONLY   ?=
fuzz:
	@$(SETUP) run check
	@$(BUILD_IN) $(FUZZERS)
	@tests/run-fuzz $(FUZZ_S) $(filter $(BUILD)/fuzzers/$(ONLY)%,$(FUZZERS))

BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(BENCH))
bench:
	@$(SETUP) run
	@$(BUILD_IN) $(BENCHES)
	@for b in $(BENCHES); do \
	    case $$b in \
	    */detect_bench) rules=rules/std ;; \
	    */table_bench) rules=rules/std/lists/domain-seal-vscode-tasks.tsv ;; \
	    *) rules= ;; \
	    esac; \
	    echo "$$(basename $$b) $$rules"; $$b $$rules || exit 1; \
	done

# Real clients against the box, in network namespaces; needs root.
check-box:
	@$(SETUP) run lab
	@$(BUILD_IN) all
	@tests/box/run $(BUILD)

# The captures of tests/pcap/lab anew: real clients and servers; root, and the npm registry once.
captures:
	@$(SETUP) lab captures
	@tests/lab/make $(ONLY)

# What is expected of each capture, rewritten; the diff is for review.
golden: all
	@tests/replay/run $(BUILD) --rewrite

lint:
	@$(SETUP) run lint
	@tools/check-arrows
	@tools/check-format $(SRC) $(MAINS) $(wildcard dataplane/*.h dataplane/*/*.h rules/*.h firmware/*.h)
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	    --suppressions-list=.cppcheck --error-exitcode=1 $(DEFS) $(INC) $(SRC) $(MAINS)
	@mkdir -p $(BUILD) && printf '%s\n' $(SRC) $(MAINS) | xargs -P $$(nproc) -n 6 tools/tidy -std=c11 $(DEFS) $(INC) -- \
	    > $(BUILD)/tidy.log 2>&1 || { grep -vE 'warnings? generated|Processing file' $(BUILD)/tidy.log; exit 1; }
	@echo "lint: arrows, line form, cppcheck and clang-tidy are content with $(words $(SRC) $(MAINS)) files"

# ---- installing ----
SHARE := $(DESTDIR)$(PREFIX)/share
install: all
	install -D -m 755 $(BUILD)/excised $(DESTDIR)$(PREFIX)/sbin/excised
	install -d $(SHARE)/excise/rules/lists $(SHARE)/man/man5 $(SHARE)/man/man8 $(SHARE)/doc/excise
	install -m 644 rules/std/*.rules $(SHARE)/excise/rules/
	install -m 644 rules/std/lists/* $(SHARE)/excise/rules/lists/
	install -m 644 firmware/man/*.5 $(SHARE)/man/man5/
	install -m 644 firmware/man/*.8 $(SHARE)/man/man8/
	install -m 644 LICENSE README.md $(SHARE)/doc/excise/

clean:
	rm -rf $(BUILD)

help:
	@echo "make run             inspect the bundled capture (FILE=x.pcap another, IFACE=eth1 live)"
	@echo "make check           unit, fuzz-corpus and golden tests, under both sanitizers"
	@echo "make check-box       real clients in network namespaces (root)"
	@echo "make lint            include arrows, line form, cppcheck, clang-tidy"
	@echo "make fuzz            every fuzz target for FUZZ_S=60 seconds (ONLY=name)"
	@echo "make corpus CORPUS=d every capture in d under the sanitizers, whole, cut and damaged"
	@echo "make bench           what each stage costs"
	@echo "make all             build/excised"
	@echo "make install         to PREFIX=/usr/local (DESTDIR= for packages)"
	@echo "make clean           remove build/"

.PHONY: all run check check-programs check-only check-box captures golden corpus fuzz bench lint install clean help
.PRECIOUS: $(BUILD)/opt/%.o $(BUILD)/san/%.o $(BUILD)/fuzz/%.o
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- what ships and is made from facts ----
.PHONY: rules
rules:
	@tools/mkrules
