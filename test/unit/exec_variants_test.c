/*
 * exec_variants_test.c - every way to plan a query gives the same rows: the plan that the planner
 * prefers, the plain one, and plans with other starts and orders, on a graph whose records lie in
 * newer segments and on the same graph as an image.
 */
#include "cypher_run.h"
#include "graph/view.h"

#define SEEDS	24

static const char *const graph[] = {
	"UNWIND range(0, 11) AS i CREATE (:Person {pid: i, name: 'p' + toString(i % 5), age: 20 + i * 7 % 30})",
	"UNWIND range(0, 5) AS i CREATE (:City {cid: i, name: 'c' + toString(i % 4)})",
	"UNWIND range(0, 7) AS i CREATE (:Post:Hot {pid: i, len: i * 10})",
	"UNWIND range(0, 39) AS i CREATE (:Sample {i: i, f: CASE i % 5 WHEN 0 THEN null WHEN 1 THEN -0.0 "
	"ELSE i / 4.0 END, big: 9007199254740990 + i % 7, rare: CASE WHEN i % 20 = 3 THEN 7 END, "
	"flag: i % 3 = 0, day: date('2020-01-01') + duration({days: i % 9})})",
	"CREATE (:Person:Robot {pid: 100, age: 1.0}), (:Robot {age: 'old'}), ({pid: 3})",
	"MATCH (a:Person), (b:Person) WHERE a.pid < 12 AND b.pid < 12 AND (a.pid * 3 + b.pid * 5) % 7 = 1 "
	"CREATE (a)-[:KNOWS {since: a.pid + b.pid}]->(b)",
	"MATCH (a:Person), (c:City) WHERE a.pid % 6 = c.cid CREATE (a)-[:LIVES_IN]->(c)",
	"MATCH (a:Person), (p:Post) WHERE (a.pid + p.pid) % 4 = 0 CREATE (a)-[:LIKES {w: p.pid % 3}]->(p)",
	"MATCH (a:Person {pid: 2}) CREATE (a)-[:KNOWS {since: 0}]->(a)",
	"MATCH (a:Robot {pid: 100}), (b:Person {pid: 0}) CREATE (a)-[:KNOWS]->(b)",
};

/* Each gives its rows in whatever order, but the same ones. */
static const char *const queries[] = {
	"MATCH ()-[r:LIVES_IN]->(), ()-[p:LIVES_IN*1..2]->() RETURN 1",
	"MATCH ()-[p:KNOWS*1..2]->(:Robot), ()-[q:KNOWS*1..2]->(:Robot) RETURN size(p), size(q)",
	"MATCH (n) RETURN count(*)",
	"MATCH (n:Person) RETURN count(n)",
	"MATCH (n:Person:Robot) RETURN count(*), count(n.pid), count(n.name)",
	"MATCH (n:Nothing) RETURN count(*)",
	"MATCH ()-[r]->() RETURN count(r)",
	"MATCH ()-[r:KNOWS]-() RETURN count(*)",
	"MATCH (a:Person)-[:KNOWS]->(b) RETURN count(*)",
	"MATCH (a:Person {pid: 3})-[:KNOWS]->(b) RETURN count(*)",
	"MATCH (a:Person)-[:KNOWS]->(b) RETURN a.pid, count(b)",
	"MATCH (a:Person)-[:LIVES_IN]->(c:City) RETURN c.name, count(*), min(a.age)",
	"MATCH (a:Person) WHERE a.age > 30 RETURN a.pid",
	"MATCH (a:Person) WHERE a.age >= 30 AND a.age < 40 AND a.name STARTS WITH 'p' RETURN a.pid, a.age",
	"MATCH (a) WHERE a.age <= 1 RETURN a.pid",
	"MATCH (a) WHERE a.pid IN [3, 5.0, null, 3, 'x'] RETURN labels(a), a.pid",
	"MATCH (a:Person) WHERE a.name = 'p3' OR a.name IS NULL RETURN a.pid",
	"MATCH (a:Person) WHERE NOT a.name = 'p3' RETURN a.pid",
	"MATCH (a:Person) WHERE a.name > 'p2' AND 'p4' >= a.name AND a.name <> 'p3x' RETURN a.pid",
	"MATCH (a:Person) WHERE a.name < 'p' OR a.name <= 'p1' RETURN a.pid",
	"MATCH (a) WHERE a.pid <> 3.0 RETURN labels(a), a.pid",
	"MATCH (a) WHERE a.pid < 2.5 RETURN labels(a), a.pid",
	"MATCH (a) WHERE a.pid > 'x' RETURN labels(a), a.pid",
	"MATCH (a) WHERE a.nothing = 1 RETURN labels(a), a.pid",
	"MATCH (a:Sample) WHERE a.f < 0.5 RETURN a.i",
	"MATCH (a:Sample) WHERE a.f <> 0.0 RETURN a.i",
	"MATCH (a:Sample) WHERE a.f >= 0 RETURN a.i",
	"MATCH (a:Sample) WHERE a.f = 1 RETURN a.i",
	"MATCH (a:Sample) WHERE a.big > 9007199254740992.0 RETURN a.i",
	"MATCH (a:Sample) WHERE a.big = 9007199254740993 RETURN a.i",
	"MATCH (a:Sample) WHERE a.rare = 7 OR a.flag = true RETURN a.i",
	"MATCH (a:Sample) WHERE a.flag = true RETURN a.i",
	"MATCH (a:Sample) WHERE a.day >= date('2020-01-05') RETURN a.i",
	"MATCH (a:Sample) WHERE a.day >= 5 RETURN a.i",
	"MATCH ()-[r:KNOWS]->() WHERE r.since >= 9 RETURN r.since",
	"MATCH ()-[r]->() WHERE r.since >= 9 OR r.w = 1 RETURN type(r), r.since",
	"MATCH ()-[r]->(x) WHERE r.w <> 1 RETURN type(r), x.pid",
	"MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(c) WHERE a.pid = 3 RETURN b.pid, c.pid",
	"MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(c) WHERE a.pid = 3 RETURN DISTINCT c.pid",
	"MATCH (a:Person {pid: 1})-[:KNOWS]->()-[:KNOWS]->(c) RETURN count(DISTINCT c)",
	"MATCH (a:Person {pid: 1})-[:KNOWS]->()-[:KNOWS]->()-[:KNOWS]->(c) RETURN count(DISTINCT c)",
	"MATCH (a:Person {pid: 1})-[:KNOWS]->()-[:KNOWS]->()-[:KNOWS]->(c) RETURN count(*)",
	"MATCH (a:Person {pid: 2})-[:KNOWS]-()-[:KNOWS]-(c) RETURN DISTINCT c.pid",
	"MATCH (a:Person {pid: 2})-[:KNOWS*1..3]->(c) RETURN DISTINCT c.pid",
	"MATCH (a:Person {pid: 2})-[:KNOWS*0..2]-(c) RETURN count(DISTINCT c)",
	"MATCH (a:Person {pid: 2})-[:KNOWS*2..3]->(c) RETURN count(c)",
	"MATCH p = (a:Person {pid: 2})-[:KNOWS*1..2 {since: 9}]->(c) RETURN length(p), c.pid",
	"MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(a) RETURN count(*)",
	"MATCH (a)-[r1:KNOWS]->(b)<-[r2:KNOWS]-(c) RETURN count(*)",
	"MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(a) RETURN a.pid, b.pid",
	"MATCH (a:Person)-[r:KNOWS]->(a) RETURN a.pid, r.since",
	"MATCH (a:Person)-[:LIKES]->(p:Post)<-[:LIKES]-(b:Person), (a)-[:KNOWS]->(b) RETURN a.pid, p.pid, b.pid",
	"MATCH (a:Person)-[:LIVES_IN]->(c)<-[:LIVES_IN]-(b)-[:LIKES {w: 1}]->(p) WHERE a.pid < b.pid RETURN a.pid, b.pid, p.pid",
	"MATCH (a:Person), (p:Post) WHERE a.pid = p.pid RETURN a.pid, p.len",
	"MATCH (a:Person), (p:Post) WHERE a.pid = p.pid + 1 AND a.age < p.len RETURN a.pid, p.pid",
	"MATCH (a:City), (b:City) WHERE a.name = b.name AND a.cid < b.cid RETURN a.cid, b.cid",
	"MATCH (a:City), (b:Robot) RETURN a.cid, b.pid",
	"MATCH (a:City {cid: 1}), (b:Robot), (c:Post {pid: 2}) RETURN a.cid, b.pid, c.len",
	"MATCH (a:Person)-[:LIVES_IN]->(c), (b:Person)-[:LIKES]->(p) WHERE c.cid = p.pid RETURN a.pid, b.pid, p.pid",
	"MATCH (a:Person) WHERE (a)-[:LIKES]->(:Post {pid: 2}) RETURN a.pid",
	"MATCH (a:Person) WHERE NOT (a)-[:LIKES]->() RETURN a.pid",
	"MATCH (a:Person) WHERE EXISTS { (a)-[:KNOWS]->(b) WHERE b.age > a.age } RETURN a.pid",
	"MATCH (a:Person) WHERE EXISTS { MATCH (c:City) WHERE c.cid = 77 } RETURN a.pid",
	"MATCH (a:Person) WHERE EXISTS { (a)-[:KNOWS]->() } RETURN a.pid",
	"MATCH (a) WHERE (a)--() AND a.pid > 3 RETURN labels(a), a.pid",
	"MATCH (a:Person) WHERE NOT EXISTS { (a)<-[:KNOWS|LIKES]-(:Person:Robot) } RETURN a.pid",
	"MATCH (a:Person) WHERE NOT (a)-[:LIKES]->(:Nothing) RETURN a.pid",
	"MATCH (a:Person) WHERE (a)-[:NOTHING]->() OR NOT (a)-[:LIKES]->(:Hot) RETURN a.pid",
	"MATCH (a:Person) WHERE NOT NOT (a)-[:KNOWS]->()-[:LIKES]->(:Post) RETURN a.pid",
	"MATCH (a:Person) WHERE NOT (a)-[:KNOWS]->()-[:LIKES]->() RETURN a.pid",
	"MATCH (a:Person) WHERE EXISTS { (a)-[:KNOWS]->(b)-[:KNOWS]->(c) WHERE c.age > a.age AND b.pid < 9 } RETURN a.pid",
	"MATCH (a:Person) WHERE EXISTS { MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(a) RETURN b } RETURN a.pid",
	"MATCH (a:Person), (b:Person) WHERE (a)-[:KNOWS]->(b) AND NOT (b)-[:KNOWS]->(a) AND a.pid < 5 RETURN a.pid, b.pid",
	"MATCH (a:Person) WHERE (a)-[:KNOWS*2..3]->(:Robot) RETURN a.pid",
	"MATCH (a:Person) WHERE EXISTS { (a)-[:KNOWS*]->(b) } RETURN a.pid",
	"MATCH (a) WHERE EXISTS { (a)-[:KNOWS*0..]->() } RETURN labels(a), a.pid",
	"MATCH (a:Person) WHERE NOT EXISTS { (a)-[:KNOWS*..2 {since: 9}]->() } RETURN a.pid",
	"MATCH (a:Person) WHERE NOT EXISTS { MATCH (a)-[:KNOWS]->(b) WITH b ORDER BY b.age LIMIT 1 WHERE b.age > 30 RETURN b } RETURN a.pid",
	"MATCH (a:Person) WHERE EXISTS { MATCH (a)-[:KNOWS]->(b) WITH count(b) AS n WHERE n > 2 RETURN n } RETURN a.pid",
	"MATCH (a:Person) WHERE EXISTS { MATCH (a)-[:LIKES]->(p) RETURN p UNION MATCH (a)-[:KNOWS]->(p:Robot) RETURN p } RETURN a.pid",
	"MATCH (a:Person) WHERE EXISTS { (a)-[:KNOWS]->(b) WHERE NOT (b)-[:LIKES]->() AND EXISTS { (b)-[:KNOWS]->(c) WHERE c.pid = a.pid } } RETURN a.pid",
	"MATCH (a:Person) OPTIONAL MATCH (a)-[:LIKES]->(p:Post {pid: 1}) WITH a, p WHERE NOT (p)--() RETURN a.pid",
	"MATCH (a:Person) OPTIONAL MATCH (a)-[:LIKES]->(p:Post {pid: 1}) WITH a, p WHERE EXISTS { (p)<-[:LIKES]-(x) WHERE x <> a } RETURN a.pid",
	"MATCH (a:Person) OPTIONAL MATCH (a)-[:KNOWS]->(b) WHERE NOT (b)-[:LIKES]->() RETURN a.pid, b.pid",
	"MATCH (a:Person) WITH a WHERE a.age > 30 AND (a)-[:LIKES]->() AND NOT (a)-[:LIVES_IN]->(:City {cid: 1}) RETURN a.pid",
	"MATCH (a:Person) WITH a WHERE 4 / a.age >= 0 AND (a)-[:LIKES]->() RETURN a.pid",
	"MATCH (a:Person) WHERE (a)-[:LIKES]->() RETURN DISTINCT a.name",
	"MATCH (a:Person)-[:KNOWS]->(b) WHERE (b)-[:LIKES]->(:Post {pid: 3}) RETURN DISTINCT b",
	"MATCH (a:Person)-[:KNOWS]->(b) WHERE NOT (a)-[:LIKES]->()<-[:LIKES]-(b) RETURN count(*), count(DISTINCT b)",
	"MATCH (a:Person) RETURN a.pid, EXISTS { (a)-[:KNOWS]->(b)-[:KNOWS]->(c) WHERE c.pid > 5 } AS e, exists((a)-[:LIKES]->())",
	"MATCH (a:Person) WHERE EXISTS { (p:Post) WHERE p.pid = a.pid } RETURN a.pid",
	"MATCH (a) WHERE NOT EXISTS { MATCH (p:Post) WHERE p.pid = a.pid AND p.len > 20 } RETURN labels(a), a.pid",
	"MATCH (a) WHERE EXISTS { (p:Post)<-[:LIKES]-(x:Person) WHERE x.age = a.age AND a.pid = x.pid } RETURN labels(a), a.pid",
	"MATCH (a:Person) WHERE NOT EXISTS { (c:City)<-[:LIVES_IN]-(x) WHERE c.cid = a.pid AND x.age > a.age } RETURN a.pid",
	"MATCH (a:Sample) WHERE EXISTS { (b:Sample) WHERE b.f = a.f AND b.flag } RETURN a.i",
	"MATCH (a:Sample) WHERE NOT EXISTS { (b:Sample {flag: true}) WHERE b.rare = a.rare } RETURN a.i",
	"UNWIND [1, 2.0, null, 'x'] AS v WITH v WHERE EXISTS { (p:Post) WHERE p.pid = v } RETURN v",
	"UNWIND [1, 2.0, null, 'x'] AS v WITH v WHERE NOT EXISTS { (p:Post) WHERE p.pid = v } RETURN v",
	"MATCH (a:Person) WHERE COUNT { (a)-[:KNOWS]->() } > 1 RETURN a.pid, COUNT { (a)<-[:KNOWS]-() } AS n",
	"MATCH (a:Person) RETURN a.pid, COUNT { MATCH (c:City) } AS cities",
	"MATCH (a:Person) OPTIONAL MATCH (a)-[:KNOWS]->(b) WHERE b.age > 40 RETURN a.pid, b.pid",
	"MATCH (a:Person) OPTIONAL MATCH (a)-[:LIKES]->(p)<-[:LIKES]-(b) RETURN a.pid, count(b)",
	"OPTIONAL MATCH (a:Nothing) RETURN a",
	"MATCH (a:Person) RETURN a.pid ORDER BY a.pid DESC LIMIT 3",
	"MATCH (a:Person) RETURN a.age, a.pid ORDER BY a.age, a.pid SKIP 2 LIMIT 4",
	"MATCH (a:Person) WITH a ORDER BY a.pid LIMIT 3 MATCH (a)-[:KNOWS]->(b) RETURN a.pid, b.pid",
	"MATCH (a:Person) WITH count(*) AS n UNWIND range(1, 2) AS i RETURN n, i",
	"MATCH (a:Person {pid: 1}) CALL { WITH a MATCH (a)-[:KNOWS]->(b) RETURN max(b.pid) AS m } RETURN m",
	"MATCH (a:Person) CALL { MATCH (c:City) RETURN count(c) AS n } RETURN a.pid, n",
	"MATCH (a:Person {pid: 1}), (b:Person {pid: 4}) MATCH p = shortestPath((a)-[:KNOWS*]->(b)) RETURN length(p)",
	"MATCH (a:Person)-[:LIKES]->(p) RETURN p.pid, collect(DISTINCT a.pid % 2) <> [] AS some",
	"MATCH (a:Person) RETURN DISTINCT a.name",
	"MATCH (a:Person)-[:KNOWS]->(b) RETURN DISTINCT b.name",
	"UNWIND [1, 2, 2, null] AS x MATCH (a:Person {pid: x}) RETURN x, a.age",
	"MATCH (a:Person) WHERE id(a) = '00000000-0000-0000-0000-000000000000' RETURN a.pid",
	"MATCH (a:Person)-[r]->(x) WHERE type(r) = 'LIKES' RETURN a.pid, x.pid",
	"MATCH (a:Person)-[:LIVES_IN|LIKES]->(x) RETURN labels(x), count(*)",
	"MATCH (a:Person)-[:KNOWS]->(b) WHERE 1 = 2 RETURN a.pid",
	"MATCH (a:Person) WHERE null RETURN a.pid",
	"MATCH (a:Person) WHERE a.pid = 1 + 2 OR a.age > 10 * 4 - size('ab') RETURN a.pid",
	"MATCH (a:Person) WHERE a.pid IN [1 + 1, 4 - 1] AND (1 < 2) = true RETURN a.pid, toUpper('x' + 'y')",
	"MATCH (a:Nothing) RETURN 1 / 0",
	"MATCH (a:Person)-[:KNOWS]->(a) WHERE 1 / (a.pid - 3) > -5 RETURN a.pid",
	"MATCH (a:Person)-[:LIVES_IN]->(c:City {cid: 99}) WHERE 1 / a.pid = 1 RETURN a.pid",
	"MATCH (a:Person)-[:LIVES_IN]->(c:City) WHERE a.pid > 0 AND 1 / a.pid = 1 AND 4 / c.cid = 4 RETURN a.pid",
	"MATCH (a:Person) RETURN a.pid, CASE WHEN a.pid > 100 THEN 1 / 0 ELSE 2 * 3 END",
	"UNWIND [1, 2] AS x CALL { MATCH (c:City) WHERE c.cid < 2 RETURN c.cid AS id UNION MATCH (r:Robot) RETURN r.pid AS id } RETURN x, id",
	"UNWIND [1, 2] AS x CALL { MATCH (c:City) WITH c ORDER BY c.cid LIMIT 1 RETURN c } RETURN x, c.cid",
	"UNWIND [1, 2, 3] AS x OPTIONAL MATCH (c:City), (r:Robot) WHERE c.cid = x RETURN x, c.cid, r.pid",
	"MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person), (a)-[:KNOWS]->(c) RETURN a.pid, b.pid, c.pid",
	"MATCH (a:Person)-[r1:KNOWS]-(b)-[r2:KNOWS]-(c)<-[r3:KNOWS]-(a) RETURN a.pid, b.pid, c.pid, r1.since, r2.since, r3.since",
	"MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c) RETURN b.pid, count(*)",
	"MATCH (a:Person)-[:KNOWS]-(b) RETURN a.pid, count(b)",
	"MATCH (a:Person)-[:KNOWS|LIKES]->(b:Post) RETURN count(*)",
	"MATCH (a:Person)-[:KNOWS|LIKES]-(b:Person:Robot) RETURN a.pid, count(*)",
	"MATCH (a:Person)-[rs:KNOWS*1..2]->(b)-[:KNOWS]->(c) RETURN count(*)",
	"MATCH (a:Person)-[:KNOWS*]->(b) RETURN a.pid, count(DISTINCT b)",
	"MATCH (a:Person {pid: 2})-[:KNOWS*1..2]->(b) RETURN DISTINCT b.pid, b.age",
	"MATCH (a:Person)-[:KNOWS*0..1]->(b) WHERE a.pid < 4 RETURN DISTINCT b",
	"MATCH (a:Person)-[:KNOWS*..3 {since: 9}]->(b) RETURN DISTINCT b",
};

static int
compare_lines(const void *a, const void *b)
{
	return nami_str_cmp(*(const NamiStr *) a, *(const NamiStr *) b);
}

/* The lines in a fixed order. */
static const char *
sorted(CypherWorld *w, const char *rows)
{
	NamiStr		rest = nami_str(rows);
	NamiStr    *lines = NAMI_NEW_ARRAY(w->arena, NamiStr, rest.len + 1);
	size_t		count = 0;
	NamiBuf		out;

	while (rest.len > 0)
	{
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t		len = end != NULL ? (size_t) (end - rest.ptr) : rest.len;

		lines[count++] = nami_str_slice(rest, 0, len);
		rest = nami_str_slice(rest, len + 1, rest.len);
	}
	qsort(lines, count, sizeof(NamiStr), compare_lines);
	nami_buf_init(&out, w->arena);
	for (size_t i = 0; i < count; i++)
		nami_buf_printf(&out, "%.*s\n", NAMI_STR_ARG(lines[i]));
	nami_buf_put_u8(&out, '\0');
	return (const char *) out.ptr;
}

static const char *
run_variant(CypherWorld *w, const char *text, const char *variant)
{
	NamiError	err = NAMI_ERROR_INIT;

	assert_true(nami_plan_variant_parse(nami_str(variant), &w->variant, &err));
	return sorted(w, cypher(w, text));
}

static void
check_variant(CypherWorld *w, const char *text, const char *variant, const char *expected)
{
	const char *rows = run_variant(w, text, variant);

	if (strcmp(rows, expected) != 0)
		fail_msg("%s\n--- plain\n%s--- variant \"%s\"%s\n%s\n--- plan\n%.*s", text, expected,
				 variant, w->from_image ? " from an image" : "", rows, NAMI_STR_ARG(w->plan_text));
}

static void
compare_variants(bool from_image)
{
	static const char *const variants[] = {
		"", "share_slots", "no_pushdown", "no_index", "no_rewrite", "worst_order", "no_pushdown,worst_order",
		"no_index worst_order",
	};
	CypherWorld w;

	cypher_open(&w);
	for (size_t i = 0; i < sizeof(graph) / sizeof(graph[0]); i++)
	{
		const char *rows = cypher(&w, graph[i]);

		if (strncmp(rows, "error", 5) == 0)
			fail_msg("%s\n%s", graph[i], rows);
	}
	w.from_image = from_image;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
	{
		const char *plain = run_variant(&w, queries[i], "no_pushdown,no_index,no_rewrite");

		if (strncmp(plain, "error", 5) == 0)
			fail_msg("%s\n%s", queries[i], plain);
		for (size_t j = 0; j < sizeof(variants) / sizeof(variants[0]); j++)
			check_variant(&w, queries[i], variants[j], plain);
		for (int seed = 0; seed < SEEDS; seed++)
		{
			char		variant[32];

			snprintf(variant, sizeof(variant), seed % 2 == 0 ? "%d" : "seed=%d", seed);
			check_variant(&w, queries[i], variant, plain);
		}
	}
	cypher_close(&w);
}

static void
same_rows_from_segments(void **state)
{
	compare_variants(false);
}

static void
same_rows_from_an_image(void **state)
{
	compare_variants(true);
}

static void
texts_of_variants(void **state)
{
	static const struct
	{
		const char *text;
		uint32_t	flags;
		uint64_t	seed;
	}			good[] = {
		{"", 0, 0},
		{" , ", 0, 0},
		{"no_pushdown", NAMI_PLAN_NO_PUSHDOWN, 0},
		{"no_index, no_rewrite", NAMI_PLAN_NO_INDEX | NAMI_PLAN_NO_REWRITE, 0},
		{"worst_order seed=18446744073709551615", NAMI_PLAN_WORST_ORDER | NAMI_PLAN_RANDOM_ORDER,
		UINT64_MAX},
	};
	static const char *const bad[] = {
		"no_such", "seed=", "seed=-1", "seed=18446744073709551616", "1x", "no_index;no_rewrite",
	};
	NamiPlanVariant variant;
	NamiError	err = NAMI_ERROR_INIT;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		assert_true(nami_plan_variant_parse(nami_str(good[i].text), &variant, &err));
		assert_int_equal(variant.flags, good[i].flags);
		assert_true(variant.seed == good[i].seed);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(nami_plan_variant_parse(nami_str(bad[i]), &variant, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_variants),
		cmocka_unit_test(same_rows_from_segments),
		cmocka_unit_test(same_rows_from_an_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
