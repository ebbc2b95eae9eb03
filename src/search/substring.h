/* substring.h - does a word occur in a text? ASCII letters in either case, other bytes as they are.
 */
#ifndef SEARCH_SUBSTRING_H
#define SEARCH_SUBSTRING_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>

/* A copy with A-Z as a-z. */
struct text substring_fold(struct arena *arena, struct text text) MUST_USE;
/* `folded` comes from substring_fold(); an empty one occurs everywhere. */
bool substring_occurs(struct text text, struct text folded) MUST_USE;

#endif
