/*
 * memory_store.c - objects in memory: a sorted array of separately allocated objects.
 *
 * Each store handle has its own content, unless it was opened upon that of another one; it is gone
 * when the handle is closed.
 */
#include "store/store_internal.h"

#include "base/vec.h"

typedef struct Object
{
	size_t		key_len;
	size_t		body_len;
	char		bytes[];		/* key, then body */
} Object;

typedef struct MemoryStore
{
	NamiStore	base;
	struct MemoryStore *content;	/* whose objects these are: this store, or another that outlives it */
	const NamiAllocator *allocator; /* borrowed; of the objects */
	Object	  **objects;		/* ascending by key; in the store's arena */
	size_t		count;
	size_t		capacity;
} MemoryStore;

static NamiStr
key_of(const Object *object)
{
	return (NamiStr) {object->bytes, object->key_len};
}

/* Index of the first object whose key is not less. */
static size_t
lower_bound(const MemoryStore *store, NamiStr key)
{
	size_t		low = 0;
	size_t		high = store->count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (nami_str_cmp(key_of(store->objects[middle]), key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static Object *
find(const MemoryStore *store, NamiStr key)
{
	size_t		index = lower_bound(store, key);

	if (index < store->count && nami_str_eq(key_of(store->objects[index]), key))
		return store->objects[index];
	return NULL;
}

static void
put(MemoryStore *store, NamiStr key, NamiStr body)
{
	size_t		index = lower_bound(store, key);
	bool		is_there = index < store->count &&
		nami_str_eq(key_of(store->objects[index]), key);
	Object	   *object;
	size_t		size_bytes;

	/* Grow first: only then may nothing that is not linked be lost when an allocation unwinds. */
	if (!is_there && store->count == store->capacity)
	{
		size_t		capacity = store->capacity == 0 ? 64 : store->capacity * 2;

		store->objects = nami_arena_realloc(store->base.arena, store->objects,
											store->capacity * sizeof(Object *),
											capacity * sizeof(Object *));
		store->capacity = capacity;
	}
	size_bytes = sizeof(Object) + key.len + body.len;
	object = store->allocator->alloc(store->allocator->ctx, size_bytes);
	object->key_len = key.len;
	object->body_len = body.len;
	memcpy(object->bytes, key.ptr, key.len);
	if (body.len > 0)
		memcpy(object->bytes + key.len, body.ptr, body.len);
	if (is_there)
		store->allocator->free(store->allocator->ctx, store->objects[index]);
	else
	{
		memmove(store->objects + index + 1, store->objects + index,
				(store->count - index) * sizeof(Object *));
		store->count++;
	}
	store->objects[index] = object;
}

static void
delete(MemoryStore *store, NamiStr key)
{
	size_t		index = lower_bound(store, key);

	if (index == store->count || !nami_str_eq(key_of(store->objects[index]), key))
		return;
	store->allocator->free(store->allocator->ctx, store->objects[index]);
	store->count--;
	memmove(store->objects + index, store->objects + index + 1,
			(store->count - index) * sizeof(Object *));
}

static void
get(MemoryStore *store, NamiArena *arena, NamiStoreRequest *req)
{
	const Object *object = find(store, req->key);
	size_t		length;

	if (object == NULL)
	{
		req->outcome = NAMI_OUTCOME_NOT_FOUND;
		return;
	}
	req->size_bytes = object->body_len;
	if (req->op == NAMI_OP_GET)
	{
		if (!nami_store_clip_range(req, object->body_len, &length))
			return;
		req->bytes = nami_arena_str(arena, (NamiStr) {
			object->bytes + object->key_len + req->offset, length});
	}
	req->outcome = NAMI_OUTCOME_DONE;
}

static void
list(MemoryStore *store, NamiArena *arena, NamiStoreRequest *req)
{
	NamiStr		prefix = nami_store_list_prefix(arena, req->key);
	NAMI_VEC(NamiStoreEntry) entries = {0};

	for (size_t i = lower_bound(store, prefix); i < store->count; i++)
	{
		const Object *object = store->objects[i];
		NamiStoreEntry entry;

		if (!nami_str_starts_with(key_of(object), prefix))
			break;
		if (req->start_after.len > 0 && nami_str_cmp(key_of(object), req->start_after) <= 0)
			continue;
		entry.key = nami_arena_str(arena, key_of(object));
		entry.size_bytes = object->body_len;
		nami_vec_push(&entries, arena, entry);
	}
	req->entries = entries.items;
	req->entry_count = entries.count;
	req->outcome = NAMI_OUTCOME_DONE;
}

static NamiStatus
memory_run(NamiStore *base, NamiArena *arena, NamiStoreRequest *reqs, size_t count, NamiError *err)
{
	MemoryStore *store = ((MemoryStore *) base)->content;

	for (size_t i = 0; i < count; i++)
	{
		NamiStoreRequest *req = &reqs[i];

		if (nami_store_interrupted(base))
			return nami_store_cancelled(err);
		if (req->outcome != NAMI_OUTCOME_NONE)
			continue;
		base->counters.requests[req->op]++;
		switch (req->op)
		{
			case NAMI_OP_GET:
			case NAMI_OP_HEAD:
				get(store, arena, req);
				if (req->op == NAMI_OP_GET)
					base->counters.bytes[NAMI_OP_GET] += req->bytes.len;
				break;
			case NAMI_OP_CREATE:
				if (find(store, req->key) != NULL)
				{
					req->outcome = NAMI_OUTCOME_EXISTS;
					break;
				}
				/* FALLTHROUGH */
			case NAMI_OP_PUT:
				put(store, req->key, req->body);
				base->counters.bytes[req->op] += req->body.len;
				req->outcome = NAMI_OUTCOME_DONE;
				break;
			case NAMI_OP_DELETE:
				delete(store, req->key);
				req->outcome = NAMI_OUTCOME_DONE;
				break;
			case NAMI_OP_LIST:
				list(store, arena, req);
				break;
		}
	}
	return NAMI_OK;
}

static void
memory_put_background(NamiStore *base, NamiStr key, NamiStr body)
{
	base->counters.requests[NAMI_OP_PUT]++;
	base->counters.bytes[NAMI_OP_PUT] += body.len;
	put(((MemoryStore *) base)->content, key, body);
}

static void
memory_close(NamiStore *base)
{
	MemoryStore *store = (MemoryStore *) base;

	for (size_t i = 0; i < store->count; i++)	/* none where the content is another's */
		store->allocator->free(store->allocator->ctx, store->objects[i]);
	store->count = 0;
}

static const NamiStoreDriver memory_driver = {memory_run, memory_put_background, memory_close};

NamiStatus
nami_store_open_memory(const NamiStoreUri *uri, const NamiStoreOptions *options,
					   const NamiHost *host, const NamiAllocator *allocator, NamiOwner *owner,
					   NamiStore **out, NamiError *err)
{
	NamiArena  *arena = nami_arena_create(allocator, NULL);
	MemoryStore *store = NAMI_NEW(arena, MemoryStore);

	store->content = options->memory != NULL ? ((MemoryStore *) options->memory)->content : store;
	store->allocator = allocator;
	nami_store_init(&store->base, &memory_driver, arena, uri, host, options->is_read_only, owner);
	*out = &store->base;
	return NAMI_OK;
}
