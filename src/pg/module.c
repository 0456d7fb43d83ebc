/*
 * module.c - loading the library.
 */
#include "postgres.h"

#include "fmgr.h"
#include "pg/settings.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

/*
 * Only settings: the engine, its memory and its connections come into being at first use, never in
 * the postmaster.
 */
void
_PG_init(void)
{
	nami_settings_define();
}
