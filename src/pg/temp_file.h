/*
 * temp_file.h - temporary files of the engine in a backend.
 */
#ifndef NAMI_PG_TEMP_FILE_H
#define NAMI_PG_TEMP_FILE_H

#include "base/host.h"

/* Every allocator given to create() must be one of nami_pg_allocator(). */
extern const NamiTempFiles *nami_pg_temp_files(void);

#endif							/* NAMI_PG_TEMP_FILE_H */
