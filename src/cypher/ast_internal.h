/*
 * ast_internal.h - what the files of the printer share. Private to src/cypher.
 */
#ifndef NAMI_CYPHER_AST_INTERNAL_H
#define NAMI_CYPHER_AST_INTERNAL_H

#include "cypher/ast.h"

/* A label, type, key or property: every plain word will do without quotes. */
extern void nami_cy_print_key(NamiBuf *out, NamiStr name);

/* parts joined by ", " */
extern void nami_cy_print_pattern(NamiBuf *out, const NamiCyPattern *pattern);

/* An expression list joined by ", ". */
extern void nami_cy_print_exprs(NamiBuf *out, NamiCyExpr *const *args, uint32_t count);

#endif							/* NAMI_CYPHER_AST_INTERNAL_H */
