/*
 * keys.c - see keys.h.
 */
#include "format/keys.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/number.h"

static NamiStr
join(NamiArena *arena, NamiStr prefix, const char *rest)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_buf_put_str(&buf, prefix);
	nami_buf_put_u8(&buf, '/');
	nami_buf_put_cstr(&buf, rest);
	return nami_buf_str(&buf);
}

NamiStr
nami_key_manifest(NamiArena *arena, NamiStr prefix, uint64_t version)
{
	return join(arena, prefix, nami_arena_printf(arena, "manifest/v%016" PRIx64 ".json", version));
}

NamiStr
nami_key_pointer(NamiArena *arena, NamiStr prefix, uint64_t version)
{
	return join(arena, prefix,
				nami_arena_printf(arena, "manifest/pointer/p%016" PRIx64 ".json", version));
}

NamiStr
nami_key_wal(NamiArena *arena, NamiStr prefix, uint64_t seq)
{
	return join(arena, prefix, nami_arena_printf(arena, "wal/%016" PRIx64 ".wal", seq));
}

NamiStr
nami_key_current(NamiArena *arena, NamiStr prefix)
{
	return join(arena, prefix, "manifest/current.json");
}

NamiStr
nami_key_pin(NamiArena *arena, NamiStr prefix, NamiUuid pin)
{
	char		text[NAMI_UUID_TEXT_LEN];

	nami_uuid_format(pin, text);
	return join(arena, prefix,
				nami_arena_printf(arena, "manifest/pins/%.*s.json", NAMI_UUID_TEXT_LEN, text));
}

NamiStr
nami_key_manifest_folder(NamiArena *arena, NamiStr prefix)
{
	return join(arena, prefix, "manifest/");
}

NamiStr
nami_key_pointer_folder(NamiArena *arena, NamiStr prefix)
{
	return join(arena, prefix, "manifest/pointer/");
}

NamiStr
nami_key_wal_folder(NamiArena *arena, NamiStr prefix)
{
	return join(arena, prefix, "wal/");
}

NamiStr
nami_key_pin_folder(NamiArena *arena, NamiStr prefix)
{
	return join(arena, prefix, "manifest/pins/");
}

NamiStr
nami_key_sst_folder(NamiArena *arena, NamiStr prefix)
{
	return join(arena, prefix, "sst/");
}

/* spec/storage.md 3.5, step 3. */
static bool
is_encoded(uint8_t byte)
{
	return byte < 0x20 || byte >= 0x7F || strchr("\\{}^%[]\"<>~#|*?`", byte) != NULL;
}

static void
put_segment(NamiBuf *buf, NamiStr segment)
{
	static const char hex[] = "0123456789ABCDEF";
	bool		is_dots = nami_str_eq(segment, NAMI_STR(".")) ||
		nami_str_eq(segment, NAMI_STR(".."));

	for (size_t i = 0; i < segment.len; i++)
	{
		uint8_t		byte = (uint8_t) segment.ptr[i];

		if (!is_dots && !is_encoded(byte))
		{
			nami_buf_put_u8(buf, byte);
			continue;
		}
		nami_buf_put_u8(buf, '%');
		nami_buf_put_u8(buf, (uint8_t) hex[byte >> 4]);
		nami_buf_put_u8(buf, (uint8_t) hex[byte & 15]);
	}
}

NamiStr
nami_key_of_path(NamiArena *arena, NamiStr prefix, NamiStr path)
{
	NamiStr		whole[] = {prefix, path};
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	for (size_t part = 0; part < 2; part++)
	{
		size_t		pos = 0;

		while (pos < whole[part].len)
		{
			const char *start = whole[part].ptr + pos;
			const char *slash = memchr(start, '/', whole[part].len - pos);
			size_t		len = slash == NULL ? whole[part].len - pos : (size_t) (slash - start);

			if (len > 0)
			{
				if (buf.len > 0)
					nami_buf_put_u8(&buf, '/');
				put_segment(&buf, (NamiStr) {start, len});
			}
			pos += len + 1;
		}
	}
	return nami_buf_str(&buf);
}

/* What lies between the text behind the last slash's given beginning and the given end. */
static bool
cut_name(NamiStr key, NamiStr beginning, NamiStr ending, NamiStr *stem)
{
	NamiStr		name = key;

	for (size_t i = key.len; i-- > 0;)
	{
		if (key.ptr[i] == '/')
		{
			name = nami_str_slice(key, i + 1, SIZE_MAX);
			break;
		}
	}
	if (name.len < beginning.len + ending.len || !nami_str_starts_with(name, beginning) ||
		!nami_str_ends_with(name, ending))
		return false;
	*stem = nami_str_slice(name, beginning.len, name.len - beginning.len - ending.len);
	return true;
}

NamiKeyMatch
nami_key_parse_pointer(NamiStr key, uint64_t *version)
{
	NamiStr		stem;

	return cut_name(key, NAMI_STR("p"), NAMI_STR(".json"), &stem) &&
		nami_number_parse_hex(stem, version) ? NAMI_KEY_MATCH : NAMI_KEY_OTHER;
}

NamiKeyMatch
nami_key_parse_manifest(NamiStr key, uint64_t *version)
{
	NamiStr		stem;

	return cut_name(key, NAMI_STR("v"), NAMI_STR(".json"), &stem) &&
		nami_number_parse_hex(stem, version) ? NAMI_KEY_MATCH : NAMI_KEY_OTHER;
}

NamiKeyMatch
nami_key_parse_wal(NamiStr key, uint64_t *seq)
{
	NamiStr		stem;

	if (!cut_name(key, NAMI_STR(""), NAMI_STR(".wal"), &stem))
		return NAMI_KEY_OTHER;
	return nami_number_parse_hex(stem, seq) ? NAMI_KEY_MATCH : NAMI_KEY_BAD_NUMBER;
}
