/*
 * value.c - see value.h.
 */
#include "base/value.h"

const char *
nami_kind_name(NamiKind kind)
{
	static const char *const names[] = {
		[NAMI_NULL] = "NULL",
		[NAMI_BOOL] = "BOOLEAN",
		[NAMI_INT] = "INTEGER",
		[NAMI_FLOAT] = "FLOAT",
		[NAMI_STRING] = "STRING",
		[NAMI_BYTES] = "BYTES",
		[NAMI_LIST] = "LIST",
		[NAMI_MAP] = "MAP",
		[NAMI_VECTOR] = "VECTOR",
		[NAMI_NODE] = "NODE",
		[NAMI_REL] = "RELATIONSHIP",
		[NAMI_PATH] = "PATH",
		[NAMI_DATE] = "DATE",
		[NAMI_LOCALTIME] = "LOCALTIME",
		[NAMI_TIME] = "TIME",
		[NAMI_LOCALDATETIME] = "LOCALDATETIME",
		[NAMI_DATETIME] = "DATETIME",
		[NAMI_DURATION] = "DURATION",
	};

	return names[kind];
}

const NamiValue *
nami_value_map_get(NamiValue map, NamiStr key)
{
	size_t		low = 0;
	size_t		high = map.len;

	while (low < high)
	{
		size_t		mid = low + (high - low) / 2;
		int			diff = nami_str_cmp(map.entries[mid].key, key);

		if (diff == 0)
			return &map.entries[mid].value;
		if (diff < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
