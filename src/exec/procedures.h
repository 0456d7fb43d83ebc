/*
 * procedures.h - the built-in procedures (spec/cypher.md 8), and how a procedure runs.
 */
#ifndef NAMI_EXEC_PROCEDURES_H
#define NAMI_EXEC_PROCEDURES_H

#include "base/vec.h"
#include "exec/eval.h"
#include "plan/procedure.h"

/* One call: what the procedure gets, and the rows that it gives. */
typedef struct NamiProcedureCall
{
	const NamiProcedure *procedure;
	NamiEvalContext *ctx;		/* host, snapshot, clock; ctx->arena is arena */
	const NamiValue *args;
	uint32_t	arg_count;
	NamiArena  *arena;			/* for the rows and scratch: lives until all rows are consumed */
	NAMI_VEC(NamiValue) cells;	/* rows of column_count values, one after the other */
	int64_t		position;		/* in the query, for errors */
} NamiProcedureCall;

/* NamiProcedure.implementation points to one. An error without position gets the call's. */
typedef NamiStatus (*NamiProcedureRun) (NamiProcedureCall *call, NamiError *err);

/* Hands out one row: column_count values, in the order of the procedure's columns. */
extern void nami_procedure_emit(NamiProcedureCall *call, const NamiValue *row);

/* A wrong value of argument number i (42804 or 22023, by cls). */
extern NamiStatus nami_procedure_bad_argument(const NamiProcedureCall *call, NamiErrorClass cls,
											  uint32_t i, const char *expected,
											  NamiError *err) NAMI_MUST_CHECK;

/* For NamiPlanOptions. A name without namespace means "algo.". */
extern const NamiProcedure *nami_find_procedure(NamiStr name, NamiStr *nearest);

/* All of them, for documentation and completion; ends with an empty name. */
extern const NamiProcedure *nami_procedure_table(void);

/* procedures_schema.c */
extern const NamiProcedureRun nami_proc_labels;
extern const NamiProcedureRun nami_proc_relationship_types;
extern const NamiProcedureRun nami_proc_property_keys;
extern const NamiProcedureRun nami_proc_visualization;

/* procedures_algo.c, procedures_algo_community.c, procedures_algo_path.c */
extern const NamiProcedureRun nami_proc_wcc;
extern const NamiProcedureRun nami_proc_scc;
extern const NamiProcedureRun nami_proc_degree;
extern const NamiProcedureRun nami_proc_pagerank;
extern const NamiProcedureRun nami_proc_triangle_count;
extern const NamiProcedureRun nami_proc_label_propagation;
extern const NamiProcedureRun nami_proc_louvain;
extern const NamiProcedureRun nami_proc_betweenness;
extern const NamiProcedureRun nami_proc_shortest_path;
extern const NamiProcedureRun nami_proc_fast_rp;

/* procedures_search.c */
extern const NamiProcedureRun nami_proc_search_vector;
extern const NamiProcedureRun nami_proc_search_bm25;
extern const NamiProcedureRun nami_proc_search_hybrid;
extern const NamiProcedureRun nami_proc_query_nodes;

#endif							/* NAMI_EXEC_PROCEDURES_H */
