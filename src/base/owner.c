/*
 * owner.c - see owner.h.
 */
#include "base/owner.h"

#include <stddef.h>

void
nami_owner_init(NamiOwner *owner)
{
	owner->head.prev = &owner->head;
	owner->head.next = &owner->head;
	owner->head.release = NULL;
}

void
nami_owner_add(NamiOwner *owner, NamiResource *resource, void (*release) (NamiResource *resource))
{
	resource->release = release;
	resource->next = &owner->head;
	resource->prev = owner->head.prev;
	owner->head.prev->next = resource;
	owner->head.prev = resource;
}

void
nami_owner_remove(NamiResource *resource)
{
	if (resource->next == NULL)
		return;
	resource->prev->next = resource->next;
	resource->next->prev = resource->prev;
	resource->next = NULL;
	resource->prev = NULL;
}

void
nami_owner_release(NamiOwner *owner)
{
	while (owner->head.prev != &owner->head)
	{
		NamiResource *resource = owner->head.prev;

		nami_owner_remove(resource);
		resource->release(resource);
	}
}
