/*
 * own_schema.h - the schema statements that a transaction has staged (spec/cypher.md 7).
 *
 * They stand beside the staged records (own.h), have sequence numbers of the same count and leave
 * with the same rollback. A reader with mark m is bound by the view's schema with the changes
 * numbered <= m applied in their order.
 *
 * A change is kept as it was resolved: default names are filled in and DROP INDEX says which kind of
 * index it means. Adding what is there under another name, or dropping what is not there, changes
 * nothing, so a change can be applied to the schema of any newer version.
 */
#ifndef NAMI_GRAPH_OWN_SCHEMA_H
#define NAMI_GRAPH_OWN_SCHEMA_H

#include "format/manifest.h"
#include "graph/own.h"
#include "graph/schema_command.h"

typedef struct NamiSchemaChange
{
	NamiSchemaCommand command;	/* texts and properties in the arena of own; never DROP_INDEX with
								 * only a name: then label and properties are those found */
	NamiLabelId label;			/* of what is added or dropped */
	NamiKeyId  *keys;			/* command.property_count */
	const NamiDataType *types;	/* of the properties, as the data has them; ADD_CONSTRAINT and ADD_INDEX */
	uint64_t	sequence;
	uint64_t	checked_version;	/* the rows of this view's version satisfy the constraint */
} NamiSchemaChange;

/*
 * Copies the change and gives it a number. types may be NULL. view_version: what checked_version
 * becomes.
 */
extern void nami_own_add_schema(NamiOwnWrites *own, const NamiSchemaCommand *command,
								const NamiDataType *types, uint64_t view_version);

/* Ascending by sequence. */
extern uint32_t nami_own_schema_changes(const NamiOwnWrites *own, NamiSchemaChange **changes);

/* The view's schema with the changes numbered <= mark; the view's own when there is none. */
extern const NamiSchema *nami_own_schema(const NamiOwnWrites *own, const NamiView *view,
										 uint64_t mark);

/* ---- finding ------------------------------------------------------------------------------- */

/* The same keys in any order; no key stands twice in a list. */
extern bool nami_same_keys(const NamiKeyId *a, uint32_t a_count, const NamiKeyId *b,
						   uint32_t b_count);

/* Each gives the number of the element, or -1. By name, or by what it covers. */
extern int	nami_schema_find_constraint(const NamiSchema *schema, NamiStr name);
extern int	nami_schema_match_constraint(const NamiSchema *schema, NamiLabelId label,
										 const NamiKeyId *keys, uint32_t key_count);
extern int	nami_schema_find_index(const NamiSchema *schema, NamiStr name);
extern int	nami_schema_match_index(const NamiSchema *schema, NamiLabelId label,
									const NamiKeyId *keys, uint32_t key_count);
extern int	nami_schema_find_text_index(const NamiSchema *schema, NamiStr name);
extern int	nami_schema_match_text_index(const NamiSchema *schema, NamiLabelId label,
										 const NamiKeyId *keys, uint32_t key_count);
extern int	nami_schema_find_vector_index(const NamiSchema *schema, NamiStr name);
extern int	nami_schema_match_vector_index(const NamiSchema *schema, NamiLabelId label,
										   NamiKeyId key, NamiStr metric);

#endif							/* NAMI_GRAPH_OWN_SCHEMA_H */
