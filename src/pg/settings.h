/*
 * settings.h - the namidb.* settings (docs/architecture.md "Options and settings").
 */
#ifndef NAMI_PG_SETTINGS_H
#define NAMI_PG_SETTINGS_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef enum NamiJsonFormat
{
	NAMI_JSON_PLAIN,
	NAMI_JSON_TYPED
} NamiJsonFormat;

/* Variables behind the settings; read only. Sizes in kB, times in ms. */
typedef struct NamiSettings
{
	char	   *allowed_hosts;
	char	   *allowed_paths;
	char	   *as_of;
	char	   *cache_directory;
	int			cache_size_kb;
	int			commit_timeout_ms;
	char	   *default_server;
	bool		enable_pushdown;
	int			json_format;	/* NamiJsonFormat */
	int			max_staleness_ms;
	bool		multi_namespace_commit;
	char	   *plan_variant;
	int			request_timeout_ms;
	int			resolve_timeout_ms;
	int			statement_memory_limit_kb;
} NamiSettings;

extern NamiSettings nami_settings;

/* Called once, from _PG_init. */
extern void nami_settings_define(void);

/* Members of a comma-separated setting, as palloc'd strings. */
extern List *nami_settings_split(const char *value);

#endif							/* NAMI_PG_SETTINGS_H */
