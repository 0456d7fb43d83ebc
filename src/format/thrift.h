/*
 * thrift.h - reading Thrift's compact protocol, the encoding of Parquet footers and page headers.
 *
 * Pull style: the caller walks the fields of a struct and reads or skips each value.
 *
 *	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;
 *	while (nami_thrift_next_field(&cur, &field))
 *		switch (field.id) ... nami_thrift_read_i64(&cur, &field, &n) ... nami_thrift_skip(...)
 *	if (field.type != NAMI_THRIFT_STOP) -- the bytes are damaged
 *
 * Nothing is allocated; binary values point into the input. Every function returns false when the
 * bytes end early, a value has another type than asked for, or nesting is too deep; the position is
 * then undefined and the caller gives up.
 */
#ifndef NAMI_FORMAT_THRIFT_H
#define NAMI_FORMAT_THRIFT_H

#include "base/cursor.h"

typedef enum NamiThriftType
{
	NAMI_THRIFT_STOP = 0,
	NAMI_THRIFT_TRUE = 1,		/* as a field's type: the value itself; in lists: bool */
	NAMI_THRIFT_FALSE = 2,
	NAMI_THRIFT_I8 = 3,
	NAMI_THRIFT_I16 = 4,
	NAMI_THRIFT_I32 = 5,
	NAMI_THRIFT_I64 = 6,
	NAMI_THRIFT_DOUBLE = 7,
	NAMI_THRIFT_BINARY = 8,
	NAMI_THRIFT_LIST = 9,
	NAMI_THRIFT_SET = 10,
	NAMI_THRIFT_MAP = 11,
	NAMI_THRIFT_STRUCT = 12,
	NAMI_THRIFT_UUID = 13,
	NAMI_THRIFT_DAMAGED = 255	/* next_field met the end of the input or an impossible header */
} NamiThriftType;

typedef struct NamiThriftField
{
	int16_t		id;				/* of the current field; 0 before the first */
	uint8_t		type;			/* NamiThriftType */
} NamiThriftField;

#define NAMI_THRIFT_STRUCT_BEGIN	{0, NAMI_THRIFT_DAMAGED}

/*
 * Advances to the next field of the struct. False at its end (field->type is then NAMI_THRIFT_STOP)
 * and on damage (NAMI_THRIFT_DAMAGED).
 */
extern bool nami_thrift_next_field(NamiCursor *cur, NamiThriftField *field);

/* The field's value as a signed integer; the field must be of type i8, i16, i32 or i64. */
extern bool nami_thrift_read_i64(NamiCursor *cur, const NamiThriftField *field, int64_t *out)
			__attribute__((warn_unused_result));

/* The same, refusing what does not fit 32 bits. */
extern bool nami_thrift_read_i32(NamiCursor *cur, const NamiThriftField *field, int32_t *out)
			__attribute__((warn_unused_result));

extern bool nami_thrift_read_bool(const NamiThriftField *field, bool *out)
			__attribute__((warn_unused_result));

/* Borrowed from the input. */
extern bool nami_thrift_read_binary(NamiCursor *cur, const NamiThriftField *field, NamiStr *out)
			__attribute__((warn_unused_result));

/* A list's header. count is never more than the bytes left, as each element takes at least one. */
extern bool nami_thrift_read_list(NamiCursor *cur, const NamiThriftField *field,
								  uint8_t *element_type, uint32_t *count)
			__attribute__((warn_unused_result));

/* True when the field is a struct, whose fields the caller then walks. */
static inline bool
nami_thrift_is_struct(const NamiThriftField *field)
{
	return field->type == NAMI_THRIFT_STRUCT;
}

/* Skips the value of the current field, whatever it is. */
extern bool nami_thrift_skip(NamiCursor *cur, const NamiThriftField *field)
			__attribute__((warn_unused_result));

#endif							/* NAMI_FORMAT_THRIFT_H */
