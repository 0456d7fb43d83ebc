/*
 * own_index.c - finding staged nodes by label and values, so that many MERGEs in one transaction
 * stay linear. An index comes into being with the first lookup of its shape and is kept up by
 * staging.
 */
#include "graph/own_internal.h"
#include "base/value_ops.h"

static bool
values_hash(const NamiOwnIndex *index, const NamiElement *element, uint64_t *hash)
{
	*hash = index->key_count;
	for (uint32_t i = 0; i < index->key_count; i++)
	{
		const NamiValue *value = nami_element_get(element, index->keys[i]);

		if (value == NULL)
			return false;
		*hash = nami_hash_mix(*hash, nami_value_hash(*value));
	}
	return true;
}

static void
index_add(NamiOwnWrites *own, NamiOwnIndex *index, uint32_t node, const NamiOwnVersion *version)
{
	NamiOwnIndexEntry entry = {.node = node};
	uint64_t	hash;
	uint32_t	known;

	if (version->is_tombstone || !values_hash(index, &version->element, &hash))
		return;
	if (index->label != NAMI_NAME_UNKNOWN &&
		!nami_element_has_label(&version->element, index->label))
		return;
	known = nami_wordmap_find(&index->members, nami_hash_mix(hash, node));
	if (known != NAMI_MAP_NONE && index->entries.items[known].node == node &&
		index->entries.items[known].hash == hash)
		return;
	entry.hash = hash;
	entry.next = nami_wordmap_find(&index->heads, hash);
	nami_vec_push(&index->entries, own->arena, entry);
	nami_wordmap_put(&index->members, own->arena, nami_hash_mix(hash, node),
					 (uint32_t) index->entries.count - 1);
	nami_wordmap_put(&index->heads, own->arena, hash, (uint32_t) index->entries.count - 1);
}

void
nami_own_index_add(NamiOwnWrites *own, uint32_t node, const NamiOwnVersion *version)
{
	for (NamiOwnIndex *index = own->indexes; index != NULL; index = index->next)
		index_add(own, index, node, version);
}

static NamiOwnIndex *
find_index(NamiOwnWrites *own, NamiLabelId label, const NamiKeyId *keys, uint32_t key_count)
{
	NamiOwnIndex *index = own->indexes;

	while (index != NULL &&
		   !(index->label == label && index->key_count == key_count &&
			 memcmp(index->keys, keys, key_count * sizeof(NamiKeyId)) == 0))
		index = index->next;
	if (index != NULL)
		return index;

	index = NAMI_NEW(own->arena, NamiOwnIndex);
	index->label = label;
	index->key_count = key_count;
	index->keys = nami_arena_memdup(own->arena, keys, key_count * sizeof(NamiKeyId));
	for (uint32_t node = 0; node < own->nodes.count; node++)
	{
		for (const NamiOwnVersion *version = own->nodes.items[node].newest; version != NULL;
			 version = version->older)
			index_add(own, index, node, version);
	}
	index->next = own->indexes;
	own->indexes = index;
	return index;
}

static bool
has_values(const NamiElement *element, const NamiKeyId *keys, const NamiValue *values,
		   uint32_t key_count)
{
	for (uint32_t i = 0; i < key_count; i++)
	{
		const NamiValue *value = nami_element_get(element, keys[i]);

		if (value == NULL || nami_value_equal(*value, values[i]) != NAMI_TRUE)
			return false;
	}
	return true;
}

void
nami_own_lookup(const NamiOwnWrites *own, uint64_t mark, NamiLabelId label, const NamiKeyId *keys,
				const NamiValue *values, uint32_t key_count, NamiOwnFound found, void *ctx)
{
	/* Indexes are a cache: they change nothing that a reader could see. */
	const NamiOwnIndex *index = find_index((NamiOwnWrites *) own, label, keys, key_count);
	uint64_t	hash = key_count;
	uint32_t	at;

	for (uint32_t i = 0; i < key_count; i++)
		hash = nami_hash_mix(hash, nami_value_hash(values[i]));
	for (at = nami_wordmap_find(&index->heads, hash); at != NAMI_MAP_NONE;
		 at = index->entries.items[at].next)
	{
		uint32_t	node = index->entries.items[at].node;
		const NamiOwnVersion *version = nami_own_visible(own->nodes.items[node].newest, mark);

		if (version != NULL && !version->is_tombstone &&
			(label == NAMI_NAME_UNKNOWN || nami_element_has_label(&version->element, label)) &&
			has_values(&version->element, keys, values, key_count))
			found(ctx, node);
	}
}
