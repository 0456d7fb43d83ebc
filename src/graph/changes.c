/*
 * changes.c - see changes.h. One block of memory per step: header, node ids, hash table.
 */
#include "graph/changes.h"

#include "base/hash.h"
#include "base/vec.h"

#define MAX_STEPS			256
#define MAX_LOG_BYTES		(16 * 1024 * 1024)

typedef struct ChangeStep
{
	uint64_t	version;		/* that the step leads to */
	size_t		size_bytes;		/* of the block */
	bool		schema_changed;
	uint32_t	node_count;
	const NamiId *nodes;
	uint64_t   *table;			/* open addressing; 0 is an empty slot */
	uint64_t	mask;
} ChangeStep;

struct NamiChanges
{
	const NamiAllocator *allocator;
	uint64_t	first_version;	/* the steps lead away from here */
	ChangeStep *steps[MAX_STEPS];	/* ring; ascending versions */
	uint32_t	head;			/* of the oldest */
	uint32_t	count;
	size_t		size_bytes;
};

struct NamiChangeBuilder
{
	NamiArena  *arena;
	NAMI_VEC(NamiId) nodes;
	NAMI_VEC(uint64_t) keys;
	bool		schema_changed;
};

/* 0 marks an empty slot, so no key has that hash. */
static uint64_t
nonzero(uint64_t hash)
{
	return hash == 0 ? 1 : hash;
}

static uint64_t
hash_id(const NamiId *id, uint64_t seed)
{
	uint64_t	high;
	uint64_t	low;

	memcpy(&high, id->bytes, 8);
	memcpy(&low, id->bytes + 8, 8);
	return nami_hash_mix(nami_hash_mix(high, seed), low);
}

uint64_t
nami_change_key_node(const NamiId *id)
{
	return nonzero(hash_id(id, 1));
}

uint64_t
nami_change_key_incident(const NamiId *id)
{
	return nonzero(hash_id(id, 2));
}

uint64_t
nami_change_key_edge(NamiStr type, const NamiId *src, const NamiId *dst)
{
	return nonzero(hash_id(dst, hash_id(src, nami_xxh3(type.ptr, type.len))));
}

NamiChanges *
nami_changes_create(const NamiAllocator *allocator)
{
	NamiChanges *changes = allocator->alloc(allocator->ctx, sizeof(NamiChanges));

	memset(changes, 0, sizeof(*changes));
	changes->allocator = allocator;
	return changes;
}

static void
forget_oldest(NamiChanges *changes)
{
	ChangeStep *step = changes->steps[changes->head];

	changes->first_version = step->version;
	changes->size_bytes -= step->size_bytes;
	changes->head = (changes->head + 1) % MAX_STEPS;
	changes->count--;
	changes->allocator->free(changes->allocator->ctx, step);
}

void
nami_changes_reset(NamiChanges *changes, uint64_t version)
{
	while (changes->count > 0)
		forget_oldest(changes);
	changes->first_version = version;
}

void
nami_changes_destroy(NamiChanges *changes)
{
	nami_changes_reset(changes, 0);
	changes->allocator->free(changes->allocator->ctx, changes);
}

NamiChangeBuilder *
nami_change_builder_create(NamiArena *arena)
{
	NamiChangeBuilder *builder = NAMI_NEW(arena, NamiChangeBuilder);

	builder->arena = arena;
	return builder;
}

void
nami_change_builder_add_node(NamiChangeBuilder *builder, const NamiId *id)
{
	nami_vec_push(&builder->nodes, builder->arena, *id);
	nami_vec_push(&builder->keys, builder->arena, nami_change_key_node(id));
}

void
nami_change_builder_add_edge(NamiChangeBuilder *builder, NamiStr type, const NamiId *src,
							 const NamiId *dst)
{
	nami_vec_push(&builder->keys, builder->arena, nami_change_key_edge(type, src, dst));
	nami_vec_push(&builder->keys, builder->arena, nami_change_key_incident(src));
	nami_vec_push(&builder->keys, builder->arena, nami_change_key_incident(dst));
}

void
nami_change_builder_set_schema_changed(NamiChangeBuilder *builder)
{
	builder->schema_changed = true;
}

static bool
step_has(const ChangeStep *step, uint64_t key)
{
	if (step->table == NULL)
		return false;
	for (uint64_t i = key & step->mask;; i = (i + 1) & step->mask)
	{
		if (step->table[i] == key)
			return true;
		if (step->table[i] == 0)
			return false;
	}
}

static void
fill_table(ChangeStep *step, const uint64_t *keys, size_t count)
{
	for (size_t n = 0; n < count; n++)
	{
		uint64_t	i = keys[n] & step->mask;

		while (step->table[i] != 0 && step->table[i] != keys[n])
			i = (i + 1) & step->mask;
		step->table[i] = keys[n];
	}
}

/* The only allocation of an append, so that unwinding leaves the log as it was. */
static ChangeStep *
make_step(NamiChanges *changes, uint64_t version, const NamiChangeBuilder *builder)
{
	size_t		node_bytes = builder->nodes.count * sizeof(NamiId);
	size_t		slots = builder->keys.count == 0 ? 0 : 8;
	size_t		size_bytes;
	ChangeStep *step;
	uint8_t    *pos;

	while (slots < 2 * builder->keys.count)
		slots *= 2;
	size_bytes = sizeof(ChangeStep) + slots * sizeof(uint64_t) + node_bytes;
	if (size_bytes > MAX_LOG_BYTES)
		return NULL;
	step = changes->allocator->alloc(changes->allocator->ctx, size_bytes);
	pos = (uint8_t *) (step + 1);
	step->version = version;
	step->size_bytes = size_bytes;
	step->schema_changed = builder->schema_changed;
	step->table = slots == 0 ? NULL : (uint64_t *) pos;
	step->mask = slots - 1;
	if (slots != 0)
		memset(pos, 0, slots * sizeof(uint64_t));
	fill_table(step, builder->keys.items, builder->keys.count);
	pos += slots * sizeof(uint64_t);
	step->nodes = (const NamiId *) pos;
	step->node_count = (uint32_t) builder->nodes.count;
	if (node_bytes != 0)
		memcpy(pos, builder->nodes.items, node_bytes);
	return step;
}

static uint64_t
last_version(const NamiChanges *changes)
{
	return changes->first_version + changes->count;
}

void
nami_changes_append(NamiChanges *changes, uint64_t version, const NamiChangeBuilder *builder)
{
	ChangeStep *step = NULL;

	if (version == last_version(changes) + 1)
		step = make_step(changes, version, builder);
	if (step == NULL)
	{
		nami_changes_reset(changes, version);
		return;
	}
	while (changes->count == MAX_STEPS ||
		   (changes->count > 0 && changes->size_bytes + step->size_bytes > MAX_LOG_BYTES))
		forget_oldest(changes);
	changes->steps[(changes->head + changes->count) % MAX_STEPS] = step;
	changes->count++;
	changes->size_bytes += step->size_bytes;
}

bool
nami_changes_known(const NamiChanges *changes, uint64_t from, uint64_t to)
{
	return from == to ||
		(from >= changes->first_version && from < to && to <= last_version(changes));
}

static const ChangeStep *
step_to(const NamiChanges *changes, uint64_t version)
{
	uint64_t	index = version - changes->first_version - 1;

	return changes->steps[(changes->head + index) % MAX_STEPS];
}

bool
nami_changes_touch(const NamiChanges *changes, uint64_t from, uint64_t to, uint64_t key)
{
	for (uint64_t v = from + 1; v <= to; v++)
	{
		if (step_has(step_to(changes, v), key))
			return true;
	}
	return false;
}

bool
nami_changes_any(const NamiChanges *changes, uint64_t from, uint64_t to,
				 bool (*is_wanted) (const void *ctx, uint64_t key), const void *ctx)
{
	for (uint64_t v = from + 1; v <= to; v++)
	{
		const ChangeStep *step = step_to(changes, v);

		for (uint64_t i = 0; step->table != NULL && i <= step->mask; i++)
		{
			if (step->table[i] != 0 && is_wanted(ctx, step->table[i]))
				return true;
		}
	}
	return false;
}

uint64_t
nami_changes_key_count(const NamiChanges *changes, uint64_t from, uint64_t to)
{
	uint64_t	count = 0;

	for (uint64_t v = from + 1; v <= to; v++)
		count += step_to(changes, v)->mask + 1;
	return count;
}

bool
nami_changes_touch_schema(const NamiChanges *changes, uint64_t from, uint64_t to)
{
	for (uint64_t v = from + 1; v <= to; v++)
	{
		if (step_to(changes, v)->schema_changed)
			return true;
	}
	return false;
}

uint32_t
nami_changes_nodes(const NamiChanges *changes, uint64_t from, uint64_t to, NamiArena *arena,
				   const NamiId **ids)
{
	uint32_t	count = 0;
	uint32_t	filled = 0;
	NamiId	   *out;

	for (uint64_t v = from + 1; v <= to; v++)
		count += step_to(changes, v)->node_count;
	out = NAMI_NEW_ARRAY(arena, NamiId, count + 1);
	for (uint64_t v = from + 1; v <= to; v++)
	{
		const ChangeStep *step = step_to(changes, v);

		if (step->node_count != 0)
			memcpy(out + filled, step->nodes, step->node_count * sizeof(NamiId));
		filled += step->node_count;
	}
	*ids = out;
	return count;
}
