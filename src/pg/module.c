/*
 * module.c - loading the library.
 */
#include "postgres.h"

#include "fmgr.h"
#include "pg/function_scan.h"
#include "pg/foreign_estimate.h"
#include "pg/settings.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

/*
 * Only settings and hooks: the engine, its memory and its connections come into being at first use, never in
 * the postmaster.
 */
void
_PG_init(void)
{
	nami_settings_define();
	nami_function_scan_install();
	nami_foreign_estimate_init();
}
