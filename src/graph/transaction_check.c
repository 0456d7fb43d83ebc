/*
 * transaction_check.c - what a record must satisfy before it is staged: storable values, the
 * dimension rule of vector indexes, uniqueness constraints (spec/storage.md 3.2, 7; search.md 3.6).
 */
#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "format/propjson.h"
#include "graph/compare.h"
#include "graph/namespace_internal.h"
#include "graph/transaction_internal.h"

/* ---- properties ----------------------------------------------------------------------------- */

/* Times keep less in the store than in memory (offset, nanoseconds): readers of the transaction
 * must see at once what everybody will see later. */
static bool
changes_when_stored(NamiValue value)
{
	switch ((NamiKind) value.kind)
	{
		case NAMI_DATETIME:
		case NAMI_LOCALDATETIME:
		case NAMI_LOCALTIME:
		case NAMI_TIME:
		case NAMI_DURATION:
			return true;
		case NAMI_LIST:
			for (uint32_t i = 0; i < value.len; i++)
			{
				if (changes_when_stored(value.items[i]))
					return true;
			}
			return false;
		case NAMI_MAP:
			for (uint32_t i = 0; i < value.len; i++)
			{
				if (changes_when_stored(value.entries[i].value))
					return true;
			}
			return false;
		default:
			return false;
	}
}

/* A fresh array without the null entries. */
static NamiMapEntry *
without_nulls(NamiArena *scratch, NamiValue props, uint32_t *count)
{
	NamiMapEntry *entries = NAMI_NEW_ARRAY(scratch, NamiMapEntry, props.len + 1);
	uint32_t	kept = 0;

	for (uint32_t i = 0; props.kind == NAMI_MAP && i < props.len; i++)
	{
		if (props.entries[i].value.kind != NAMI_NULL)
			entries[kept++] = props.entries[i];
	}
	*count = kept;
	return entries;
}

static bool
has_reserved(const NamiMapEntry *entries, uint32_t count)
{
	NamiError	ignored = NAMI_ERROR_INIT;

	for (uint32_t i = 0; i < count; i++)
	{
		if (nami_prop_check_name(entries[i].key, &ignored) != NAMI_OK)
			return true;
	}
	return false;
}

/* Reserved names may stay where the product has written them, but no new ones are made. */
static NamiStatus
check_names(const NamiMapEntry *entries, uint32_t count, NamiValue old, unsigned *flags,
			NamiError *err)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (nami_prop_check_name(entries[i].key, err) == NAMI_OK)
			continue;
		if (old.kind != NAMI_MAP || nami_value_map_get(old, entries[i].key) == NULL)
			return NAMI_FAILED;
		nami_error_reset(err);
		*flags |= NAMI_PROP_RESERVED_NAMES;
	}
	return NAMI_OK;
}

static NamiStatus
check_storable(NamiTransaction *txn, NamiMapEntry *entries, uint32_t count, NamiValue old,
			   NamiValue *props, NamiError *err)
{
	NamiBuf		buf;
	unsigned	flags = 0;

	*props = nami_value_map(entries, count);
	NAMI_TRY(check_names(entries, count, old, &flags, err));
	nami_buf_init(&buf, txn->scratch);
	NAMI_TRY(nami_prop_encode(&buf, entries, count, flags, err));
	if (!changes_when_stored(*props))
		return NAMI_OK;
	return nami_prop_decode(txn->scratch, nami_buf_str(&buf), 0, props, err);
}

/* ---- vector indexes ------------------------------------------------------------------------- */

static bool
has_label(const NamiLabelId *labels, uint32_t label_count, NamiLabelId label)
{
	for (uint32_t i = 0; i < label_count; i++)
	{
		if (labels[i] == label)
			return true;
	}
	return false;
}

/* A list of numbers as a vector; false when it is not one. */
static bool
as_vector(NamiArena *arena, NamiValue value, NamiValue *vector)
{
	float	   *floats;

	if (value.kind == NAMI_VECTOR)
	{
		*vector = value;
		return true;
	}
	if (value.kind != NAMI_LIST)
		return false;
	floats = NAMI_NEW_ARRAY(arena, float, value.len + 1);
	for (uint32_t i = 0; i < value.len; i++)
	{
		if (value.items[i].kind == NAMI_INT)
			floats[i] = (float) value.items[i].integer;
		else if (value.items[i].kind == NAMI_FLOAT)
			floats[i] = (float) value.items[i].number;
		else
			return false;
	}
	*vector = nami_value_vector(floats, value.len);
	return true;
}

#define VECTOR_RULE	"ConstraintValidationFailed: VectorDimension"

static NamiStatus
check_vector(NamiTransaction *txn, const NamiVectorIndex *index, NamiMapEntry *entry,
			 NamiError *err)
{
	NamiStr		label = nami_catalog_name(txn->catalog, NAMI_NAME_LABEL, index->label);
	NamiValue	vector;

	if (!as_vector(txn->scratch, entry->value, &vector))
		return nami_fail_at(err, NAMI_ERR_CHECK, VECTOR_RULE, -1,
							"%.*s.%.*s must be a numeric vector for index `%.*s` "
							"(dimension constraint)", NAMI_STR_ARG(label), NAMI_STR_ARG(entry->key),
							NAMI_STR_ARG(index->name));
	if (vector.len != index->dimension)
		return nami_fail_at(err, NAMI_ERR_CHECK, VECTOR_RULE, -1,
							"%.*s.%.*s embedding has dim %u but vector index `%.*s` declares %u "
							"(dimension constraint)", NAMI_STR_ARG(label), NAMI_STR_ARG(entry->key),
							vector.len, NAMI_STR_ARG(index->name), index->dimension);
	for (uint32_t i = 0; i < vector.len; i++)
	{
		if (!isfinite(vector.floats[i]))
			return nami_fail_at(err, NAMI_ERR_CHECK, VECTOR_RULE, -1,
								"%.*s.%.*s must have finite components for index `%.*s`",
								NAMI_STR_ARG(label), NAMI_STR_ARG(entry->key),
								NAMI_STR_ARG(index->name));
	}
	entry->value = vector;
	return NAMI_OK;
}

/*
 * Applies to what the statement writes, and to everything when the node gains the label: what was
 * stored before the index existed does not hinder other changes of its node.
 */
static NamiStatus
check_vectors(NamiTransaction *txn, const NamiSnapshot *now, NamiOrd ord,
			  const NamiLabelId *labels, uint32_t label_count, NamiMapEntry *entries,
			  uint32_t count, NamiValue old, NamiError *err)
{
	const NamiSchema *schema = nami_snapshot_schema(now);

	for (uint32_t v = 0; v < schema->vector_index_count; v++)
	{
		const NamiVectorIndex *index = &schema->vector_indexes[v];
		NamiStr		name;

		if (!has_label(labels, label_count, index->label))
			continue;
		name = nami_catalog_name(txn->catalog, NAMI_NAME_KEY, index->key);
		for (uint32_t i = 0; i < count; i++)
		{
			const NamiValue *before;

			if (!nami_str_eq(entries[i].key, name))
				continue;
			before = old.kind == NAMI_MAP ? nami_value_map_get(old, name) : NULL;
			if (before != NULL && nami_value_identical(*before, entries[i].value) &&
				nami_snapshot_has_label(now, ord, index->label))
				continue;
			NAMI_TRY(check_vector(txn, index, &entries[i], err));
		}
	}
	return NAMI_OK;
}

NamiStatus
nami_transaction_prepare_node(NamiTransaction *txn, NamiOrd ord, const NamiLabelId *labels,
							  uint32_t label_count, NamiValue *props, NamiError *err)
{
	NamiSnapshot now = nami_transaction_now(txn, txn->statement_view);
	NamiValue	old = nami_value_null();
	NamiError	ignored = NAMI_ERROR_INIT;
	NamiMapEntry *entries;
	uint32_t	count;

	entries = without_nulls(txn->scratch, *props, &count);
	/* A record that cannot be read may be replaced (spec/storage.md 7.4): it has no old values. */
	if (ord != NAMI_ORD_NONE &&
		(nami_snapshot_schema(&now)->vector_index_count > 0 || has_reserved(entries, count)) &&
		nami_snapshot_node_map(&now, ord, txn->scratch, &old, &ignored) != NAMI_OK)
		old = nami_value_null();
	NAMI_TRY(check_vectors(txn, &now, ord, labels, label_count, entries, count, old, err));
	return check_storable(txn, entries, count, old, props, err);
}

NamiStatus
nami_transaction_prepare_edge(NamiTransaction *txn, NamiTypeId type, NamiEdgePos pos,
							  NamiValue *props, NamiError *err)
{
	NamiSnapshot now = nami_transaction_now(txn, txn->statement_view);
	NamiValue	old = nami_value_null();
	NamiError	ignored = NAMI_ERROR_INIT;
	NamiMapEntry *entries;
	uint32_t	count;

	entries = without_nulls(txn->scratch, *props, &count);
	if (pos != NAMI_POS_NONE && has_reserved(entries, count) &&
		nami_snapshot_edge_map(&now, type, pos, txn->scratch, &old, &ignored) != NAMI_OK)
		old = nami_value_null();
	return check_storable(txn, entries, count, old, props, err);
}

/* ---- uniqueness ----------------------------------------------------------------------------- */

/* The constraint's values in props; false when one is missing: such a node is exempt. */
static bool
constraint_values(NamiTransaction *txn, const NamiUniqueConstraint *constraint, NamiValue props,
				  NamiValue *values)
{
	for (uint32_t k = 0; k < constraint->key_count; k++)
	{
		NamiStr		name = nami_catalog_name(txn->catalog, NAMI_NAME_KEY, constraint->keys[k]);
		const NamiValue *value = nami_value_map_get(props, name);

		if (value == NULL || value->kind == NAMI_NULL)
			return false;
		values[k] = *value;
	}
	return true;
}

/* True when the node satisfies the constraint with these very values already. */
static bool
is_unchanged(NamiTransaction *txn, const NamiSnapshot *now, NamiOrd ord,
			 const NamiUniqueConstraint *constraint, const NamiValue *values)
{
	NamiError	ignored = NAMI_ERROR_INIT;

	if (ord == NAMI_ORD_NONE || !nami_snapshot_has_label(now, ord, constraint->label))
		return false;
	for (uint32_t k = 0; k < constraint->key_count; k++)
	{
		NamiValue	before;

		if (nami_snapshot_node_property(now, constraint->keys[k], &ord, 1, txn->scratch, &before,
										&ignored) != NAMI_OK ||
			!nami_value_identical(before, values[k]))
			return false;
	}
	return true;
}

/* The lookup's "=" takes 1 for 1.0; the constraint does not. */
static NamiStatus
has_values(NamiTransaction *txn, const NamiSnapshot *snapshot, NamiOrd ord,
		   const NamiUniqueConstraint *constraint, const NamiValue *values, bool *has,
		   NamiError *err)
{
	*has = true;
	for (uint32_t k = 0; k < constraint->key_count && *has; k++)
	{
		NamiValue	value;

		NAMI_TRY(nami_snapshot_node_property(snapshot, constraint->keys[k], &ord, 1,
											 txn->scratch, &value, err));
		*has = nami_same_unique(value, values[k]);
	}
	return NAMI_OK;
}

/* Is there another node with the values? */
static NamiStatus
ask_constraint(NamiTransaction *txn, const NamiSnapshot *snapshot, const NamiId *self,
			   const NamiUniqueConstraint *constraint, const NamiValue *values, bool *is_taken,
			   NamiError *err)
{
	const NamiOrd *ords;
	uint32_t	count;

	*is_taken = false;
	NAMI_TRY(nami_snapshot_lookup(snapshot, constraint->label, constraint->keys, values,
								  constraint->key_count, txn->scratch, &ords, &count, err));
	for (uint32_t i = 0; i < count && !*is_taken; i++)
	{
		NamiId		id = nami_snapshot_node_id(snapshot, ords[i]);

		if (self == NULL || nami_id_cmp(&id, self) != 0)
			NAMI_TRY(has_values(txn, snapshot, ords[i], constraint, values, is_taken, err));
	}
	return NAMI_OK;
}

static void
put_value_text(NamiBuf *buf, NamiValue value)
{
	char		number[NAMI_NUMBER_TEXT_MAX];

	switch ((NamiKind) value.kind)
	{
		case NAMI_STRING:
			nami_buf_printf(buf, "'%.*s'", value.len > 120 ? 120 : (int) value.len, value.text);
			break;
		case NAMI_INT:
			nami_buf_put(buf, number, nami_number_format_i64(value.integer, number));
			break;
		case NAMI_FLOAT:
			nami_buf_put(buf, number, nami_number_format_double(value.number, number));
			break;
		case NAMI_BOOL:
			nami_buf_put_cstr(buf, value.boolean ? "true" : "false");
			break;
		default:
			nami_buf_put_cstr(buf, "this ");
			nami_buf_put_cstr(buf, nami_kind_name((NamiKind) value.kind));
			break;
	}
}

void
nami_transaction_put_values(NamiBuf *buf, const NamiCatalog *catalog, const NamiKeyId *keys,
							const NamiValue *values, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++)
	{
		NamiStr		name = nami_catalog_name(catalog, NAMI_NAME_KEY, keys[k]);

		nami_buf_printf(buf, "%s\"%.*s\" = ", k == 0 ? "" : ", ", NAMI_STR_ARG(name));
		put_value_text(buf, values[k]);
	}
}

/* node with label "Person" and property "email" = 'a' already exists */
static NamiStatus
fail_unique(NamiTransaction *txn, const NamiUniqueConstraint *constraint, const NamiValue *values,
			NamiError *err)
{
	NamiStr		label = nami_catalog_name(txn->catalog, NAMI_NAME_LABEL, constraint->label);
	NamiBuf		buf;

	nami_buf_init(&buf, txn->scratch);
	nami_transaction_put_values(&buf, txn->catalog, constraint->keys, values,
								constraint->key_count);
	nami_fail_at(err, NAMI_ERR_UNIQUE, "ConstraintValidationFailed: UniqueConstraintViolation", -1,
				 "node with label \"%.*s\" and %s %.*s already exists", NAMI_STR_ARG(label),
				 constraint->key_count == 1 ? "property" : "properties", (int) buf.len,
				 (const char *) buf.ptr);
	nami_error_detail(err, "It would violate the uniqueness constraint \"%.*s\".",
					  NAMI_STR_ARG(constraint->name));
	return NAMI_FAILED;
}

static NamiStatus
check_constraint(NamiTransaction *txn, NamiOrd ord, const NamiUniqueConstraint *constraint,
				 NamiValue props, NamiError *err)
{
	NamiSnapshot now = nami_transaction_now(txn, txn->statement_view);
	NamiValue  *values = NAMI_NEW_ARRAY(txn->scratch, NamiValue, constraint->key_count);
	NamiId		id;
	const NamiId *self = NULL;
	uint64_t	key;
	bool		is_taken;

	if (!constraint_values(txn, constraint, props, values) ||
		is_unchanged(txn, &now, ord, constraint, values))
		return NAMI_OK;
	if (ord != NAMI_ORD_NONE)
	{
		id = nami_snapshot_node_id(&now, ord);
		self = &id;
	}
	key = nami_probe_hash(txn->catalog, &constraint->label, 1, constraint->keys, values,
						  constraint->key_count);
	NAMI_TRY(nami_transaction_lock_keys(txn, &key, 1, false, err));
	NAMI_TRY(ask_constraint(txn, &now, self, constraint, values, &is_taken, err));
	if (txn->newest_view != txn->statement_view)
	{
		NamiSnapshot newest = nami_transaction_now(txn, txn->newest_view);
		bool		is_taken_now;

		NAMI_TRY(ask_constraint(txn, &newest, self, constraint, values, &is_taken_now, err));
		if (is_taken_now != is_taken)
			return nami_transaction_conflict(txn, "the answer of a uniqueness constraint", err);
	}
	return is_taken ? fail_unique(txn, constraint, values, err) : NAMI_OK;
}

NamiStatus
nami_transaction_check_unique(NamiTransaction *txn, NamiOrd ord, const NamiLabelId *labels,
							  uint32_t label_count, NamiValue props, NamiError *err)
{
	NamiSnapshot now = nami_transaction_now(txn, txn->statement_view);
	const NamiSchema *schema = nami_snapshot_schema(&now);

	for (uint32_t c = 0; c < schema->constraint_count; c++)
	{
		const NamiUniqueConstraint *constraint = &schema->constraints[c];

		if (has_label(labels, label_count, constraint->label))
			NAMI_TRY(check_constraint(txn, ord, constraint, props, err));
	}
	return NAMI_OK;
}

/* ---- once more, at commit ------------------------------------------------------------------- */

static bool
had_index(const NamiSchema *before, const NamiVectorIndex *index)
{
	for (uint32_t i = 0; i < before->vector_index_count; i++)
	{
		const NamiVectorIndex *known = &before->vector_indexes[i];

		if (known->label == index->label && known->key == index->key &&
			known->dimension == index->dimension)
			return true;
	}
	return false;
}

/* Indexes that were there already were obeyed when the record was staged. */
static NamiStatus
recheck_vectors(NamiTransaction *txn, const NamiSchema *before, const NamiSchema *schema,
				const NamiOwnRecord *record, NamiError *err)
{
	for (uint32_t v = 0; v < schema->vector_index_count; v++)
	{
		const NamiVectorIndex *index = &schema->vector_indexes[v];
		NamiStr		name = nami_catalog_name(txn->catalog, NAMI_NAME_KEY, index->key);
		const NamiValue *value = nami_value_map_get(record->props, name);

		if (value == NULL || !has_label(record->labels, record->label_count, index->label) ||
			had_index(before, index))
			continue;
		if (value->kind != NAMI_VECTOR || value->len != index->dimension)
			return nami_fail(err, NAMI_ERR_CONFLICT,
							 "could not serialize access: vector index `%.*s` was created by "
							 "another writer", NAMI_STR_ARG(index->name));
	}
	return NAMI_OK;
}

NamiStatus
nami_transaction_recheck_nodes(NamiTransaction *txn, const NamiView *view,
							   const NamiOwnRecord *records, uint32_t count, NamiError *err)
{
	NamiSnapshot now = nami_transaction_now(txn, view);
	const NamiSchema *schema = nami_snapshot_schema(&now);
	NamiSnapshot first = nami_transaction_now(txn, txn->first_view);
	const NamiSchema *before = nami_snapshot_schema(&first);

	for (uint32_t i = 0; i < count; i++)
	{
		const NamiOwnRecord *record = &records[i];

		if (record->is_edge || record->is_tombstone)
			continue;
		NAMI_TRY(recheck_vectors(txn, before, schema, record, err));
		for (uint32_t c = 0; c < schema->constraint_count; c++)
		{
			const NamiUniqueConstraint *constraint = &schema->constraints[c];
			NamiValue  *values = NAMI_NEW_ARRAY(txn->scratch, NamiValue, constraint->key_count);
			bool		is_taken;

			if (!has_label(record->labels, record->label_count, constraint->label) ||
				!constraint_values(txn, constraint, record->props, values))
				continue;
			NAMI_TRY(ask_constraint(txn, &now, &record->id, constraint, values, &is_taken, err));
			if (is_taken)
				return nami_fail(err, NAMI_ERR_CONFLICT,
								 "could not serialize access: another writer has created a node "
								 "that violates uniqueness constraint \"%.*s\" together with one "
								 "of this transaction", NAMI_STR_ARG(constraint->name));
		}
	}
	return NAMI_OK;
}
