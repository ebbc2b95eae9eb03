#include "store/mem/store_mem.h"

#include "base/memory.h"
#include "base/random.h"
#include "store/mem/mem_tables.h"

#include <string.h>

bool mem_walk_batch(const struct mem_batch *batch, uint64_t after,
                    bool (*each)(void *context, const struct event *event), void *context)
{
    size_t offset = 0;
    const struct event *event;
    bool damaged = false;

    while (event_next(batch->events, batch->size, &offset, &event, &damaged)) {
        if (event->number > after && !each(context, event))
            return false;
    }
    ensure(!damaged);
    return true;
}

static bool apply_event(void *context, const struct event *event)
{
    struct shop *shop = context;

    shop_apply(shop, event);
    return true;
}

void mem_bring_up_to_date(struct store_mem *mem)
{
    for (; mem->tables_batch < mem->batch_count; mem->tables_batch++)
        mem_walk_batch(&mem->batches[mem->tables_batch], 0, apply_event, &mem->tables);
    ensure(mem->tables.last_event == mem->recorded_event);
}

static struct err mem_load(struct store *store, struct shop *shop)
{
    struct store_mem *mem = mem_of(store);

    for (uint64_t i = 0; i < mem->batch_count; i++)
        mem_walk_batch(&mem->batches[i], 0, apply_event, shop);
    struct map_slot slot;

    for (size_t position = 0; map_walk(&mem->contacts, &position, &slot);) {
        const struct contact *contact = &((struct mem_contact *)(uintptr_t)slot.value)->contact;

        if (contact->email_tag.length > 0)
            customer_set_email(&shop->customers, contact->customer,
                               (const uint8_t *)contact->email_tag.data);
    }
    return OK;
}

static struct text keep_text(char **end, struct text text)
{
    struct text kept = {text.data == NULL ? NULL : *end, text.length};

    ensure(text.data != NULL || text.length == 0);
    if (text.length > 0)
        memcpy(*end, text.data, text.length);
    *end += text.length;
    return kept;
}

static void forget_contact(struct store_mem *mem, uint64_t number)
{
    uint64_t value = 0;

    if (number == 0 || !map_find(&mem->contacts, number, &value))
        return;
    struct mem_contact *kept = (struct mem_contact *)(uintptr_t)value;

    map_remove(&mem->contacts, number);
    memory_free(kept->bytes);
    memory_free(kept);
}

static struct text newer(struct text given, struct text before)
{
    return given.data != NULL ? given : before;
}

/* What the new one does not say stays as the old one said it. */
static struct contact merge_contact(const struct contact *given, const struct contact *before)
{
    return (struct contact){
        .number = given->number,
        .customer = given->customer,
        .name = newer(given->name, before->name),
        .email = newer(given->email, before->email),
        .phone = newer(given->phone, before->phone),
        .shipping_address = newer(given->shipping_address, before->shipping_address),
        .billing_address = newer(given->billing_address, before->billing_address),
        .metadata = newer(given->metadata, before->metadata),
        .addresses = newer(given->addresses, before->addresses),
        .preferences = newer(given->preferences, before->preferences),
        .password = newer(given->password, before->password),
        .email_tag = newer(given->email_tag, before->email_tag),
    };
}

/* The members that are texts. */
struct text *mem_contact_text(struct contact *contact, uint32_t index)
{
    struct text *const texts[CONTACT_TEXTS] = {
        &contact->name,
        &contact->email,
        &contact->phone,
        &contact->shipping_address,
        &contact->billing_address,
        &contact->metadata,
        &contact->addresses,
        &contact->preferences,
        &contact->password,
        &contact->email_tag,
    };

    return texts[index];
}

static void keep_contact(struct store_mem *mem, const struct contact *given)
{
    uint64_t value = 0;
    uint64_t old = given->replaces != 0 ? given->replaces : given->number;
    bool is_known = map_find(&mem->contacts, old, &value);
    const struct mem_contact nothing = {0};
    const struct mem_contact *before = is_known ? (struct mem_contact *)(uintptr_t)value : &nothing;
    struct contact merged = merge_contact(given, &before->contact);
    struct mem_contact *kept = memory_alloc(sizeof *kept);
    size_t size = 0;

    for (uint32_t i = 0; i < CONTACT_TEXTS; i++)
        size += mem_contact_text(&merged, i)->length;
    kept->bytes = memory_alloc(size + 1);
    char *end = kept->bytes;

    kept->contact = merged;
    for (uint32_t i = 0; i < CONTACT_TEXTS; i++)
        *mem_contact_text(&kept->contact, i) = keep_text(&end, *mem_contact_text(&merged, i));
    ensure(end == kept->bytes + size);
    forget_contact(mem, old);
    map_put(&mem->contacts, given->number, (uintptr_t)kept);
}

static void forget_bytes(struct answer *answer)
{
    memory_free((void *)(uintptr_t)answer->bytes.data);
    answer->bytes = TEXT_NONE;
}

static void erase_answers(struct store_mem *mem, uint32_t customer, uint64_t event)
{
    for (uint64_t i = 0; i < mem->answer_count; i++) {
        struct answer *answer = &mem->answers[i];

        if (answer->customer == customer && answer->event < event)
            forget_bytes(answer);
    }
}

static void keep_answers(struct store_mem *mem, const struct store_batch *batch)
{
    for (uint32_t i = 0; i < batch->answer_count; i++) {
        if (mem->answer_count == mem->answer_capacity) {
            mem->answer_capacity = mem->answer_capacity == 0 ? 64 : mem->answer_capacity * 2;
            mem->answers = memory_resize(mem->answers, mem->answer_capacity * sizeof *mem->answers);
        }
        struct answer *kept = &mem->answers[mem->answer_count++];
        char *bytes = memory_alloc(batch->answers[i].bytes.length + 1);

        *kept = batch->answers[i];
        memcpy(bytes, kept->bytes.data, kept->bytes.length);
        kept->bytes.data = bytes;
    }
    for (uint64_t i = 0; i < mem->answer_count; i++) {
        if (mem->answers[i].number >= batch->answers_from)
            continue;
        forget_bytes(&mem->answers[i]);
        mem->answers[i].number = 0;
    }
}

static void erase_contacts(struct store_mem *mem, const struct store_batch *batch)
{
    const struct event_contacts_erased *erased;
    size_t offset = 0;
    uint64_t event;

    while ((erased = store_batch_erased(batch, &offset, &event)) != NULL) {
        for (uint32_t i = 0; i < erased->count; i++)
            forget_contact(mem, event_contacts(erased)[i]);
        if (erased->customer != 0)
            erase_answers(mem, erased->customer, event);
    }
}

static struct err mem_record(struct store *store, const struct store_batch *batch)
{
    struct store_mem *mem = mem_of(store);

    pthread_mutex_lock(&mem->lock);
    keep_answers(mem, batch);
    if (batch->size == 0) {
        pthread_mutex_unlock(&mem->lock);
        return OK;
    }
    if (mem->batch_count == mem->batch_capacity) {
        mem->batch_capacity = mem->batch_capacity == 0 ? 64 : mem->batch_capacity * 2;
        mem->batches = memory_resize(mem->batches, mem->batch_capacity * sizeof *mem->batches);
    }
    struct mem_batch *kept = &mem->batches[mem->batch_count++];

    *kept = (struct mem_batch){memory_alloc(batch->size), batch->size};
    memcpy(kept->events, batch->events, batch->size);
    for (uint32_t i = 0; i < batch->contact_count; i++)
        keep_contact(mem, &batch->contacts[i]);
    erase_contacts(mem, batch);
    mem->recorded_event = batch->last_event;
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

/* Nothing may leave the shop's memory: there is nowhere cheaper to keep it. */
static uint64_t mem_folded_event(struct store *store)
{
    (void)store;
    return 0;
}

static struct err mem_fold_now(struct store *store)
{
    (void)store;
    return OK;
}

static struct store_stats mem_stats(struct store *store)
{
    struct store_mem *mem = mem_of(store);

    pthread_mutex_lock(&mem->lock);
    struct store_stats stats = {
        .recorded_event = mem->recorded_event,
        .folded_event = mem->recorded_event,
        .batches = mem->batch_count,
    };
    pthread_mutex_unlock(&mem->lock);
    return stats;
}

static void mem_secret(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE])
{
    memcpy(secret_out, mem_of(store)->secret, HASH_SECRET_SIZE);
}

static struct err mem_backup(struct store *store, const char *folder,
                             void (*progress)(void *context, uint64_t done, uint64_t total),
                             void *context)
{
    (void)store, (void)folder, (void)progress, (void)context;
    return ERR(ERR_STORE); /* there are no files to copy */
}

static void mem_close(struct store *store)
{
    struct store_mem *mem = mem_of(store);

    for (uint64_t i = 0; i < mem->batch_count; i++)
        memory_free(mem->batches[i].events);
    memory_free(mem->batches);
    for (size_t i = 0; i < mem->contacts.slot_count; i++) {
        struct mem_contact *kept = (struct mem_contact *)(uintptr_t)mem->contacts.slots[i].value;

        if (mem->contacts.slots[i].key != 0) {
            memory_free(kept->bytes);
            memory_free(kept);
        }
    }
    map_release(&mem->contacts);
    for (uint64_t i = 0; i < mem->answer_count; i++)
        forget_bytes(&mem->answers[i]);
    memory_free(mem->answers);
    shop_release(&mem->tables);
    pthread_mutex_destroy(&mem->lock);
    memory_free(mem);
}

static struct err mem_reader_open(struct store *store, struct store_reader **reader_out)
{
    *reader_out = memory_alloc_zeroed(1, sizeof **reader_out);
    (*reader_out)->store = store;
    return OK;
}

static void mem_reader_close(struct store_reader *reader)
{
    memory_free(reader);
}

static const struct store_ops mem_ops = {
    .name = "mem",
    .load = mem_load,
    .record = mem_record,
    .folded_event = mem_folded_event,
    .fold_now = mem_fold_now,
    .stats = mem_stats,
    .secret = mem_secret,
    .backup = mem_backup,
    .close = mem_close,
    .reader_open = mem_reader_open,
    .reader_close = mem_reader_close,
    .read_order = mem_read_order,
    .read_orders = mem_read_orders,
    .read_order_by_key = mem_read_order_by_key,
    .read_pending = mem_read_pending,
    .read_chain_contacts = mem_read_chain_contacts,
    .read_stock_holders = mem_read_stock_holders,
    .read_purchases = mem_read_purchases,
    .read_contact = mem_read_contact,
    .read_actions = mem_read_actions,
    .read_answer = mem_read_answer,
    .read_answers = mem_read_answers,
    .read_events = mem_read_events,
};

struct store *store_mem_open(void)
{
    struct store_mem *mem = memory_alloc_zeroed(1, sizeof *mem);

    mem->store.ops = &mem_ops;
    pthread_mutex_init(&mem->lock, NULL);
    map_init(&mem->contacts, 64);
    shop_init(&mem->tables);
    random_secret(mem->secret, sizeof mem->secret);
    return &mem->store;
}
