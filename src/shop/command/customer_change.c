#include "shop/command/customer_change.h"

#include <string.h>

enum { CONTACTS_PER_EVENT_MAX = 100000 };

_Static_assert(CONTACTS_PER_EVENT_MAX * sizeof(uint64_t) < EVENT_SIZE_MAX / 2, "they fit in one");

void customer_change_append(struct decision *decision, uint32_t number,
                            const struct customer *after)
{
    ensure(number > 0);
    struct event_customer_put *put = decision_append(decision, EVENT_CUSTOMER_PUT, sizeof(*put));
    put->number = number;
    put->tier = after->tier;
    put->is_erased = after->is_erased;
    put->contact = after->contact;
}

void customer_change_erase_contacts(struct decision *decision, uint32_t customer,
                                    const uint64_t *contacts, uint32_t contact_count)
{
    while (contact_count > 0) {
        uint32_t count =
            contact_count < CONTACTS_PER_EVENT_MAX ? contact_count : CONTACTS_PER_EVENT_MAX;
        size_t size = count * sizeof(*contacts);
        struct event_contacts_erased *erased =
            decision_append(decision, EVENT_CONTACTS_ERASED, sizeof(*erased) + size);
        erased->customer = customer;
        erased->count = count;
        memcpy(erased + 1, contacts, size);
        contacts += count;
        contact_count -= count;
    }
}

struct err customer_change_check_email(const struct decision *decision,
                                       const struct contact *contact, uint32_t number)
{
    ensure(contact->email_tag.length == 0 || contact->email_tag.length == EMAIL_TAG_SIZE);
    bool is_taken = contact->email_tag.length > 0 &&
                    customer_email_is_taken(&decision->shop->customers,
                                            (const uint8_t *)contact->email_tag.data, number);
    return is_taken ? ERR(ERR_EMAIL_TAKEN) : OK;
}

void customer_change_answer(const struct shop *shop, struct command *base)
{
    struct customer_command *command = (struct customer_command *)base;
    const struct customer *customer = customer_find(&shop->customers, command->number);
    ensure(customer != NULL);
    command->customer = *customer;
    if (cart_find(&shop->carts, customer->cart) == NULL)
        command->customer.cart = 0; /* it has expired */
}
