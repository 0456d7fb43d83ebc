/*
 * namespace_step.c - what a manifest says to a view, and how the data of two manifests relate.
 */
#include "graph/namespace_internal.h"

/* ---- inputs of a view ----------------------------------------------------------------------- */

static const NamiViewConstraint *
view_constraints(NamiArena *arena, const NamiManifest *manifest)
{
	NamiViewConstraint *out = NAMI_NEW_ARRAY(arena, NamiViewConstraint,
											 manifest->constraint_count + 1);

	for (uint32_t i = 0; i < manifest->constraint_count; i++)
	{
		const NamiKeyDef *def = &manifest->constraints[i];

		out[i] = (NamiViewConstraint) {def->name, def->label, def->properties,
		def->property_count};
	}
	return out;
}

static NamiViewIndex
view_key_index(const NamiKeyDef *def)
{
	return (NamiViewIndex) {.name = def->name, .label = def->label,
	.properties = def->properties,.property_count = def->property_count};
}

/* Indexes on one property are flags of the declaration and have no name; composite ones are listed. */
static void
set_range_indexes(NamiViewSchema *schema, NamiArena *arena, const NamiManifest *manifest)
{
	NAMI_VEC(NamiViewIndex) list = {0};

	for (uint32_t l = 0; l < manifest->label_def_count; l++)
	{
		const NamiLabelDef *label = &manifest->label_defs[l];

		for (uint32_t p = 0; p < label->property_count; p++)
		{
			if (label->properties[p].indexed)
				nami_vec_push(&list, arena, (NamiViewIndex) {.label = label->name,
							  .properties = &label->properties[p].name,.property_count = 1});
		}
	}
	for (uint32_t i = 0; i < manifest->index_count; i++)
		nami_vec_push(&list, arena, view_key_index(&manifest->indexes[i]));
	schema->range_indexes = list.items;
	schema->range_index_count = (uint32_t) list.count;
}

static void
set_search_indexes(NamiViewSchema *schema, NamiArena *arena, const NamiManifest *manifest)
{
	NamiViewIndex *vectors = NAMI_NEW_ARRAY(arena, NamiViewIndex,
											manifest->vector_index_count + 1);
	NamiViewIndex *texts = NAMI_NEW_ARRAY(arena, NamiViewIndex, manifest->text_index_count + 1);

	for (uint32_t i = 0; i < manifest->vector_index_count; i++)
	{
		const NamiVectorIndexDef *def = &manifest->vector_indexes[i];

		vectors[i] = (NamiViewIndex) {.name = def->name, .label = def->label,
		.properties = &def->property,.property_count = 1,.dimension = def->dimension,
		.metric = def->metric};
	}
	for (uint32_t i = 0; i < manifest->text_index_count; i++)
		texts[i] = view_key_index(&manifest->text_indexes[i]);
	schema->vector_indexes = vectors;
	schema->vector_index_count = manifest->vector_index_count;
	schema->text_indexes = texts;
	schema->text_index_count = manifest->text_index_count;
}

static void
set_edge_types(NamiViewSchema *schema, NamiArena *arena, const NamiManifest *manifest)
{
	NamiViewEdgeType *types = NAMI_NEW_ARRAY(arena, NamiViewEdgeType,
											 manifest->edge_type_def_count + 1);

	for (uint32_t t = 0; t < manifest->edge_type_def_count; t++)
	{
		const NamiEdgeTypeDef *def = &manifest->edge_type_defs[t];
		NamiStr    *names = NAMI_NEW_ARRAY(arena, NamiStr, def->property_count + 1);

		for (uint32_t p = 0; p < def->property_count; p++)
			names[p] = def->properties[p].name;
		types[t] = (NamiViewEdgeType) {def->name, names, def->property_count};
	}
	schema->edge_types = types;
	schema->edge_type_count = manifest->edge_type_def_count;
}

void
nami_view_inputs_init(NamiViewInputs *inputs, NamiArena *arena, const NamiLoaded *loaded)
{
	const NamiManifest *manifest = &loaded->manifest;

	memset(inputs, 0, sizeof(*inputs));
	inputs->version = loaded->version;
	inputs->max_lsn = loaded->max_lsn;
	inputs->label_dict = manifest->labels;
	inputs->label_count = manifest->label_count;
	inputs->schema.constraints = view_constraints(arena, manifest);
	inputs->schema.constraint_count = manifest->constraint_count;
	set_range_indexes(&inputs->schema, arena, manifest);
	set_search_indexes(&inputs->schema, arena, manifest);
	set_edge_types(&inputs->schema, arena, manifest);
}

/* ---- relation of two manifests -------------------------------------------------------------- */

static bool
is_data(const NamiSst *sst)
{
	return sst->kind == NAMI_SST_NODES || sst->kind == NAMI_SST_EDGES_FWD;
}

static const NamiSst *
find_sst(const NamiManifest *manifest, const NamiSst *wanted)
{
	for (uint32_t i = 0; i < manifest->sst_count; i++)
	{
		if (manifest->ssts[i].kind == wanted->kind &&
			nami_uuid_eq(manifest->ssts[i].id, wanted->id))
			return &manifest->ssts[i];
	}
	return NULL;
}

static bool
same_labels(const NamiManifest *older, const NamiManifest *newer)
{
	if (newer->label_count < older->label_count)
		return false;
	for (uint32_t i = 0; i < older->label_count; i++)
	{
		if (!nami_str_eq(older->labels[i], newer->labels[i]))
			return false;
	}
	return true;
}

static bool
same_segment(const NamiWalDescriptor *a, const NamiWalDescriptor *b)
{
	return a->seq == b->seq && a->last_lsn == b->last_lsn && a->has_xxh3 == b->has_xxh3 &&
		(!a->has_xxh3 || a->xxh3 == b->xxh3);
}

/* The older list is the beginning of the newer one, and what follows is newer. */
static bool
segments_grew(const NamiManifest *older, const NamiManifest *newer)
{
	if (newer->wal_segment_count < older->wal_segment_count)
		return false;
	for (uint32_t i = 0; i < older->wal_segment_count; i++)
	{
		if (!same_segment(&older->wal_segments[i], &newer->wal_segments[i]))
			return false;
	}
	return true;
}

typedef struct SstDiff
{
	uint32_t	added;
	uint32_t	removed;
	uint64_t	added_max_lsn;
} SstDiff;

static void
diff_ssts(const NamiManifest *older, const NamiManifest *newer, SstDiff *diff)
{
	memset(diff, 0, sizeof(*diff));
	for (uint32_t i = 0; i < newer->sst_count; i++)
	{
		const NamiSst *sst = &newer->ssts[i];

		if (!is_data(sst) || find_sst(older, sst) != NULL)
			continue;
		diff->added++;
		if (sst->max_lsn > diff->added_max_lsn)
			diff->added_max_lsn = sst->max_lsn;
	}
	for (uint32_t i = 0; i < older->sst_count; i++)
	{
		if (is_data(&older->ssts[i]) && find_sst(newer, &older->ssts[i]) == NULL)
			diff->removed++;
	}
}

/* An added file can be the merger of removed ones only if there are such of its kind and type, with
 * at least its rows, and if it holds no younger row. */
static bool
is_merger(const NamiManifest *older, const NamiManifest *newer, const NamiSst *added)
{
	uint64_t	rows = 0;
	uint64_t	max_lsn = 0;

	for (uint32_t i = 0; i < older->sst_count; i++)
	{
		const NamiSst *sst = &older->ssts[i];

		if (sst->kind != added->kind || !nami_str_eq(sst->scope, added->scope) ||
			find_sst(newer, sst) != NULL)
			continue;
		rows += sst->row_count;
		if (sst->max_lsn > max_lsn)
			max_lsn = sst->max_lsn;
	}
	return rows > 0 && added->row_count <= rows && added->max_lsn <= max_lsn;
}

static bool
is_compaction(const NamiManifest *older, const NamiManifest *newer)
{
	for (uint32_t i = 0; i < newer->sst_count; i++)
	{
		const NamiSst *sst = &newer->ssts[i];

		if (is_data(sst) && find_sst(older, sst) == NULL && !is_merger(older, newer, sst))
			return false;
	}
	/* A type or the nodes may not vanish as a whole either. */
	for (uint32_t i = 0; i < older->sst_count; i++)
	{
		const NamiSst *sst = &older->ssts[i];
		bool		has_heir = false;

		if (!is_data(sst) || find_sst(newer, sst) != NULL)
			continue;
		for (uint32_t n = 0; n < newer->sst_count && !has_heir; n++)
			has_heir = newer->ssts[n].kind == sst->kind &&
				nami_str_eq(newer->ssts[n].scope, sst->scope) &&
				find_sst(older, &newer->ssts[n]) == NULL;
		if (!has_heir)
			return false;
	}
	return true;
}

NamiStepKind
nami_step_classify(const NamiManifest *older, const NamiManifest *newer, uint32_t *first_new)
{
	SstDiff		diff;
	uint64_t	older_max = 0;

	*first_new = newer->wal_segment_count;
	if (!same_labels(older, newer))
		return NAMI_STEP_UNPROVEN;
	diff_ssts(older, newer, &diff);
	if (diff.added == 0 && diff.removed == 0 && segments_grew(older, newer))
	{
		*first_new = older->wal_segment_count;
		return NAMI_STEP_APPEND;
	}
	if (newer->version != older->version + 1)
		return NAMI_STEP_UNPROVEN;
	if (newer->wal_segment_count == older->wal_segment_count && segments_grew(older, newer) &&
		diff.added > 0 && diff.removed > 0 && is_compaction(older, newer))
		return NAMI_STEP_COMPACTION;
	for (uint32_t i = 0; i < older->wal_segment_count; i++)
	{
		if (older->wal_segments[i].last_lsn > older_max)
			older_max = older->wal_segments[i].last_lsn;
	}
	if (older->wal_segment_count > 0 && newer->wal_segment_count == 0 && diff.added > 0 &&
		diff.removed == 0 && diff.added_max_lsn <= older_max)
		return NAMI_STEP_FLUSH;
	return NAMI_STEP_UNPROVEN;
}

static bool
same_member(NamiJson *a, NamiJson *b, NamiStr name)
{
	NamiJson   *in_a = nami_json_get(a, name);
	NamiJson   *in_b = nami_json_get(b, name);
	NamiBuf		text_a;
	NamiBuf		text_b;

	if (in_a == NULL || in_b == NULL)
		return in_a == in_b;
	nami_buf_init(&text_a, a->arena);
	nami_buf_init(&text_b, a->arena);
	nami_json_write(in_a, &text_a);
	nami_json_write(in_b, &text_b);
	return nami_str_eq(nami_buf_str(&text_a), nami_buf_str(&text_b));
}

bool
nami_step_schema_changed(NamiManifest *older, NamiManifest *newer)
{
	return !same_member(&older->root, &newer->root, NAMI_STR("schema")) ||
		!same_member(&older->root, &newer->root, NAMI_STR("vector_indexes")) ||
		!same_member(&older->root, &newer->root, NAMI_STR("text_indexes"));
}
