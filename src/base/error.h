/*
 * error.h - how the engine reports failure.
 *
 * A function that can fail returns NamiStatus and fills the NamiError that its caller passed.
 * Nothing is allocated for an error, so reporting one cannot fail itself. The glue turns the class
 * into an SQLSTATE in one place.
 */
#ifndef NAMI_BASE_ERROR_H
#define NAMI_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum NamiStatus
{
	NAMI_OK = 0,
	NAMI_FAILED = 1				/* the NamiError says why */
} NamiStatus;

#define NAMI_MUST_CHECK	__attribute__((warn_unused_result))

/* One class per SQLSTATE (in brackets). */
typedef enum NamiErrorClass
{
	NAMI_ERR_NONE = 0,
	/* the query text */
	NAMI_ERR_SYNTAX,			/* 42601 */
	NAMI_ERR_UNDEFINED_NAME,	/* 42703 variable, column */
	NAMI_ERR_DUPLICATE_NAME,	/* 42712 */
	NAMI_ERR_TYPE_CONFLICT,		/* 42846 known at compile time */
	NAMI_ERR_UNDEFINED_FUNCTION,	/* 42883 function, procedure */
	NAMI_ERR_UNSUPPORTED,		/* 0A000 */
	NAMI_ERR_PARAMETER,			/* 42P02 */
	/* values */
	NAMI_ERR_TYPE,				/* 42804 */
	NAMI_ERR_DIVISION_BY_ZERO,	/* 22012 */
	NAMI_ERR_OUT_OF_RANGE,		/* 22003 */
	NAMI_ERR_ARGUMENT,			/* 22023 */
	NAMI_ERR_BAD_CHARACTER,		/* 22P05 */
	/* constraints */
	NAMI_ERR_UNIQUE,			/* 23505 */
	NAMI_ERR_DANGLING,			/* 23503 delete of a connected node, edge without end */
	NAMI_ERR_CHECK,				/* 23514 dimension of an indexed vector */
	NAMI_ERR_ENTITY_DELETED,	/* 55000 */
	NAMI_ERR_DUPLICATE_OBJECT,	/* 42710 */
	NAMI_ERR_UNDEFINED_OBJECT,	/* 42704 index, constraint, bucket, server */
	/* transactions */
	NAMI_ERR_CONFLICT,			/* 40001 */
	NAMI_ERR_DEADLOCK,			/* 40P01 */
	NAMI_ERR_IN_DOUBT,			/* 08007 */
	NAMI_ERR_READ_ONLY,			/* 25006 */
	NAMI_ERR_ACTIVE_TRANSACTION,	/* 25001 */
	NAMI_ERR_SNAPSHOT_TOO_OLD,	/* 72000 */
	/* the store */
	NAMI_ERR_CONNECT,			/* 08001 */
	NAMI_ERR_CONNECTION_LOST,	/* 08006 */
	NAMI_ERR_AUTHENTICATION,	/* 28000 */
	NAMI_ERR_PERMISSION,		/* 42501 */
	NAMI_ERR_IO,				/* 58030 */
	NAMI_ERR_DISK_FULL,			/* 53100 */
	NAMI_ERR_CORRUPT,			/* XX001 */
	/* limits */
	NAMI_ERR_MEMORY_LIMIT,		/* 53200 */
	NAMI_ERR_LIMIT,				/* 54000 too large, too deep, too many */
	NAMI_ERR_TOO_DEEP,			/* 54001 for the stack */
	NAMI_ERR_CANCELLED,			/* 57014 */
	/* configuration */
	NAMI_ERR_OPTION_NAME,		/* HV00D */
	NAMI_ERR_OPTION_VALUE,		/* HV024 */
	NAMI_ERR_INTERNAL			/* XX000 our own bug */
} NamiErrorClass;

typedef struct NamiError
{
	NamiErrorClass cls;
	char		name[80];		/* openCypher's name, "SyntaxError: UndefinedVariable", or "" */
	char		message[1024];	/* lower-case start, no full stop, never a secret */
	char		detail[512];	/* full sentences, or "" */
	char		hint[512];
	int64_t		position;		/* byte offset into the query text, -1 when there is none */
	int			http_status;	/* 0 when not from HTTP */
	bool		retryable;		/* a repeated attempt may succeed (store errors) */
} NamiError;

#define NAMI_ERROR_INIT	{.cls = NAMI_ERR_NONE, .position = -1}

/* Clears the error so that the struct can be used again. */
extern void nami_error_reset(NamiError *err);

/* Sets class and message, clears the rest; returns NAMI_FAILED: return nami_fail(err, ...). */
extern NamiStatus nami_fail(NamiError *err, NamiErrorClass cls, const char *format,...)
			__attribute__((format(printf, 3, 4)));

/* The same for errors of a query: with openCypher's name and a byte offset into the text. */
extern NamiStatus nami_fail_at(NamiError *err, NamiErrorClass cls, const char *name,
							   int64_t position, const char *format,...)
			__attribute__((format(printf, 5, 6)));

/* Add to an error that was set. */
extern void nami_error_detail(NamiError *err, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void nami_error_hint(NamiError *err, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/*
 * Puts "context: " in front of the message. Each layer does so at most once, and only when it knows
 * something that the lower layer could not ("reading WAL segment 12 of namespace demo").
 */
extern void nami_error_context(NamiError *err, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* For the plain case: propagate and return. */
#define NAMI_TRY(expr) \
	do { \
		if ((expr) != NAMI_OK) \
			return NAMI_FAILED; \
	} while (0)

/*
 * Programmer's errors only, never input. On unless NAMI_NO_ASSERT is defined (release builds).
 */
#ifdef NAMI_NO_ASSERT
#define NAMI_ASSERT(cond)	((void) sizeof(!(cond)))
#else
extern void nami_assert_failed(const char *cond, const char *file, int line)
			__attribute__((noreturn));
#define NAMI_ASSERT(cond) \
	((cond) ? (void) 0 : nami_assert_failed(#cond, __FILE__, __LINE__))
#endif

#endif							/* NAMI_BASE_ERROR_H */
