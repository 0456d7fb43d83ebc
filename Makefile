# namidb for PostgreSQL: the only build entry (PGXS).
#
#   all, install, installcheck   the extension, as for every PGXS module
#   demo, test                   the two commands of README.md; each does its own set-up
#   make test SUITES="unit regress"         some of the suites (test/suites) only
#   check-unit, check-fuzz       the engine alone, without a server
#   make check-unit-one UNIT=format_wal     one unit test
#   make soak-cypher SEED=7 N=5000          random queries against other answers (test/soak/README.md)
#   make soak-sql SEED=7 N=5000             random SQL over foreign tables (test/soak_sql/README.md)
#   check-layers                 the rules of docs/architecture.md, by machine
#   lint                         formatting and shell scripts, by tool

EXTENSION    = namidb
MODULE_big   = namidb
EXTVERSION  := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" namidb.control)
DATA         = $(wildcard sql/namidb--*.sql)
PG_CONFIG   ?= pg_config
PGXS        := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

# ---------------------------------------------------------------------------------------------
# The engine: libnamidb.a, compiled without the server's include path.
# Each layer is an archive of its own, so that a unit test links only what its layer may use.

LAYERS       = base format store cypher graph plan exec
LAYERS_base   = base
LAYERS_format = format base
LAYERS_store  = store base
LAYERS_cypher = cypher base
LAYERS_graph  = graph format store base
LAYERS_plan   = plan cypher graph format store base
LAYERS_exec   = exec plan cypher graph format store base

MODE        ?= release
BUILD_ROOT  ?= build
BUILD        = $(BUILD_ROOT)/$(MODE)
ENGINE_LIBS  = -lcurl -lcrypto -lzstd -lz -lexpat -lutf8proc -lpcre2-8 -lm -lpthread

CORE_WARN    = -Wall -Wextra -Wmissing-prototypes -Wpointer-arith -Wvla -Wshadow -Wstrict-prototypes \
               -Wno-unused-parameter -Wno-missing-field-initializers $(WERROR)
CORE_CFLAGS_release = -O2 -g
CORE_CFLAGS_san     = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
CORE_CFLAGS_fuzz    = -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
                      -fno-sanitize-recover=undefined -DNAMI_FUZZING
CORE_CC_release = $(or $(CORE_CC),gcc)
CORE_CC_san     = gcc
CORE_CC_fuzz    = clang
CORE_CFLAGS  = -std=gnu11 -fPIC -fvisibility=hidden -D_GNU_SOURCE -Isrc $(CORE_WARN) $(CORE_CFLAGS_$(MODE))
COMPILE      = $(CORE_CC_$(MODE)) $(CORE_CFLAGS) -MMD -MP

core_srcs    = $(sort $(wildcard src/$(1)/*.c))
core_objs    = $(patsubst src/%.c,$(BUILD)/%.o,$(call core_srcs,$(1)))
CORE_OBJS    = $(foreach l,$(LAYERS),$(call core_objs,$(l)))

# ---------------------------------------------------------------------------------------------
# The extension: src/pg linked with the engine.

# With MODE=san it is instrumented like the engine (test/suites/65_server_asan.sh); the server's own macros do not
# keep to the alignment rules.

ENGINE_MODE  = $(if $(filter san,$(MODE)),san,release)
ENGINE_LIB   = $(BUILD_ROOT)/$(ENGINE_MODE)/libnamidb.a
PG_SAN_san   = -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize=alignment -fno-sanitize-recover=undefined
SRCS         = $(sort $(wildcard src/pg/*.c))
OBJS         = $(SRCS:.c=.o)
PG_CPPFLAGS  = -I$(srcdir)/src -DNAMIDB_VERSION='"$(EXTVERSION)"'
PG_CFLAGS    = -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers \
               -Wno-declaration-after-statement -Wno-sign-compare $(WERROR) \
               $(PG_SAN_$(ENGINE_MODE))
# Only what PostgreSQL looks up by name is exported. (Not by -fvisibility=hidden: on 15 the server's headers leave
# functions of SQL and _PG_init unmarked, and an unexported _PG_init is silently not called.)
EXPORTS      = src/pg/exports.map
SHLIB_LINK   = -Wl,--version-script=$(EXPORTS) $(ENGINE_LIB) $(ENGINE_LIBS) $(PG_SAN_$(ENGINE_MODE))
EXTRA_CLEAN  = build src/pg/*.d src/pg/*.bc src/pg/.built-for tmp_check results regression.diffs regression.out \
               test/isolation/output_iso test/isolation/results

# The SQL tests: sql/NAME.sql and expected/NAME.out, in the order of the list, each name once.
REGRESS        = setup basics values params records errors options permissions transactions visibility folder explain procedures limits function_scan function_scan_use foreign_import foreign_pushdown foreign_scan foreign_explain foreign_write foreign_security
REGRESS_OPTS   = --load-extension=namidb --no-locale --encoding=UTF8
# Two sessions at once: test/isolation/specs/NAME.spec and test/isolation/expected/NAME.out.
ISOLATION      = update repeatable reader deadlock merge delete savepoint function_scan foreign foreign_write foreign_lookup
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=test/isolation --load-extension=namidb
# test/t is not for "make installcheck", which tests a server that is there: those tests start servers of their own, not
# as root, with MinIO and NamiDB beside them ("make test SUITES=tap").

ifneq ($(PGXS),)
include $(PGXS)
override CFLAGS += -MMD -MP
-include $(SRCS:.c=.d)
$(shlib): $(ENGINE_LIB) $(EXPORTS)

# The objects of src/pg lie beside their sources, whatever server and compiler they were built for:
# when these change, all are built anew.
PG_STAMP     = src/pg/.built-for
PG_STAMP_NOW = $(VERSION) $(shell $(PG_CONFIG) --includedir-server) $(CC) $(PG_CPPFLAGS) $(PG_CFLAGS) $(CFLAGS)
$(OBJS): $(PG_STAMP)
$(PG_STAMP): FORCE
	$(file >$@.new,$(PG_STAMP_NOW))
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
else
all: engine
	@echo "The engine is built. The extension needs PostgreSQL's server headers: PG_CONFIG=$(PG_CONFIG) was not found."
install installcheck:
	@echo "PG_CONFIG=$(PG_CONFIG) was not found" >&2; exit 1
clean:
	rm -rf $(EXTRA_CLEAN) src/pg/*.o
endif

.DEFAULT_GOAL = all

# ---------------------------------------------------------------------------------------------

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

# One archive per layer, and the whole.
define layer_rule
$(BUILD)/lib$(1).a: $(call core_objs,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

$(BUILD)/libnamidb.a: $(CORE_OBJS)
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

ifneq ($(MODE),release)
$(BUILD_ROOT)/release/libnamidb.a:
	$(MAKE) MODE=release $@
endif

engine: $(BUILD)/libnamidb.a

-include $(CORE_OBJS:.o=.d) $(wildcard $(BUILD)/test/*.d)

# Unit tests: test/unit/<layer>_<name>_test.c, linked with the archives of that layer.
UNIT_TESTS   = $(patsubst test/unit/%.c,$(BUILD)/test/%,$(sort $(wildcard test/unit/*_test.c)))
test_layer   = $(firstword $(subst _, ,$(notdir $(1))))
layer_libs   = $(patsubst %,$(BUILD)/lib%.a,$(LAYERS_$(1)))

define unit_rule
$(1): test/unit/$(notdir $(1)).c $(wildcard test/unit/support/*.c) $(call layer_libs,$(call test_layer,$(1)))
	@mkdir -p $$(@D)
	$$(COMPILE) -Itest/unit/support -o $$@ $$(filter %.c,$$^) $$(filter %.a,$$^) $(ENGINE_LIBS) -lcmocka
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_rule,$(t))))

unit-binaries: $(UNIT_TESTS)

check-unit:
	$(MAKE) MODE=san unit-binaries
	@status=0; for t in $(patsubst test/unit/%.c,$(BUILD_ROOT)/san/test/%,$(sort $(wildcard test/unit/*_test.c))); do \
		ASAN_OPTIONS=detect_leaks=1 $$t || { echo "FAILED: $$t"; status=1; }; done; exit $$status

# make check-unit-one UNIT=format_wal
check-unit-one:
	$(MAKE) MODE=san $(BUILD_ROOT)/san/test/$(UNIT)_test
	$(BUILD_ROOT)/san/test/$(UNIT)_test

# Fuzz targets: test/fuzz/<layer>_<name>_fuzz.c, seeds in test/fuzz/corpus/<layer>_<name>/.
FUZZ_TARGETS = $(patsubst test/fuzz/%.c,$(BUILD)/fuzz/%,$(sort $(wildcard test/fuzz/*_fuzz.c)))
FUZZ_SECONDS ?= 10
define fuzz_rule
$(1): test/fuzz/$(notdir $(1)).c $(call layer_libs,$(call test_layer,$(1)))
	@mkdir -p $$(@D)
	$$(COMPILE) -fsanitize=fuzzer -o $$@ $$(filter %.c,$$^) $$(filter %.a,$$^) $(ENGINE_LIBS)
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_rule,$(t))))

fuzz-binaries: $(FUZZ_TARGETS)

check-fuzz:
	$(MAKE) MODE=fuzz fuzz-binaries
	FUZZ_SECONDS=$(FUZZ_SECONDS) test/fuzz/run $(BUILD_ROOT)/fuzz/fuzz

# Every layer must link with the layers below it and the libraries of ENGINE_LIBS, and with nothing
# else: a call upward, or to a function of PostgreSQL, is an undefined symbol here.
SYMBOL_CHECKS = $(patsubst %,check-symbols-%,$(LAYERS))
$(SYMBOL_CHECKS): check-symbols-%: $(foreach l,$(LAYERS),$(BUILD)/lib$(l).a)
	@gcc -shared -Wl,-z,defs -o $(BUILD)/symbols-$*.so -Wl,--whole-archive $(BUILD)/lib$*.a -Wl,--no-whole-archive \
		-Wl,--start-group $(call layer_libs,$*) -Wl,--end-group $(ENGINE_LIBS)
	@rm -f $(BUILD)/symbols-$*.so

check-layers:
	@test/tools/layers.py
	$(MAKE) $(SYMBOL_CHECKS)

lint:
	@test/tools/lint.sh

# ---------------------------------------------------------------------------------------------
# The two commands of README.md.

demo:
	@test/tools/demo.sh

test:
	@test/run $(SUITES)

# Random queries; SEED, N, SAN=1, WHEEL=0, ARGS.
soak-sql:
	@SEED="$(SEED)" N="$(N)" SAN="$(SAN)" ARGS="$(ARGS)" test/soak_sql/run

soak-cypher:
	@SEED="$(SEED)" N="$(N)" SAN="$(SAN)" WHEEL="$(or $(WHEEL),1)" ARGS="$(ARGS)" test/soak/run

# The value of a variable, for the test scripts.
print-%:
	@echo '$($*)'

FORCE:

.PHONY: engine unit-binaries check-unit check-unit-one fuzz-binaries check-fuzz check-layers $(SYMBOL_CHECKS) \
	lint demo test soak-cypher soak-sql FORCE
