/*
 * graph_schema_test.c - schema statements: what they change in the manifest, when they are seen, and
 * what other writers do to them (spec/cypher.md 7, storage.md 3.2, 4.4).
 *
 * The expected JSON is what release 2.6.19 writes for the same statements.
 */
#include "graph_world.h"

static World world;

static int
setup(void **state)
{
	world_open(&world, 29);
	return 0;
}

static int
teardown(void **state)
{
	world_close(&world);
	return 0;
}

/* ---- statements ----------------------------------------------------------------------------- */

/* properties: "a,b" */
static NamiStatus
run(Actor *actor, NamiSchemaAction action, const char *name, const char *label,
	const char *properties, bool is_tolerant)
{
	NamiStr    *list = NAMI_NEW_ARRAY(actor->arena, NamiStr, 8);
	NamiSchemaCommand command = {
		.action = action,
		.name = nami_str(name),
		.label = nami_str(label),
		.properties = list,
		.is_tolerant = is_tolerant,
		.vector = {3, NAMI_STR("cosine"), NAMI_VECTOR_R_DEFAULT, NAMI_VECTOR_L_BUILD_DEFAULT,
		NAMI_VECTOR_ALPHA_DEFAULT, NAMI_STR("none")},
	};

	for (const char *at = properties; *at != '\0';)
	{
		size_t		len = strcspn(at, ",");

		list[command.property_count++] = (NamiStr) {at, len};
		at += len + (at[len] == ',');
	}
	nami_error_reset(&actor->err);
	return nami_transaction_schema(actor->txn, &command, &actor->err);
}

static NamiStatus
constrain_k(Actor *actor, bool is_tolerant)
{
	return run(actor, NAMI_SCHEMA_ADD_CONSTRAINT, "u", "P", "k", is_tolerant);
}

static const NamiSchema *
schema_now(Actor *actor)
{
	NamiSnapshot now = actor_now(actor);

	return nami_snapshot_schema(&now);
}

static const NamiSchema *
schema_at(Actor *actor, uint64_t mark)
{
	NamiSnapshot snapshot = nami_transaction_snapshot(actor->txn, actor->view, mark);

	return nami_snapshot_schema(&snapshot);
}

/* The number of constraints that a process sees which has seen nothing before. */
static uint32_t
fresh_constraints(void)
{
	Actor	   *reader = actor_create(&world);
	uint32_t	count;

	actor_begin(reader);
	count = schema_now(reader)->constraint_count;
	actor_destroy(reader);
	return count;
}

/* A member of the body of a version, as written. */
static const char *
member(uint64_t version, const char *name)
{
	NamiManifest *manifest = manifest_of(&world, version);
	NamiBuf		buf;

	nami_buf_init(&buf, world.arena);
	nami_json_write(nami_json_get(&manifest->root, nami_str(name)), &buf);
	nami_buf_put_u8(&buf, '\0');
	return (const char *) buf.ptr;
}

static void
assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("%s\nis not in\n%s", part, text);
}

/* ---- what is written ------------------------------------------------------------------------ */

static void
statements_write_what_the_product_writes(void **state)
{
	Actor	   *actor = actor_create(&world);
	const char *schema;

	actor_begin(actor);
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_CONSTRAINT, "c", "P", "a", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_CONSTRAINT, "", "P", "zz,i", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "named", "P", "age", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "Q", "x,y", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_TEXT_INDEX, "ft", "D", "b,a,b", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_VECTOR_INDEX, "v", "D", "e", false));
	check_ok(actor, actor_commit(actor));
	assert_int_equal(check_chain(&world), 1);
	assert_int_equal(manifest_of(&world, 1)->wal_segment_count, 0);
	schema = member(1, "schema");
	assert_has(schema, "\"version\":0");
	assert_has(schema, "\"P\":{\"name\":\"P\",\"properties\":["
			   "{\"name\":\"a\",\"data_type\":\"Utf8\",\"nullable\":true,\"unique\":true,"
			   "\"indexed\":false},"
			   "{\"name\":\"age\",\"data_type\":\"Utf8\",\"nullable\":true,\"unique\":false,"
			   "\"indexed\":true}]}");
	assert_has(schema, "\"Q\":{\"name\":\"Q\",\"properties\":["
			   "{\"name\":\"x\",\"data_type\":\"Utf8\",\"nullable\":true,\"unique\":false,"
			   "\"indexed\":false},"
			   "{\"name\":\"y\",\"data_type\":\"Utf8\",\"nullable\":true,\"unique\":false,"
			   "\"indexed\":false}]}");
	assert_has(schema, "\"constraints\":["
			   "{\"name\":\"c\",\"label\":\"P\",\"properties\":[\"a\"],\"kind\":\"Unique\"},"
			   "{\"name\":\"uniq_P_zz_i\",\"label\":\"P\",\"properties\":[\"zz\",\"i\"],"
			   "\"kind\":\"Unique\"}]");
	assert_has(schema, "\"indexes\":["
			   "{\"name\":\"idx_Q_x_y\",\"label\":\"Q\",\"properties\":[\"x\",\"y\"]}]");
	assert_null(strstr(schema, "\"D\""));
	assert_string_equal(member(1, "text_indexes"),
						"[{\"name\":\"ft\",\"label\":\"D\",\"properties\":[\"a\",\"b\"]}]");
	assert_string_equal(member(1, "vector_indexes"),
						"[{\"name\":\"v\",\"label\":\"D\",\"property\":\"e\",\"dim\":3,"
						"\"metric\":\"cosine\",\"r\":64,\"l_build\":128,\"alpha\":1.2,"
						"\"quantization\":\"none\"}]");
	actor_destroy(actor);
}

static void
drops_leave_nothing_behind(void **state)
{
	Actor	   *actor = actor_create(&world);
	const char *schema;

	actor_begin(actor);
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_CONSTRAINT, "c", "P", "a", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "P", "a", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "comp", "P", "a,b", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_TEXT_INDEX, "ft", "D", "a", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_VECTOR_INDEX, "v", "D", "e", false));
	check_ok(actor, actor_commit(actor));
	actor_begin(actor);
	check_ok(actor, run(actor, NAMI_SCHEMA_DROP_CONSTRAINT, "c", "", "", false));
	check_ok(actor, actor_commit(actor));
	assert_has(member(2, "schema"), "{\"name\":\"a\",\"data_type\":\"Utf8\",\"nullable\":true,"
			   "\"unique\":false,\"indexed\":true}");
	actor_begin(actor);
	check_ok(actor, run(actor, NAMI_SCHEMA_DROP_INDEX, "index_P_a", "", "", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_DROP_INDEX, "comp", "", "", false));
	check_ok(actor, run(actor, NAMI_SCHEMA_DROP_INDEX, "ft", "", "", false));
	assert_int_equal(run(actor, NAMI_SCHEMA_DROP_INDEX, "v", "", "", false), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_UNDEFINED_OBJECT);
	assert_has(actor->err.hint, "DROP VECTOR INDEX");
	check_ok(actor, run(actor, NAMI_SCHEMA_DROP_VECTOR_INDEX, "v", "", "", false));
	check_ok(actor, actor_commit(actor));
	schema = member(3, "schema");
	assert_has(schema, "\"constraints\":[]");
	assert_has(schema, "\"indexes\":[]");
	assert_null(strstr(schema, "\"unique\":true"));
	assert_null(strstr(schema, "\"indexed\":true"));
	assert_string_equal(member(3, "text_indexes"), "[]");
	assert_string_equal(member(3, "vector_indexes"), "[]");
	/* All of it in one transaction: nothing to publish but what is left. */
	actor_begin(actor);
	check_ok(actor, constrain_k(actor, false));
	check_ok(actor, run(actor, NAMI_SCHEMA_DROP_CONSTRAINT, "u", "", "", false));
	check_ok(actor, actor_commit(actor));
	assert_int_equal(fresh_constraints(), 0);
	actor_destroy(actor);
}

static void
types_come_from_the_data(void **state)
{
	static const struct
	{
		const char *key;
		NamiValue	value;
		const char *type;
	}			cases[] = {
		{"i", {.kind = NAMI_INT, .integer = 1}, "Int64"},
		{"f", {.kind = NAMI_FLOAT, .number = 1.5}, "Float64"},
		{"b", {.kind = NAMI_BOOL, .boolean = true}, "Bool"},
		{"s", {.kind = NAMI_STRING, .len = 1, .text = "x"}, "Utf8"},
		{"d", {.kind = NAMI_DATE, .integer = 18262}, "Date32"},
		{"l", {.kind = NAMI_LIST}, "Utf8"},
	};
	Actor	   *actor = actor_create(&world);
	NamiLabelId label;
	NamiOrd		ord;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiMapEntry entry = {nami_str(cases[i].key), cases[i].value};

		actor_begin(actor);
		label = actor_label(actor, "P");
		create(actor, "P", NULL, 1);
		check_ok(actor, nami_transaction_create_node(actor->txn, NULL, &label, 1,
													 nami_value_map(&entry, 1), &ord,
													 &actor->err));
		check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "P", cases[i].key, false));
		check_ok(actor, actor_commit(actor));
		assert_has(member(i + 1, "schema"),
				   nami_arena_printf(world.arena, "{\"name\":\"%s\",\"data_type\":\"%s\","
									 "\"nullable\":true", cases[i].key, cases[i].type));
	}
	/* An existing declaration keeps its type. */
	actor_begin(actor);
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_CONSTRAINT, "", "P", "i", false));
	check_ok(actor, actor_commit(actor));
	assert_has(member(7, "schema"), "{\"name\":\"i\",\"data_type\":\"Int64\",\"nullable\":true,"
			   "\"unique\":true,\"indexed\":true}");
	actor_destroy(actor);
}

static void
a_schema_commit_writes_no_segment(void **state)
{
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "a", 1);
	actor->op_counts[NAMI_OP_CREATE] = 0;
	actor_begin(actor);
	check_ok(actor, constrain_k(actor, false));
	check_ok(actor, actor_commit(actor));
	/* body and pointer */
	assert_int_equal(actor->op_counts[NAMI_OP_CREATE], 2);
	assert_int_equal(check_chain(&world), 2);
	assert_int_equal(manifest_of(&world, 2)->wal_segment_count, 1);
	/* What has nothing to do sends nothing. */
	actor_begin(actor);
	check_ok(actor, constrain_k(actor, true));
	check_ok(actor, run(actor, NAMI_SCHEMA_DROP_INDEX, "nope", "", "", true));
	check_ok(actor, actor_commit(actor));
	assert_int_equal(actor->op_counts[NAMI_OP_CREATE], 2);
	/* Data and schema share a version. */
	actor_begin(actor);
	create(actor, "P", "b", 1);
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "P", "n", false));
	check_ok(actor, actor_commit(actor));
	assert_int_equal(check_chain(&world), 3);
	assert_int_equal(manifest_of(&world, 3)->wal_segment_count, 2);
	assert_has(member(3, "schema"), "\"indexed\":true");
	actor_destroy(actor);
}

/* ---- definitions ---------------------------------------------------------------------------- */

static void
definitions_are_checked(void **state)
{
	static const struct
	{
		NamiSchemaAction action;
		const char *name;
		const char *label;
		const char *properties;
		NamiErrorClass strict;
		NamiErrorClass tolerant;
		const char *message;	/* part of it */
	}			cases[] = {
		{NAMI_SCHEMA_ADD_CONSTRAINT, "other", "P", "a", NAMI_ERR_DUPLICATE_OBJECT, NAMI_ERR_NONE,
		"a uniqueness constraint on P(a) already exists"},
		{NAMI_SCHEMA_ADD_CONSTRAINT, "other", "P", "c,b", NAMI_ERR_DUPLICATE_OBJECT,
		NAMI_ERR_NONE, "a uniqueness constraint on P(c, b) already exists"},
		{NAMI_SCHEMA_ADD_CONSTRAINT, "c", "Q", "a", NAMI_ERR_DUPLICATE_OBJECT,
		NAMI_ERR_DUPLICATE_OBJECT, "a constraint named \"c\" already exists with a different"},
		{NAMI_SCHEMA_ADD_CONSTRAINT, "x", "P", "q,q", NAMI_ERR_DUPLICATE_NAME,
		NAMI_ERR_DUPLICATE_NAME, "property \"q\" is listed twice"},
		{NAMI_SCHEMA_ADD_CONSTRAINT, "x", "P", "__q", NAMI_ERR_ARGUMENT, NAMI_ERR_ARGUMENT, "__q"},
		{NAMI_SCHEMA_ADD_INDEX, "x", "P", "lsn", NAMI_ERR_ARGUMENT, NAMI_ERR_ARGUMENT, "lsn"},
		{NAMI_SCHEMA_ADD_INDEX, "x", "P", "age", NAMI_ERR_DUPLICATE_OBJECT, NAMI_ERR_NONE,
		"an index on P(age) already exists"},
		{NAMI_SCHEMA_ADD_INDEX, "x", "P", "y,x", NAMI_ERR_DUPLICATE_OBJECT, NAMI_ERR_NONE,
		"an index on P(y, x) already exists"},
		{NAMI_SCHEMA_ADD_INDEX, "comp", "P", "x,z", NAMI_ERR_DUPLICATE_OBJECT,
		NAMI_ERR_DUPLICATE_OBJECT, "an index named \"comp\" already exists"},
		{NAMI_SCHEMA_ADD_TEXT_INDEX, "ft", "X", "t", NAMI_ERR_DUPLICATE_OBJECT, NAMI_ERR_NONE,
		"a full-text index named \"ft\" already exists"},
		{NAMI_SCHEMA_ADD_TEXT_INDEX, "ft2", "D", "b,a", NAMI_ERR_DUPLICATE_OBJECT, NAMI_ERR_NONE,
		"a full-text index on D(a, b) already exists: \"ft\""},
		{NAMI_SCHEMA_ADD_VECTOR_INDEX, "v", "X", "t", NAMI_ERR_DUPLICATE_OBJECT, NAMI_ERR_NONE,
		"a vector index named \"v\" already exists"},
		{NAMI_SCHEMA_ADD_VECTOR_INDEX, "v2", "D", "e", NAMI_ERR_DUPLICATE_OBJECT, NAMI_ERR_NONE,
		"a vector index on D(e) with metric cosine already exists: \"v\""},
		{NAMI_SCHEMA_DROP_CONSTRAINT, "nope", "", "", NAMI_ERR_UNDEFINED_OBJECT, NAMI_ERR_NONE,
		"no constraint named \"nope\" exists"},
		{NAMI_SCHEMA_DROP_INDEX, "c", "", "", NAMI_ERR_UNDEFINED_OBJECT, NAMI_ERR_NONE,
		"no index named \"c\" exists"},
		{NAMI_SCHEMA_DROP_TEXT_INDEX, "comp", "", "", NAMI_ERR_UNDEFINED_OBJECT, NAMI_ERR_NONE,
		"no full-text index named \"comp\" exists"},
		{NAMI_SCHEMA_DROP_VECTOR_INDEX, "ft", "", "", NAMI_ERR_UNDEFINED_OBJECT, NAMI_ERR_NONE,
		"no vector index named \"ft\" exists"},
		{NAMI_SCHEMA_DROP_INDEX, "index_P_b_c", "", "", NAMI_ERR_UNDEFINED_OBJECT,
		NAMI_ERR_UNDEFINED_OBJECT, "several indexes are shown as \"index_P_b_c\""},
	};

	/* Against what is staged, and against what was published. */
	for (int published = 0; published < 2; published++)
	{
		Actor	   *actor;

		world_close(&world);
		world_open(&world, 29);
		actor = actor_create(&world);
		actor_begin(actor);
		check_ok(actor, run(actor, NAMI_SCHEMA_ADD_CONSTRAINT, "c", "P", "a", false));
		check_ok(actor, run(actor, NAMI_SCHEMA_ADD_CONSTRAINT, "bc", "P", "b,c", false));
		check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "P", "age", false));
		check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "P", "b_c", false));
		check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "P_b", "c", false));
		check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "comp", "P", "x,y", false));
		check_ok(actor, run(actor, NAMI_SCHEMA_ADD_TEXT_INDEX, "ft", "D", "a,b", false));
		check_ok(actor, run(actor, NAMI_SCHEMA_ADD_VECTOR_INDEX, "v", "D", "e", false));
		if (published)
		{
			check_ok(actor, actor_commit(actor));
			actor_begin(actor);
		}
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		{
			uint64_t	mark = nami_transaction_mark(actor->txn);

			assert_int_equal(run(actor, cases[i].action, cases[i].name, cases[i].label,
								 cases[i].properties, false), NAMI_FAILED);
			assert_int_equal(actor->err.cls, cases[i].strict);
			assert_has(actor->err.message, cases[i].message);
			assert_int_equal(run(actor, cases[i].action, cases[i].name, cases[i].label,
								 cases[i].properties, true) == NAMI_OK,
							 cases[i].tolerant == NAMI_ERR_NONE);
			assert_int_equal(actor->err.cls, cases[i].tolerant);
			assert_int_equal(nami_transaction_mark(actor->txn), mark);
		}
		actor_destroy(actor);
	}
}

static void
a_read_only_transaction_refuses(void **state)
{
	Actor	   *actor = actor_create(&world);

	actor->options.read_only = true;
	actor_begin(actor);
	assert_int_equal(constrain_k(actor, false), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_READ_ONLY);
	actor_destroy(actor);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void
existing_rows_must_satisfy_a_constraint(void **state)
{
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "a", 1);
	write_ok(actor, "P", "a", 2);
	write_ok(actor, "P", NULL, 3);
	write_ok(actor, "P", NULL, 4);
	write_ok(actor, "Q", "b", 1);
	actor_begin(actor);
	assert_int_equal(constrain_k(actor, false), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_UNIQUE);
	assert_string_equal(actor->err.message, "cannot create uniqueness constraint \"u\": several "
						"nodes with label \"P\" have \"k\" = 'a'");
	/* All properties count. */
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_CONSTRAINT, "kn", "P", "k,n", false));
	/* What the transaction has done to the rows counts too: away with one, ... */
	check_ok(actor, nami_transaction_delete_node(actor->txn, find_node(actor, "P", "a"), false,
												 &actor->err));
	check_ok(actor, constrain_k(actor, false));
	nami_transaction_rollback_to(actor->txn, 0);
	actor_statement(actor);
	/* ... and a second one. */
	create(actor, "Q", "b", 2);
	assert_int_equal(run(actor, NAMI_SCHEMA_ADD_CONSTRAINT, "q", "Q", "k", false), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_UNIQUE);
	actor_destroy(actor);
}

static NamiStatus
create_value(Actor *actor, NamiValue value)
{
	NamiMapEntry entry = {NAMI_STR("k"), value};
	NamiLabelId label = actor_label(actor, "P");
	NamiOrd		ord;

	nami_error_reset(&actor->err);
	return nami_transaction_create_node(actor->txn, NULL, &label, 1, nami_value_map(&entry, 1),
										&ord, &actor->err);
}

/* As in the product: an integer never equals a float, at any depth; zeros of both signs do. */
static void
uniqueness_tells_integers_from_floats(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiValue	one = nami_value_int(1);
	NamiValue	one_float = nami_value_float(1.0);

	/* before: the rows are there when the constraint comes */
	for (int before = 0; before < 2; before++)
	{
		actor_begin(actor);
		if (!before)
			check_ok(actor, constrain_k(actor, false));
		check_ok(actor, create_value(actor, one));
		check_ok(actor, create_value(actor, one_float));
		check_ok(actor, create_value(actor, nami_value_list(&one, 1)));
		check_ok(actor, create_value(actor, nami_value_list(&one_float, 1)));
		check_ok(actor, create_value(actor, nami_value_float(0.0)));
		if (before)
			check_ok(actor, constrain_k(actor, false));
		assert_int_equal(create_value(actor, one), NAMI_FAILED);
		assert_int_equal(actor->err.cls, NAMI_ERR_UNIQUE);
		assert_int_equal(create_value(actor, one_float), NAMI_FAILED);
		assert_int_equal(create_value(actor, nami_value_list(&one_float, 1)), NAMI_FAILED);
		assert_int_equal(create_value(actor, nami_value_float(-0.0)), NAMI_FAILED);
	}
	actor_destroy(actor);
}

static void
vectors_of_another_length_hinder_an_index(void **state)
{
	static const float floats[] = {1, 2};
	Actor	   *actor = actor_create(&world);
	NamiMapEntry entry = {NAMI_STR("e"), nami_value_vector(floats, 2)};
	NamiLabelId label;
	NamiOrd		ord;

	actor_begin(actor);
	label = actor_label(actor, "D");
	check_ok(actor, nami_transaction_create_node(actor->txn, NULL, &label, 1,
												 nami_value_map(&entry, 1), &ord, &actor->err));
	assert_int_equal(run(actor, NAMI_SCHEMA_ADD_VECTOR_INDEX, "v", "D", "e", false), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_CHECK);
	assert_has(actor->err.message, "has a vector of dimension 2");
	/* Staged first, the index checks what comes. */
	nami_transaction_rollback_to(actor->txn, 0);
	actor_statement(actor);
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_VECTOR_INDEX, "v", "D", "e", false));
	assert_int_equal(nami_transaction_create_node(actor->txn, NULL, &label, 1,
												  nami_value_map(&entry, 1), &ord, &actor->err),
					 NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_CHECK);
	actor_destroy(actor);
}

/* ---- marks and savepoints ------------------------------------------------------------------- */

static void
staged_changes_have_marks(void **state)
{
	Actor	   *actor = actor_create(&world);
	uint64_t	first;
	uint64_t	second;
	NamiOrd		ord;

	actor_begin(actor);
	create(actor, "P", "a", 1);
	first = nami_transaction_mark(actor->txn);
	assert_int_equal(schema_now(actor)->constraint_count, 0);
	check_ok(actor, constrain_k(actor, false));
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "P", "n", false));
	second = nami_transaction_mark(actor->txn);
	assert_int_equal(schema_at(actor, first)->constraint_count, 0);
	assert_int_equal(schema_at(actor, first + 1)->constraint_count, 1);
	assert_int_equal(schema_at(actor, first + 1)->index_count, 0);
	assert_int_equal(schema_at(actor, second)->index_count, 1);
	/* Later statements are bound, also by what is not published. */
	actor_statement(actor);
	assert_int_equal(try_create(actor, "P", "a", 2, &ord), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_UNIQUE);
	check_ok(actor, run(actor, NAMI_SCHEMA_DROP_CONSTRAINT, "u", "", "", false));
	assert_int_equal(schema_now(actor)->constraint_count, 0);
	create(actor, "P", "a", 2);
	/* Back to the savepoint: the constraint again, without the row. */
	nami_transaction_rollback_to(actor->txn, second);
	actor_statement(actor);
	assert_int_equal(schema_now(actor)->constraint_count, 1);
	assert_int_equal(try_create(actor, "P", "a", 2, &ord), NAMI_FAILED);
	/* Before it: neither constraint nor index. */
	nami_transaction_rollback_to(actor->txn, first);
	actor_statement(actor);
	assert_int_equal(schema_now(actor)->constraint_count, 0);
	assert_int_equal(schema_now(actor)->index_count, 0);
	create(actor, "P", "a", 2);
	/* Sequence numbers go on: another change is not mistaken for the one that is gone. */
	check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "Q", "m", false));
	assert_int_equal(schema_now(actor)->constraint_count, 0);
	assert_int_equal(schema_now(actor)->index_count, 1);
	check_ok(actor, actor_commit(actor));
	assert_int_equal(fresh_count(&world, "P"), 2);
	assert_int_equal(fresh_constraints(), 0);
	actor_destroy(actor);
}

/* A schema that outlives the view it was made from. */
static void
staged_changes_outlive_their_view(void **state)
{
	Actor	   *actor = actor_create(&world);
	Actor	   *other = actor_create(&world);
	NamiOrd		ord;

	write_ok(other, "P", "a", 1);
	actor_begin(actor);
	check_ok(actor, constrain_k(actor, false));
	for (int i = 0; i < 5; i++)
	{
		write_ok(other, "Q", "x", i);
		actor_statement(actor);
		assert_int_equal(schema_now(actor)->constraint_count, 1);
	}
	assert_int_equal(try_create(actor, "P", "a", 2, &ord), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_UNIQUE);
	nami_transaction_rollback_to(actor->txn, 1);
	check_ok(actor, actor_commit(actor));
	assert_int_equal(fresh_constraints(), 1);
	actor_destroy(actor);
	actor_destroy(other);
}

/* ---- other writers -------------------------------------------------------------------------- */

typedef void (*Act) (Actor *other);

static void
other_writes_q(Actor *other)
{
	write_ok(other, "Q", "q", 100);
}

static void
other_doubles_a(Actor *other)
{
	write_ok(other, "P", "a", 100);
}

static void
other_constrains(Actor *other)
{
	actor_begin(other);
	check_ok(other, run(other, NAMI_SCHEMA_ADD_CONSTRAINT, "mine", "P", "k", false));
	check_ok(other, actor_commit(other));
}

static void
other_indexes(Actor *other)
{
	actor_begin(other);
	check_ok(other, run(other, NAMI_SCHEMA_ADD_INDEX, "", "P", "n", false));
	check_ok(other, actor_commit(other));
}

static void
other_takes_the_name(Actor *other)
{
	actor_begin(other);
	check_ok(other, run(other, NAMI_SCHEMA_ADD_CONSTRAINT, "u", "Q", "k", false));
	check_ok(other, actor_commit(other));
}

static void
add_strict(Actor *actor)
{
	check_ok(actor, constrain_k(actor, false));
}

static void
add_tolerant(Actor *actor)
{
	check_ok(actor, constrain_k(actor, true));
}

static void
add_row_b(Actor *actor)
{
	create(actor, "P", "b", 1);
}

static void
other_constrains_and_writes_b(Actor *other)
{
	other_constrains(other);
	write_ok(other, "P", "b", 7);
}

static void
races_are_settled_on_the_new_base(void **state)
{
	static const struct
	{
		Act			ours;
		Act			theirs;
		NamiErrorClass cls;
		uint32_t	constraints;	/* afterwards */
	}			cases[] = {
		{add_strict, other_writes_q, NAMI_ERR_NONE, 1},
		{add_strict, other_indexes, NAMI_ERR_NONE, 1},
		{add_strict, other_doubles_a, NAMI_ERR_UNIQUE, 0},
		{add_strict, other_constrains, NAMI_ERR_DUPLICATE_OBJECT, 1},
		{add_tolerant, other_constrains, NAMI_ERR_NONE, 1},
		{add_tolerant, other_takes_the_name, NAMI_ERR_DUPLICATE_OBJECT, 1},
		{add_row_b, other_constrains, NAMI_ERR_NONE, 1},
		{add_row_b, other_constrains_and_writes_b, NAMI_ERR_CONFLICT, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Actor	   *actor;
		Actor	   *other;
		NamiManifest *last;

		world_close(&world);
		world_open(&world, 31);
		actor = actor_create(&world);
		other = actor_create(&world);
		write_ok(actor, "P", "a", 1);
		actor_begin(actor);
		cases[i].ours(actor);
		cases[i].theirs(other);
		assert_int_equal(actor_commit(actor) == NAMI_OK, cases[i].cls == NAMI_ERR_NONE);
		assert_int_equal(actor->err.cls, cases[i].cls);
		assert_false(actor->err.retryable);
		last = manifest_of(&world, check_chain(&world));
		assert_int_equal(last->constraint_count, cases[i].constraints);
		assert_int_equal(fresh_constraints(), cases[i].constraints);
		actor_destroy(actor);
		actor_destroy(other);
	}
}

static void
drop_u(Actor *other)
{
	actor_begin(other);
	check_ok(other, run(other, NAMI_SCHEMA_DROP_CONSTRAINT, "u", "", "", false));
	check_ok(other, actor_commit(other));
}

static void
what_another_writer_dropped_is_gone(void **state)
{
	Actor	   *actor = actor_create(&world);
	Actor	   *other = actor_create(&world);

	for (int tolerant = 0; tolerant < 2; tolerant++)
	{
		uint64_t	version;

		actor_begin(actor);
		check_ok(actor, constrain_k(actor, false));
		check_ok(actor, actor_commit(actor));
		actor_begin(actor);
		check_ok(actor, run(actor, NAMI_SCHEMA_DROP_CONSTRAINT, "u", "", "", tolerant));
		drop_u(other);
		version = check_chain(&world);
		assert_int_equal(actor_commit(actor) == NAMI_OK, tolerant);
		if (!tolerant)
			assert_int_equal(actor->err.cls, NAMI_ERR_UNDEFINED_OBJECT);
		/* Nothing is left to publish. */
		assert_int_equal(check_chain(&world), version);
		assert_int_equal(fresh_constraints(), 0);
	}
	actor_destroy(actor);
	actor_destroy(other);
}

/* ---- locks ---------------------------------------------------------------------------------- */

typedef struct Lock
{
	uint64_t	key;
	int			calls;
	Actor	   *other;			/* holds it first, with its own statement */
} Lock;

static NamiStatus
take_lock(void *ctx, const uint64_t *keys, uint32_t count, bool shared, bool *waited,
		  NamiError *err)
{
	Lock	   *lock = ctx;

	(void) err;
	assert_int_equal(count, 1);
	assert_false(shared);
	if (lock->calls++ > 0)
		assert_true(keys[0] == lock->key);
	lock->key = keys[0];
	*waited = lock->other != NULL;
	if (lock->other != NULL)
		other_constrains(lock->other);
	lock->other = NULL;
	return NAMI_OK;
}

/* Two sessions of one cluster: the second one sees at once what the first has made. */
static void
schema_statements_wait_for_each_other(void **state)
{
	for (int repeatable = 0; repeatable < 2; repeatable++)
	{
		Actor	   *actor;
		Actor	   *other;
		Lock		lock = {0};

		world_close(&world);
		world_open(&world, 37);
		actor = actor_create(&world);
		other = actor_create(&world);
		write_ok(actor, "P", "a", 1);
		actor->hooks = (NamiTransactionHooks) {.ctx = &lock, .lock = take_lock};
		actor->options.repeatable_read = repeatable;
		lock.other = other;
		actor_begin(actor);
		assert_int_equal(constrain_k(actor, false), NAMI_FAILED);
		assert_int_equal(actor->err.cls, NAMI_ERR_CONFLICT);
		assert_int_equal(actor->err.retryable, !repeatable);
		if (!repeatable)
		{
			nami_transaction_rollback_to(actor->txn, 0);
			actor_statement(actor);
			assert_int_equal(constrain_k(actor, false), NAMI_FAILED);
			assert_int_equal(actor->err.cls, NAMI_ERR_DUPLICATE_OBJECT);
			check_ok(actor, constrain_k(actor, true));
			check_ok(actor, run(actor, NAMI_SCHEMA_ADD_INDEX, "", "P", "n", false));
			check_ok(actor, actor_commit(actor));
		}
		assert_int_equal(fresh_constraints(), 1);
		actor_destroy(actor);
		actor_destroy(other);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(statements_write_what_the_product_writes),
		TEST(drops_leave_nothing_behind),
		TEST(types_come_from_the_data),
		TEST(a_schema_commit_writes_no_segment),
		TEST(definitions_are_checked),
		TEST(a_read_only_transaction_refuses),
		TEST(existing_rows_must_satisfy_a_constraint),
		TEST(uniqueness_tells_integers_from_floats),
		TEST(vectors_of_another_length_hinder_an_index),
		TEST(staged_changes_have_marks),
		TEST(staged_changes_outlive_their_view),
		TEST(races_are_settled_on_the_new_base),
		TEST(what_another_writer_dropped_is_gone),
		TEST(schema_statements_wait_for_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
