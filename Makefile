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
INC     := -I. -Idataplane -Itests/unit $(shell pkg-config --cflags libndpi libhs 2>/dev/null | sed 's/-I/-isystem /g')
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

.PRECIOUS: $(BUILD)/opt/%.o $(BUILD)/san/%.o $(BUILD)/fuzz/%.o
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
