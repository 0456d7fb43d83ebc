/*
 * record.h - the JSON around the properties of a node or an edge (spec/storage.md 8).
 *
 *	node	{"properties":{...},"schema_version":1,"labels":[0,3]}
 *	edge	{"properties":{...},"schema_version":1}
 *
 * The same bytes are the value of a WAL upsert and the record of a node locator (.nloc2).
 */
#ifndef NAMI_FORMAT_RECORD_H
#define NAMI_FORMAT_RECORD_H

#include "base/buf.h"
#include "base/error.h"

/* What we write; it has no effect on readers. */
#define NAMI_RECORD_SCHEMA_VERSION	1

typedef struct NamiRecord
{
	NamiStr		properties;		/* the JSON object, not yet checked: a slice of the value, or "{}" */
	uint64_t	schema_version;
	const uint32_t *labels;		/* label ids as written: any order, perhaps twice; arena */
	uint32_t	label_count;	/* always 0 for edges */
} NamiRecord;

/*
 * Finds the members, in any order. Unknown ones are ignored; one that comes twice, null in place of
 * a member, or anything behind the closing brace is NAMI_ERR_CORRUPT. The properties are only
 * delimited here; propjson.h reads and checks them. value must outlive the record.
 */
extern NamiStatus nami_record_parse_node(NamiArena *arena, NamiStr value, NamiRecord *record,
										 NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_record_parse_edge(NamiArena *arena, NamiStr value, NamiRecord *record,
										 NamiError *err) NAMI_MUST_CHECK;

/*
 * Writing: begin, append the properties with nami_prop_encode (or "{}"), end. labels: ids ascending
 * and unique.
 */
extern void nami_record_begin(NamiBuf *out);
extern void nami_record_end_node(NamiBuf *out, uint64_t schema_version, const uint32_t *labels,
								 uint32_t label_count);
extern void nami_record_end_edge(NamiBuf *out, uint64_t schema_version);

#endif							/* NAMI_FORMAT_RECORD_H */
