/*
 * bind.c - slots, scopes, registered names, static types and the errors about names.
 */
#include "plan/bind_internal.h"

#include "base/hash.h"

#include "base/similar.h"

#include "graph/catalog.h"

/* ---- slots and names ----------------------------------------------------------------------- */

NamiSlot
nami_slot_new(NamiBinder *b, NamiStr name, NamiStaticType type)
{
	nami_vec_push(&b->slots, b->arena, (NamiSlotInfo) {name, type, NAMI_STATIC_ANY});
	return (NamiSlot) b->slots.count - 1;
}

void
nami_name_register(NamiBinder *b, NamiName *name, int kind)
{
	name->number = NAMI_NAME_UNKNOWN;
	nami_vec_push(&b->names, b->arena, name);
	nami_vec_push(&b->name_kinds, b->arena, (uint8_t) kind);
}

NamiName *
nami_name_new(NamiBinder *b, NamiStr text, int kind)
{
	return nami_names_of(b, &text, 1, kind);
}

NamiName *
nami_names_of(NamiBinder *b, const NamiStr *texts, uint32_t count, int kind)
{
	NamiName   *names = NAMI_NEW_ARRAY(b->arena, NamiName, count + (size_t) 1);

	for (uint32_t i = 0; i < count; i++)
	{
		names[i].text = nami_arena_str(b->arena, texts[i]);
		nami_name_register(b, &names[i], kind);
	}
	return names;
}

/* ---- scopes -------------------------------------------------------------------------------- */

static uint32_t
hash_name(NamiStr name)
{
	return (uint32_t) nami_xxh3(name.ptr, name.len);
}

const NamiVariable *
nami_scope_find(const NamiScope *scope, NamiStr name)
{
	uint32_t	hash = hash_name(name);

	for (size_t i = scope->count; i-- > 0;)
	{
		if (scope->items[i].hash == hash && nami_str_eq(scope->items[i].name, name))
			return &scope->items[i];
	}
	return NULL;
}

NamiVariable
nami_variable(NamiStr name, NamiSlot slot)
{
	return (NamiVariable) {name, slot, hash_name(name)};
}

void
nami_scope_add(NamiBinder *b, NamiStr name, NamiSlot slot)
{
	nami_vec_push(b->scope, b->arena, nami_variable(name, slot));
}

NamiScope *
nami_scope_copy(NamiBinder *b, const NamiScope *scope)
{
	NamiScope  *copy = NAMI_NEW(b->arena, NamiScope);

	for (size_t i = 0; i < scope->count; i++)
		nami_vec_push(copy, b->arena, scope->items[i]);
	return copy;
}

/* ---- errors -------------------------------------------------------------------------------- */

NamiStatus
nami_fail_undefined(NamiBinder *b, const NamiCyName *name)
{
	NamiSimilar similar;

	nami_fail_at(b->err, NAMI_ERR_UNDEFINED_NAME, "SyntaxError: UndefinedVariable",
				 name->span.start, "variable \"%.*s\" is not defined", NAMI_STR_ARG(name->text));
	nami_similar_init(&similar, name->text);
	for (size_t i = 0; i < b->scope->count; i++)
		nami_similar_offer(&similar, b->scope->items[i].name);
	nami_similar_hint(&similar, b->err);
	return NAMI_FAILED;
}

NamiStatus
nami_fail_already_bound(NamiBinder *b, const NamiCyName *name)
{
	return nami_fail_at(b->err, NAMI_ERR_DUPLICATE_NAME, "SyntaxError: VariableAlreadyBound",
						name->span.start, "variable \"%.*s\" is already bound",
						NAMI_STR_ARG(name->text));
}

NamiStatus
nami_fail_conflict(NamiBinder *b, const NamiCyName *name, NamiSlot slot, const char *wanted)
{
	return nami_fail_at(b->err, NAMI_ERR_TYPE_CONFLICT, "SyntaxError: VariableTypeConflict",
						name->span.start, "variable \"%.*s\" is %s and cannot be used as %s",
						NAMI_STR_ARG(name->text), nami_type_text(b->slots.items[slot].type),
						wanted);
}

/* ---- types --------------------------------------------------------------------------------- */

static bool
is_entity_type(NamiStaticType type)
{
	return type == NAMI_STATIC_NODE || type == NAMI_STATIC_REL || type == NAMI_STATIC_REL_LIST ||
		type == NAMI_STATIC_PATH;
}

static bool
is_number_type(NamiStaticType type)
{
	return type == NAMI_STATIC_INT || type == NAMI_STATIC_FLOAT || type == NAMI_STATIC_NUMBER;
}

bool
nami_type_can_be(NamiStaticType have, NamiStaticType want)
{
	if (have == NAMI_STATIC_ANY || want == NAMI_STATIC_ANY || have == want)
		return true;
	if (have == NAMI_STATIC_VALUE || want == NAMI_STATIC_VALUE)
		return !is_entity_type(have) && !is_entity_type(want);
	if (is_number_type(have) && is_number_type(want))
		return have == NAMI_STATIC_NUMBER || want == NAMI_STATIC_NUMBER;
	return (have == NAMI_STATIC_LIST && want == NAMI_STATIC_REL_LIST) ||
		(want == NAMI_STATIC_LIST && (have == NAMI_STATIC_REL_LIST || have == NAMI_STATIC_VECTOR));
}

const char *
nami_type_text(NamiStaticType type)
{
	static const char *const texts[] = {
		[NAMI_STATIC_ANY] = "a value",
		[NAMI_STATIC_NODE] = "a node",
		[NAMI_STATIC_REL] = "a relationship",
		[NAMI_STATIC_REL_LIST] = "a list of relationships",
		[NAMI_STATIC_PATH] = "a path",
		[NAMI_STATIC_BOOL] = "a boolean",
		[NAMI_STATIC_INT] = "an integer",
		[NAMI_STATIC_FLOAT] = "a float",
		[NAMI_STATIC_NUMBER] = "a number",
		[NAMI_STATIC_STRING] = "a string",
		[NAMI_STATIC_LIST] = "a list",
		[NAMI_STATIC_MAP] = "a map",
		[NAMI_STATIC_BYTES] = "bytes",
		[NAMI_STATIC_VECTOR] = "a vector",
		[NAMI_STATIC_DATE] = "a date",
		[NAMI_STATIC_LOCALTIME] = "a local time",
		[NAMI_STATIC_TIME] = "a time",
		[NAMI_STATIC_LOCALDATETIME] = "a local datetime",
		[NAMI_STATIC_DATETIME] = "a datetime",
		[NAMI_STATIC_DURATION] = "a duration",
		[NAMI_STATIC_VALUE] = "a value",
	};

	return texts[type];
}

/* ---- sets of slots ------------------------------------------------------------------------- */

bool
nami_slots_contain(const NamiSlotVec *slots, NamiSlot slot)
{
	for (size_t i = 0; i < slots->count; i++)
	{
		if (slots->items[i] == slot)
			return true;
	}
	return false;
}

void
nami_slots_add(NamiBinder *b, NamiSlotVec *slots, NamiSlot slot)
{
	if (!nami_slots_contain(slots, slot))
		nami_vec_push(slots, b->arena, slot);
}
