/*
 * element.h - the content of one node or relationship that does not lie in an image: a row of the
 * delta, or a staged record.
 */
#ifndef NAMI_GRAPH_ELEMENT_H
#define NAMI_GRAPH_ELEMENT_H

#include "base/arena.h"
#include "base/value.h"
#include "graph/catalog.h"

typedef struct NamiElement
{
	const NamiLabelId *labels;	/* ascending by name, unique; none for relationships */
	uint32_t	label_count;
	uint32_t	prop_count;
	const NamiKeyId *keys;		/* keys[i] is the number of entries[i].key */
	const NamiMapEntry *entries;	/* ascending by key, without nulls */
	const char *poison;			/* NULL, or why the stored record cannot be read */
} NamiElement;

/* The property, or NULL. Linear: maps are small. */
static inline const NamiValue *
nami_element_get(const NamiElement *element, NamiKeyId key)
{
	for (uint32_t i = 0; i < element->prop_count; i++)
	{
		if (element->keys[i] == key)
			return &element->entries[i].value;
	}
	return NULL;
}

static inline bool
nami_element_has_label(const NamiElement *element, NamiLabelId label)
{
	for (uint32_t i = 0; i < element->label_count; i++)
	{
		if (element->labels[i] == label)
			return true;
	}
	return false;
}

/* Every one of the labels. */
static inline bool
nami_element_has_labels(const NamiElement *element, const NamiLabelId *labels, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (!nami_element_has_label(element, labels[i]))
			return false;
	}
	return true;
}

/* Takes over a MAP (its entries are borrowed, nulls dropped) and interns the keys. */
extern void nami_element_set_props(NamiElement *element, NamiArena *arena, NamiCatalog *catalog,
								   NamiValue props);

/* Copies the labels, ascending by name and unique. */
extern void nami_element_set_labels(NamiElement *element, NamiArena *arena,
									const NamiCatalog *catalog, const NamiLabelId *labels,
									uint32_t count);

/* Sorts in place by name, drops doubles; returns the new count. */
extern uint32_t nami_labels_sort(const NamiCatalog *catalog, NamiLabelId *labels, uint32_t count);

#endif							/* NAMI_GRAPH_ELEMENT_H */
