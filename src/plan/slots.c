/*
 * slots.c - slots that are never needed at the same time become one.
 *
 * Every operator has a column for each slot of the plan, so a query of thousands of clauses would have
 * columns in proportion to the square of its length. While planning, each variable has a slot of its
 * own; here, when the plan is complete, slots are numbered anew, and a number is given again when the
 * last operator that mentions it is passed.
 *
 * A chain is an operator with its inputs, down to a leaf. What hangs on an operator besides (inner
 * plans, subplans, branches of a UNION) is a chain of its own. A slot belongs to the innermost chain
 * that holds all places where it is mentioned, from the first to the last operator that mentions it or
 * has something that does. Numbers of two slots differ when one of these operators is the same or a
 * neighbour of the other's: batches hold columns that the operator below was the last to need.
 */
#include "plan/bind_internal.h"

#include <stdlib.h>

/* Plans with fewer slots stay as they are. */
#define SLOTS_MIN	64

typedef struct Chain Chain;

struct Chain
{
	NamiPlanOp *root;
	Chain	   *parent;
	uint32_t	place;			/* in the parent: number of the operator it hangs on */
	uint32_t	depth;
	uint32_t	length;
	NamiPlanOp **ops;			/* the leaf first */
	Chain	   *children;		/* in order of place */
	Chain	   *sibling;
	NamiSlot	slots;			/* list by next */
};

typedef struct Life
{
	Chain	   *chain;			/* NULL: never mentioned */
	uint32_t	first;			/* numbers of operators of the chain, the leaf is 0 */
	uint32_t	last;
	NamiSlot	next;			/* of the same chain */
	NamiSlot	next_born;		/* of the same chain and first */
	NamiSlot	next_dead;		/* of the same chain and last */
	NamiSlot	number;
} Life;

/* Trees share expressions and lists; of a list more may be wanted the second time. */
typedef struct Seen
{
	const void *item;
	uint32_t	count;
} Seen;

typedef struct Sharing
{
	NamiBinder *b;
	Life	   *lives;
	Chain	   *chain;			/* while collecting: where we are */
	uint32_t	place;
	const NamiSlot *unique;		/* the list of a walk that was collected last */
	uint32_t	unique_count;
	Chain	   *unique_chain;
	NAMI_VEC(NamiSlot) free;	/* numbers to be given again */
	NamiSlot	count;			/* numbers given */
	Seen	   *seen;			/* hash set: what is renumbered already; NULL while collecting */
	size_t		seen_mask;
	size_t		seen_count;
} Sharing;

typedef void (*SlotVisit) (Sharing *s, NamiSlot *slot);

/* ---- all slots of an operator --------------------------------------------------------------- */

static Seen *
find_seen(Sharing *s, const void *item)
{
	size_t		at = (((uintptr_t) item >> 3) * UINT64_C(0x9E3779B97F4A7C15)) >> 20;

	while (s->seen[at & s->seen_mask].item != NULL && s->seen[at & s->seen_mask].item != item)
		at++;
	return &s->seen[at & s->seen_mask];
}

static void
grow_seen(Sharing *s)
{
	size_t		old_size = s->seen_mask + 1;
	Seen	   *old = s->seen;

	s->seen_mask = old_size * 2 - 1;
	s->seen = nami_arena_alloc0(s->b->arena, old_size * 2 * sizeof(Seen));
	for (size_t i = 0; i < old_size; i++)
	{
		if (old[i].item != NULL)
			*find_seen(s, old[i].item) = old[i];
	}
}

/* How many elements of an item are renumbered already; from now on all are. */
static uint32_t
take(Sharing *s, const void *item, uint32_t count)
{
	Seen	   *seen;
	uint32_t	before;

	if (s->seen == NULL)
		return 0;
	if (s->seen_count * 2 >= s->seen_mask)
		grow_seen(s);
	seen = find_seen(s, item);
	before = seen->count;
	s->seen_count += seen->item == NULL;
	seen->item = item;
	if (count > before)
		seen->count = count;
	return before;
}

static void
visit_list(Sharing *s, const NamiSlot *slots, uint32_t count, SlotVisit visit)
{
	for (uint32_t i = count > 0 ? take(s, slots, count) : 0; i < count; i++)
		visit(s, (NamiSlot *) &slots[i]);
}

/* The walks of a large pattern have parts of one list; the topmost has most of it. */
static void
visit_unique(Sharing *s, const NamiPlanOp *op, SlotVisit visit)
{
	if (s->seen == NULL && op->unique_with == s->unique && s->chain == s->unique_chain &&
		op->unique_count <= s->unique_count)
		return;
	s->unique = op->unique_with;
	s->unique_count = op->unique_count;
	s->unique_chain = s->chain;
	visit_list(s, op->unique_with, op->unique_count, visit);
}

typedef struct ExprVisit
{
	Sharing    *s;
	SlotVisit	visit;
} ExprVisit;

static void
visit_expr(void *ctx, NamiExpr *expr)
{
	const ExprVisit *v = ctx;

	/* Chains lean to the left: the first argument is followed in the loop. */
	for (; expr != NULL && take(v->s, expr, 1) == 0;
		 expr = expr->arg_count > 0 ? expr->args[0] : NULL)
	{
		v->visit(v->s, &expr->slot);
		v->visit(v->s, &expr->local);
		v->visit(v->s, &expr->local2);
		visit_list(v->s, expr->slots, expr->slot_count, v->visit);
		if (expr->op == NAMI_EX_SUBPLAN && take(v->s, expr->subplan, 1) == 0)
		{
			v->visit(v->s, &expr->subplan->result);
			visit_list(v->s, expr->subplan->arguments, expr->subplan->argument_count, v->visit);
		}
		for (uint32_t i = 1; i < expr->arg_count; i++)
			visit_expr(ctx, expr->args[i]);
	}
}

static void
visit_creates(Sharing *s, NamiPlanOp *op, SlotVisit visit)
{
	for (uint32_t i = op->create_count > 0 ? take(s, op->creates, op->create_count) : 0;
		 i < op->create_count; i++)
	{
		visit(s, &op->creates[i].slot);
		visit(s, &op->creates[i].from);
		visit(s, &op->creates[i].to);
	}
}

static void
visit_op_slots(Sharing *s, NamiPlanOp *op, SlotVisit visit)
{
	NamiSlot   *const single[] = {&op->from, &op->to, &op->rel, &op->near, &op->near_rel,
		&op->step_rel, &op->step_from, &op->step_to, &op->slot};

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		visit(s, single[i]);
	/* What is live is mentioned where it is made and where it is read. */
	if (s->seen != NULL)
		visit_list(s, op->live, op->live_count, visit);
	visit_unique(s, op, visit);
	visit_list(s, op->near_unique, op->near_unique_count, visit);
	visit_list(s, op->inner_slots, op->inner_slot_count, visit);
	for (uint32_t i = op->items != NULL ? take(s, op->items, op->item_count) : op->item_count;
		 i < op->item_count; i++)
		visit(s, &op->items[i].slot);
	for (uint32_t i = op->aggregate_count > 0 ? take(s, op->aggregates, op->aggregate_count) : 0;
		 i < op->aggregate_count; i++)
		visit(s, &op->aggregates[i].slot);
	visit_creates(s, op, visit);
	nami_op_visit_exprs(op, visit_expr, &(ExprVisit) {s, visit});
}

/* ---- lives --------------------------------------------------------------------------------- */

static Chain *collect_chain(Sharing *s, NamiPlanOp *root);

/* Both places in the innermost chain that holds them. */
static void
mention(Sharing *s, NamiSlot *slot)
{
	Chain	   *chain = s->chain;
	uint32_t	place = s->place;
	Life	   *life;

	if (*slot == NAMI_SLOT_NONE)
		return;
	life = &s->lives[*slot];
	if (life->chain == NULL)
	{
		life->chain = chain;
		life->first = life->last = place;
		return;
	}
	while (chain != life->chain)
	{
		if (chain->depth >= life->chain->depth)
		{
			place = chain->place;
			chain = chain->parent;
		}
		if (life->chain->depth > chain->depth)
		{
			life->first = life->last = life->chain->place;
			life->chain = life->chain->parent;
		}
	}
	life->first = place < life->first ? place : life->first;
	life->last = place > life->last ? place : life->last;
}

static void
collect_subplan(void *ctx, NamiSubplan *subplan)
{
	collect_chain(ctx, subplan->root);
}

static void
collect_subplans(void *ctx, NamiExpr *expr)
{
	nami_ex_visit_subplans(expr, collect_subplan, ctx);
}

static Chain *
collect_chain(Sharing *s, NamiPlanOp *root)
{
	Chain	   *chain = NAMI_NEW(s->b->arena, Chain);
	NamiPlanOp *op;

	chain->parent = s->chain;
	chain->place = s->place;
	chain->slots = NAMI_SLOT_NONE;
	if (chain->parent != NULL)
	{
		chain->depth = chain->parent->depth + 1;
		chain->sibling = chain->parent->children;
		chain->parent->children = chain;
	}
	for (op = root; op != NULL; op = op->input)
		chain->length++;
	chain->ops = NAMI_NEW_ARRAY(s->b->arena, NamiPlanOp *, chain->length);
	op = root;
	for (uint32_t place = chain->length; place-- > 0; op = op->input)
	{
		chain->ops[place] = op;
		s->chain = chain;
		s->place = place;
		visit_op_slots(s, op, mention);
		nami_op_visit_exprs(op, collect_subplans, s);
		if (op->inner != NULL)
			collect_chain(s, op->inner);
		for (uint32_t i = 0; i < op->input_count; i++)
			collect_chain(s, op->inputs[i]);
	}
	s->chain = chain->parent;
	s->place = chain->place;
	return chain;
}

/* ---- numbers ------------------------------------------------------------------------------- */

static void
give_numbers(Sharing *s, NamiSlot list)
{
	for (; list != NAMI_SLOT_NONE; list = s->lives[list].next_born)
		s->lives[list].number = s->free.count > 0 ? s->free.items[--s->free.count] : s->count++;
}

static void
take_back(Sharing *s, NamiSlot list)
{
	for (; list != NAMI_SLOT_NONE; list = s->lives[list].next_dead)
		nami_vec_push(&s->free, s->b->arena, s->lives[list].number);
}

static NamiSlot *
new_lists(Sharing *s, uint32_t count)
{
	NamiSlot   *lists = NAMI_NEW_ARRAY(s->b->arena, NamiSlot, count);

	for (uint32_t i = 0; i < count; i++)
		lists[i] = NAMI_SLOT_NONE;
	return lists;
}

static void
number_chain(Sharing *s, Chain *chain)
{
	NamiSlot   *born = new_lists(s, chain->length);
	NamiSlot   *dead = new_lists(s, chain->length);
	Chain	   *child = chain->children;

	for (NamiSlot slot = chain->slots; slot != NAMI_SLOT_NONE; slot = s->lives[slot].next)
	{
		Life	   *life = &s->lives[slot];

		life->next_born = born[life->first];
		born[life->first] = slot;
		life->next_dead = dead[life->last];
		dead[life->last] = slot;
	}
	for (uint32_t place = 0; place < chain->length; place++)
	{
		if (place >= 2)
			take_back(s, dead[place - 2]);
		give_numbers(s, born[place]);
		for (; child != NULL && child->place == place; child = child->sibling)
			number_chain(s, child);
	}
	if (chain->length >= 2)
		take_back(s, dead[chain->length - 2]);
	take_back(s, dead[chain->length - 1]);
}

/* ---- the plan ------------------------------------------------------------------------------ */

static void
renumber(Sharing *s, NamiSlot *slot)
{
	if (*slot != NAMI_SLOT_NONE)
		*slot = s->lives[*slot].number;
}

static void
renumber_chain(Sharing *s, const Chain *chain)
{
	for (uint32_t place = chain->length; place-- > 0;)
		visit_op_slots(s, chain->ops[place], renumber);
	for (const Chain *child = chain->children; child != NULL; child = child->sibling)
		renumber_chain(s, child);
}

static int
by_number(const void *a, const void *b)
{
	const NamiSlotName *x = a;
	const NamiSlotName *y = b;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	return x->op < y->op ? -1 : x->op > y->op;
}

/* What a number stands for, from which operator on. */
static void
note_names(Sharing *s)
{
	NamiPlan   *plan = s->b->plan;
	NamiSlotName *names = NAMI_NEW_ARRAY(s->b->arena, NamiSlotName, s->b->slots.count + 1);
	uint32_t	count = 0;

	for (NamiSlot slot = 0; slot < s->b->slots.count; slot++)
	{
		const Life *life = &s->lives[slot];

		if (life->chain != NULL)
			names[count++] = (NamiSlotName) {life->number, life->chain->ops[life->last]->number,
				s->b->slots.items[slot].name};
	}
	qsort(names, count, sizeof(NamiSlotName), by_number);
	plan->slot_names = names;
	plan->slot_name_count = count;
}

void
nami_slots_share(NamiBinder *b, NamiPlanOp *root)
{
	NamiPlan   *plan = b->plan;
	Sharing		s = {.b = b};
	Chain	   *chain;

	if (b->slots.count < SLOTS_MIN && !nami_plan_varies(b, NAMI_PLAN_SHARE_SLOTS))
		return;
	s.lives = nami_arena_alloc0(b->arena, b->slots.count * sizeof(Life) + 1);
	chain = collect_chain(&s, root);
	s.chain = chain;
	s.place = chain->length - 1;
	for (uint32_t i = 0; i < plan->column_count; i++)
		mention(&s, &plan->columns[i].slot);
	for (NamiSlot slot = 0; slot < b->slots.count; slot++)
	{
		Life	   *life = &s.lives[slot];

		if (life->chain == NULL)
			continue;
		life->next = life->chain->slots;
		life->chain->slots = slot;
	}
	number_chain(&s, chain);
	s.seen_mask = 1023;
	s.seen = nami_arena_alloc0(b->arena, (s.seen_mask + 1) * sizeof(Seen));
	renumber_chain(&s, chain);
	for (uint32_t i = 0; i < plan->column_count; i++)
		renumber(&s, &plan->columns[i].slot);
	note_names(&s);
	plan->slot_count = s.count;
}
