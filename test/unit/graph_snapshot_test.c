/*
 * graph_snapshot_test.c - random histories, applied to a naive model and to views, deltas and own
 * writes; after each step the snapshot is asked everything.
 */
#include "graph_model.h"

#include "base/host.h"

typedef struct World
{
	NamiArena  *arena;
	NamiOwner	owner;
	NamiCatalog *catalog;
	NamiStr		label_dict[MODEL_LABELS];
	Model		model;
	uint64_t	random;
	uint64_t	lsn;
	uint64_t	seq;
	NamiView   *view;
} World;

static World *
world_create(uint64_t seed, uint32_t node_count)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	World	   *world = NAMI_NEW(arena, World);

	world->arena = arena;
	nami_owner_init(&world->owner);
	world->catalog = nami_catalog_create(arena);
	for (int i = 0; i < MODEL_LABELS; i++)
		world->label_dict[i] = nami_str(model_label_names[i]);
	world->model = model_create(arena, node_count);
	world->random = seed;
	return world;
}

static void
world_destroy(World *world)
{
	if (world->view != NULL)
		nami_view_release(world->view);
	nami_arena_destroy(world->arena);
}

static uint64_t
pick(World *world, uint64_t n)
{
	return model_random(&world->random) % n;
}

/* ---- random changes ---- */

typedef enum ChangeKind
{
	PUT_NODE,
	DELETE_NODE,
	PUT_EDGE,
	DELETE_EDGE
} ChangeKind;

typedef struct Change
{
	ChangeKind	kind;
	uint32_t	node;			/* or source */
	uint32_t	dst;
	unsigned	type;
} Change;

/* Changes the model; the record follows from the model's new state. */
static Change
random_change(World *world, bool ends_live)
{
	Model	   *model = &world->model;
	Change		change = {.kind = PUT_NODE, .node = (uint32_t) pick(world, model->node_count)};
	uint64_t	roll = pick(world, 100);
	ModelEdge  *edge;

	change.dst = (uint32_t) pick(world, model->node_count);
	change.type = (unsigned) pick(world, MODEL_TYPES);
	if (roll < 40)
	{
		ModelNode  *node = &model->nodes[change.node];

		node->live = true;
		node->labels = pick(world, 10) == 0 ? (unsigned) pick(world, 16) :
			1u << pick(world, MODEL_LABELS);
		node->props = model_props(world->arena, &world->random);
		return change;
	}
	if (roll < 48)
	{
		change.kind = DELETE_NODE;
		if (!ends_live || model->nodes[change.node].live)
		{
			model->nodes[change.node].live = false;
			return change;
		}
	}
	if (roll < 60 && model->edges.count > 0)
	{
		edge = &model->edges.items[pick(world, model->edges.count)];
		change = (Change) {DELETE_EDGE, edge->src, edge->dst, edge->type};
		edge->live = false;
		return change;
	}
	if (ends_live && !(model->nodes[change.node].live && model->nodes[change.dst].live))
	{
		change.kind = PUT_NODE;
		model->nodes[change.node] = (ModelNode) {true, 1, model_props(world->arena,
																	  &world->random)};
		return change;
	}
	change.kind = PUT_EDGE;
	edge = model_edge(model, change.type, change.node, change.dst, true);
	edge->live = true;
	edge->props = model_props(world->arena, &world->random);
	return change;
}

static void
write_change(World *world, NamiWalBuilder *wal, const Change *change)
{
	Model	   *model = &world->model;
	NamiUuid	id = model_uuid(change->node);
	NamiUuid	dst = model_uuid(change->dst);
	NamiStr		type = nami_str(model_type_names[change->type]);

	world->lsn++;
	switch (change->kind)
	{
		case PUT_NODE:
			nami_wal_put_node(wal, world->lsn, id,
							  model_node_json(world->arena, &model->nodes[change->node]));
			break;
		case DELETE_NODE:
			nami_wal_delete_node(wal, world->lsn, id);
			break;
		case PUT_EDGE:
			nami_wal_put_edge(wal, world->lsn, type, id, dst,
							  model_edge_json(world->arena,
											  model_edge(model, change->type, change->node,
														 change->dst, false)->props));
			break;
		case DELETE_EDGE:
			nami_wal_delete_edge(wal, world->lsn, type, id, dst);
			break;
	}
}

static NamiViewSegment
random_segment(World *world, uint32_t count)
{
	NamiWalBuilder wal;
	NamiWalSegment segment;
	NamiError	err = NAMI_ERROR_INIT;

	nami_wal_builder_init(&wal, world->arena);
	for (uint32_t i = 0; i < count; i++)
	{
		Change		change = random_change(world, false);

		write_change(world, &wal, &change);
	}
	assert_int_equal(nami_wal_finish(&wal, &segment, &err), NAMI_OK);
	return (NamiViewSegment) {++world->seq, segment.bytes};
}

static NamiViewInputs
inputs_of(World *world, const NamiViewSegment *segments, uint32_t count)
{
	/* Declared, so that lookups use an index from the first one on. */
	static const NamiStr keys[] = {NAMI_STR_INIT("a"), NAMI_STR_INIT("b"), NAMI_STR_INIT("c")};
	static const NamiViewIndex indexes[] = {
		{.label = NAMI_STR_INIT("Person"), .properties = &keys[0], .property_count = 1},
		{.label = NAMI_STR_INIT("Person"), .properties = &keys[1], .property_count = 1},
		{.label = NAMI_STR_INIT("Post"), .properties = &keys[0], .property_count = 2},
		{.label = NAMI_STR_INIT("Post"), .properties = &keys[2], .property_count = 1},
	};

	return (NamiViewInputs) {.version = world->seq, .max_lsn = world->lsn,
							 .label_dict = world->label_dict, .label_count = MODEL_LABELS,
							 .segments = segments, .segment_count = count,
							 .schema = {.range_indexes = indexes, .range_index_count = 4}};
}

static void
build(World *world, const NamiViewSegment *segments, uint32_t count)
{
	NamiViewInputs inputs = inputs_of(world, segments, count);
	NamiError	err = NAMI_ERROR_INIT;
	NamiStatus	status = nami_view_build(world->catalog, nami_host_default(),
										 nami_allocator_malloc(), &world->owner, &inputs,
										 &world->view, &err);

	if (status != NAMI_OK)
		fail_msg("%s", err.message);
}

static void
append(World *world, const NamiViewSegment *segments, uint32_t count)
{
	NamiViewInputs inputs = inputs_of(world, segments, count);
	NamiError	err = NAMI_ERROR_INIT;
	NamiView   *next;

	assert_int_equal(nami_view_append(world->view, nami_host_default(), nami_allocator_malloc(),
									  &world->owner, &inputs, &next, &err), NAMI_OK);
	assert_int_equal(nami_view_space(next), nami_view_space(world->view));
	nami_view_release(world->view);
	world->view = next;
}

static void
rebuild(World *world)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiView   *next;

	assert_int_equal(nami_view_rebuild(world->view, nami_host_default(), nami_allocator_malloc(),
									   &world->owner, &next, &err), NAMI_OK);
	assert_int_not_equal(nami_view_space(next), nami_view_space(world->view));
	nami_view_release(world->view);
	world->view = next;
}

static void
check(World *world)
{
	NamiSnapshot snapshot = {.view = world->view, .mark = NAMI_MARK_NOW};

	check_model(&world->model, &snapshot, &world->random);
}

/* ---- images and deltas ---- */

static void
run_views(uint64_t seed, uint32_t node_count, uint32_t first, uint32_t step, int rounds)
{
	World	   *world = world_create(seed, node_count);
	NamiViewSegment segments[3];

	segments[0] = random_segment(world, first / 2);
	segments[1] = random_segment(world, first / 2);
	build(world, segments, 2);
	check(world);
	for (int round = 0; round < rounds; round++)
	{
		const NamiView *older = world->view;
		Model		older_model = model_copy(&world->model);
		NamiSnapshot older_snapshot = {.view = older, .mark = NAMI_MARK_NOW};

		nami_view_acquire(older);
		segments[0] = random_segment(world, step);
		segments[1] = random_segment(world, (uint32_t) pick(world, step) + 1);
		append(world, segments, 2);
		check(world);
		check_model(&older_model, &older_snapshot, &world->random);
		nami_view_release(older);
		if (round % 3 == 2)
		{
			rebuild(world);
			check(world);
		}
	}
	world_destroy(world);
}

static void
test_views_small(void **state)
{
	for (uint64_t seed = 1; seed <= 60; seed++)
		run_views(seed, 12, (uint32_t) (seed % 5) * 20, 1 + (uint32_t) seed % 13, 5);
}

static void
test_views_middle(void **state)
{
	for (uint64_t seed = 200; seed < 212; seed++)
		run_views(seed, 600, 1500, 100, 4);
}

static void
test_views_large(void **state)
{
	for (uint64_t seed = 100; seed < 102; seed++)
		run_views(seed, 3000, 6000, 40, 3);
}

/* ---- own writes ---- */

static void
stage_change(World *world, NamiOwnWrites *own, const Change *change)
{
	NamiSnapshot now = {world->view, own, NAMI_MARK_NOW};
	Model	   *model = &world->model;
	NamiId		id = model_id(change->node);
	NamiId		dst_id = model_id(change->dst);
	NamiOrd		ord = nami_snapshot_find_node(&now, &id);
	NamiOrd		dst = nami_snapshot_find_node(&now, &dst_id);
	NamiTypeId	type = nami_catalog_intern(world->catalog, NAMI_NAME_TYPE,
										   nami_str(model_type_names[change->type]));
	NamiLabelId labels[MODEL_LABELS];
	uint32_t	label_count = 0;

	switch (change->kind)
	{
		case PUT_NODE:
			for (uint32_t i = MODEL_LABELS; i-- > 0;)
			{
				if (model->nodes[change->node].labels >> i & 1)
					labels[label_count++] = nami_catalog_intern(world->catalog, NAMI_NAME_LABEL,
																world->label_dict[i]);
			}
			ord = nami_own_put_node(own, world->view, ord, &id, labels, label_count,
									model->nodes[change->node].props);
			assert_int_equal(nami_snapshot_find_node(&now, &id), ord);
			break;
		case DELETE_NODE:
			if (ord != NAMI_ORD_NONE)
				nami_own_delete_node(own, world->view, ord);
			break;
		case PUT_EDGE:
			assert_int_not_equal(ord, NAMI_ORD_NONE);
			assert_int_not_equal(dst, NAMI_ORD_NONE);
			nami_own_put_edge(own, world->view, type, ord, dst,
							  model_edge(model, change->type, change->node, change->dst,
										 false)->props);
			break;
		case DELETE_EDGE:
			if (ord == NAMI_ORD_NONE || dst == NAMI_ORD_NONE)
				model_edge(model, change->type, change->node, change->dst, false)->live =
					nami_snapshot_find_edge(&now, type, ord, dst) != NAMI_POS_NONE;
			else
				nami_own_delete_edge(own, world->view, type, ord, dst);
			break;
	}
}

/* An edge whose end is not live cannot be named by an ordinal: its deletion is left out. */
static bool
can_stage(const World *world, const Model *before, const Change *change)
{
	return change->kind != DELETE_EDGE ||
		(before->nodes[change->node].live && before->nodes[change->dst].live);
}

/* Publishes what is staged as a segment and goes on with the view that has it. */
static void
publish(World *world, NamiOwnWrites *own)
{
	const NamiOwnRecord *records;
	uint32_t	count = nami_own_records(own, world->view, world->arena, &records);
	NamiWalBuilder wal;
	NamiWalSegment segment;
	NamiViewSegment listed;
	NamiError	err = NAMI_ERROR_INIT;

	nami_wal_builder_init(&wal, world->arena);
	for (uint32_t i = 0; i < count; i++)
	{
		const NamiOwnRecord *record = &records[i];
		NamiUuid	id;
		NamiUuid	dst;
		ModelNode	node = {.props = record->props};

		if (i > 0)
			assert_true(records[i - 1].sequence < record->sequence);
		memcpy(id.bytes, record->id.bytes, 16);
		memcpy(dst.bytes, record->dst.bytes, 16);
		world->lsn++;
		for (uint32_t l = 0; l < record->label_count; l++)
		{
			NamiStr		name = nami_catalog_name(world->catalog, NAMI_NAME_LABEL, record->labels[l]);

			for (unsigned k = 0; k < MODEL_LABELS; k++)
				node.labels |= nami_str_eq(name, world->label_dict[k]) ? 1u << k : 0;
		}
		if (record->is_edge)
		{
			NamiStr		type = nami_catalog_name(world->catalog, NAMI_NAME_TYPE, record->type);

			if (record->is_tombstone)
				nami_wal_delete_edge(&wal, world->lsn, type, id, dst);
			else
				nami_wal_put_edge(&wal, world->lsn, type, id, dst,
								  model_edge_json(world->arena, record->props));
		}
		else if (record->is_tombstone)
			nami_wal_delete_node(&wal, world->lsn, id);
		else
			nami_wal_put_node(&wal, world->lsn, id, model_node_json(world->arena, &node));
	}
	assert_int_equal(nami_wal_finish(&wal, &segment, &err), NAMI_OK);
	listed = (NamiViewSegment) {++world->seq, segment.bytes};
	append(world, &listed, 1);
}

typedef struct Savepoint
{
	uint64_t	mark;
	Model		model;
} Savepoint;

static void
run_own(uint64_t seed, uint32_t node_count, uint32_t first, int steps)
{
	World	   *world = world_create(seed, node_count);
	NamiOwnWrites *own = nami_own_create(world->arena, world->catalog);
	NamiViewSegment segments[2];
	Savepoint	savepoints[8];
	int			depth = 0;
	NamiSnapshot now = {.own = own, .mark = NAMI_MARK_NOW};

	segments[0] = random_segment(world, first);
	build(world, segments, 1);
	segments[1] = random_segment(world, first / 4 + 1);
	append(world, &segments[1], 1);
	check(world);
	for (int step = 0; step < steps; step++)
	{
		uint64_t	roll = pick(world, 10);

		if (roll < 2 && depth < 8)
			savepoints[depth++] = (Savepoint) {nami_own_mark(own), model_copy(&world->model)};
		else if (roll == 2 && depth > 0)
		{
			depth = (int) pick(world, (uint64_t) depth);
			nami_own_rollback(own, savepoints[depth].mark);
			world->model = model_copy(&savepoints[depth].model);
		}
		else if (roll == 3 && step % 5 == 0)
			rebuild(world);		/* the ordinals change under the staged records */
		for (uint64_t i = pick(world, 6); i > 0; i--)
		{
			Model		before = model_copy(&world->model);
			Change		change = random_change(world, true);

			if (can_stage(world, &before, &change))
				stage_change(world, own, &change);
			else
				world->model = before;
		}
		now.view = world->view;
		check_model(&world->model, &now, &world->random);

		/* A reader that stopped at an earlier mark still sees what it saw. */
		if (depth > 0)
		{
			NamiSnapshot then = {world->view, own, savepoints[depth - 1].mark};

			check_model(&savepoints[depth - 1].model, &then, &world->random);
		}
	}
	publish(world, own);
	check(world);
	nami_own_rollback(own, 0);
	assert_true(nami_own_is_empty(own));
	now.view = world->view;
	check_model(&world->model, &now, &world->random);
	world_destroy(world);
}

static void
test_own_small(void **state)
{
	for (uint64_t seed = 1; seed <= 80; seed++)
		run_own(seed, 10, (uint32_t) (seed % 4) * 15, 30);
}

static void
test_own_large(void **state)
{
	run_own(500, 2500, 5000, 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views_small),
		cmocka_unit_test(test_views_middle),
		cmocka_unit_test(test_views_large),
		cmocka_unit_test(test_own_small),
		cmocka_unit_test(test_own_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
