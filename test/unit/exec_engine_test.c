/*
 * exec_engine_test.c - whole statements through parser, planner, executor and commit. Expectations
 * are openCypher's (spec/cypher.md names the section where the choice is not obvious).
 */
#include "cypher_run.h"

/* Statements in order on one namespace; NULL rows: not looked at. */
typedef struct Step
{
	const char *text;
	const char *rows;
} Step;

static void
run_steps(const Step *steps, size_t count)
{
	CypherWorld w;

	cypher_open(&w);
	for (size_t i = 0; i < count; i++)
	{
		const char *rows = cypher(&w, steps[i].text);

		if (steps[i].rows != NULL && strcmp(rows, steps[i].rows) != 0)
			fail_msg("%s\n--- expected\n%s--- got\n%s\n--- plan\n%.*s", steps[i].text,
					 steps[i].rows, rows, NAMI_STR_ARG(w.plan_text));
		if (steps[i].rows == NULL && strncmp(rows, "error", 5) == 0)
			fail_msg("%s\n%s", steps[i].text, rows);
	}
	cypher_close(&w);
}

#define STEPS(...) \
	do { \
		static const Step steps[] = {__VA_ARGS__}; \
		run_steps(steps, sizeof(steps) / sizeof(steps[0])); \
	} while (0)

static void
values_without_a_graph(void **state)
{
	STEPS({"RETURN 1", "1\n"},
		  {"RETURN 1 + 2 * 3 AS x, 'a' + 'b', [1, 2.5, null], {b: 1, a: 'x'}",
		   "7|'ab'|[1, 2.5, null]|{a: 'x', b: 1}\n"},
		  {"UNWIND [3, 1, 2] AS x RETURN x ORDER BY x DESC", "3\n2\n1\n"},
		  {"UNWIND range(1, 5) AS x WITH x WHERE x % 2 = 1 RETURN collect(x), sum(x), count(*)",
		   "[1, 3, 5]|9|3\n"},
		  {"UNWIND [1, 1.0, 2, null, null] AS x RETURN DISTINCT x", "1\n2\nnull\n"},
		  {"UNWIND [1, 2, 3, 4] AS x RETURN x SKIP 1 LIMIT 2", "2\n3\n"},
		  {"UNWIND [] AS x RETURN count(x), max(x)", "0|null\n"},
		  {"RETURN 1 AS x UNION RETURN 1 AS x", "1\n"},
		  {"RETURN 1 AS x UNION ALL RETURN 1 AS x", "1\n1\n"},
		  {"RETURN [x IN range(1, 5) WHERE x > 2 | x * x] AS l", "[9, 16, 25]\n"},
		  {"RETURN reduce(s = 0, x IN [1, 2, 3] | s + x), all(x IN [1, 2] WHERE x > 0)", "6|true\n"},
		  {"RETURN CASE WHEN false THEN 1 WHEN null THEN 2 ELSE 3 END", "3\n"},
		  {"WITH 1 AS a WITH a, a + 1 AS b RETURN a, b", "1|2\n"});
}

static void
patterns(void **state)
{
	STEPS({"CREATE (a:P {n: 'a'})-[:K {w: 1}]->(b:P {n: 'b'})-[:K {w: 2}]->(c:P:Q {n: 'c'}), (a)-[:L]->(c)", ""},
		  {"MATCH (n) RETURN count(n)", "3\n"},
		  {"MATCH (n:P) RETURN n.n ORDER BY n.n", "'a'\n'b'\n'c'\n"},
		  {"MATCH (n:P:Q) RETURN n.n", "'c'\n"},
		  {"MATCH (n:None) RETURN n", ""},
		  {"MATCH (a)-[r:K]->(b) RETURN a.n, r.w, b.n ORDER BY r.w", "'a'|1|'b'\n'b'|2|'c'\n"},
		  {"MATCH (a)-[r:K {w: 2}]->(b) RETURN a.n, b.n", "'b'|'c'\n"},
		  {"MATCH (a {n: 'a'})-->(x) RETURN x.n ORDER BY x.n", "'b'\n'c'\n"},
		  {"MATCH (a {n: 'b'})--(x) RETURN x.n ORDER BY x.n", "'a'\n'c'\n"},
		  {"MATCH (a)-[r]->(b) RETURN type(r), count(*) ORDER BY type(r)", "'K'|2\n'L'|1\n"},
		  {"MATCH (a {n: 'a'})-[:K*1..2]->(x) RETURN x.n ORDER BY x.n", "'b'\n'c'\n"},
		  {"MATCH p = (a {n: 'a'})-[:K*]->(x:Q) RETURN length(p), [n IN nodes(p) | n.n]",
		   "2|['a', 'b', 'c']\n"},
		  {"MATCH (a {n: 'a'})-[:K*0..1]->(x) RETURN x.n ORDER BY x.n", "'a'\n'b'\n"},
		  /* no relationship twice in one MATCH (5.1) */
		  {"MATCH (a)-[r1:K]-(b)-[r2:K]-(c) RETURN a.n, c.n ORDER BY a.n", "'a'|'c'\n'c'|'a'\n"},
		  {"MATCH (a)-[:K]->(b), (a)-[:L]->(c) RETURN a.n, b.n, c.n", "'a'|'b'|'c'\n"},
		  {"MATCH (a {n: 'a'}), (c {n: 'c'}) MATCH (a)-[r]->(c) RETURN type(r)", "'L'\n"},
		  {"MATCH (a {n: 'a'}), (c {n: 'c'}) RETURN [x IN nodes(shortestPath((a)-[*]-(c))) | x.n]",
		   "['a', 'c']\n"},
		  {"MATCH p = shortestPath((a {n: 'a'})-[:K*]->(c {n: 'c'})) RETURN length(p)", "2\n"},
		  /* from a node to itself only a path of length 0 (5.1) */
		  {"MATCH (a {n: 'a'}), (b {n: 'a'}) MATCH p = allShortestPaths((a)-[*1..4]-(b)) RETURN p", ""},
		  {"MATCH (a {n: 'a'}) MATCH p = shortestPath((a)-[*0..4]-(a)) RETURN length(p)", "0\n"});
}

static void
optional_and_subqueries(void **state)
{
	STEPS({"CREATE (:P {n: 1})-[:K]->(:P {n: 2}), (:P {n: 3})", ""},
		  {"OPTIONAL MATCH (n:None) RETURN n", "null\n"},
		  {"MATCH (a:P) OPTIONAL MATCH (a)-[:K]->(b) RETURN a.n, b.n ORDER BY a.n",
		   "1|2\n2|null\n3|null\n"},
		  {"MATCH (a:P) OPTIONAL MATCH (a)-[:K]->(b) WHERE b.n > 5 RETURN a.n, b ORDER BY a.n",
		   "1|null\n2|null\n3|null\n"},
		  {"MATCH (a:P) WHERE (a)-[:K]->() RETURN a.n", "1\n"},
		  {"MATCH (a:P) WHERE NOT (a)--() RETURN a.n", "3\n"},
		  {"MATCH (a:P) RETURN a.n, [(a)-[:K]->(b) | b.n] ORDER BY a.n", "1|[2]\n2|[]\n3|[]\n"},
		  {"MATCH (a:P) WHERE EXISTS { (a)-[:K]->(b) WHERE b.n = 2 } RETURN a.n", "1\n"},
		  {"MATCH (a:P) RETURN a.n, COUNT { (a)--() } AS c ORDER BY a.n", "1|1\n2|1\n3|0\n"},
		  {"MATCH (a:P) CALL { WITH a MATCH (a)-[:K]->(b) RETURN b.n AS m } RETURN a.n, m", "1|2\n"},
		  {"MATCH (a:P) CALL { WITH a OPTIONAL MATCH (a)-[:K]->(b) RETURN count(b) AS c } RETURN a.n, c ORDER BY a.n",
		   "1|1\n2|0\n3|0\n"},
		  {"UNWIND [1, 2] AS x CALL { WITH x UNWIND range(1, 3) AS y RETURN y LIMIT 1 } RETURN x, y",
		   "1|1\n2|1\n"});
}

static void
writing(void **state)
{
	STEPS({"CREATE (n:A {x: 1}) RETURN n", "(:A {x: 1})\n"},
		  {"MATCH (n:A) SET n.x = n.x + 1, n.y = n.x RETURN n.x, n.y", "2|2\n"},
		  {"MATCH (n:A) SET n.y = null, n:B RETURN n", "(:A:B {x: 2})\n"},
		  {"MATCH (n:A) REMOVE n:A, n.x RETURN n", "(:B)\n"},
		  {"MATCH (n:B) SET n = {a: 1, b: 2} SET n += {b: 3, c: null} RETURN n", "(:B {a: 1, b: 3})\n"},
		  {"MERGE (m:M {k: 1}) ON CREATE SET m.c = true ON MATCH SET m.c = false RETURN m",
		   "(:M {c: true, k: 1})\n"},
		  {"MERGE (m:M {k: 1}) ON CREATE SET m.c = true ON MATCH SET m.c = false RETURN m",
		   "(:M {c: false, k: 1})\n"},
		  {"UNWIND [1, 1, 2] AS k MERGE (m:N {k: k}) RETURN count(*)", "3\n"},
		  {"MATCH (n:N) RETURN n.k ORDER BY n.k", "1\n2\n"},
		  {"MATCH (a:N {k: 1}), (b:N {k: 2}) MERGE (a)-[r:R]->(b) RETURN r", "[:R]\n"},
		  {"MATCH (a:N {k: 1})-[r:R]->(b) SET r.w = 5 RETURN r", "[:R {w: 5}]\n"},
		  /* parallel relationships collapse (5.3) */
		  {"MATCH (a:N {k: 1}), (b:N {k: 2}) CREATE (a)-[:R {v: 1}]->(b)", ""},
		  {"MATCH ()-[r:R]->() RETURN r", "[:R {v: 1}]\n"},
		  {"MATCH (n:N {k: 1}) DELETE n", "error ConstraintVerificationFailed: DeleteConnectedNode: cannot delete a node that still has relationships; use DETACH DELETE"},
		  {"MATCH (n:N) RETURN count(n)", "2\n"},
		  {"MATCH (n:N {k: 1}) DETACH DELETE n", ""},
		  {"MATCH (n:N) RETURN n.k", "2\n"},
		  {"MATCH ()-[r:R]->() RETURN count(r)", "0\n"},
		  {"MATCH (k:N) CREATE (:N {k: 9}) RETURN count(*)", "1\n"},
		  {"UNWIND [1, 2] AS i CREATE (:K {i: i}) WITH i MATCH (k:K) RETURN i, count(k) ORDER BY i",
		   "1|2\n2|2\n"},
		  {"FOREACH (x IN [1, 2, 3] | CREATE (:F {x: x}))", ""},
		  {"MATCH (f:F) RETURN sum(f.x)", "6\n"},
		  {"MATCH (f:F) SET f.x = f.x * 10 RETURN f.x ORDER BY f.x LIMIT 1", "10\n"},
		  {"MATCH (f:F) RETURN sum(f.x)", "60\n"},
		  {"CREATE p = (:X {n: 1})-[:Y]->(:X {n: 2}) RETURN p", "<(:X {n: 1})-[:Y]->(:X {n: 2})>\n"},
		  {"MATCH (x:X) DETACH DELETE x RETURN count(*)", "2\n"});
}

static void
many_rows(void **state)
{
	STEPS({"UNWIND range(1, 5000) AS i CREATE (:N {i: i})", ""},
		  {"MATCH (n:N) RETURN count(*), min(n.i), max(n.i), sum(n.i)", "5000|1|5000|12502500\n"},
		  {"MATCH (a:N), (b:N {i: a.i + 1}) WHERE a.i < 3000 CREATE (a)-[:NEXT {i: a.i}]->(b)", ""},
		  {"MATCH ()-[r:NEXT]->() RETURN count(r), sum(r.i)", "2999|4498500\n"},
		  {"MATCH (a:N {i: 1})-[:NEXT*10]->(b) RETURN b.i", "11\n"},
		  {"MATCH (n:N) WHERE n.i % 1000 = 0 RETURN n.i ORDER BY n.i DESC", "5000\n4000\n3000\n2000\n1000\n"},
		  /* an alias hides the name that was there before (3.5) */
		  {"UNWIND [1, 2] AS a WITH a, -a AS b WITH DISTINCT a AS b, b AS a ORDER BY a RETURN a, b", "-2|2\n-1|1\n"},
		  {"UNWIND [1, 2] AS a WITH a, -a AS b WITH a AS b, b AS a, count(*) AS c WHERE a < -1 RETURN a, b, c",
		   "-2|2|1\n"},
		  {"MATCH (n:N) WITH n.i % 7 AS k, count(*) AS c RETURN k, c ORDER BY k LIMIT 2", "0|714\n1|715\n"},
		  {"UNWIND range(1, 3000) AS i MERGE (:N {i: i})", ""},
		  {"MATCH (n:N) RETURN count(*)", "5000\n"},
		  {"MATCH (n:N) WHERE n.i > 10 DETACH DELETE n", ""},
		  {"MATCH (n:N) RETURN count(*)", "10\n"},
		  {"MATCH p = (:N {i: 1})-[:NEXT*]->() RETURN max(length(p))", "9\n"});
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_without_a_graph),
		cmocka_unit_test(patterns),
		cmocka_unit_test(optional_and_subqueries),
		cmocka_unit_test(writing),
		cmocka_unit_test(many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
