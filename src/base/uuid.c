/*
 * uuid.c - see uuid.h.
 */
#include "base/uuid.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
nami_uuid_parse(NamiStr text, NamiUuid *out)
{
	bool		has_hyphens = text.len == NAMI_UUID_TEXT_LEN;
	size_t		pos = 0;
	NamiUuid	uuid;

	if (!has_hyphens && text.len != 32)
		return false;
	for (size_t i = 0; i < 16; i++)
	{
		int			high;
		int			low;

		if (has_hyphens && (i == 4 || i == 6 || i == 8 || i == 10) && text.ptr[pos++] != '-')
			return false;
		high = hex_value(text.ptr[pos]);
		low = hex_value(text.ptr[pos + 1]);
		if (high < 0 || low < 0)
			return false;
		uuid.bytes[i] = (uint8_t) (high << 4 | low);
		pos += 2;
	}
	*out = uuid;
	return true;
}

static const char hex_digits[] = "0123456789abcdef";

void
nami_uuid_format(NamiUuid uuid, char out[NAMI_UUID_TEXT_LEN])
{
	size_t		pos = 0;

	for (size_t i = 0; i < 16; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[pos++] = '-';
		out[pos++] = hex_digits[uuid.bytes[i] >> 4];
		out[pos++] = hex_digits[uuid.bytes[i] & 15];
	}
}

void
nami_uuid_format_compact(NamiUuid uuid, char out[32])
{
	for (size_t i = 0; i < 16; i++)
	{
		out[2 * i] = hex_digits[uuid.bytes[i] >> 4];
		out[2 * i + 1] = hex_digits[uuid.bytes[i] & 15];
	}
}

NamiUuid
nami_uuid_v4(const NamiHost *host)
{
	NamiUuid	uuid;

	host->random(host->ctx, uuid.bytes, sizeof(uuid.bytes));
	uuid.bytes[6] = (uint8_t) (0x40 | (uuid.bytes[6] & 0x0F));
	uuid.bytes[8] = (uint8_t) (0x80 | (uuid.bytes[8] & 0x3F));
	return uuid;
}

#define TAIL_HIGH_MAX	UINT64_C(0xFFF)
#define TAIL_LOW_MAX	((UINT64_C(1) << 62) - 1)
#define MS_MAX			((UINT64_C(1) << 48) - 1)

void
nami_uuid_generator_init(NamiUuidGenerator *generator, const NamiHost *host)
{
	memset(generator, 0, sizeof(*generator));
	generator->host = host;
}

static void
begin_millisecond(NamiUuidGenerator *generator, uint64_t ms)
{
	uint64_t	random[2];

	generator->host->random(generator->host->ctx, random, sizeof(random));
	generator->last_ms = ms & MS_MAX;

	/* The upper half stays free for counting on within this millisecond. */
	generator->tail_high = random[0] & (TAIL_HIGH_MAX >> 1);
	generator->tail_low = random[1] & TAIL_LOW_MAX;
}

/* Counts on by a random step, so that the next id cannot be guessed from this one. */
static void
count_on(NamiUuidGenerator *generator)
{
	if (generator->steps_left == 0)
	{
		generator->host->random(generator->host->ctx, generator->steps, sizeof(generator->steps));
		generator->steps_left = sizeof(generator->steps) / sizeof(generator->steps[0]);
	}
	generator->tail_low += (uint64_t) generator->steps[--generator->steps_left] + 1;
	if (generator->tail_low <= TAIL_LOW_MAX)
		return;
	generator->tail_low &= TAIL_LOW_MAX;
	if (++generator->tail_high > TAIL_HIGH_MAX)
		begin_millisecond(generator, generator->last_ms + 1);
}

NamiUuid
nami_uuid_v7(NamiUuidGenerator *generator)
{
	int64_t		now_us = generator->host->now_us(generator->host->ctx);
	uint64_t	ms = now_us > 0 ? (uint64_t) now_us / 1000 : 0;
	NamiUuid	uuid;

	if (ms > generator->last_ms || generator->last_ms == 0)
		begin_millisecond(generator, ms == 0 ? 1 : ms);
	else
		count_on(generator);
	for (int i = 0; i < 6; i++)
		uuid.bytes[i] = (uint8_t) (generator->last_ms >> (40 - 8 * i));
	uuid.bytes[6] = (uint8_t) (0x70 | generator->tail_high >> 8);
	uuid.bytes[7] = (uint8_t) generator->tail_high;
	for (int i = 0; i < 8; i++)
		uuid.bytes[8 + i] = (uint8_t) (generator->tail_low >> (56 - 8 * i));
	uuid.bytes[8] |= 0x80;
	return uuid;
}
