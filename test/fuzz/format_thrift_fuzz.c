/*
 * format_thrift_fuzz.c - the Thrift reader on arbitrary bytes: it ends, and stays inside them.
 */
#include "format/thrift.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiCursor	cur = nami_cursor(data, size);
	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;

	while (nami_thrift_next_field(&cur, &field))
	{
		NamiCursor	before = cur;
		int64_t		number;
		int32_t		small;
		NamiStr		binary;
		uint8_t		type;
		uint32_t	count;
		bool		flag;

		if (nami_thrift_read_i32(&cur, &field, &small))
		{
			cur = before;
			if (!nami_thrift_read_i64(&cur, &field, &number) || number != small)
				__builtin_trap();
		}
		cur = before;
		if (nami_thrift_read_binary(&cur, &field, &binary) &&
			(const uint8_t *) binary.ptr + binary.len != cur.ptr)
			__builtin_trap();
		cur = before;
		if (nami_thrift_read_list(&cur, &field, &type, &count) && count > before.len)
			__builtin_trap();
		cur = before;
		if (nami_thrift_read_bool(&field, &flag) != (field.type <= NAMI_THRIFT_FALSE))
			__builtin_trap();
		if (!nami_thrift_skip(&cur, &field))
			break;
		if (cur.len > before.len)
			__builtin_trap();
	}
	return 0;
}
