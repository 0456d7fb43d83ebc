/*
 * schema_command.h - a schema statement as the graph layer takes it (spec/cypher.md 7).
 */
#ifndef NAMI_GRAPH_SCHEMA_COMMAND_H
#define NAMI_GRAPH_SCHEMA_COMMAND_H

#include <stdbool.h>

#include "base/str.h"

typedef enum NamiSchemaAction
{
	NAMI_SCHEMA_ADD_CONSTRAINT, /* of uniqueness */
	NAMI_SCHEMA_ADD_INDEX,		/* range index */
	NAMI_SCHEMA_ADD_TEXT_INDEX,
	NAMI_SCHEMA_ADD_VECTOR_INDEX,
	NAMI_SCHEMA_DROP_CONSTRAINT,
	NAMI_SCHEMA_DROP_INDEX,		/* a text index of that name, else a range index */
	NAMI_SCHEMA_DROP_TEXT_INDEX,
	NAMI_SCHEMA_DROP_VECTOR_INDEX
} NamiSchemaAction;

/* Parameters of a vector index; quantization is none or int8. */
typedef struct NamiVectorParameters
{
	uint32_t	dimension;
	NamiStr		metric;			/* cosine, dot, euclidean */
	uint64_t	r;
	uint64_t	l_build;
	double		alpha;
	NamiStr		quantization;
} NamiVectorParameters;

/* What the product takes when a statement does not say. */
#define NAMI_VECTOR_R_DEFAULT		64
#define NAMI_VECTOR_L_BUILD_DEFAULT	128
#define NAMI_VECTOR_ALPHA_DEFAULT	1.2

typedef struct NamiSchemaCommand
{
	NamiSchemaAction action;
	NamiStr		name;			/* empty in ADD_CONSTRAINT and ADD_INDEX: the default */
	bool		is_tolerant;	/* IF NOT EXISTS, IF EXISTS */
	NamiStr		label;			/* ADD */
	const NamiStr *properties;	/* ADD: 1 or more; exactly 1 for a vector index */
	uint32_t	property_count;
	NamiVectorParameters vector;	/* ADD_VECTOR_INDEX */
} NamiSchemaCommand;

#endif							/* NAMI_GRAPH_SCHEMA_COMMAND_H */
