/*
 * error.c - see error.h.
 */
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
nami_error_reset(NamiError *err)
{
	memset(err, 0, sizeof(*err));
	err->position = -1;
}

/*
 * vsnprintf cuts at a byte; cut back to the last whole UTF-8 character so that a message stays
 * valid text in the database encoding.
 */
static void
format_text(char *out, size_t size_bytes, const char *format, va_list args)
{
	int			len = vsnprintf(out, size_bytes, format, args);
	size_t		end;

	if (len < 0)
	{
		out[0] = '\0';
		return;
	}
	if ((size_t) len < size_bytes)
		return;
	end = size_bytes - 1;
	while (end > 0 && ((unsigned char) out[end - 1] & 0xC0) == 0x80)
		end--;
	if (end > 0 && ((unsigned char) out[end - 1] & 0x80) != 0)
		end--;
	out[end] = '\0';
}

NamiStatus
nami_fail(NamiError *err, NamiErrorClass cls, const char *format,...)
{
	va_list		args;

	nami_error_reset(err);
	err->cls = cls;
	va_start(args, format);
	format_text(err->message, sizeof(err->message), format, args);
	va_end(args);
	return NAMI_FAILED;
}

NamiStatus
nami_fail_at(NamiError *err, NamiErrorClass cls, const char *name, int64_t position,
			 const char *format,...)
{
	va_list		args;

	nami_error_reset(err);
	err->cls = cls;
	err->position = position;
	if (name != NULL)
		snprintf(err->name, sizeof(err->name), "%s", name);
	va_start(args, format);
	format_text(err->message, sizeof(err->message), format, args);
	va_end(args);
	return NAMI_FAILED;
}

void
nami_error_detail(NamiError *err, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	format_text(err->detail, sizeof(err->detail), format, args);
	va_end(args);
}

void
nami_error_hint(NamiError *err, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	format_text(err->hint, sizeof(err->hint), format, args);
	va_end(args);
}

static void
format_plain(char *out, size_t size_bytes, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	format_text(out, size_bytes, format, args);
	va_end(args);
}

void
nami_error_context(NamiError *err, const char *format,...)
{
	char		context[256];
	char		message[sizeof(err->message)];
	va_list		args;

	va_start(args, format);
	format_text(context, sizeof(context), format, args);
	va_end(args);
	memcpy(message, err->message, sizeof(message));
	format_plain(err->message, sizeof(err->message), "%s: %s", context, message);
}

#ifndef NAMI_NO_ASSERT
void
nami_assert_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "namidb: assertion failed: %s at %s:%d\n", cond, file, line);
	abort();
}
#endif
