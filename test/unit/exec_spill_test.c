/*
 * Tests of what operators do at the limit of their memory: the answer is the one without a limit, files
 * are closed, and what cannot spill says so.
 */
#include "cypher_run.h"

#include <errno.h>

/* A host that counts its files and can be told to fail or to interrupt. */
typedef struct TestHost
{
	NamiHost	host;
	const NamiTempFiles *real;
	NamiTempFiles files;
	int			made;
	int			open;
	uint64_t	written;
	uint64_t	fail_after;		/* bytes written; 0: never */
	uint64_t	cancel_after;	/* bytes written; 0: never */
} TestHost;

static TestHost test_host;

static void *
test_create(void *ctx, const NamiAllocator *allocator)
{
	test_host.made++;
	test_host.open++;
	return test_host.real->create(ctx, allocator);
}

static bool
test_write(void *ctx, void *file, uint64_t offset, const void *data, size_t n)
{
	test_host.written += n;
	if (test_host.fail_after != 0 && test_host.written > test_host.fail_after)
	{
		errno = ENOSPC;
		return false;
	}
	return test_host.real->write(ctx, file, offset, data, n);
}

static bool
test_read(void *ctx, void *file, uint64_t offset, void *out, size_t n)
{
	return test_host.real->read(ctx, file, offset, out, n);
}

static void
test_close(void *ctx, void *file)
{
	test_host.open--;
	test_host.real->close(ctx, file);
}

static bool
test_interrupted(void *ctx)
{
	return test_host.cancel_after != 0 && test_host.written > test_host.cancel_after;
}

static void
reset_host(void)
{
	memset(&test_host, 0, sizeof(test_host));
	test_host.host = *nami_host_default();
	test_host.real = test_host.host.temp_files;
	test_host.files = (NamiTempFiles) {test_create, test_write, test_read, test_close};
	test_host.host.temp_files = &test_host.files;
	test_host.host.interrupted = test_interrupted;
}

/* The answer under a limit, or an error; checks that no file is left open and no memory counted. */
static const char *
run_limited(CypherWorld *w, const char *query, size_t limit_bytes)
{
	NamiMemoryAccount account = {.limit_bytes = limit_bytes};
	const char *rows;

	w->host = &test_host.host;
	w->account = &account;
	rows = cypher(w, query);
	w->account = NULL;
	assert_int_equal(test_host.open, 0);
	assert_int_equal(account.used_bytes, 0);
	return rows;
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* The rows in an order of their own, for statements without ORDER BY. */
static char *
sorted_rows(CypherWorld *w, const char *rows)
{
	char	   *copy = nami_arena_strdup(w->arena, rows);
	size_t		count = 0;
	char	  **lines = NAMI_NEW_ARRAY(w->arena, char *, strlen(rows) + 1);
	NamiBuf		out;

	for (char *line = strtok(copy, "\n"); line != NULL; line = strtok(NULL, "\n"))
		lines[count++] = line;
	qsort(lines, count, sizeof(char *), compare_lines);
	nami_buf_init(&out, w->arena);
	for (size_t i = 0; i < count; i++)
	{
		nami_buf_put_cstr(&out, lines[i]);
		nami_buf_put_u8(&out, '\n');
	}
	nami_buf_put_u8(&out, '\0');
	return (char *) out.ptr;
}

typedef struct SpillCase
{
	const char *query;
	bool		ordered;		/* the statement gives its rows an order */
	size_t		limit_bytes;
} SpillCase;

#define KB	((size_t) 1024)

static void
same_answer_as_without_a_limit(void **state)
{
	static const SpillCase cases[] = {
		/* all kinds of values; equal keys keep the order of the input */
		{"UNWIND range(1, 60000) AS x RETURN x, x % 7 AS k ORDER BY k", true, 1500 * KB},
		{"UNWIND range(1, 30000) AS x WITH x, toString(x * 7919 % 10007) AS s RETURN s, x ORDER BY s DESC, x", true, 1500 * KB},
		{"UNWIND range(1, 20000) AS x RETURN [x % 3, {a: x, b: 'text ' + x}] AS v, date('2020-01-01') + duration({days: x % 400}) AS d, "
			"datetime({year: 2000 + x % 30, timezone: 'Europe/Stockholm'}) AS t, duration({hours: x % 50}) AS u ORDER BY v[0] DESC, d, u, t", true, 3000 * KB},
		/* more runs than are merged at once */
		{"UNWIND range(1, 300000) AS x WITH x * 7919 % 300007 AS y RETURN sum(y) AS s, count(*) AS n, min(y), max(y)", true, 700 * KB},
		{"UNWIND range(1, 250000) AS x WITH x * 7919 % 250007 AS y ORDER BY y WITH collect(y % 97)[249000..] AS l RETURN l", true, 24000 * KB},
		{"UNWIND range(1, 120000) AS x WITH x, x * 7919 % 120011 AS y ORDER BY y SKIP 100000 LIMIT 5 RETURN x, y", true, 1200 * KB},
		{"UNWIND range(1, 100000) AS x WITH x ORDER BY x * 7919 % 10007 DESC, x LIMIT 50000 RETURN sum(x * x % 1001) AS s, count(*) AS n", true, 1200 * KB},
		{"UNWIND range(1, 100000) AS x RETURN x ORDER BY x % 1000 DESC LIMIT 3", true, 700 * KB},
		/* groups */
		{"UNWIND range(1, 200000) AS x RETURN x % 20000 AS k, count(*) AS n, sum(x) AS s, avg(x * 0.1) AS a, min('m' + x), max(x), stDev(x * 0.3)", false, 2500 * KB},
		{"UNWIND range(1, 100000) AS x RETURN x % 5000 AS k, collect(x) AS l, percentileCont(x * 1.5, 0.3) AS p, percentileDisc(x, 0.9) AS q", false, 3000 * KB},
		{"UNWIND range(1, 100000) AS x RETURN toString(x % 8000) AS k, count(DISTINCT x % 100) AS n, collect(DISTINCT x % 3)[0] AS c", false, 2500 * KB},
		{"UNWIND range(1, 60000) AS x RETURN [x % 9000, null] AS k, min(x) AS n, sum(x * 0.1) AS s", false, 2000 * KB},
		/* one group, many distinct values */
		{"UNWIND range(1, 200000) AS x RETURN count(DISTINCT x % 50000) AS n, sum(DISTINCT x % 50000) AS s, count(*) AS all, max(x) AS m", true, 2500 * KB},
		{"UNWIND range(1, 100000) AS x RETURN x % 2 AS k, count(DISTINCT 'v' + (x % 40000)) AS n", false, 2500 * KB},
		/* distinct rows */
		{"UNWIND range(1, 200000) AS x RETURN DISTINCT x * 7919 % 30011 AS y", false, 2000 * KB},
		{"UNWIND range(1, 100000) AS x WITH DISTINCT x % 40000 AS y, 'c' AS c RETURN count(*) AS n, sum(y) AS s, min(c)", true, 2500 * KB},
		{"UNWIND range(1, 50000) AS x RETURN x AS y UNION UNWIND range(25000, 70000) AS x RETURN x AS y", false, 2000 * KB},
		{"UNWIND range(1, 60000) AS x RETURN DISTINCT x LIMIT 7", true, 2000 * KB},
		/* graph values, and inner plans that are opened again and again */
		{"MATCH (n:N) RETURN n, n.v ORDER BY n.v % 10, n.v", true, 700 * KB},
		{"MATCH p = (a:N)-[r]->(b) RETURN p, r, b ORDER BY b.v DESC", true, 1200 * KB},
		{"MATCH (a:N)-[r]->(b) RETURN DISTINCT r, b", false, 600 * KB},
		{"UNWIND [1, 2, 3] AS o CALL { WITH o UNWIND range(1, 30000) AS x WITH o, x ORDER BY x % 17, x RETURN sum(x) AS s, collect(x)[29999] AS l } RETURN o, s, l ORDER BY o", true, 3000 * KB},
		{"UNWIND [1, 2, 3] AS o RETURN o, COUNT { UNWIND range(1, 50000) AS x WITH DISTINCT x % 20000 AS y RETURN y } AS n ORDER BY o", true, 2000 * KB},
	};
	CypherWorld w;

	reset_host();
	cypher_open(&w);
	cypher(&w, "UNWIND range(1, 4000) AS i CREATE (:N {v: i})-[:R {w: i}]->(:M {v: i * 31 % 4001, name: 'node ' + i})");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const SpillCase *c = &cases[i];
		const char *expected = cypher(&w, c->query);
		const char *got;
		int			made = test_host.made;

		if (strncmp(expected, "error", 5) == 0)
			fail_msg("%s\n%s", c->query, expected);
		got = run_limited(&w, c->query, c->limit_bytes);
		if (strncmp(got, "error", 5) == 0)
			fail_msg("%s\n%s", c->query, got);
		if (!c->ordered)
		{
			expected = sorted_rows(&w, expected);
			got = sorted_rows(&w, got);
		}
		if (strcmp(expected, got) != 0)
			fail_msg("%s\nanswers differ: %zu and %zu bytes\n%.300s\n%.300s", c->query, strlen(expected), strlen(got), expected, got);
		if (test_host.made == made && i != 3 && i != 7 && i != 17)
			fail_msg("%s\nwas to use files", c->query);
	}
	cypher_close(&w);
}

/* The message names the operator and the setting. */
static void
what_cannot_spill_says_so(void **state)
{
	static const struct
	{
		const char *query;
		const char *who;
	}			cases[] = {
		{"UNWIND range(1, 1000000) AS x RETURN size(collect(x)) AS n", "Aggregate"},
		{"RETURN size(range(1, 1000000)) AS n", "Project"},
		{"UNWIND range(1, 100000) AS x UNWIND [x] AS y WITH x, collect(y) AS l RETURN size(collect(l)) AS n", "Aggregate"},
		{"RETURN size([x IN range(1, 1000000) | x]) AS n", "Project"},
		{"RETURN size(reduce(s = 'abcdefgh', x IN range(1, 30) | s + s)) AS n", "Project"},
		{"WITH range(1, 1000) AS l RETURN size([x IN l | [y IN l | x * y]]) AS n", "Project"},
	};
	CypherWorld w;

	reset_host();
	cypher_open(&w);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *got = run_limited(&w, cases[i].query, 1000 * KB);

		if (strstr(got, "namidb.statement_memory_limit") == NULL ||
			strstr(got, cases[i].who) == NULL)
			fail_msg("%s\n%s", cases[i].query, got);
	}
	cypher_close(&w);
}

static void
long_lists_need_no_memory(void **state)
{
	CypherWorld w;

	reset_host();
	cypher_open(&w);
	assert_string_equal(run_limited(&w, "UNWIND range(1, 1000000000000) AS x RETURN x LIMIT 2", 500 * KB), "1\n2\n");
	assert_string_equal(run_limited(&w, "UNWIND range(1, 300000) AS x RETURN count(x), sum(x)", 500 * KB), "300000|45000150000\n");
	assert_string_equal(run_limited(&w, "UNWIND range(9, 1, -4) AS x RETURN x", 500 * KB), "9\n5\n1\n");
	assert_string_equal(run_limited(&w, "UNWIND range(9223372036854775806, 9223372036854775807) AS x RETURN x", 500 * KB),
						"9223372036854775806\n9223372036854775807\n");
	assert_string_equal(run_limited(&w, "UNWIND range(1, null) AS x RETURN x", 500 * KB), "");
	assert_string_equal(run_limited(&w, "RETURN any(x IN range(1, 1000000000000) WHERE x > 5000) AS a, "
									"single(x IN range(1, 1000000000000) WHERE x % 2 = 0) AS s, "
									"reduce(a = 0, x IN range(1, 300000) | a + x) AS r", 700 * KB), "true|false|45000150000\n");
	/* the texts of all steps together would be 500 MB */
	assert_string_equal(run_limited(&w, "RETURN size(reduce(s = '', x IN range(1, 32000) | s + 'a')) AS n", 2000 * KB), "32000\n");
	cypher_close(&w);
}

/* Elements behind the one that decides are not evaluated. */
static void
quantifiers_stop_early(void **state)
{
	CypherWorld w;

	cypher_open(&w);
	assert_string_equal(cypher(&w, "RETURN any(x IN [1, 0] WHERE 1 / x = 1) AS r"), "true\n");
	assert_string_equal(cypher(&w, "RETURN all(x IN [2, 0] WHERE 1 / x = 1) AS r"), "false\n");
	assert_string_equal(cypher(&w, "RETURN none(x IN [1, 0] WHERE 1 / x = 1) AS r"), "false\n");
	assert_string_equal(cypher(&w, "RETURN single(x IN [1, 1, 0] WHERE 1 / x = 1) AS r"), "false\n");
	assert_non_null(strstr(cypher(&w, "RETURN any(x IN [2, 0, 1] WHERE 1 / x = 1) AS r"), "error"));
	assert_string_equal(cypher(&w, "UNWIND [[1, 0], [2, 2], []] AS l RETURN any(x IN l WHERE 1 / x = 1) AS r"), "true\nfalse\nfalse\n");
	assert_string_equal(cypher(&w, "RETURN any(x IN [null, 1] WHERE x = 1) AS a, any(x IN [null, 2] WHERE x = 1) AS b, "
							   "all(x IN [null, 2] WHERE x = 1) AS c, none(x IN [null] WHERE x = 1) AS d"), "true|null|false|null\n");
	cypher_close(&w);
}

static void
a_full_disk_or_a_cancel_leaves_no_file(void **state)
{
	static const char *const queries[] = {
		"UNWIND range(1, 100000) AS x RETURN x ORDER BY x % 7 LIMIT 100000",
		"UNWIND range(1, 100000) AS x RETURN x % 50000 AS k, count(*) AS n, collect(x) AS l",
		"UNWIND range(1, 100000) AS x RETURN DISTINCT x % 50000 AS k",
		"UNWIND range(1, 100000) AS x RETURN count(DISTINCT x) AS n",
	};
	CypherWorld w;

	cypher_open(&w);
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
	{
		reset_host();
		test_host.fail_after = 200000;
		assert_non_null(strstr(run_limited(&w, queries[i], 2000 * KB), "could not write a temporary file"));
		assert_true(test_host.made > 0);
		reset_host();
		test_host.cancel_after = 200000;
		assert_non_null(strstr(run_limited(&w, queries[i], 2000 * KB), "cancel"));
		assert_true(test_host.made > 0);
	}
	cypher_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_answer_as_without_a_limit),
		cmocka_unit_test(what_cannot_spill_says_so),
		cmocka_unit_test(long_lists_need_no_memory),
		cmocka_unit_test(quantifiers_stop_early),
		cmocka_unit_test(a_full_disk_or_a_cancel_leaves_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
