/*
 * analyzer.h - the full-text analyzer of NamiDB (spec/search.md 1.4): text to tokens.
 */
#ifndef NAMI_EXEC_ANALYZER_H
#define NAMI_EXEC_ANALYZER_H

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

typedef NAMI_VEC(NamiStr) NamiTokens;

/* Appends the tokens of the text in order; they live in the arena. */
extern void nami_analyze(NamiArena *arena, NamiStr text, NamiTokens *tokens);

/* Does the code point belong to words? All others separate them. */
extern bool nami_is_alphanumeric(uint32_t c);

#endif							/* NAMI_EXEC_ANALYZER_H */
