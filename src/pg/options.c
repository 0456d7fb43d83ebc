/*
 * options.c - the option table and the validator.
 */
#include "postgres.h"

#include "pg/options.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pg/compat.h"
#include "pg/host.h"
#include "store/uri.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(namidb_fdw_validator);

typedef enum OptionType
{
	OPTION_TEXT,
	OPTION_BOOL,
	OPTION_STORE,				/* a store URI */
	OPTION_ENDPOINT,			/* http[s]://host[:port], without credentials */
	OPTION_REGION,
	OPTION_EPOCH,				/* keep | bump */
	OPTION_PATH,				/* absolute */
	OPTION_ON_DELETE,			/* restrict | detach */
	OPTION_ON_TYPE_MISMATCH		/* error | null */
} OptionType;

typedef struct Option
{
	const char *name;
	Oid			catalog;
	OptionType	type;
	bool		superuser_only;
} Option;

static const Option options[] = {
	{"bump_epoch", ForeignServerRelationId, OPTION_EPOCH, false},
	{"ca_file", ForeignServerRelationId, OPTION_PATH, true},
	{"endpoint", ForeignServerRelationId, OPTION_ENDPOINT, false},
	{"read_only", ForeignServerRelationId, OPTION_BOOL, false},
	{"region", ForeignServerRelationId, OPTION_REGION, false},
	{"store", ForeignServerRelationId, OPTION_STORE, false},
	{"use_server_credentials", ForeignServerRelationId, OPTION_BOOL, true},
	{"access_key_id", UserMappingRelationId, OPTION_TEXT, false},
	{"secret_access_key", UserMappingRelationId, OPTION_TEXT, false},
	{"session_token", UserMappingRelationId, OPTION_TEXT, false},
	{"cypher", ForeignTableRelationId, OPTION_TEXT, false},
	{"label", ForeignTableRelationId, OPTION_TEXT, false},
	{"on_delete", ForeignTableRelationId, OPTION_ON_DELETE, false},
	{"on_type_mismatch", ForeignTableRelationId, OPTION_ON_TYPE_MISMATCH, false},
	{"type", ForeignTableRelationId, OPTION_TEXT, false},
	{"property", AttributeRelationId, OPTION_TEXT, false},
};

const char *
nami_option_get(List *list, const char *name)
{
	ListCell   *lc;

	foreach(lc, list)
	{
		DefElem    *def = lfirst(lc);

		if (strcmp(def->defname, name) == 0)
			return defGetString(def);
	}
	return NULL;
}

bool
nami_option_get_bool(List *list, const char *name, bool fallback)
{
	const char *text = nami_option_get(list, name);
	bool		value;

	if (text == NULL || !parse_bool(text, &value))
		return fallback;
	return value;
}

/* Edit distance, for names of a few dozen characters. */
static int
distance(const char *a, const char *b)
{
	int			row[NAMEDATALEN + 1];
	int			b_len = (int) strlen(b);

	for (int j = 0; j <= b_len; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0'; i++)
	{
		int			diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= b_len; j++)
		{
			int			substituted = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = Min(substituted, Min(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

static void
refuse_unknown(const char *name, Oid catalog)
{
	const char *nearest = NULL;
	int			nearest_distance = 5;
	StringInfoData valid;

	initStringInfo(&valid);
	for (size_t i = 0; i < lengthof(options); i++)
	{
		int			d;

		if (options[i].catalog != catalog)
			continue;
		appendStringInfo(&valid, "%s\"%s\"", valid.len > 0 ? ", " : "", options[i].name);
		if (strlen(name) > NAMEDATALEN)
			continue;
		d = distance(name, options[i].name);
		if (d < nearest_distance)
		{
			nearest = options[i].name;
			nearest_distance = d;
		}
	}
	if (catalog == ForeignServerRelationId &&
		(strcmp(name, "access_key_id") == 0 || strcmp(name, "secret_access_key") == 0 ||
		 strcmp(name, "session_token") == 0))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"%s\" belongs to a user mapping, not to a server", name),
				 errhint("Use CREATE USER MAPPING FOR … SERVER … OPTIONS (access_key_id …, secret_access_key …).")));
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 nearest != NULL ? errhint("Perhaps you meant the option \"%s\".", nearest) :
			 valid.len > 0 ? errhint("Valid options here are: %s.", valid.data) :
			 errhint("There are no options here.")));
}

static const Option *
find_option(const char *name, Oid catalog)
{
	for (size_t i = 0; i < lengthof(options); i++)
	{
		if (options[i].catalog == catalog && strcmp(options[i].name, name) == 0)
			return &options[i];
	}
	refuse_unknown(name, catalog);
	return NULL;
}

/* The store URI, or what overrides a part of one. */
static void
check_store(OptionType type, const char *text)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "namidb uri",
												  ALLOCSET_SMALL_SIZES);
	NamiArena  *arena = nami_arena_create(nami_pg_allocator(context), NULL);
	NamiStoreUri uri;
	NamiError	err = NAMI_ERROR_INIT;

	NAMI_PG_CHECK(nami_store_uri_parse(arena, type == OPTION_STORE ? nami_str(text) :
									   NAMI_STR("s3://bucket?ns=any"), &uri, &err), &err);
	if (type == OPTION_ENDPOINT)
		NAMI_PG_CHECK(nami_store_uri_set_endpoint(arena, &uri, nami_str(text), &err), &err);
	if (type == OPTION_REGION)
		NAMI_PG_CHECK(nami_store_uri_set_region(arena, &uri, nami_str(text), &err), &err);
	MemoryContextDelete(context);
}

static void
refuse_value(const Option *option, const char *expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", option->name),
			 errdetail("Expected %s.", expected)));
}

static void
check_value(const Option *option, const char *text)
{
	bool		ignored;

	switch (option->type)
	{
		case OPTION_TEXT:
			if (text[0] == '\0')
				refuse_value(option, "a text that is not empty");
			break;
		case OPTION_BOOL:
			if (!parse_bool(text, &ignored))
				refuse_value(option, "a boolean");
			break;
		case OPTION_STORE:
		case OPTION_ENDPOINT:
		case OPTION_REGION:
			check_store(option->type, text);
			break;
		case OPTION_EPOCH:
			if (strcmp(text, "keep") != 0 && strcmp(text, "bump") != 0)
				refuse_value(option, "\"keep\" or \"bump\"");
			break;
		case OPTION_ON_DELETE:
			if (strcmp(text, "restrict") != 0 && strcmp(text, "detach") != 0)
				refuse_value(option, "\"restrict\" or \"detach\"");
			break;
		case OPTION_ON_TYPE_MISMATCH:
			if (strcmp(text, "error") != 0 && strcmp(text, "null") != 0)
				refuse_value(option, "\"error\" or \"null\"");
			break;
		case OPTION_PATH:
			if (!is_absolute_path(text))
				refuse_value(option, "an absolute path");
			break;
	}
}

static const char *const table_meanings[] = {"label", "type", "cypher"};

/* A foreign table stands for one thing, and some options only make sense for some of these. */
static void
check_table(List *list)
{
	const char *given = NULL;

	for (size_t i = 0; i < lengthof(table_meanings); i++)
	{
		if (nami_option_get(list, table_meanings[i]) == NULL)
			continue;
		if (given != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("options \"%s\" and \"%s\" exclude each other", given,
							table_meanings[i]),
					 errhint("A foreign table shows the nodes of one \"label\", the relationships of one \"type\", or the rows of one \"cypher\" query. To change from one to the other, use OPTIONS (DROP %s, ADD %s '…').",
							 given, table_meanings[i])));
		given = table_meanings[i];
	}
	if (nami_option_get(list, "on_delete") != NULL && given != NULL && strcmp(given, "label") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("options \"on_delete\" and \"%s\" exclude each other", given),
				 errhint("\"on_delete\" says what becomes of a deleted node's relationships: it is for tables of nodes.")));
}

/*
 * Superuser-only options: the check is on whoever sets or keeps them, so an ordinary owner cannot
 * change any option of a server that has one; dropping the option first is what he can ask for.
 */
Datum
namidb_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *list = untransformRelOptions(PG_GETARG_DATUM(0));
	Oid			catalog = PG_GETARG_OID(1);
	ListCell   *lc;

	foreach(lc, list)
	{
		DefElem    *def = lfirst(lc);
		const Option *option = find_option(def->defname, catalog);

		if (option->superuser_only && !superuser())
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("option \"%s\" may only be set by a superuser", option->name)));
		check_value(option, defGetString(def));
	}
	if (catalog == ForeignTableRelationId)
		check_table(list);
	if (catalog == ForeignServerRelationId && nami_option_get(list, "store") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("option \"store\" is required"),
				 errhint("For example: OPTIONS (store 'file:///srv/graphs?ns=demo').")));
	PG_RETURN_VOID();
}
