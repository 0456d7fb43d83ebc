/*
 * element.c - see element.h.
 */
#include "graph/element.h"

void
nami_element_set_props(NamiElement *element, NamiArena *arena, NamiCatalog *catalog,
					   NamiValue props)
{
	NamiKeyId  *keys = NAMI_NEW_ARRAY(arena, NamiKeyId, props.len);
	NamiMapEntry *entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, props.len);
	uint32_t	count = 0;

	for (uint32_t i = 0; i < props.len; i++)
	{
		if (nami_value_is_null(props.entries[i].value))
			continue;
		keys[count] = nami_catalog_intern(catalog, NAMI_NAME_KEY, props.entries[i].key);
		entries[count] = props.entries[i];
		entries[count].key = nami_catalog_name(catalog, NAMI_NAME_KEY, keys[count]);
		count++;
	}
	element->prop_count = count;
	element->keys = keys;
	element->entries = entries;
}

/* Insertion sort: label sets are small, and a foreign file's large ones come nearly sorted. */
static void
sort_by_name(const NamiCatalog *catalog, NamiLabelId *labels, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
	{
		NamiLabelId label = labels[i];
		NamiStr		name = nami_catalog_name(catalog, NAMI_NAME_LABEL, label);
		uint32_t	at = i;

		while (at > 0 && nami_str_cmp(nami_catalog_name(catalog, NAMI_NAME_LABEL,
														labels[at - 1]), name) > 0)
		{
			labels[at] = labels[at - 1];
			at--;
		}
		labels[at] = label;
	}
}

static uint32_t
drop_doubles(NamiLabelId *labels, uint32_t count)
{
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		if (kept == 0 || labels[i] != labels[kept - 1])
			labels[kept++] = labels[i];
	}
	return kept;
}

uint32_t
nami_labels_sort(const NamiCatalog *catalog, NamiLabelId *labels, uint32_t count)
{
	/* A hostile record may name one label a million times: thin it out in linear time first. */
	if (count > 16)
	{
		uint32_t	label_count = nami_catalog_count(catalog, NAMI_NAME_LABEL);
		uint32_t	kept = 0;
		bool		is_ascending = true;

		for (uint32_t i = 1; i < count; i++)
			is_ascending = is_ascending && labels[i] > labels[i - 1];
		for (uint32_t i = 0; i < count && !is_ascending; i++)
		{
			uint32_t	at = 0;

			while (at < kept && labels[at] != labels[i])
				at++;
			if (at == kept && kept < label_count)
				labels[kept++] = labels[i];
		}
		if (!is_ascending)
			count = kept;
	}
	sort_by_name(catalog, labels, count);
	return drop_doubles(labels, count);
}

void
nami_element_set_labels(NamiElement *element, NamiArena *arena, const NamiCatalog *catalog,
						const NamiLabelId *labels, uint32_t count)
{
	NamiLabelId *copy = nami_arena_memdup(arena, labels, (size_t) count * sizeof(NamiLabelId));

	element->labels = copy;
	element->label_count = nami_labels_sort(catalog, copy, count);
}
