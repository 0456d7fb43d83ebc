/*
 * owner.h - who releases what is not memory.
 *
 * A host may unwind the stack in any allocation. Therefore a file descriptor, mapping, lock, curl
 * handle or zstd context is never held by a local variable alone: it is registered with an owner
 * before the next allocation. The host releases the owner at the end of the statement, of the
 * transaction or of the process.
 *
 * The registration record is embedded in the struct that holds the resource, so registering
 * allocates nothing:
 *
 *	typedef struct Mapping { NamiResource resource; void *addr; size_t len; } Mapping;
 *	Mapping *m = NAMI_NEW(arena, Mapping);
 *	nami_owner_add(owner, &m->resource, unmap_it);
 *	m->addr = mmap(...);			-- unmap_it copes with "nothing held yet"
 */
#ifndef NAMI_BASE_OWNER_H
#define NAMI_BASE_OWNER_H

typedef struct NamiResource NamiResource;

struct NamiResource
{
	NamiResource *prev;
	NamiResource *next;
	void		(*release) (NamiResource *resource);	/* must not fail, allocate or unwind */
};

typedef struct NamiOwner
{
	NamiResource head;			/* circular list; head itself is no resource */
} NamiOwner;

extern void nami_owner_init(NamiOwner *owner);

/* Registers. The struct that embeds resource must live at least as long as the owner. */
extern void nami_owner_add(NamiOwner *owner, NamiResource *resource,
						   void (*release) (NamiResource *resource));

/* Takes the resource out without releasing it (it was released or handed over). */
extern void nami_owner_remove(NamiResource *resource);

/* Releases everything, the newest first. The owner can be used again. */
extern void nami_owner_release(NamiOwner *owner);

#endif							/* NAMI_BASE_OWNER_H */
