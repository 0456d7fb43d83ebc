/*
 * format_wal_test.c - WAL segments against the vectors of spec/storage.md 6.1 and 3.3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/hash.h"
#include "format/record.h"
#include "format/wal.h"

/* The example of 6.1: upsert of a node, tombstone of an edge. */
static const char example_hex[] =
	"5447574c0100000002000000010000000000000066000000567d0bc601000000"
	"0000000000000000100000000000000000000000000070008000000000000001"
	"0000000036000000000000007b2270726f70657274696573223a7b226b223a31"
	"7d2c22736368656d615f76657273696f6e223a312c226c6162656c73223a5b30"
	"5d7d010000000000000049000000cea82f4c0200000000000000010000000100"
	"0000000000005210000000000000000000000000007000800000000000000110"
	"0000000000000000000000000070008000000000000002010000000200000000"
	"0000005447454cef5cbd19";

static const char empty_hex[] = "5447574c010000000000000000000000000000005447454caca60680";

#define NODE_VALUE	"{\"properties\":{\"k\":1},\"schema_version\":1,\"labels\":[0]}"

static NamiArena *arena;

static int
setup(void **state)
{
	arena = nami_arena_create(nami_allocator_malloc(), NULL);
	return 0;
}

static int
teardown(void **state)
{
	nami_arena_destroy(arena);
	return 0;
}

static NamiStr
from_hex(const char *hex)
{
	size_t		len = strlen(hex) / 2;
	char	   *out = nami_arena_alloc(arena, len);

	for (size_t i = 0; i < len; i++)
	{
		char		pair[3] = {hex[2 * i], hex[2 * i + 1], 0};

		out[i] = (char) strtoul(pair, NULL, 16);
	}
	return (NamiStr) {out, len};
}

static NamiUuid
test_uuid(const char *text)
{
	NamiUuid	uuid;

	assert_true(nami_uuid_parse(nami_str(text), &uuid));
	return uuid;
}

static void
example_is_read(void **state)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		bytes = from_hex(example_hex);
	NamiWalReader reader;
	NamiWalRecord record;
	NamiWalSummary summary;
	bool		has_record;

	assert_int_equal(bytes.len, 235);
	assert_int_equal(nami_wal_open(bytes, &reader, &err), NAMI_OK);
	assert_int_equal(reader.record_count, 2);
	assert_int_equal(nami_wal_next(&reader, &record, &has_record, &err), NAMI_OK);
	assert_true(has_record && !record.is_edge && !record.is_tombstone && record.lsn == 1);
	assert_true(nami_uuid_eq(record.id, test_uuid("00000000-0000-7000-8000-000000000001")));
	assert_true(nami_str_eq(record.value, NAMI_STR(NODE_VALUE)));
	assert_int_equal(nami_wal_next(&reader, &record, &has_record, &err), NAMI_OK);
	assert_true(has_record && record.is_edge && record.is_tombstone && record.lsn == 2);
	assert_true(nami_str_eq(record.edge_type, NAMI_STR("R")));
	assert_true(nami_uuid_eq(record.src, test_uuid("00000000-0000-7000-8000-000000000001")));
	assert_true(nami_uuid_eq(record.dst, test_uuid("00000000-0000-7000-8000-000000000002")));
	assert_int_equal(nami_wal_next(&reader, &record, &has_record, &err), NAMI_OK);
	assert_false(has_record);
	assert_int_equal(nami_wal_check(bytes, &summary, &err), NAMI_OK);
	assert_true(summary.xxh3 == UINT64_C(11899061228465647236));
	assert_true(summary.first_lsn == 1 && summary.last_lsn == 2 && summary.record_count == 2);
}

static void
example_is_written(void **state)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		expected = from_hex(example_hex);
	NamiUuid	one = test_uuid("00000000-0000-7000-8000-000000000001");
	NamiUuid	two = test_uuid("00000000000070008000000000000002");
	NamiWalBuilder builder;
	NamiWalSegment segment;
	NamiBuf		value;
	uint32_t	labels[] = {0};

	nami_buf_init(&value, arena);
	nami_record_begin(&value);
	nami_buf_put_cstr(&value, "{\"k\":1}");
	nami_record_end_node(&value, NAMI_RECORD_SCHEMA_VERSION, labels, 1);
	nami_wal_builder_init(&builder, arena);
	nami_wal_put_node(&builder, 1, one, nami_buf_str(&value));
	nami_wal_delete_edge(&builder, 2, NAMI_STR("R"), one, two);
	assert_int_equal(nami_wal_finish(&builder, &segment, &err), NAMI_OK);
	assert_true(nami_str_eq(segment.bytes, expected));
	assert_true(segment.summary.xxh3 == UINT64_C(11899061228465647236));
	assert_true(segment.summary.last_lsn == 2);
}

static void
empty_segment(void **state)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiWalBuilder builder;
	NamiWalSegment segment;
	NamiWalSummary summary;

	nami_wal_builder_init(&builder, arena);
	assert_int_equal(nami_wal_finish(&builder, &segment, &err), NAMI_OK);
	assert_true(nami_str_eq(segment.bytes, from_hex(empty_hex)));
	assert_true(segment.summary.xxh3 == UINT64_C(7468352787840878361));
	assert_int_equal(nami_wal_check(segment.bytes, &summary, &err), NAMI_OK);
	assert_true(summary.record_count == 0 && summary.last_lsn == 0);
}

/* Recomputes the footer, so that only the check behind it can notice the change. */
static void
reseal(char *bytes, size_t len)
{
	uint32_t	crc = nami_crc32(0, bytes, len - 8);

	for (int i = 0; i < 4; i++)
		bytes[len - 4 + (size_t) i] = (char) (crc >> (8 * i));
}

static void
reseal_first_frame(char *bytes, size_t len)
{
	uint32_t	crc = nami_crc32(0, bytes + 28, 8 + 0x66);

	for (int i = 0; i < 4; i++)
		bytes[24 + i] = (char) (crc >> (8 * i));
	reseal(bytes, len);
}

static void
every_changed_byte_is_noticed(void **state)
{
	NamiStr		original = from_hex(example_hex);
	char		bytes[235];
	NamiWalSummary summary;

	for (size_t i = 0; i < original.len; i++)
	{
		NamiError	err = NAMI_ERROR_INIT;

		memcpy(bytes, original.ptr, sizeof(bytes));
		bytes[i] ^= 0x10;
		assert_int_equal(nami_wal_check((NamiStr) {bytes, sizeof(bytes)}, &summary, &err),
						 NAMI_FAILED);
		assert_int_equal(err.cls, NAMI_ERR_CORRUPT);
		assert_int_equal(nami_wal_check((NamiStr) {original.ptr, i}, &summary, &err), NAMI_FAILED);
	}
}

static void
sealed_faults(void **state)
{
	/* offset, byte, expected outcome; the checksums are made right again */
	static const struct
	{
		size_t		offset;
		uint8_t		byte;
		NamiErrorClass cls;
		const char *part;		/* of the message */
	}			cases[] = {
		{4, 0, NAMI_ERR_NONE, ""},	/* version 0 is read */
		{4, 2, NAMI_ERR_UNSUPPORTED, "version 2"},
		{6, 7, NAMI_ERR_NONE, ""},	/* reserved is not checked */
		{12, 99, NAMI_ERR_NONE, ""},	/* first_lsn is not checked */
		{8, 1, NAMI_ERR_CORRUPT, "bytes behind"},
		{8, 3, NAMI_ERR_CORRUPT, "truncated"},
		{36, 2, NAMI_ERR_CORRUPT, "unknown kind of key"},
		{40, 15, NAMI_ERR_CORRUPT, "node key"},
		{64, 2, NAMI_ERR_CORRUPT, "unknown operation"},
		{64, 1, NAMI_ERR_CORRUPT, "LSNs differ"},
		{68, 0x3f, NAMI_ERR_CORRUPT, "truncated"},
		{75, 0x80, NAMI_ERR_CORRUPT, "truncated value"},
		{28, 5, NAMI_ERR_CORRUPT, "LSNs differ"},
	};
	NamiStr		original = from_hex(example_hex);
	char		bytes[235];
	NamiWalSummary summary;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		NamiStatus	status;

		memcpy(bytes, original.ptr, sizeof(bytes));
		bytes[cases[i].offset] = (char) cases[i].byte;
		reseal_first_frame(bytes, sizeof(bytes));
		status = nami_wal_check((NamiStr) {bytes, sizeof(bytes)}, &summary, &err);
		assert_int_equal(status, cases[i].cls == NAMI_ERR_NONE ? NAMI_OK : NAMI_FAILED);
		assert_int_equal(err.cls, cases[i].cls);
		assert_non_null(strstr(err.message, cases[i].part));
	}
}

static void
records_are_delimited(void **state)
{
	static const struct
	{
		const char *json;
		const char *properties; /* NULL: must fail */
		uint32_t	label_count;
		uint32_t	first_label;
	}			cases[] = {
		{NODE_VALUE, "{\"k\":1}", 1, 0},
		{"{}", "{}", 0, 0},
		{" { \"labels\" : [ 7 , 3 ] , \"x\":[{\"properties\":1}],\"properties\" : {\"a\":\"}\\\"\"} } ",
		"{\"a\":\"}\\\"\"}", 2, 7},
		{"{\"properties\":{\"a\":{\"$list\":[[],{}]}},\"labels\":[4294967295]}",
		"{\"a\":{\"$list\":[[],{}]}}", 1, 4294967295u},
		{"{\"properties\":{},\"properties\":{}}", NULL, 0, 0},
		{"{\"labels\":[],\"labels\":[]}", NULL, 0, 0},
		{"{\"schema_version\":-1}", NULL, 0, 0},
		{"{\"schema_version\":1.0}", NULL, 0, 0},
		{"{\"properties\":null}", NULL, 0, 0},
		{"{\"labels\":null}", NULL, 0, 0},
		{"{\"labels\":[4294967296]}", NULL, 0, 0},
		{"{\"labels\":[\"a\"]}", NULL, 0, 0},
		{"{\"properties\":{}} x", NULL, 0, 0},
		{"{\"properties\":{}},", NULL, 0, 0},
		{"{\"properties\":{", NULL, 0, 0},
		{"{\"properties\":{\"a", NULL, 0, 0},
		{"[]", NULL, 0, 0},
		{"", NULL, 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		NamiRecord	record;
		NamiStatus	status = nami_record_parse_node(arena, nami_str(cases[i].json), &record, &err);

		if (cases[i].properties == NULL)
		{
			assert_int_equal(status, NAMI_FAILED);
			assert_int_equal(err.cls, NAMI_ERR_CORRUPT);
			continue;
		}
		assert_int_equal(status, NAMI_OK);
		assert_true(nami_str_eq(record.properties, nami_str(cases[i].properties)));
		assert_int_equal(record.label_count, cases[i].label_count);
		if (record.label_count > 0)
			assert_int_equal(record.labels[0], cases[i].first_label);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(example_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(example_is_written, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_segment, setup, teardown),
		cmocka_unit_test_setup_teardown(every_changed_byte_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(sealed_faults, setup, teardown),
		cmocka_unit_test_setup_teardown(records_are_delimited, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
