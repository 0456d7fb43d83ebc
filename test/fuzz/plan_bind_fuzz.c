/*
 * plan_bind_fuzz.c - any text either plans, and then prints, or fails with a class and a position
 * inside the text.
 */
#include <stdlib.h>

#include "../unit/support/plan_functions.h"
#include "plan/planner.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiPlanOptions options = {.find_function = test_find_function,
		.find_procedure = test_find_procedure};
	NamiError	err = NAMI_ERROR_INIT;
	NamiPlan   *plan;

	if (nami_plan_query(arena, (NamiStr) {(const char *) data, size}, &options, &plan, &err) ==
		NAMI_OK)
		nami_plan_explain(plan, true, NULL, NULL, arena);
	else if (err.cls == NAMI_ERR_NONE || err.cls == NAMI_ERR_INTERNAL ||
			 err.position > (int64_t) size)
		abort();
	nami_arena_destroy(arena);
	return 0;
}
