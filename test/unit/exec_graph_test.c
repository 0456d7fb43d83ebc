/*
 * Tests of expressions on nodes, relationships and paths (spec/cypher.md 3.6, 4, 5.5), over the own
 * writes of a transaction:
 *
 *	row		a							r						b
 *	0		(:Person:Admin {n: 'A'})	-[:KNOWS {w: 1}]->		(:Person {n: 'B', d: ...})
 *	1		(:Person {n: 'B', d: ...})	-[:LIKES {w: 2}]->		(:Thing {n: 3})
 *	2		null						null					null
 */
#include "exec_expr.h"
#include "graph_world.h"

static World world;
static Actor *actor;
static NamiSnapshot snapshot;
static NamiOrd nodes[3];
static NamiRel rels[2];
static NamiEvalContext ctx;
static NamiBatch batch;

static NamiOrd
add_node(const char *const *labels, uint32_t label_count, const char *map)
{
	NamiLabelId ids[2];
	NamiValue	props;
	NamiOrd		ord;
	NamiId		id;

	for (uint32_t i = 0; i < label_count; i++)
		ids[i] = actor_label(actor, labels[i]);
	world_random(&world, id.bytes, sizeof(id.bytes));
	id.bytes[6] = (uint8_t) (0x40 | (id.bytes[6] & 0x0F));
	assert_int_equal(test_eval(map, &props, &actor->err), NAMI_OK);
	check_ok(actor, nami_transaction_create_node(actor->txn, &id, ids, label_count, props, &ord,
												 &actor->err));
	return ord;
}

static NamiRel
add_rel(const char *type, NamiOrd src, NamiOrd dst, const char *map)
{
	NamiRel		rel = {.src = src, .dst = dst};
	NamiValue	props;
	NamiEdgePos pos;

	rel.type = nami_catalog_intern(nami_namespace_catalog(actor->ns), NAMI_NAME_TYPE,
								   nami_str(type));
	assert_int_equal(test_eval(map, &props, &actor->err), NAMI_OK);
	check_ok(actor, nami_transaction_put_edge(actor->txn, rel.type, src, dst, props, &pos,
											  &actor->err));
	rel.pos = pos;
	return rel;
}

static int
setup(void **state)
{
	static const char *const admin[] = {"Person", "Admin"};
	static const char *const thing[] = {"Thing"};
	NamiVector *columns;
	NamiOrd    *a;
	NamiOrd    *b;
	NamiRel    *r;

	world_open(&world, 7);
	actor = actor_create(&world);
	actor_begin(actor);
	test_arena = nami_arena_create(nami_allocator_malloc(), NULL);
	nodes[0] = add_node(admin, 2, "{n: 'A'}");
	/* a DURATION as it is stored: spec/cypher.md 6.2 */
	nodes[1] = add_node(admin, 1, "{d: [1, {value: 'P1Y'}], n: 'B'}");
	nodes[2] = add_node(thing, 1, "{n: 3}");
	rels[0] = add_rel("KNOWS", nodes[0], nodes[1], "{w: 1}");
	rels[1] = add_rel("LIKES", nodes[1], nodes[2], "{w: 2}");
	snapshot = actor_now(actor);

	ctx = test_context();
	ctx.snapshot = &snapshot;
	columns = nami_arena_alloc0(test_arena, TEST_SLOTS * sizeof(NamiVector));
	a = NAMI_NEW_ARRAY(test_arena, NamiOrd, 3);
	b = NAMI_NEW_ARRAY(test_arena, NamiOrd, 3);
	r = NAMI_NEW_ARRAY(test_arena, NamiRel, 3);
	for (int i = 0; i < 2; i++)
	{
		a[i] = nodes[i];
		b[i] = nodes[i + 1];
		r[i] = rels[i];
	}
	a[2] = b[2] = NAMI_ORD_NONE;
	r[2].type = NAMI_NAME_UNKNOWN;
	columns[0] = (NamiVector) {.kind = NAMI_VEC_ORD, .ords = a};
	columns[1] = (NamiVector) {.kind = NAMI_VEC_ORD, .ords = b};
	columns['r' - 'a'] = (NamiVector) {.kind = NAMI_VEC_REL, .rels = r};
	batch = (NamiBatch) {.row_count = 3, .selected_count = 3, .columns = columns,
		.slot_count = TEST_SLOTS};
	return 0;
}

static int
teardown(void **state)
{
	nami_arena_destroy(test_arena);
	actor_destroy(actor);
	world_close(&world);
	return 0;
}

/* What opening a plan does. */
static void
resolve(NamiExpr *expr)
{
	if (expr == NULL)
		return;
	if (expr->op == NAMI_EX_PROPERTY)
		expr->name.number = nami_catalog_find(nami_namespace_catalog(actor->ns), NAMI_NAME_KEY,
											  expr->name.text);
	for (uint32_t i = 0; i < expr->arg_count; i++)
		resolve(expr->args[i]);
}

static NamiExpr *
parse(const char *text)
{
	NamiExpr   *expr;

	test_pos = text;
	expr = test_expr();
	resolve(expr);
	return expr;
}

/* The values of all three rows as a list. */
static void
check_rows(NamiExpr *expr, const char *expected)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	rows[3];
	NamiValue	wanted;

	if (nami_eval(&ctx, expr, &batch, rows, &err) != NAMI_OK)
		fail_msg("%s: %s", expected, err.message);
	assert_int_equal(test_eval(expected, &wanted, &err), NAMI_OK);
	if (!test_same(nami_value_list(rows, 3), wanted))
		fail_msg("expected %s, got kinds %s %s %s", expected, nami_kind_name(rows[0].kind),
				 nami_kind_name(rows[1].kind), nami_kind_name(rows[2].kind));
}

static void
test_properties(void **state)
{
	static const char *const cases[][2] = {
		{"a.n", "['A', 'B', null]"},
		{"b.n", "['B', 3, null]"},
		{"a.unheard", "[null, null, null]"},
		/* two types in one batch */
		{"r.w", "[1, 2, null]"},
		{"a['n']", "['A', 'B', null]"},
		{"r['w']", "[1, 2, null]"},
		{"[a, r][1].w", "[1, 2, null]"},
		{"[x IN [a, b] | x.n]", "[['A', 'B'], ['B', 3], [null, null]]"},
		{"[x IN [1, 2] WHERE (r.w = x) | a.n]", "[['A'], ['B'], []]"},
		{"labels(a)", "[['Admin', 'Person'], ['Person'], null]"},
		{"type(r)", "['KNOWS', 'LIKES', null]"},
		{"keys(a)", "[['n'], ['d', 'n'], null]"},
		{"properties(r)", "[{w: 1}, {w: 2}, null]"},
		{"(startNode(r) = a)", "[true, true, null]"},
		{"(endNode(r) = b)", "[true, true, null]"},
		{"endNode(r).n", "['B', 3, null]"},
		{"(id(a) = elementId(a))", "[true, true, null]"},
		{"size(id(a))", "[36, 36, null]"},
		{"(a._id = id(a))", "[true, true, null]"},
		{"(id(r) = (id(a) + ':' + id(b)))", "[true, true, null]"},
		{"(elementId(r) = (type(r) + '-' + id(a) + '->' + id(b)))", "[true, true, null]"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_rows(parse(cases[i][0]), cases[i][1]);
}

static NamiExpr *
has_label(const char *variable, NamiLabelOp op, const char *name)
{
	NamiExpr   *expr = test_node(NAMI_EX_HAS_LABELS, 0);
	NamiLabelExpr *leaf = NAMI_NEW(test_arena, NamiLabelExpr);
	NamiLabelExpr *labels = NAMI_NEW(test_arena, NamiLabelExpr);

	leaf->op = NAMI_LABEL_NAME;
	leaf->name.text = nami_str(name);
	leaf->name.number = nami_catalog_find(nami_namespace_catalog(actor->ns), NAMI_NAME_LABEL,
										  leaf->name.text);
	labels->op = op;
	labels->args = nami_arena_memdup(test_arena, &leaf, sizeof(leaf));
	labels->arg_count = 1;
	test_add_arg(expr, parse(variable));
	expr->labels = labels;
	return expr;
}

static void
test_labels(void **state)
{
	check_rows(has_label("a", NAMI_LABEL_AND, "Admin"), "[true, false, null]");
	check_rows(has_label("a", NAMI_LABEL_NOT, "Admin"), "[false, true, null]");
	check_rows(has_label("a", NAMI_LABEL_OR, "Nobody"), "[false, false, null]");
	check_rows(has_label("a", NAMI_LABEL_ANY, "Nobody"), "[true, true, null]");
	check_rows(has_label("r", NAMI_LABEL_AND, "KNOWS"), "[true, false, null]");
}

static void
test_map_projection(void **state)
{
	NamiExpr   *expr = test_node(NAMI_EX_MAP_PROJECTION, 0);
	NamiStr		keys[] = {NAMI_STR("w"), NAMI_STR("x")};

	test_add_arg(expr, parse("r"));
	test_add_arg(expr, parse("a.n"));
	test_add_arg(expr, parse("1"));
	expr->keys = keys;
	check_rows(expr, "[{w: 'A', x: 1}, {w: 'B', x: 1}, null]");
	expr->arg_count = 1;
	expr->flags = NAMI_EXF_ALL_PROPERTIES;
	check_rows(expr, "[{w: 1}, {w: 2}, null]");
}

/* (b)-[r]-(a), walked backwards; and with a list of relationships in the middle. */
static void
test_paths(void **state)
{
	static const NamiSlot single[] = {1, 'r' - 'a', 0};
	static const NamiSlot several[] = {0, 'l' - 'a', 'e' - 'a'};
	NamiExpr   *expr = test_node(NAMI_EX_PATH, 0);
	NamiValue	path[3];
	NamiValue	items[2] = {nami_value_rel(&rels[0]), nami_value_rel(&rels[1])};
	NamiValue	lists[3] = {nami_value_list(items, 2), nami_value_list(items, 0),
	nami_value_null()};
	NamiOrd		ends[3] = {nodes[2], nodes[1], NAMI_ORD_NONE};
	NamiVector *columns = (NamiVector *) batch.columns;
	NamiError	err = NAMI_ERROR_INIT;

	expr->slots = single;
	expr->slot_count = 3;
	assert_int_equal(nami_eval(&ctx, expr, &batch, path, &err), NAMI_OK);
	assert_int_equal(path[0].kind, NAMI_PATH);
	assert_int_equal(path[0].path->rel_count, 1);
	assert_int_equal(path[0].path->nodes[0], nodes[1]);
	assert_int_equal(path[0].path->nodes[1], nodes[0]);
	assert_int_equal(path[2].kind, NAMI_NULL);

	columns['l' - 'a'] = (NamiVector) {.kind = NAMI_VEC_VALUE, .values = lists};
	columns['e' - 'a'] = (NamiVector) {.kind = NAMI_VEC_ORD, .ords = ends};
	expr->slots = several;
	assert_int_equal(nami_eval(&ctx, expr, &batch, path, &err), NAMI_OK);
	assert_int_equal(path[0].path->rel_count, 2);
	assert_int_equal(path[0].path->nodes[1], nodes[1]);
	assert_int_equal(path[0].path->nodes[2], nodes[2]);
	assert_int_equal(path[1].path->rel_count, 0);
	assert_int_equal(path[2].kind, NAMI_NULL);

	columns['p' - 'a'] = (NamiVector) {.kind = NAMI_VEC_VALUE, .values = path};
	check_rows(parse("length(p)"), "[2, 0, null]");
	check_rows(parse("[x IN nodes(p) | x.n]"), "[['A', 'B', 3], ['B'], null]");
	check_rows(parse("[x IN relationships(p) | x.w]"), "[[1, 2], [], null]");
	check_rows(parse("(p = p)"), "[true, true, null]");
}

/* Reading what this statement deleted is an error; its type and id are still known. */
static void
test_deleted(void **state)
{
	static const char *const refused[] = {"a.n", "labels(a)", "keys(a)", "properties(r)", "r.w",
		"[a][0].n", "r['w']"};
	NamiError	err = NAMI_ERROR_INIT;

	check_ok(actor, nami_transaction_delete_node(actor->txn, nodes[0], true, &actor->err));
	snapshot = actor_now(actor);
	ctx.check_deleted = true;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
	{
		NamiValue	rows[3];

		assert_int_equal(nami_eval(&ctx, parse(refused[i]), &batch, rows, &err), NAMI_FAILED);
		assert_int_equal(err.cls, NAMI_ERR_ENTITY_DELETED);
		assert_string_equal(err.name, "EntityNotFound: DeletedEntityAccess");
	}
	check_rows(parse("type(r)"), "['KNOWS', 'LIKES', null]");
	check_rows(parse("size(id(a))"), "[36, 36, null]");
}

/* The typed maps of spec/cypher.md 6.2 come back as what they stand for, also inside lists. */
static void
test_revived(void **state)
{
	NamiMapEntry entries[] = {{NAMI_STR("@type"), nami_value_string(NAMI_STR("duration"))},
	{NAMI_STR("value"), nami_value_string(NAMI_STR("P1Y"))}};
	NamiMapEntry broken[] = {{NAMI_STR("@type"), nami_value_string(NAMI_STR("duration"))},
	{NAMI_STR("value"), nami_value_string(NAMI_STR("soon"))}};
	NamiValue	items[] = {nami_value_int(1), nami_value_map(entries, 2)};
	NamiMapEntry props[] = {{NAMI_STR("d"), nami_value_list(items, 2)},
	{NAMI_STR("n"), nami_value_map(broken, 2)}};
	NamiLabelId label = actor_label(actor, "Person");
	NamiExpr   *expr;
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	rows[3];

	(void) actor_key(actor, "d");
	check_ok(actor, nami_transaction_set_node(actor->txn, nodes[1], &label, 1,
											  nami_value_map(props, 2), &actor->err));
	snapshot = actor_now(actor);
	check_rows(parse("a.d"), "[null, [1, duration('P1Y')], null]");
	check_rows(parse("properties(a).d"), "[null, [1, duration('P1Y')], null]");
	expr = parse("a.n");
	assert_int_equal(nami_eval(&ctx, expr, &batch, rows, &err), NAMI_OK);
	assert_int_equal(rows[1].kind, NAMI_MAP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_properties, setup, teardown),
		cmocka_unit_test_setup_teardown(test_labels, setup, teardown),
		cmocka_unit_test_setup_teardown(test_map_projection, setup, teardown),
		cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deleted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_revived, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
