/*
 * oracle_tokens.h - are the words that search/index/tokens.h cuts and joins those of the oracle?
 */
#ifndef TESTS_LIB_ORACLE_TOKENS_H
#define TESTS_LIB_ORACLE_TOKENS_H

#include "lib/oracle_words.h"

/* The same words in the same order, joined or not, with a digit or not. The text is UTF-8. */
bool oracle_tokens_agree(struct text text, struct sb_stemmer *stemmer, struct arena *arena);

#endif
