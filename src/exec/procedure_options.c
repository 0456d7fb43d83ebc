/*
 * procedure_options.c - see procedure_options.h.
 */
#include "exec/procedure_options.h"

#include <stdio.h>

#include "exec/eval_internal.h"

#define CHECK_STEPS		65536

NamiStatus
nami_procedure_fail(const NamiProcedureCall *call, NamiError *err, const char *format,...)
{
	char		message[512];
	va_list		args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidArgumentValue",
						call->position, "%s", message);
}

NamiStatus
nami_procedure_check(const NamiProcedureCall *call, NamiError *err)
{
	return nami_eval_check(call->ctx, err);
}

NamiStatus
nami_procedure_may_take(const NamiProcedureCall *call, uint64_t count, uint64_t element_bytes,
						NamiError *err)
{
	const NamiMemoryAccount *account = nami_arena_account(call->arena);
	uint64_t	bytes;

	if (!__builtin_mul_overflow(count, element_bytes, &bytes) && bytes <= SIZE_MAX / 2 &&
		(account == NULL || account->limit_bytes == 0 ||
		 (account->used_bytes <= account->limit_bytes &&
		  bytes <= account->limit_bytes - account->used_bytes)))
		return NAMI_OK;
	nami_fail(err, NAMI_ERR_MEMORY_LIMIT,
			  "%.*s() needs more memory than namidb.statement_memory_limit allows",
			  NAMI_STR_ARG(call->procedure->name));
	if (account != NULL && account->limit_bytes != 0)
		nami_error_detail(err, "The limit is %zu kB.", account->limit_bytes / 1024);
	return NAMI_FAILED;
}

/* ---- options ------------------------------------------------------------------------------- */

NamiStatus
nami_options_init(NamiOptions *options, const NamiProcedureCall *call, uint32_t i, NamiError *err)
{
	options->call = call;
	options->map = nami_value_map(NULL, 0);
	if (i >= call->arg_count)
		return NAMI_OK;
	if (call->args[i].kind != NAMI_MAP)
		return nami_procedure_bad_argument(call, NAMI_ERR_ARGUMENT, i, "a map of options", err);
	options->map = call->args[i];
	return NAMI_OK;
}

static bool
is_one_of(NamiStr key, const char *const *names)
{
	for (; *names != NULL; names++)
	{
		if (nami_str_eq(key, nami_str(*names)))
			return true;
	}
	return false;
}

NamiStatus
nami_options_only(const NamiOptions *options, const char *const *names, NamiError *err)
{
	for (uint32_t i = 0; i < options->map.len; i++)
	{
		NamiStr		key = options->map.entries[i].key;
		char		known[400];
		size_t		used = 0;

		if (is_one_of(key, names))
			continue;
		for (const char *const *name = names; *name != NULL && used < sizeof(known); name++)
			used += (size_t) snprintf(known + used, sizeof(known) - used, "%s%s",
									  name == names ? "" : ", ", *name);
		if (nami_procedure_fail(options->call, err, "%.*s() has no option \"%.*s\"",
								NAMI_STR_ARG(options->call->procedure->name),
								NAMI_STR_ARG(key)) != NAMI_OK)
			nami_error_hint(err, "Its options are %s.", known);
		return NAMI_FAILED;
	}
	return NAMI_OK;
}

const NamiValue *
nami_option(const NamiOptions *options, const char *name)
{
	return nami_value_map_get(options->map, nami_str(name));
}

NamiStatus
nami_option_fail(const NamiOptions *options, const char *name, const char *expected, NamiError *err)
{
	const NamiValue *value = nami_option(options, name);
	NamiStr		procedure = options->call->procedure->name;

	if (value == NULL)
		return nami_procedure_fail(options->call, err, "%.*s() requires the option \"%s\", %s",
								   NAMI_STR_ARG(procedure), name, expected);
	return nami_procedure_fail(options->call, err, "option \"%s\" of %.*s() must be %s, got %s",
							   name, NAMI_STR_ARG(procedure), expected,
							   nami_kind_name(value->kind));
}

NamiStatus
nami_option_float(const NamiOptions *options, const char *name, double *out, NamiError *err)
{
	const NamiValue *value = nami_option(options, name);

	if (value == NULL)
		return NAMI_OK;
	if (value->kind == NAMI_INT)
		*out = (double) value->integer;
	else if (value->kind == NAMI_FLOAT)
		*out = value->number;
	else
		return nami_option_fail(options, name, "a number", err);
	return NAMI_OK;
}

NamiStatus
nami_option_count(const NamiOptions *options, const char *name, uint64_t *out, NamiError *err)
{
	const NamiValue *value = nami_option(options, name);

	if (value == NULL)
		return NAMI_OK;
	if (value->kind != NAMI_INT || value->integer < 0)
		return nami_option_fail(options, name, "a non-negative integer", err);
	*out = (uint64_t) value->integer;
	return NAMI_OK;
}

NamiStatus
nami_option_bool(const NamiOptions *options, const char *name, bool *out, NamiError *err)
{
	const NamiValue *value = nami_option(options, name);

	if (value == NULL)
		return NAMI_OK;
	if (value->kind != NAMI_BOOL)
		return nami_option_fail(options, name, "a boolean", err);
	*out = value->boolean;
	return NAMI_OK;
}

NamiStatus
nami_option_string(const NamiOptions *options, const char *name, NamiStr *out, NamiError *err)
{
	const NamiValue *value = nami_option(options, name);

	if (value == NULL)
		return NAMI_OK;
	if (value->kind != NAMI_STRING)
		return nami_option_fail(options, name, "a string", err);
	*out = nami_value_str(*value);
	return NAMI_OK;
}

NamiStatus
nami_option_required(const NamiOptions *options, const char *name, NamiStr *out, NamiError *err)
{
	if (nami_option(options, name) == NULL)
		return nami_option_fail(options, name, "a string", err);
	return nami_option_string(options, name, out, err);
}

NamiStatus
nami_option_strings(const NamiOptions *options, const char *name, const NamiStr **out,
					uint32_t *count, NamiError *err)
{
	const NamiValue *value = nami_option(options, name);
	NamiStr    *names;

	*count = 0;
	if (value == NULL)
		return NAMI_OK;
	if (value->kind != NAMI_LIST || value->len == 0)
		return nami_option_fail(options, name, "a non-empty list of strings", err);
	names = NAMI_NEW_ARRAY(options->call->arena, NamiStr, value->len);
	for (uint32_t i = 0; i < value->len; i++)
	{
		if (value->items[i].kind != NAMI_STRING)
			return nami_option_fail(options, name, "a list of nothing but strings", err);
		names[i] = nami_value_str(value->items[i]);
	}
	*out = names;
	*count = value->len;
	return NAMI_OK;
}

/* ---- sorting ------------------------------------------------------------------------------- */

/* Merges from[low, middle) and from[middle, high) into to[low, high). */
static void
merge(const uint32_t *from, uint32_t *to, size_t low, size_t middle, size_t high,
	  NamiCompareItems compare, const void *ctx)
{
	size_t		left = low;
	size_t		right = middle;

	for (size_t i = low; i < high; i++)
	{
		bool		takes_left = right >= high ||
			(left < middle && compare(ctx, from[left], from[right]) <= 0);

		to[i] = takes_left ? from[left++] : from[right++];
	}
}

NamiStatus
nami_procedure_sort(const NamiProcedureCall *call, uint32_t *items, size_t count,
					NamiCompareItems compare, const void *ctx, NamiError *err)
{
	uint32_t   *other;
	uint32_t   *from = items;
	uint32_t   *to;
	size_t		unchecked = 0;

	NAMI_TRY(nami_procedure_may_take(call, count, sizeof(uint32_t), err));
	other = to = NAMI_NEW_ARRAY(call->arena, uint32_t, count + 1);
	for (size_t width = 1; width < count; width *= 2)
	{
		uint32_t   *swap = from;

		for (size_t low = 0; low < count; low += 2 * width)
		{
			size_t		middle = low + width < count ? low + width : count;
			size_t		high = middle + width < count ? middle + width : count;

			merge(from, to, low, middle, high, compare, ctx);
			unchecked += high - low;
			if (unchecked >= CHECK_STEPS)
			{
				NAMI_TRY(nami_procedure_check(call, err));
				unchecked = 0;
			}
		}
		from = to;
		to = swap;
	}
	if (from == other && count > 0)
		memcpy(items, other, count * sizeof(uint32_t));
	return NAMI_OK;
}
