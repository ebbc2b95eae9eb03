/* mem_tables.h - what the store in memory is made of; for its own files alone. */
#ifndef STORE_MEM_MEM_TABLES_H
#define STORE_MEM_MEM_TABLES_H

#include "base/map.h"
#include "store/store.h"

#include <pthread.h>

/*
 * Batches are kept as they came. The "tables" are a shop that readers bring up to date by applying
 * the batches behind its last event; its orders are never forgotten. One lock guards everything:
 * the executor records while loaders read.
 */
struct mem_batch {
    char *events;
    size_t size;
};

struct mem_contact {
    struct contact contact; /* texts point into `bytes` */
    char *bytes;
};

enum { CONTACT_TEXTS = 10 }; /* members of struct contact */

struct store_mem {
    struct store store;
    pthread_mutex_t lock;
    struct mem_batch *batches;
    uint64_t batch_count;
    uint64_t batch_capacity;
    uint64_t recorded_event;
    struct map contacts;    /* number -> struct mem_contact * */
    struct answer *answers; /* in the order they came; number 0 = gone */
    uint64_t answer_count;
    uint64_t answer_capacity;
    struct shop tables;
    uint64_t tables_batch; /* batches applied to the tables */
    uint8_t secret[HASH_SECRET_SIZE];
};

static inline struct store_mem *mem_of(struct store *store)
{
    return (struct store_mem *)store;
}

/* Events of one batch, from `after` on; false when each() asked to stop. */
bool mem_walk_batch(const struct mem_batch *batch, uint64_t after,
                    bool (*each)(void *context, const struct event *event), void *context);
/* With the lock held. */
void mem_bring_up_to_date(struct store_mem *mem);

/* Text `index` of CONTACT_TEXTS. */
struct text *mem_contact_text(struct contact *contact, uint32_t index);

/* Reads of struct store_ops. */
struct err mem_read_order(struct store_reader *reader, uint64_t number, struct arena *arena,
                          struct order **order_out);
struct err mem_read_orders(struct store_reader *reader, const struct store_orders_query *query,
                           struct arena *arena, struct store_orders *orders_out);
struct err mem_read_order_by_key(struct store_reader *reader, uint64_t cart, const uint8_t key[16],
                                 struct arena *arena, struct order **order_out);
struct err mem_read_pending(struct store_reader *reader, uint64_t from,
                            struct store_pending *pending_out);
struct err mem_read_chain_contacts(struct store_reader *reader, uint64_t order_number,
                                   struct arena *arena, uint64_t **contacts_out,
                                   uint32_t *count_out);
struct err mem_read_stock_holders(struct store_reader *reader, uint32_t product, uint16_t location,
                                  struct arena *arena, uint64_t **orders_out, uint32_t *count_out);
struct err mem_read_purchases(struct store_reader *reader, uint64_t order, uint32_t product,
                              struct arena *arena, struct purchases *purchases_out);
struct err mem_read_contact(struct store_reader *reader, uint64_t number, struct arena *arena,
                            struct contact *contact_out, bool *found_out);
struct err mem_read_answer(struct store_reader *reader, uint64_t number, struct arena *arena,
                           const struct answer **answer_out);
struct err mem_read_answers(struct store_reader *reader,
                            bool (*each)(void *context, const struct answer *answer),
                            void *context);
struct err mem_read_actions(struct store_reader *reader, uint64_t before, uint32_t limit,
                            struct arena *arena, struct store_actions *actions_out);
struct err mem_read_events(struct store_reader *reader, uint64_t after,
                           bool (*each)(void *context, const struct event *event), void *context);

#endif
