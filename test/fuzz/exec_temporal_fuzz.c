/*
 * Fuzzing of temporal texts: whatever is accepted must print to a text that reads back as the same
 * value, and must survive arithmetic. The first byte chooses the type.
 */
#include <stdlib.h>

#include "exec/temporal.h"
#include "base/value_ops.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
check_arithmetic(NamiArena *arena, NamiValue value)
{
	static const NamiDuration duration = {13, -40, 100000, 999999999};
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	out;

	if (value.kind == NAMI_DURATION)
	{
		(void) !nami_duration_add(arena, value.duration, &duration, -1, &out, &err);
		(void) !nami_duration_scale(arena, value.duration, nami_value_float(1.7), true, &out, &err);
		(void) !nami_temporal_add(arena, nami_host_default(), nami_value_date(0), value.duration,
								  -1, &out, &err);
		return;
	}
	(void) !nami_temporal_add(arena, nami_host_default(), value, &duration, 1, &out, &err);
	(void) !nami_temporal_between(arena, nami_host_default(), nami_value_date(0), value,
								  NAMI_BETWEEN_ALL, &out, &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena;
	NamiStr		text;
	NamiKind	kind;
	NamiValue	value;
	NamiValue	again;

	if (size == 0)
		return 0;
	arena = nami_arena_create(nami_allocator_malloc(), NULL);
	kind = NAMI_DATE + data[0] % 6;
	text = nami_arena_str(arena, (NamiStr) {(const char *) data + 1, size - 1});
	if (nami_temporal_read(arena, nami_host_default(), kind, text, &value))
	{
		must(value.kind == kind);
		text = nami_temporal_text(arena, value);
		must(nami_temporal_read(arena, nami_host_default(), kind, text, &again));
		must(nami_value_equivalent(value, again));
		must(nami_value_hash(value) == nami_value_hash(again));
		(void) nami_temporal_component(arena, value, NAMI_STR("nanoseconds"), &again);
		check_arithmetic(arena, value);
	}
	nami_arena_destroy(arena);
	return 0;
}
