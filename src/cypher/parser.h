/*
 * parser.h - from Cypher text to the syntax tree of ast.h (spec/cypher.md 1, 2, 2.1).
 *
 * Hand-written recursive descent, precedence climbing for expressions (3.4: OR, XOR, AND, NOT,
 * comparison, IN / IS NULL / string tests, + -, * / %, ^, unary + -, postfix). Time and memory are
 * linear in the text. Nothing but true, false and null is reserved: every keyword is also a name where
 * the grammar leaves no doubt.
 *
 * Errors have class NAMI_ERR_SYNTAX, a position (byte offset of the offending token; the length of the
 * text when it ends too early) and one of openCypher's names:
 *
 *	SyntaxError: UnexpectedSyntax				anything that does not fit the grammar, also a text
 *												without a statement, open strings and comments
 *	SyntaxError: InvalidNumberLiteral			1a, 0x, 0o8
 *	SyntaxError: IntegerOverflow				beyond 64 bits with sign
 *	SyntaxError: FloatingPointOverflow			1e400
 *	SyntaxError: InvalidUnicodeLiteral			\u or \U without its digits, or no code point
 *	SyntaxError: InvalidUnicodeCharacter		a character outside ASCII that starts no token, such as
 *												a typographic dash
 *	SyntaxError: InvalidRelationshipPattern		a negative length bound, [:T..]
 *	SyntaxError: InvalidClauseComposition		order of clauses; UNION mixed with UNION ALL; updating
 *												clauses where only reading ones may stand, and the
 *												opposite in FOREACH
 *
 * Text that is not UTF-8 is NAMI_ERR_BAD_CHARACTER. More than NAMI_CY_DEPTH_LIMIT
 * levels, or more than 1 GiB of text, is NAMI_ERR_LIMIT; what the stack cannot hold NAMI_ERR_TOO_DEEP.
 */
#ifndef NAMI_CYPHER_PARSER_H
#define NAMI_CYPHER_PARSER_H

#include "base/error.h"
#include "base/host.h"
#include "cypher/ast.h"

/*
 * Parses one statement, optionally followed by semicolons. The tree lives in arena and borrows text,
 * which must stay as long as the tree is used.
 */
extern NamiStatus nami_cypher_parse(NamiArena *arena, NamiStr text, NamiCyStatement **out,
									NamiError *err) NAMI_MUST_CHECK;

/* The same with a host that is asked for the stack; it may be NULL. */
extern NamiStatus nami_cypher_parse_on(const NamiHost *host, NamiArena *arena, NamiStr text,
									   NamiCyStatement **out, NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_CYPHER_PARSER_H */
