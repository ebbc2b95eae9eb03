/* courier_forget.c - what channels keep of people who were erased goes. */
#include "notify/courier_parts.h"

void courier_forget(struct courier *courier, uint64_t contact)
{
    ensure(pthread_mutex_lock(&courier->contacts) == 0);
    for (uint32_t i = 0; i < courier->queue_count; i++) {
        struct channel *channel = &courier->queues[i].channel;
        if (channel->ops->forget != NULL)
            channel->ops->forget(channel, contact);
    }
    ensure(pthread_mutex_unlock(&courier->contacts) == 0);
}

struct looking {
    struct courier *courier;
    struct err err; /* a contact could not be read */
};

static bool is_gone(void *context, uint64_t number)
{
    struct looking *looking = context;
    struct contact contact;
    bool is_found = false;
    arena_reset(&looking->courier->arena);
    struct err err = store_read_contact(looking->courier->reader, number, &looking->courier->arena,
                                        &contact, &is_found);
    if (err.code != ERR_NONE)
        looking->err = err;
    return err.code == ERR_NONE && !is_found;
}

struct err courier_look_for_gone(struct courier *courier)
{
    struct looking looking = {courier, OK};
    if (courier->has_looked || courier->options.store == NULL)
        return OK;
    if (courier->reader == NULL)
        TRY(store_reader_open(courier->options.store, &courier->reader));
    ensure(pthread_mutex_lock(&courier->contacts) == 0);
    for (uint32_t i = 0; i < courier->queue_count; i++) {
        struct channel *channel = &courier->queues[i].channel;
        if (channel->ops->forget_gone != NULL)
            channel->ops->forget_gone(channel, is_gone, &looking);
    }
    ensure(pthread_mutex_unlock(&courier->contacts) == 0);
    courier->has_looked = looking.err.code == ERR_NONE;
    return looking.err;
}
