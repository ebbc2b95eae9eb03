/*
 * etag.h - entity tags (RFC 9110 section 8.8.3): "VERSION-CONTENT" or "CONTENT".
 *
 * CONTENT is a hash of the answer's bytes: a reader that has them is told 304. VERSION is of what
 * can be changed, without what merely happens to it: the stock of a product and the prices in a
 * cart are not in it, so a change (If-Match) is refused only when it would undo somebody else's. A
 * product's version is its number; those of carts and customers are keyed, since they are made of
 * what nobody need see.
 */
#ifndef API_ETAG_H
#define API_ETAG_H

#include "base/text.h"
#include "shop/command/command.h"

#include <stdbool.h>
#include <stdint.h>

struct call;

enum { ETAG_VERSION_SIZE = 24 };

enum etag_kind { ETAG_NUMBERED = 0, ETAG_KEYED };

/* To be called before call_reply(): the answer shows something of this version. */
void etag_version(struct call *call, enum etag_kind kind, uint64_t version);
/* Reads If-Match; what cannot be an entity tag is a fault of the field, what is not of ours is of
 * no version that there is. */
void etag_guard(struct call *call, enum etag_kind kind, struct version_guard *guard_out);

/* Adds the tag of the answer in request->reply. True when the reader has it already: it is to be
 * 304. */
bool etag_apply(struct call *call) MUST_USE;

#endif
