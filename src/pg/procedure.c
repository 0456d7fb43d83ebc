/*
 * procedure.c - SQL functions as procedures and functions of Cypher, see procedure.h.
 *
 * A routine is found while the statement is compiled, by the server's own catalogue, and called by
 * a prepared SELECT: so the server checks rights, applies defaults and casts results as it does for
 * everybody.
 */
#include "postgres.h"

#include "pg/procedure.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "exec/functions.h"
#include "exec/procedures.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "pg/compat.h"
#include "pg/datum_in.h"
#include "pg/transaction.h"
#include "pg/typed_out.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* One place in a plan that calls an SQL function. */
typedef struct Routine
{
	Oid			oid;
	MemoryContext context;		/* of the plan */
	const char *qualified_name; /* quoted */
	bool		is_volatile;
	bool		is_set;
	bool		is_variadic;	/* its last IN argument */
	int			in_count;		/* IN arguments of the function ... */
	int			default_count;
	Oid		   *in_types;
	char	  **in_names;		/* in the database encoding */
	NamiProcedureField *in_fields;
	int			arg_count;		/* ... of which this call gives so many */
	TupleDesc	arg_desc;
	NamiColumnWriter *writers;
	TypeFuncClass result_class;
	Oid			result_type;
	TupleDesc	result_desc;	/* COMPOSITE */
	SPIPlanPtr	plan;			/* prepared at the first call */
	MemoryContextCallback callback;
} Routine;

typedef struct HostProcedure
{
	NamiProcedure procedure;	/* first: the plan knows this address */
	Routine    *routine;
} HostProcedure;

typedef struct HostFunction
{
	NamiFunction function;
	Routine    *routine;
} HostFunction;

/* ---- types --------------------------------------------------------------------------------- */

static NamiStaticType
result_static_type(Oid type)
{
	Oid			base = getBaseType(type);

	if (OidIsValid(get_element_type(base)))
		return NAMI_STATIC_LIST;
	if (type_is_rowtype(base))
		return NAMI_STATIC_MAP;
	switch (base)
	{
		case BOOLOID:
			return NAMI_STATIC_BOOL;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return NAMI_STATIC_INT;
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return NAMI_STATIC_FLOAT;
		case BYTEAOID:
			return NAMI_STATIC_BYTES;
		case DATEOID:
			return NAMI_STATIC_DATE;
		case TIMEOID:
			return NAMI_STATIC_LOCALTIME;
		case TIMETZOID:
			return NAMI_STATIC_TIME;
		case TIMESTAMPOID:
			return NAMI_STATIC_LOCALDATETIME;
		case TIMESTAMPTZOID:
			return NAMI_STATIC_DATETIME;
		case INTERVALOID:
			return NAMI_STATIC_DURATION;
		case JSONOID:
		case JSONBOID:
		case VOIDOID:
			return NAMI_STATIC_VALUE;
		default:
			return NAMI_STATIC_STRING;
	}
}

/* What a literal argument must be; ANY where texts are converted. */
static NamiStaticType
argument_static_type(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
			return NAMI_STATIC_BOOL;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return NAMI_STATIC_INT;
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return NAMI_STATIC_NUMBER;
		default:
			return NAMI_STATIC_ANY;
	}
}

/* The SQL type that is most like a static type. */
static Oid
natural_type(NamiStaticType type)
{
	switch (type)
	{
		case NAMI_STATIC_BOOL:
			return BOOLOID;
		case NAMI_STATIC_INT:
			return INT8OID;
		case NAMI_STATIC_FLOAT:
		case NAMI_STATIC_NUMBER:
			return FLOAT8OID;
		case NAMI_STATIC_STRING:
			return TEXTOID;
		case NAMI_STATIC_NODE:
		case NAMI_STATIC_REL:
		case NAMI_STATIC_PATH:
		case NAMI_STATIC_MAP:
			return JSONBOID;
		default:
			return InvalidOid;
	}
}

/* ---- finding ------------------------------------------------------------------------------- */

typedef struct SqlName
{
	char	   *schema;
	char	   *function;
} SqlName;

/* False for a name without a dot. */
static bool
split_name(NamiStr name, SqlName *out)
{
	NamiStr		text = nami_text_to_server(name);
	char	   *copy = pnstrdup(text.ptr, text.len);
	char	   *dot = strrchr(copy, '.');

	if (dot == NULL || dot == copy || dot[1] == '\0')
		return false;
	*dot = '\0';
	*out = (SqlName) {copy, dot + 1};
	return true;
}

static bool
takes_count(Form_pg_proc form, uint32 arg_count)
{
	return arg_count == NAMI_ARGUMENTS_IMPLICIT ||
		(arg_count <= (uint32) form->pronargs &&
		 arg_count + form->pronargdefaults >= (uint32) form->pronargs);
}

/* How well the types known of the arguments fit. */
static int
fitness(Form_pg_proc form, const NamiStaticType *types, uint32 arg_count)
{
	int			score = 0;

	for (uint32 i = 0; arg_count != NAMI_ARGUMENTS_IMPLICIT && i < arg_count; i++)
	{
		Oid			declared = getBaseType(form->proargtypes.values[i]);
		Oid			natural = natural_type(types[i]);

		if (declared == natural)
			score += 4;
		else if (natural == INT8OID && (declared == INT4OID || declared == INT2OID))
			score += 3;
		else if (OidIsValid(natural) && TypeCategory(declared) == TypeCategory(natural))
			score += 2;
	}
	return score;
}

typedef struct Choice
{
	Oid			best;			/* of those that take so many arguments */
	int			score;
	int			ties;
	Oid			any;			/* one that does not */
} Choice;

static void
consider(Choice *choice, Form_pg_proc form, const NamiStaticType *types, uint32 arg_count)
{
	int			score;

	if (form->prokind != PROKIND_FUNCTION)
		return;
	choice->any = form->oid;
	if (!takes_count(form, arg_count))
		return;
	score = fitness(form, types, arg_count);
	if (OidIsValid(choice->best) && score < choice->score)
		return;
	choice->ties = OidIsValid(choice->best) && score == choice->score ? choice->ties + 1 : 0;
	choice->best = form->oid;
	choice->score = score;
}

static Choice
choose(const SqlName *name, Oid schema, const NamiStaticType *types, uint32 arg_count)
{
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name->function));
	Choice		choice = {InvalidOid, 0, 0, InvalidOid};

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (form->pronamespace == schema)
			consider(&choice, form, types, arg_count);
	}
	ReleaseSysCacheList(list);
	return choice;
}

/* ---- describing ---------------------------------------------------------------------------- */

static NamiStr
utf8_name(NamiArena *arena, const char *name)
{
	return nami_arena_str(arena, nami_str(pg_server_to_any(name, (int) strlen(name), PG_UTF8)));
}

static void
free_plan(void *arg)
{
	Routine    *routine = arg;

	if (routine->plan != NULL)
		SPI_freeplan(routine->plan);
	routine->plan = NULL;
}

/* IN arguments: an argument without a name is called by its number. */
static void
describe_arguments(Routine *routine, HeapTuple tuple, NamiArena *arena)
{
	Oid		   *types;
	char	  **names;
	char	   *modes;
	int			count = get_func_arg_info(tuple, &types, &names, &modes);

	routine->in_types = palloc((count + 1) * sizeof(Oid));
	routine->in_names = palloc((count + 1) * sizeof(char *));
	routine->in_fields = NAMI_NEW_ARRAY(arena, NamiProcedureField, (size_t) count + 1);
	for (int i = 0; i < count; i++)
	{
		bool		has_name = names != NULL && names[i] != NULL && names[i][0] != '\0';
		int			n = routine->in_count;

		if (modes != NULL && (modes[i] == PROARGMODE_OUT || modes[i] == PROARGMODE_TABLE))
			continue;
		routine->in_types[n] = types[i];
		routine->in_names[n] = has_name ? names[i] : psprintf("%d", n + 1);
		routine->in_fields[n].name = utf8_name(arena, routine->in_names[n]);
		routine->in_fields[n].type = argument_static_type(types[i]);
		routine->in_count++;
	}
}

static Routine *
describe(Oid oid, const SqlName *name, MemoryContext context, NamiArena *arena)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	Form_pg_proc form;
	Routine    *routine = MemoryContextAllocZero(context, sizeof(Routine));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", oid);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	routine->oid = oid;
	routine->context = context;
	routine->qualified_name = quote_qualified_identifier(name->schema, name->function);
	routine->is_volatile = form->provolatile == PROVOLATILE_VOLATILE;
	routine->is_set = form->proretset;
	routine->is_variadic = OidIsValid(form->provariadic);
	routine->default_count = form->pronargdefaults;
	describe_arguments(routine, tuple, arena);
	ReleaseSysCache(tuple);
	return routine;
}

static NamiStatus
refuse(NamiError *err, const Routine *routine, const char *why)
{
	return nami_fail(err, NAMI_ERR_UNSUPPORTED, "SQL function %s %s", routine->qualified_name, why);
}

/* Without polymorphic arguments the type of the result is known. */
static NamiStatus
describe_result(Routine *routine, NamiError *err)
{
	for (int i = 0; i < routine->in_count; i++)
	{
		if (get_typtype(routine->in_types[i]) == TYPTYPE_PSEUDO)
			return refuse(err, routine, "has an argument of a polymorphic or pseudo-type");
	}
	routine->result_class = get_func_result_type(routine->oid, &routine->result_type,
												 &routine->result_desc);
	if (routine->result_class == TYPEFUNC_RECORD)
		return refuse(err, routine, "returns record without OUT columns");
	if (routine->result_class == TYPEFUNC_OTHER ||
		(routine->result_class == TYPEFUNC_SCALAR && routine->result_type != VOIDOID &&
		 get_typtype(routine->result_type) == TYPTYPE_PSEUDO))
		return refuse(err, routine, "has a result of a polymorphic or pseudo-type");
	return NAMI_OK;
}

/* The arguments of this call as columns, for their writers. */
static void
set_arguments(Routine *routine, uint32 arg_count)
{
	int			required = routine->in_count - routine->default_count;

	routine->arg_count = arg_count == NAMI_ARGUMENTS_IMPLICIT ? required :
		Min((int) arg_count, routine->in_count);
	routine->arg_desc = CreateTemplateTupleDesc(routine->arg_count);
	for (int i = 0; i < routine->arg_count; i++)
		TupleDescInitEntry(routine->arg_desc, (AttrNumber) (i + 1), routine->in_names[i],
						   routine->in_types[i], -1, 0);
	routine->writers = nami_column_writers(routine->arg_desc);
}

/* *out NULL: there is no such function. */
static NamiStatus
find_routine(MemoryContext context, NamiArena *arena, NamiStr text, const NamiStaticType *types,
			 uint32 arg_count, Routine **out, NamiError *err)
{
	SqlName		name;
	Oid			schema;
	Choice		choice;
	AclResult	acl;

	*out = NULL;
	if (!split_name(text, &name))
		return NAMI_OK;
	schema = LookupExplicitNamespace(name.schema, true);
	if (!OidIsValid(schema))
		return NAMI_OK;
	choice = choose(&name, schema, types, arg_count);
	if (!OidIsValid(choice.any))
		return NAMI_OK;
	if (choice.ties > 0)
		return nami_fail(err, NAMI_ERR_UNDEFINED_FUNCTION,
						 "SQL function %s is not unique: several of this name take such arguments",
						 quote_qualified_identifier(name.schema, name.function));
	/* One that takes another number of arguments is described for the binder's complaint. */
	if (!OidIsValid(choice.best))
		choice.best = choice.any;
	acl = nami_function_aclcheck(choice.best, GetUserId(), ACL_EXECUTE);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FUNCTION, quote_qualified_identifier(name.schema, name.function));
	*out = describe(choice.best, &name, context, arena);
	NAMI_TRY(describe_result(*out, err));
	set_arguments(*out, arg_count);
	(*out)->callback.func = free_plan;
	(*out)->callback.arg = *out;
	MemoryContextRegisterResetCallback(context, &(*out)->callback);
	return NAMI_OK;
}

/* ---- calling ------------------------------------------------------------------------------- */

static void
prepare(Routine *routine, bool as_table)
{
	StringInfoData sql;

	if (routine->plan != NULL)
		return;
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s%s(", as_table ? "* FROM " : "", routine->qualified_name);
	for (int i = 0; i < routine->arg_count; i++)
		appendStringInfo(&sql, "%s%s$%d", i > 0 ? ", " : "",
						 routine->is_variadic && i == routine->in_count - 1 ? "VARIADIC " : "",
						 i + 1);
	appendStringInfoChar(&sql, ')');
	routine->plan = SPI_prepare(sql.data, routine->arg_count, routine->in_types);
	if (routine->plan == NULL)
		elog(ERROR, "SPI_prepare of an SQL function failed: %s", SPI_result_code_string(SPI_result));
	SPI_keepplan(routine->plan);
}

static void
name_routine(void *arg)
{
	const Routine *routine = arg;

	errcontext("SQL function %s called from Cypher", routine->qualified_name);
}

static void
execute(Routine *routine, NamiEvalContext *ctx, const NamiValue *args, bool as_table)
{
	NamiJsonbWriter writer = {ctx->snapshot, ctx->arena, NAMI_JSON_PLAIN};
	Datum	   *datums = palloc((routine->arg_count + 1) * sizeof(Datum));
	char	   *nulls = palloc((routine->arg_count + 1) * sizeof(char));
	int			result;

	prepare(routine, as_table);
	for (int i = 0; i < routine->arg_count; i++)
	{
		bool		is_null;

		datums[i] = nami_column_datum(&writer, &routine->writers[i], args[i], &is_null);
		nulls[i] = is_null ? 'n' : ' ';
	}
	/* Read-only to SPI: in the calling statement's snapshot. The function itself may do more. */
	result = SPI_execute_plan(routine->plan, datums, nulls, true, 0);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SQL function returned %s", SPI_result_code_string(result));
}

/* What is done with the rows while SPI holds them. */
typedef void (*TakeRows) (Routine *routine, SPITupleTable *table, uint64 count, void *arg);

static void
call_routine(Routine *routine, NamiEvalContext *ctx, const NamiValue *args, TakeRows take,
			 void *arg, bool as_table)
{
	bool		caller_writes = ctx->check_deleted;
	ErrorContextCallback callback = {error_context_stack, name_routine, routine};

	error_context_stack = &callback;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	nami_pg_enter_function(caller_writes);
	PG_TRY();
	{
		execute(routine, ctx, args, as_table);
	}
	PG_FINALLY();
	{
		nami_pg_leave_function(caller_writes);
	}
	PG_END_TRY();
	take(routine, SPI_tuptable, SPI_processed, arg);
	SPI_finish();
	error_context_stack = callback.previous;
}

static NamiValue
cell(SPITupleTable *table, uint64 row, int column, NamiArena *arena)
{
	bool		is_null;
	Datum		datum = SPI_getbinval(table->vals[row], table->tupdesc, column + 1, &is_null);

	return nami_value_from_datum(datum, is_null, SPI_gettypeid(table->tupdesc, column + 1), arena);
}

/* ---- procedures ---------------------------------------------------------------------------- */

static void
take_rows(Routine *routine, SPITupleTable *table, uint64 count, void *arg)
{
	NamiProcedureCall *call = arg;
	uint32		columns = call->procedure->column_count;
	NamiValue  *row = NAMI_NEW_ARRAY(call->arena, NamiValue, columns + (size_t) 1);

	for (uint64 r = 0; r < count && columns > 0; r++)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; i < columns; i++)
			row[i] = cell(table, r, (int) i, call->arena);
		nami_procedure_emit(call, row);
	}
}

static NamiStatus
run_procedure(NamiProcedureCall *call, NamiError *err)
{
	Routine    *routine = ((const HostProcedure *) call->procedure)->routine;

	call_routine(routine, call->ctx, call->args, take_rows, call, true);
	return NAMI_OK;
}

static const NamiProcedureRun procedure_implementation = run_procedure;

static uint32
describe_columns(const Routine *routine, const SqlName *name, NamiArena *arena,
				 const NamiProcedureField **out)
{
	TupleDesc	desc = routine->result_desc;
	NamiProcedureField *fields;
	uint32		count = 0;

	*out = NULL;
	if (routine->result_type == VOIDOID)
		return 0;
	if (routine->result_class == TYPEFUNC_SCALAR)
	{
		char	   *own_name = get_func_result_name(routine->oid);

		fields = NAMI_NEW(arena, NamiProcedureField);
		fields->name = utf8_name(arena, own_name != NULL ? own_name : name->function);
		fields->type = result_static_type(routine->result_type);
		*out = fields;
		return 1;
	}
	fields = NAMI_NEW_ARRAY(arena, NamiProcedureField, (size_t) desc->natts + 1);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (attribute->attisdropped)
			continue;
		fields[count].name = utf8_name(arena, NameStr(attribute->attname));
		fields[count++].type = result_static_type(attribute->atttypid);
	}
	*out = fields;
	return count;
}

static NamiStatus
resolve_procedure(void *ctx, NamiArena *arena, NamiStr name, const NamiStaticType *types,
				  uint32_t arg_count, const NamiProcedure **out, NamiError *err)
{
	MemoryContext old = MemoryContextSwitchTo(ctx);
	HostProcedure *procedure;
	Routine    *routine;
	SqlName		parts;
	NamiStatus	status = find_routine(ctx, arena, name, types, arg_count, &routine, err);

	*out = NULL;
	if (status == NAMI_OK && routine != NULL)
	{
		split_name(name, &parts);
		procedure = palloc0(sizeof(HostProcedure));
		procedure->routine = routine;
		procedure->procedure = (NamiProcedure) {
			.name = nami_arena_str(arena, name),
			.arguments = routine->in_fields,
			.min_args = (uint32_t) (routine->in_count - routine->default_count),
			.max_args = (uint32_t) routine->in_count,
			.implementation = &procedure_implementation,
		};
		procedure->procedure.column_count = describe_columns(routine, &parts, arena,
															 &procedure->procedure.columns);
		*out = &procedure->procedure;
	}
	MemoryContextSwitchTo(old);
	return status;
}

/* ---- functions ----------------------------------------------------------------------------- */

typedef struct ScalarResult
{
	NamiArena  *arena;
	NamiValue  *out;
} ScalarResult;

static void
take_value(Routine *routine, SPITupleTable *table, uint64 count, void *arg)
{
	ScalarResult *result = arg;

	if (count > 0)
		*result->out = cell(table, 0, 0, result->arena);
}

static NamiStatus
run_function(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	Routine    *routine = ((const HostFunction *) call->function)->routine;
	ScalarResult result = {ctx->arena, out};

	call_routine(routine, ctx, args, take_value, &result, false);
	return NAMI_OK;
}

static const NamiScalarFunction function_implementation = run_function;

static NamiStatus
resolve_function(void *ctx, NamiArena *arena, NamiStr name, const NamiStaticType *types,
				 uint32_t arg_count, const NamiFunction **out, NamiError *err)
{
	MemoryContext old = MemoryContextSwitchTo(ctx);
	HostFunction *function;
	Routine    *routine;
	NamiStatus	status = find_routine(ctx, arena, name, types, arg_count, &routine, err);

	*out = NULL;
	if (status == NAMI_OK && routine != NULL && routine->is_set)
	{
		status = refuse(err, routine, "returns a set, which an expression cannot hold");
		nami_error_hint(err, "Use CALL.");
	}
	else if (status == NAMI_OK && routine != NULL)
	{
		NamiStaticType *arg_types = NAMI_NEW_ARRAY(arena, NamiStaticType,
												   (size_t) routine->in_count + 1);

		for (int i = 0; i < routine->in_count; i++)
			arg_types[i] = routine->in_fields[i].type;
		function = palloc0(sizeof(HostFunction));
		function->routine = routine;
		function->function = (NamiFunction) {
			.name = nami_arena_str(arena, name),
			.min_args = (uint8_t) (routine->in_count - routine->default_count),
			.max_args = (uint8_t) routine->in_count,
			.flags = NAMI_FN_HOST | (routine->is_volatile ? NAMI_FN_VOLATILE : 0),
			.result = routine->result_class == TYPEFUNC_SCALAR ?
			result_static_type(routine->result_type) : NAMI_STATIC_MAP,
			.arg_types = arg_types,
			.implementation = &function_implementation,
		};
		*out = &function->function;
	}
	MemoryContextSwitchTo(old);
	return status;
}

const NamiRoutineResolver *
nami_pg_resolver(MemoryContext context)
{
	NamiRoutineResolver *resolver = MemoryContextAlloc(context, sizeof(NamiRoutineResolver));

	*resolver = (NamiRoutineResolver) {context, resolve_procedure, resolve_function};
	return resolver;
}
