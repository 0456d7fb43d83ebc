/*
 * Tests of the graph algorithms and of search (spec/search.md 1, 7) on graphs whose answers are
 * plain from the definitions; agreement with NamiDB's recorded answers: test/interop/test_search.py.
 */
#include "cypher_run.h"

static void
check(CypherWorld *w, const char *text, const char *expected)
{
	const char *rows = cypher(w, text);

	if (strcmp(rows, expected) != 0)
		fail_msg("%s\n gave     %s\n expected %s", text, rows, expected);
}

/* A ring of three with a tail, and a node apart. */
static void
open_ring(CypherWorld *w)
{
	cypher_open(w);
	check(w, "CREATE (a:N {i: 'a'}), (b:N {i: 'b'}), (c:N:M {i: 'c'}), (d:M {i: 'd'}), (e:N {i: 'e'}), "
		  "(a)-[:R {weight: 1}]->(b), (b)-[:R {weight: 1}]->(c), (c)-[:R {weight: 1.0}]->(a), "
		  "(c)-[:R {weight: 5}]->(d), (a)-[:S {weight: 10}]->(d)", "");
}

static void
components(void **state)
{
	CypherWorld w;

	open_ring(&w);
	for (int i = 0; i < 2; i++)
	{
		check(&w, "CALL algo.wcc() YIELD node_id AS n, component AS c RETURN n.i, c",
			  "'a'|0\n'b'|0\n'c'|0\n'd'|0\n'e'|1\n");
		check(&w, "CALL algo.wcc({edge_types: ['S']}) YIELD node_id AS n, component AS c RETURN n.i, c",
			  "'a'|0\n'd'|0\n'b'|1\n'c'|2\n'e'|3\n");
		/* sinks first */
		check(&w, "CALL scc() YIELD node_id AS n, component AS c RETURN n.i, c",
			  "'d'|0\n'a'|1\n'b'|1\n'c'|1\n'e'|2\n");
		/* labels in the order that is given: c and d come first */
		check(&w, "CALL algo.scc({labels: ['M', 'N'], direction: 'reverse'}) YIELD node_id AS n, component AS c RETURN n.i, c",
			  "'a'|0\n'b'|0\n'c'|0\n'd'|1\n'e'|2\n");
		check(&w, "CALL algo.wcc({labels: ['M']}) YIELD node_id AS n RETURN n.i", "'c'\n'd'\n");
		w.from_image = true;
	}
	cypher_close(&w);
}

static void
measures(void **state)
{
	CypherWorld w;

	open_ring(&w);
	for (int i = 0; i < 2; i++)
	{
		check(&w, "CALL algo.degree() YIELD node_id AS n, in_degree AS i, out_degree AS o, degree AS d RETURN n.i, i, o, d",
			  "'a'|1|2|3\n'c'|1|2|3\n'b'|1|1|2\n'd'|2|0|2\n'e'|0|0|0\n");
		check(&w, "CALL algo.degree({direction: 'undirected', edge_types: ['R', 'R']}) YIELD degree AS d RETURN sum(d)", "32\n");
		check(&w, "CALL algo.triangle_count() YIELD node_id AS n, triangles AS t, coefficient AS c RETURN n.i, t, c",
			  "'a'|2|0.6666666666666666\n'c'|2|0.6666666666666666\n'b'|1|1.0\n'd'|1|1.0\n'e'|0|0.0\n");
		/* of all shortest paths: b is inside one of a-c; c of b-a and b-d, one of two; a of c-b and half of b-d */
		check(&w, "CALL algo.betweenness({edge_types: ['R']}) YIELD node_id AS n, score AS s RETURN n.i, s",
			  "'c'|3.0\n'b'|2.0\n'a'|1.0\n'd'|0.0\n'e'|0.0\n");
		check(&w, "CALL algo.betweenness({edge_types: ['S'], direction: 'undirected'}) YIELD score AS s RETURN sum(s)", "0.0\n");
		check(&w, "MATCH (a {i: 'a'}) CALL algo.shortest_path({source: a}) YIELD node_id AS n, distance AS d, hops AS h "
			  "RETURN n.i, d, h", "'a'|0.0|0\n'b'|1.0|1\n'd'|1.0|1\n'c'|2.0|2\n");
		check(&w, "MATCH (a {i: 'a'}) CALL algo.shortest_path({source: id(a), weighted: true}) "
			  "YIELD node_id AS n, distance AS d, hops AS h RETURN n.i, d, h",
			  "'a'|0.0|0\n'b'|1.0|1\n'c'|2.0|2\n'd'|7.0|3\n");
		check(&w, "MATCH (e {i: 'e'}) CALL algo.shortest_path({source: e, labels: ['M']}) YIELD hops RETURN hops", "");
		check(&w, "CALL algo.pagerank() YIELD score RETURN round(sum(score) * 1000) / 1000, count(*)", "1.0|5\n");
		/* no relationships: everybody has the same */
		check(&w, "CALL algo.pagerank({labels: ['N'], edge_types: ['S']}) YIELD score RETURN collect(DISTINCT score)", "[0.25]\n");
		w.from_image = true;
	}
	cypher_close(&w);
}

static void
communities(void **state)
{
	CypherWorld w;

	cypher_open(&w);
	check(&w, "UNWIND range(0, 9) AS i CREATE (:N {i: i})", "");
	/* two cliques of five and one relationship between them */
	check(&w, "MATCH (a:N), (b:N) WHERE a.i < b.i AND a.i / 5 = b.i / 5 CREATE (a)-[:R]->(b)", "");
	check(&w, "MATCH (a:N {i: 4}), (b:N {i: 5}) CREATE (a)-[:R]->(b)", "");
	check(&w, "CALL algo.louvain() YIELD node_id AS n, community AS c RETURN c, collect(n.i)",
		  "0|[0, 1, 2, 3, 4]\n1|[5, 6, 7, 8, 9]\n");
	/* the first one wins ties, and so crosses the bridge */
	check(&w, "CALL algo.label_propagation() YIELD community AS c RETURN collect(DISTINCT c)", "[0]\n");
	check(&w, "MATCH (:N {i: 4})-[r]->(:N {i: 5}) DELETE r", "");
	check(&w, "CALL algo.label_propagation() YIELD node_id AS n, community AS c RETURN c, collect(n.i)",
		  "0|[0, 1, 2, 3, 4]\n1|[5, 6, 7, 8, 9]\n");
	/* no relationship: everybody alone */
	check(&w, "MATCH ()-[r]->() DELETE r", "");
	check(&w, "CALL algo.louvain() YIELD community AS c RETURN collect(c)", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n");
	check(&w, "CALL algo.label_propagation() YIELD community AS c RETURN max(c)", "9\n");
	/* the same seed gives the same vectors, another one others */
	check(&w, "CALL algo.fastRP({dimension: 64, iteration_weights: [1]}) YIELD embedding AS a WITH collect(a) AS a "
		  "CALL algo.fastRP({dimension: 64, iteration_weights: [1]}) YIELD embedding AS b WITH a, collect(b) AS b "
		  "CALL algo.fastRP({dimension: 64, iteration_weights: [1], seed: 1}) YIELD embedding AS c WITH a, b, collect(c) AS c "
		  "RETURN a = b, a = c, size(a), size(a[0]), round(dot_product(a[3], a[3]) * 1000) / 1000", "true|false|10|64|1.0\n");
	cypher_close(&w);
}

static void
empty_graph(void **state)
{
	CypherWorld w;

	cypher_open(&w);
	for (const NamiProcedure *p = nami_procedure_table(); p->name.len > 0; p++)
	{
		char		text[200];

		if (!nami_str_starts_with(p->name, NAMI_STR("algo.")) || p->min_args > 0)
			continue;
		snprintf(text, sizeof(text), "CALL %.*s()", NAMI_STR_ARG(p->name));
		check(&w, text, "");
	}
	check(&w, "CALL algo.shortest_path({source: '00000000-0000-0000-0000-000000000000'})", "");
	check(&w, "CALL search.vector({label: 'D', property: 'e', query: [1]})", "");
	check(&w, "CALL search.bm25({label: 'D', text_property: 't', query: 'x*'})", "");
	check(&w, "CALL search.hybrid({label: 'D', text_property: 't', query_text: 'x', query_vector: [1], vector_property: 'e'})", "");
	cypher_close(&w);
}

static void
vectors(void **state)
{
	CypherWorld w;

	cypher_open(&w);
	check(&w, "CREATE (:D {i: 1, v: vector([1, 0])}), (:D {i: 2, v: [0, 2.0]}), (:D {i: 3, v: vector([3, 4])}), "
		  "(:D {i: 4, v: vector([0, 0])}), (:D {i: 5}), (:E {i: 6, v: vector([1, 0])})", "");
	for (int i = 0; i < 2; i++)
	{
		/* a zero vector has no angle */
		check(&w, "CALL search.vector({label: 'D', property: 'v', query: [1, 0]}) YIELD node AS n, score AS s RETURN n.i, s",
			  "1|1.0\n3|0.6\n2|0.0\n");
		check(&w, "CALL search.vector({label: 'D', property: 'v', query: [1, 0], metric: 'DOT'}) YIELD node AS n, score AS s RETURN n.i, s",
			  "3|3.0\n1|1.0\n2|0.0\n4|0.0\n");
		check(&w, "CALL search.vector({label: 'D', property: 'v', query: [0, 0], metric: 'l2', k: 2}) YIELD node AS n, score AS s RETURN n.i, s",
			  "4|0.0\n1|1.0\n");
		check(&w, "CALL search.vector({label: 'D', property: 'v', query: vector([1, 0]), filter: {i: {gt: 1, ne: 3.0}}}) "
			  "YIELD node AS n RETURN n.i", "2\n");
		check(&w, "CALL search.vector({label: 'D', property: 'v', query: [1, 0, 0]})",
			  "error ArgumentError: InvalidArgumentValue: dimensions of vectors differ: 2 and 3");
		check(&w, "CALL search.vector({label: 'D', property: 'i', query: [1]})",
			  "error TypeError: InvalidPropertyType: a property searched by search.vector() holds a INTEGER that is no vector");
		w.from_image = true;
	}
	/* more than fit: the best of many */
	check(&w, "UNWIND range(1, 20000) AS i CREATE (:Many {i: i, v: [i % 7919]})", "");
	check(&w, "CALL search.vector({label: 'Many', property: 'v', query: [1], metric: 'dot', k: 3}) YIELD node AS n, score AS s RETURN n.i, s",
		  "7918|7918.0\n15837|7918.0\n7917|7917.0\n");
	cypher_close(&w);
}

static void
texts(void **state)
{
	CypherWorld w;

	cypher_open(&w);
	check(&w, "CREATE (:D {i: 1, t: 'the quick fox'}), (:D {i: 2, t: 'the slow fox the end'}), (:D {i: 3, t: 'a dog', u: 'quick'}), "
		  "(:D {i: 4, t: ''}), (:D {i: 5, t: 7})", "");
	for (int i = 0; i < 2; i++)
	{
		/* the shorter document is better */
		check(&w, "CALL search.bm25({label: 'D', text_property: 't', query: 'FOX'}) YIELD node AS n RETURN n.i", "1\n2\n");
		/* N 4, df 2, average length 2.5, length 3: ln(1 + 2.5 / 2.5) * 2.5 / (1 + 1.5 * (0.25 + 0.75 * 1.2)) */
		check(&w, "CALL search.bm25({label: 'D', text_property: 't', query: 'fox', k: 1}) YIELD score AS s RETURN round(s * 1000000)",
			  "635915.0\n");
		check(&w, "CALL search.bm25({label: 'D', text_property: 't', query: '\"fox the\"'}) YIELD node AS n RETURN n.i", "2\n");
		check(&w, "CALL search.bm25({label: 'D', text_property: 't', query: '\"the fox\"'}) YIELD node AS n RETURN n.i", "");
		check(&w, "CALL search.bm25({label: 'D', text_property: 't', query: 'qui* do*'}) YIELD node AS n RETURN n.i", "3\n1\n");
		check(&w, "CALL search.bm25({label: 'D', text_property: 't', query: 'qui *'}) YIELD node AS n RETURN n.i", "");
		/* documents of two properties, by the properties' names: a phrase may cross the border */
		check(&w, "CALL search.bm25({label: 'D', text_properties: ['u', 't', 'u'], query: '\"dog quick\"'}) YIELD node AS n RETURN n.i", "3\n");
		check(&w, "CALL search.bm25({label: 'D', text_property: 't', query: '! * \"\"'}) YIELD node AS n RETURN n.i", "");
		/* 1/(60 + 1) from each list, against one of them */
		check(&w, "CALL search.hybrid({label: 'D', query_text: 'quick', text_property: 'u', query_vector: [1], vector_property: 'none'}) "
			  "YIELD node AS n, score AS s RETURN n.i, s = 1.0 / 61", "3|true\n");
		w.from_image = true;
	}
	cypher_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(components),
		cmocka_unit_test(measures),
		cmocka_unit_test(communities),
		cmocka_unit_test(empty_graph),
		cmocka_unit_test(vectors),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
