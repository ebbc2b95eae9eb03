/*
 * recent_contacts.h - the contacts of the last orders, in memory: who has just bought looks at the
 * order, and whoever pays or confirms it does so a moment later.
 *
 * A contact is either here as its row is, or not here. What would change a row drops it: an update,
 * being taken over by another, erasing. Dropped bytes are overwritten.
 *
 * The executor's thread notes, any thread finds.
 */
#ifndef STORE_RECENT_CONTACTS_H
#define STORE_RECENT_CONTACTS_H

#include "base/arena.h"
#include "shop/contact.h"

#include <stdbool.h>
#include <stdint.h>

enum { RECENT_CONTACT_BYTES_MAX = 768 }; /* of one; longer ones are read from the store */

struct recent_contacts;
struct store_batch;

/* Room for `count` > 0 contacts. Those up to number `last` are known to the store already. */
struct recent_contacts *recent_contacts_open(uint32_t count, uint64_t last);
/* NULL is fine. */
void recent_contacts_close(struct recent_contacts *recent);
/* The batch is durable. */
void recent_contacts_note(struct recent_contacts *recent, const struct store_batch *batch);
/* False says nothing about whether there is one. Its texts are in the arena. */
bool recent_contacts_find(struct recent_contacts *recent, uint64_t number, struct arena *arena,
                          struct contact *contact_out) MUST_USE;

#endif
