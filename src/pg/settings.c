/*
 * settings.c - definition of the namidb.* settings, in alphabetical order.
 *
 * as_of, cache_directory, cache_size and enable_pushdown govern parts that this version has not: they
 * are defined so that a configuration can name them, and their descriptions say that they have no effect.
 */
#include "postgres.h"

#include "nodes/pg_list.h"
#include "pg/settings.h"

#include <limits.h>

#include "pg/compat.h"
#include "plan/planner.h"
#include "utils/guc.h"

NamiSettings nami_settings;

static const struct config_enum_entry json_formats[] = {
	{"plain", NAMI_JSON_PLAIN, false},
	{"typed", NAMI_JSON_TYPED, false},
	{NULL, 0, false}
};

static bool
check_plan_variant(char **value, void **extra, GucSource source)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiPlanVariant variant;

	if (nami_plan_variant_parse((NamiStr) {*value, strlen(*value)}, &variant, &err))
		return true;
	GUC_check_errdetail("%s.", err.message);
	return false;
}

static bool
check_as_of(char **value, void **extra, GucSource source)
{
	if ((*value)[0] == '\0')
		return true;
	GUC_check_errcode(ERRCODE_FEATURE_NOT_SUPPORTED);
	GUC_check_errmsg("earlier versions of a namespace cannot be read yet");
	return false;
}

static bool
check_cache_directory(char **value, void **extra, GucSource source)
{
	if ((*value)[0] == '\0' || is_absolute_path(*value))
		return true;
	GUC_check_errdetail("Expected an absolute path.");
	return false;
}

static void
define_texts(void)
{
	DefineCustomStringVariable("namidb.allowed_hosts",
							   "Hosts that may be reached although their address is link-local, or "
							   "loopback for servers of ordinary users.",
							   "Comma-separated names or addresses.",
							   &nami_settings.allowed_hosts, "", PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("namidb.allowed_paths",
							   "Folders that file:// stores must lie in; empty: no further limit.",
							   "Comma-separated absolute paths.",
							   &nami_settings.allowed_paths, "", PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("namidb.as_of",
							   "Version or time of the namespace that statements read; empty: the newest.",
							   "Only the empty text is accepted by this version.",
							   &nami_settings.as_of, "", PGC_USERSET, 0, check_as_of, NULL, NULL);
	DefineCustomStringVariable("namidb.cache_directory",
							   "Folder of the cache on disk; empty: pgsql_tmp_namidb in the data directory.",
							   "Without effect in this version, which keeps graphs in each session's memory.",
							   &nami_settings.cache_directory, "", PGC_SUSET, 0,
							   check_cache_directory, NULL, NULL);
	DefineCustomStringVariable("namidb.default_server",
							   "Server used by functions whose server argument is NULL.",
							   NULL,
							   &nami_settings.default_server, "", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("namidb.plan_variant",
							   "Plans queries differently, for tests of the planner.",
							   "See NamiPlanVariant in src/plan/planner.h.",
							   &nami_settings.plan_variant, "", PGC_SUSET,
							   GUC_NOT_IN_SAMPLE | GUC_NO_SHOW_ALL, check_plan_variant, NULL, NULL);
}

static void
define_times(void)
{
	DefineCustomIntVariable("namidb.commit_timeout",
							"Time that publishing a transaction may take; 0: no limit of its own.",
							"statement_timeout is honoured during COMMIT as well.",
							&nami_settings.commit_timeout_ms, 0, 0, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("namidb.max_staleness",
							"A reading statement looks for newer versions only after this time.",
							"0: every statement sees the newest version.",
							&nami_settings.max_staleness_ms, 0, 0, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("namidb.request_timeout",
							"Time that one request to an object store may take without progress.",
							NULL,
							&nami_settings.request_timeout_ms, 30000, 10, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("namidb.resolve_timeout",
							"Time to settle the unclear outcome of a commit before it is in doubt.",
							NULL,
							&nami_settings.resolve_timeout_ms, 30000, 10, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
}

void
nami_settings_define(void)
{
	define_texts();
	define_times();
	DefineCustomIntVariable("namidb.cache_size",
							"Size that the cache on disk may have.",
							"Without effect in this version, which keeps graphs in each session's memory.",
							&nami_settings.cache_size_kb, 10 * 1024 * 1024, 0, INT_MAX, PGC_SUSET,
							GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomBoolVariable("namidb.enable_pushdown",
							 "Allow parts of a query over foreign tables to run inside the graph engine.",
							 "Without effect in this version, which has no foreign tables.",
							 &nami_settings.enable_pushdown, true, PGC_USERSET, GUC_EXPLAIN,
							 NULL, NULL, NULL);
	DefineCustomEnumVariable("namidb.json_format",
							 "Form of values in jsonb results and parameters.",
							 "plain is readable; typed loses nothing.",
							 &nami_settings.json_format, NAMI_JSON_PLAIN, json_formats,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("namidb.multi_namespace_commit",
							 "Allow one transaction to write several namespaces.",
							 "They are published one after the other, not atomically together.",
							 &nami_settings.multi_namespace_commit, false, PGC_USERSET, 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("namidb.statement_memory_limit",
							"Memory that one Cypher statement may use; 0: no limit.",
							NULL,
							&nami_settings.statement_memory_limit_kb, 256 * 1024, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	MarkGUCPrefixReserved("namidb");
}

List *
nami_settings_split(const char *value)
{
	List	   *result = NIL;
	const char *pos = value;

	while (pos != NULL && *pos != '\0')
	{
		const char *end = strchr(pos, ',');
		size_t		len = end != NULL ? (size_t) (end - pos) : strlen(pos);
		char	   *item = pnstrdup(pos, len);
		char	   *start = item;

		while (*start == ' ')
			start++;
		for (char *tail = start + strlen(start); tail > start && tail[-1] == ' ';)
			*--tail = '\0';
		if (*start != '\0')
			result = lappend(result, start);
		pos = end != NULL ? end + 1 : NULL;
	}
	return result;
}
