/*
 * host.c - memory, interrupts, clocks, log and errors of the backend for the engine.
 */
#include "postgres.h"

#include "pg/host.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/settings.h"
#include "pg/temp_file.h"
#include "portability/instr_time.h"
#include "utils/elog.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static MemoryContext process_context = NULL;
static NamiAllocator process_allocator;
static bool interrupts_held = false;

/* ---- memory -------------------------------------------------------------------------------- */

static void *
context_alloc(void *ctx, size_t size_bytes)
{
	return MemoryContextAllocHuge((MemoryContext) ctx, size_bytes);
}

static void
context_free(void *ctx, void *block)
{
	pfree(block);
}

MemoryContext
nami_pg_process_context(void)
{
	if (process_context == NULL)
	{
		process_context = AllocSetContextCreate(TopMemoryContext, "namidb", ALLOCSET_DEFAULT_SIZES);
		process_allocator = (NamiAllocator) {process_context, context_alloc, context_free};
	}
	return process_context;
}

const NamiAllocator *
nami_pg_process_allocator(void)
{
	nami_pg_process_context();
	return &process_allocator;
}

const NamiAllocator *
nami_pg_allocator(MemoryContext context)
{
	NamiAllocator *allocator = MemoryContextAlloc(context, sizeof(NamiAllocator));

	*allocator = (NamiAllocator) {context, context_alloc, context_free};
	return allocator;
}

/* A statement that grows without end is stopped at its limit, or by its user. */
static void
before_block(NamiMemoryAccount *account, size_t size_bytes)
{
	NamiError	err = NAMI_ERROR_INIT;

	CHECK_FOR_INTERRUPTS();
	if (!nami_memory_account_refuses(account, size_bytes))
		return;
	nami_fail_memory_limit(&err, account);
	nami_pg_raise(&err, NULL);
}

void
nami_pg_account_init(NamiMemoryAccount *account, const char *user)
{
	*account = (NamiMemoryAccount) {
		.limit_bytes = (size_t) nami_settings.statement_memory_limit_kb * 1024,
		.user = user,
		.before_block = before_block,
	};
}

typedef struct ContextOwner
{
	NamiOwner	owner;
	MemoryContextCallback callback;
} ContextOwner;

static void
release_owner(void *arg)
{
	nami_owner_release((NamiOwner *) arg);
}

NamiOwner *
nami_pg_owner(MemoryContext context)
{
	ContextOwner *result = MemoryContextAllocZero(context, sizeof(ContextOwner));

	nami_owner_init(&result->owner);
	result->callback.func = release_owner;
	result->callback.arg = &result->owner;
	MemoryContextRegisterResetCallback(context, &result->callback);
	return &result->owner;
}

/* ---- services ------------------------------------------------------------------------------ */

static bool
host_interrupted(void *ctx)
{
	return InterruptPending && (QueryCancelPending || ProcDiePending) &&
		InterruptHoldoffCount == 0 && QueryCancelHoldoffCount == 0 && CritSectionCount == 0;
}

static bool
host_stack_is_low(void *ctx)
{
	return stack_is_too_deep();
}

static int64_t
host_now_us(void *ctx)
{
	return GetCurrentTimestamp() +
		(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

static int64_t
host_monotonic_ms(void *ctx)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64_t) INSTR_TIME_GET_MILLISEC(now);
}

static void
host_random(void *ctx, void *out, size_t n)
{
	if (!pg_strong_random(out, n))
		elog(ERROR, "could not obtain random bytes");
}

/*
 * The engine logs from places that must not unwind. Reporting below ERROR ends with a check for
 * interrupts, so they are held meanwhile; the text is plain ASCII or UTF-8 of names.
 */
static void
host_log(void *ctx, NamiLogLevel level, const char *subsystem, const char *message)
{
	int			elevel = level == NAMI_LOG_DEBUG ? DEBUG1 : level == NAMI_LOG_INFO ? LOG : WARNING;

	HOLD_INTERRUPTS();
	ereport(elevel, (errmsg_internal("namidb %s: %s", subsystem, message)));
	RESUME_INTERRUPTS();
}

const NamiHost *
nami_pg_host(void)
{
	static NamiHost host = {
		.ctx = NULL,
		.interrupted = host_interrupted,
		.now_us = host_now_us,
		.monotonic_ms = host_monotonic_ms,
		.random = host_random,
		.log = host_log,
		.stack_is_low = host_stack_is_low,
		.timezone_directory = "/usr/share/zoneinfo",
	};

	host.temp_files = nami_pg_temp_files();
	return &host;
}

void
nami_pg_hold_interrupts(void)
{
	if (interrupts_held)
		return;
	HOLD_INTERRUPTS();
	interrupts_held = true;
}

/* An error has reset the count already: then only the flag is forgotten. */
void
nami_pg_resume_interrupts(bool after_error)
{
	if (!interrupts_held)
		return;
	interrupts_held = false;
	if (!after_error && InterruptHoldoffCount > 0)
		RESUME_INTERRUPTS();
}

/* ---- errors -------------------------------------------------------------------------------- */

int
nami_pg_sqlstate(NamiErrorClass cls)
{
	switch (cls)
	{
		case NAMI_ERR_SYNTAX:
			return ERRCODE_SYNTAX_ERROR;
		case NAMI_ERR_UNDEFINED_NAME:
			return ERRCODE_UNDEFINED_COLUMN;
		case NAMI_ERR_DUPLICATE_NAME:
			return ERRCODE_DUPLICATE_ALIAS;
		case NAMI_ERR_TYPE_CONFLICT:
			return ERRCODE_CANNOT_COERCE;
		case NAMI_ERR_UNDEFINED_FUNCTION:
			return ERRCODE_UNDEFINED_FUNCTION;
		case NAMI_ERR_UNSUPPORTED:
			return ERRCODE_FEATURE_NOT_SUPPORTED;
		case NAMI_ERR_PARAMETER:
			return ERRCODE_UNDEFINED_PARAMETER;
		case NAMI_ERR_TYPE:
			return ERRCODE_DATATYPE_MISMATCH;
		case NAMI_ERR_DIVISION_BY_ZERO:
			return ERRCODE_DIVISION_BY_ZERO;
		case NAMI_ERR_OUT_OF_RANGE:
			return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
		case NAMI_ERR_ARGUMENT:
			return ERRCODE_INVALID_PARAMETER_VALUE;
		case NAMI_ERR_BAD_CHARACTER:
			return ERRCODE_UNTRANSLATABLE_CHARACTER;
		case NAMI_ERR_UNIQUE:
			return ERRCODE_UNIQUE_VIOLATION;
		case NAMI_ERR_DANGLING:
			return ERRCODE_FOREIGN_KEY_VIOLATION;
		case NAMI_ERR_CHECK:
			return ERRCODE_CHECK_VIOLATION;
		case NAMI_ERR_ENTITY_DELETED:
			return ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
		case NAMI_ERR_DUPLICATE_OBJECT:
			return ERRCODE_DUPLICATE_OBJECT;
		case NAMI_ERR_UNDEFINED_OBJECT:
			return ERRCODE_UNDEFINED_OBJECT;
		case NAMI_ERR_CONFLICT:
			return ERRCODE_T_R_SERIALIZATION_FAILURE;
		case NAMI_ERR_DEADLOCK:
			return ERRCODE_T_R_DEADLOCK_DETECTED;
		case NAMI_ERR_IN_DOUBT:
			return ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN;
		case NAMI_ERR_READ_ONLY:
			return ERRCODE_READ_ONLY_SQL_TRANSACTION;
		case NAMI_ERR_ACTIVE_TRANSACTION:
			return ERRCODE_ACTIVE_SQL_TRANSACTION;
		case NAMI_ERR_SNAPSHOT_TOO_OLD:
			return MAKE_SQLSTATE('7', '2', '0', '0', '0');
		case NAMI_ERR_CONNECT:
			return ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION;
		case NAMI_ERR_CONNECTION_LOST:
			return ERRCODE_CONNECTION_FAILURE;
		case NAMI_ERR_AUTHENTICATION:
			return ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
		case NAMI_ERR_PERMISSION:
			return ERRCODE_INSUFFICIENT_PRIVILEGE;
		case NAMI_ERR_IO:
			return ERRCODE_IO_ERROR;
		case NAMI_ERR_DISK_FULL:
			return ERRCODE_DISK_FULL;
		case NAMI_ERR_CORRUPT:
			return ERRCODE_DATA_CORRUPTED;
		case NAMI_ERR_MEMORY_LIMIT:
			return ERRCODE_OUT_OF_MEMORY;
		case NAMI_ERR_LIMIT:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case NAMI_ERR_TOO_DEEP:
			return ERRCODE_STATEMENT_TOO_COMPLEX;
		case NAMI_ERR_CANCELLED:
			return ERRCODE_QUERY_CANCELED;
		case NAMI_ERR_OPTION_NAME:
			return ERRCODE_FDW_INVALID_OPTION_NAME;
		case NAMI_ERR_OPTION_VALUE:
			return ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE;
		case NAMI_ERR_NONE:
		case NAMI_ERR_INTERNAL:
			break;
	}
	return ERRCODE_INTERNAL_ERROR;
}

/* Engine texts are UTF-8; the client wants the database's encoding. */
static const char *
to_server(const char *utf8)
{
	return pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8);
}

/* DETAIL begins with openCypher's name where the error has one. */
static const char *
detail_text(const NamiError *err)
{
	if (err->name[0] == '\0')
		return to_server(err->detail);
	if (err->detail[0] == '\0')
		return psprintf("%s", err->name);
	return psprintf("%s. %s", err->name, to_server(err->detail));
}

/* 1-based number of the character at a byte offset of UTF-8 text. */
static int
character_number(const char *text, int64 offset)
{
	int			number = 1;

	for (int64 i = 0; i < offset && text[i] != '\0'; i++)
	{
		if (((unsigned char) text[i] & 0xC0) != 0x80)
			number++;
	}
	return number;
}

void
nami_pg_raise(const NamiError *err, const char *query)
{
	bool		has_position = query != NULL && err->position >= 0;
	bool		has_detail = err->name[0] != '\0' || err->detail[0] != '\0';
	int			cursor = 0;

	if (err->cls == NAMI_ERR_CANCELLED)
		CHECK_FOR_INTERRUPTS();
	if (has_position)
		cursor = character_number(query, err->position);
	ereport(ERROR,
			(errcode(nami_pg_sqlstate(err->cls)),
			 errmsg("%s", to_server(err->message)),
			 has_detail ? errdetail("%s", detail_text(err)) : 0,
			 err->hint[0] != '\0' ? errhint("%s", to_server(err->hint)) : 0,
			 has_position ? internalerrquery(to_server(query)) : 0,
			 has_position ? internalerrposition(cursor) : 0));
	pg_unreachable();
}
