/*
 * variant.c - plans that are made differently on purpose, see planner.h.
 */
#include "plan/bind_internal.h"

/* A step of splitmix64: good numbers from any seed. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t	z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

uint32_t
nami_plan_random(NamiBinder *b, uint32_t limit)
{
	return (uint32_t) (next_random(&b->random_state) % limit);
}

static bool
parse_number(NamiStr text, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < text.len; i++)
	{
		unsigned	digit = (unsigned) (text.ptr[i] - '0');

		if (digit > 9 || __builtin_mul_overflow(*out, 10, out) ||
			__builtin_add_overflow(*out, digit, out))
			return false;
	}
	return text.len > 0;
}

static bool
parse_word(NamiStr word, NamiPlanVariant *out)
{
	static const struct
	{
		NamiStr		name;
		uint32_t	flag;
	}			names[] = {
		{NAMI_STR_INIT("no_pushdown"), NAMI_PLAN_NO_PUSHDOWN},
		{NAMI_STR_INIT("no_index"), NAMI_PLAN_NO_INDEX},
		{NAMI_STR_INIT("no_rewrite"), NAMI_PLAN_NO_REWRITE},
		{NAMI_STR_INIT("share_slots"), NAMI_PLAN_SHARE_SLOTS},
		{NAMI_STR_INIT("worst_order"), NAMI_PLAN_WORST_ORDER},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (nami_str_eq(word, names[i].name))
		{
			out->flags |= names[i].flag;
			return true;
		}
	}
	if (word.len > 5 && memcmp(word.ptr, "seed=", 5) == 0)
	{
		out->flags |= NAMI_PLAN_RANDOM_ORDER;
		return parse_number(nami_str_slice(word, 5, word.len - 5), &out->seed);
	}
	if (!parse_number(word, &out->seed))
		return false;
	else
	{
		uint64_t	state = out->seed;
		uint32_t	flags = (uint32_t) next_random(&state);

		out->flags |= flags & (NAMI_PLAN_NO_PUSHDOWN | NAMI_PLAN_NO_INDEX | NAMI_PLAN_NO_REWRITE |
							   NAMI_PLAN_SHARE_SLOTS);
		out->flags |= (flags & 0xE00) == 0 ? NAMI_PLAN_WORST_ORDER : NAMI_PLAN_RANDOM_ORDER;
	}
	return true;
}

bool
nami_plan_variant_parse(NamiStr text, NamiPlanVariant *out, NamiError *err)
{
	size_t		pos = 0;

	*out = (NamiPlanVariant) {0};
	while (pos < text.len)
	{
		size_t		start = pos;
		NamiStr		word;

		while (pos < text.len && text.ptr[pos] != ',' && text.ptr[pos] != ' ')
			pos++;
		word = nami_str_slice(text, start, pos - start);
		pos++;
		if (word.len == 0 || parse_word(word, out))
			continue;
		*out = (NamiPlanVariant) {0};
		nami_fail(err, NAMI_ERR_ARGUMENT, "\"%.*s\" is no variant of a plan",
				  NAMI_STR_ARG(nami_str_slice(word, 0, 100)));
		return false;
	}
	return true;
}
