#include "store/recent_contacts.h"

#include "base/memory.h"
#include "shop/event.h"
#include "store/store.h"

#include <pthread.h>
#include <string.h>

/* Numbers are given in order, so the place of one is its number modulo the count, and the oldest
 * makes room for the newest. */
struct recent_contact {
    struct contact contact; /* number 0 = free */
    char bytes[RECENT_CONTACT_BYTES_MAX];
};

struct recent_contacts {
    pthread_mutex_t lock;
    uint64_t last; /* highest number recorded; one that is not above it changes a row */
    uint32_t count;
    struct recent_contact places[];
};

struct recent_contacts *recent_contacts_open(uint32_t count, uint64_t last)
{
    ensure(count > 0);
    struct recent_contacts *recent = memory_alloc_zeroed(
        1, sizeof(struct recent_contacts) + count * sizeof(struct recent_contact));
    recent->count = count;
    recent->last = last;
    ensure(pthread_mutex_init(&recent->lock, NULL) == 0);
    return recent;
}

void recent_contacts_close(struct recent_contacts *recent)
{
    if (recent == NULL)
        return;
    ensure(pthread_mutex_destroy(&recent->lock) == 0);
    memory_free(recent);
}

static struct recent_contact *place_of(struct recent_contacts *recent, uint64_t number)
{
    return &recent->places[number % recent->count];
}

static void drop(struct recent_contacts *recent, uint64_t number)
{
    struct recent_contact *place = place_of(recent, number);
    if (number == 0 || place->contact.number != number)
        return;
    explicit_bzero(place, sizeof *place);
}

/* An order's: a customer's own has more in it, and changes. */
static bool is_of_order(const struct contact *contact)
{
    return contact->replaces == 0 && contact->addresses.data == NULL &&
           contact->preferences.data == NULL && contact->password.data == NULL &&
           contact->email_tag.data == NULL;
}

static void keep(struct recent_contacts *recent, const struct contact *contact)
{
    struct recent_contact *place = place_of(recent, contact->number);
    struct text *texts[] = {&place->contact.name,
                            &place->contact.email,
                            &place->contact.phone,
                            &place->contact.shipping_address,
                            &place->contact.billing_address,
                            &place->contact.metadata};
    size_t used = 0;
    explicit_bzero(place, sizeof *place);
    place->contact = *contact;
    for (uint32_t i = 0; i < countof(texts); i++) {
        if (texts[i]->length > sizeof place->bytes - used) {
            explicit_bzero(place, sizeof *place);
            return;
        }
        if (texts[i]->data == NULL)
            continue;
        char *copy = place->bytes + used;
        memcpy(copy, texts[i]->data, texts[i]->length);
        used += texts[i]->length;
        texts[i]->data = copy;
    }
}

static void drop_erased(struct recent_contacts *recent, const struct store_batch *batch)
{
    const struct event_contacts_erased *erased;
    size_t offset = 0;
    uint64_t event;
    while ((erased = store_batch_erased(batch, &offset, &event)) != NULL) {
        for (uint32_t i = 0; i < erased->count; i++)
            drop(recent, event_contacts(erased)[i]);
    }
}

void recent_contacts_note(struct recent_contacts *recent, const struct store_batch *batch)
{
    if (batch->contact_count == 0 && !batch->has_erasures)
        return;
    ensure(pthread_mutex_lock(&recent->lock) == 0);
    for (uint32_t i = 0; i < batch->contact_count; i++) {
        const struct contact *contact = &batch->contacts[i];
        bool is_new = contact->number > recent->last;
        drop(recent, contact->number);
        drop(recent, contact->replaces);
        if (is_new)
            recent->last = contact->number;
        if (is_new && is_of_order(contact))
            keep(recent, contact);
    }
    drop_erased(recent, batch);
    ensure(pthread_mutex_unlock(&recent->lock) == 0);
}

bool recent_contacts_find(struct recent_contacts *recent, uint64_t number, struct arena *arena,
                          struct contact *contact_out)
{
    ensure(number != 0);
    const struct recent_contact *place = place_of(recent, number);
    ensure(pthread_mutex_lock(&recent->lock) == 0);
    bool is_here = place->contact.number == number;
    if (is_here) {
        *contact_out = place->contact;
        contact_out->name = arena_copy_text(arena, place->contact.name);
        contact_out->email = arena_copy_text(arena, place->contact.email);
        contact_out->phone = arena_copy_text(arena, place->contact.phone);
        contact_out->shipping_address = arena_copy_text(arena, place->contact.shipping_address);
        contact_out->billing_address = arena_copy_text(arena, place->contact.billing_address);
        contact_out->metadata = arena_copy_text(arena, place->contact.metadata);
    }
    ensure(pthread_mutex_unlock(&recent->lock) == 0);
    return is_here;
}
