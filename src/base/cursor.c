/*
 * cursor.c - see cursor.h.
 */
#include "base/cursor.h"

bool
nami_cursor_read_varint(NamiCursor *cur, uint64_t *out)
{
	uint64_t	value = 0;

	for (size_t i = 0; i < 10 && i < cur->len; i++)
	{
		uint8_t		byte = cur->ptr[i];

		if (i == 9 && byte > 1)
			return false;
		value |= (uint64_t) (byte & 0x7F) << (7 * i);
		if ((byte & 0x80) == 0)
		{
			cur->ptr += i + 1;
			cur->len -= i + 1;
			*out = value;
			return true;
		}
	}
	return false;
}
