/*
 * view_build.c - making an image: scratch memory, properties, opening the parts; see view_build.h.
 */
#include "graph/view_build.h"

static void
release_scratch(NamiResource *resource)
{
	NamiBuildScratch *scratch = (NamiBuildScratch *)
		((char *) resource - offsetof(NamiBuildScratch, resource));

	nami_owner_release(&scratch->owner);
	if (scratch->row_arena != NULL)
		nami_arena_destroy(scratch->row_arena);
	nami_arena_destroy(scratch->arena);
}

void
nami_build_begin(NamiBuild *build, NamiView *view, const NamiHost *host,
				 const NamiAllocator *allocator, NamiOwner *owner)
{
	NamiArena  *arena = nami_arena_create(allocator, NULL);
	NamiBuildScratch *scratch = NAMI_NEW(arena, NamiBuildScratch);

	scratch->arena = arena;
	nami_owner_init(&scratch->owner);
	nami_owner_add(owner, &scratch->resource, release_scratch);
	scratch->row_arena = nami_arena_create(allocator, NULL);

	memset(build, 0, sizeof(*build));
	build->scratch = scratch;
	build->arena = arena;
	build->host = host;
	build->allocator = allocator;
	build->view = view;
	build->nodes = nami_node_builder_create(arena, view->catalog);
	nami_prop_keys_init(&build->prop_keys, arena);
	nami_prop_reader_init(&build->reader, scratch->row_arena, &build->prop_keys);
}

void
nami_build_end(NamiBuild *build)
{
	nami_owner_remove(&build->scratch->resource);
	release_scratch(&build->scratch->resource);
}

NamiStatus
nami_build_check(const NamiBuild *build, NamiError *err)
{
	if (build->host->interrupted(build->host->ctx))
		return nami_fail(err, NAMI_ERR_CANCELLED, "cancelled while reading the namespace");
	return NAMI_OK;
}

/* The catalog's number of a key of the property reader. */
static NamiKeyId
key_number(NamiBuild *build, uint32_t key)
{
	while (build->key_numbers.count <= key)
	{
		NamiStr		name = nami_prop_keys_name(&build->prop_keys,
											   (uint32_t) build->key_numbers.count);

		nami_vec_push(&build->key_numbers, build->arena,
					  nami_catalog_intern(build->view->catalog, NAMI_NAME_KEY, name));
	}
	return build->key_numbers.items[key];
}

void
nami_build_props(NamiBuild *build, NamiSegmentSet *set, uint32_t group, uint32_t row,
				 uint32_t ord_or_pos, NamiStr json)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiStatus	status = nami_prop_reader_start(&build->reader, json, &err);

	while (status == NAMI_OK)
	{
		NamiProp	prop;
		bool		has_prop;

		status = nami_prop_reader_next(&build->reader, &prop, &has_prop, &err);
		if (status == NAMI_OK && !has_prop)
			return;
		if (status == NAMI_OK)
			nami_segment_set_add(set, group, row, key_number(build, prop.key), prop.value);
	}
	nami_segment_set_poison(set, ord_or_pos, nami_str(err.message));
}

/* ---- the image ----------------------------------------------------------------------------- */

static NamiImage *
new_image(NamiBuild *build)
{
	NamiArena  *arena = nami_arena_create(build->allocator, NULL);
	NamiImage  *image = NAMI_NEW(arena, NamiImage);

	image->arena = arena;
	image->reference_count = 1;
	build->view->image = image;	/* from here on the view's release frees it */
	do
		build->host->random(build->host->ctx, &image->space, sizeof(image->space));
	while (image->space == 0);
	return image;
}

static void
note_poison_blocks(NamiImage *image)
{
	const NamiPoison *poison = &image->nodes.poison;

	if (poison->count == 0)
		return;
	image->poison_blocks = nami_arena_alloc0(image->arena, sizeof(uint64_t) *
											 nami_bit_words(image->nodes.count /
															NAMI_BLOCK_ROWS + 1));
	for (uint32_t i = 0; i < poison->count; i++)
		nami_bit_set(image->poison_blocks, poison->rows[i] / NAMI_BLOCK_ROWS);
}

NamiStatus
nami_build_image(NamiBuild *build, NamiError *err)
{
	NamiImage  *image = new_image(build);
	NamiView   *view = build->view;
	size_t		size_bytes;
	const void *bytes;

	if (build->nodes->ids.count >= NAMI_ORD_OWN_FIRST / 2)
		return nami_fail(err, NAMI_ERR_LIMIT, "a namespace of %zu ids is too large",
						 build->nodes->ids.count);
	bytes = nami_node_builder_finish(build->nodes, image->arena, &size_bytes);
	NAMI_TRY(nami_node_image_open(bytes, size_bytes, view->catalog, image->arena, &image->nodes,
								  err));
	note_poison_blocks(image);
	image->types = nami_arena_alloc0(image->arena, build->types.count * sizeof(NamiEdgeImage));
	for (size_t i = 0; i < build->types.count; i++)
	{
		NamiEdgeImage *type = &image->types[image->type_count];

		NAMI_TRY(nami_build_check(build, err));
		if (build->types.items[i]->count == 0)
			continue;
		bytes = nami_edge_builder_finish(build->types.items[i], build->nodes, image->arena,
										 &size_bytes);
		NAMI_TRY(nami_edge_image_open(bytes, size_bytes, image->nodes.count, view->catalog,
									  image->arena, type, err));
		image->edge_count += type->count;
		nami_wordmap_put(&image->type_index, image->arena, type->type, image->type_count++);
	}
	view->dangling = nami_arena_alloc0(view->arena, image->type_count);
	return NAMI_OK;
}
