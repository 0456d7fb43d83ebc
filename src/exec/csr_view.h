/*
 * csr_view.h - a part of the graph as arrays: what the graph algorithms run on (docs/engine.md 7.2,
 * spec/search.md 7; internal to the executor).
 *
 * Nodes are numbered 0 .. count - 1 in the order in which the algorithms visit them: by ascending
 * id, or label after label of the projection. Every algorithm sees merged arrays only, never the
 * delta.
 */
#ifndef NAMI_EXEC_CSR_VIEW_H
#define NAMI_EXEC_CSR_VIEW_H

#include "exec/procedure_options.h"

#define NAMI_CSR_NONE	UINT32_MAX

typedef struct NamiCsrView
{
	uint32_t	count;			/* nodes */
	const NamiOrd *nodes;		/* by number */
	const uint32_t *rank;		/* by number: place among the ids in ascending order */
	const uint64_t *offsets;	/* count + 1 */
	const uint32_t *targets;	/* of node u: [offsets[u], offsets[u + 1]), in the product's order */
	const double *weights;		/* beside targets; NULL when not asked for */
	bool		is_undirected;
	uint32_t   *numbers[2];		/* number by ordinal, of the view's and of own nodes; private */
	uint32_t	number_count[2];
} NamiCsrView;

/* The options of a projection: for lists of allowed options. */
#define NAMI_PROJECTION_OPTIONS	"labels", "edge_types", "direction"

/* The graph that the options labels, edge_types and direction describe; memory in call->arena. */
extern NamiStatus nami_csr_view_make(NamiCsrView *view, const NamiOptions *options,
									 bool with_weights, NamiError *err) NAMI_MUST_CHECK;

/* Its number, NAMI_CSR_NONE when the projection leaves it out. */
extern uint32_t nami_csr_view_number(const NamiCsrView *view, NamiOrd ord);

/*
 * The same graph undirected, without loops and parallel relationships; each list ascending. Only
 * count, offsets and targets are set.
 */
extern NamiStatus nami_csr_view_simple(const NamiProcedureCall *call, const NamiCsrView *view,
									   NamiCsrView *out, NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_EXEC_CSR_VIEW_H */
