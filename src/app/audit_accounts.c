/* audit_accounts.c - passwords, roles and tokens in the auditor's books. */
#include "app/audit_books.h"

#include <inttypes.h>
#include <string.h>

static uint64_t key_of(const uint8_t *digest)
{
    uint64_t key;
    memcpy(&key, digest, sizeof key);
    return key == 0 ? 1 : key;
}

/* NULL, and a finding, when the event is of nobody. */
static struct book_customer *account_of(struct audit *audit, const struct event *event,
                                        uint32_t number)
{
    bool is_known = number > 0 && number <= audit->customer_count;
    if (is_known && !audit->customers[number].is_erased)
        return &audit->customers[number];
    audit_find(audit, "event %" PRIu64 " changes the account of customer %u, who is unknown",
               event->number, number);
    return NULL;
}

void audit_account_put(struct audit *audit, const struct event *event)
{
    const struct event_account_put *put = event_payload(event);
    struct book_customer *customer = account_of(audit, event, put->customer);
    if (customer == NULL)
        return;
    if (put->sets_password != 0 && customer->contact == 0)
        audit_find(audit, "event %" PRIu64 " gives customer %u a password and no contact",
                   event->number, put->customer);
    customer->role = put->role;
    if (put->sets_password == 0)
        return;
    customer->password_event = event->number;
    customer->reset_event = 0;
}

void audit_reset_asked(struct audit *audit, const struct event *event)
{
    const struct event_reset_asked *asked = event_payload(event);
    struct book_customer *customer = account_of(audit, event, asked->customer);
    if (customer == NULL)
        return;
    if (asked->contact != customer->contact)
        audit_find(audit,
                   "event %" PRIu64 " mails customer %u at contact %" PRIu64 ", not %" PRIu64,
                   event->number, asked->customer, asked->contact, customer->contact);
    customer->reset_event = event->number;
}

void audit_token_changed(struct audit *audit, const struct event *event)
{
    const struct event_token_changed *changed = event_payload(event);
    struct book_customer *customer = account_of(audit, event, changed->customer);
    uint64_t key = key_of(changed->digest);
    uint64_t holder = 0;
    if (customer == NULL)
        return;
    bool is_known = map_find(&audit->tokens, key, &holder) && holder == changed->customer;
    if (is_known != (changed->is_ended != 0)) {
        audit_find(audit, "event %" PRIu64 " %s a token of customer %u that %s", event->number,
                   is_known ? "starts" : "ends", changed->customer,
                   is_known ? "is there already" : "nobody had");
        return;
    }
    if (is_known) {
        (void)map_remove(&audit->tokens, key);
        customer->tokens--;
        return;
    }
    if (customer->password_event == 0)
        audit_find(audit, "event %" PRIu64 " logs customer %u in, who has no password",
                   event->number, changed->customer);
    map_put(&audit->tokens, key, changed->customer);
    customer->tokens++;
}

void audit_api_key_put(struct audit *audit, const struct event *event)
{
    const struct event_api_key_put *put = event_payload(event);
    if (put->number == 0 || put->number > audit->api_key_count + 1) {
        audit_find(audit, "event %" PRIu64 ": key %u follows key %u", event->number, put->number,
                   audit->api_key_count);
        return;
    }
    uint64_t capacity = audit->api_key_capacity;
    audit->api_keys =
        audit_reserve(audit->api_keys, put->number, &capacity, sizeof *audit->api_keys);
    audit->api_key_capacity = (uint32_t)capacity;
    struct book_api_key *key = &audit->api_keys[put->number];
    bool is_new = put->number > audit->api_key_count;
    if (is_new == (put->is_revoked != 0) || key->is_revoked)
        audit_find(audit, "event %" PRIu64 " changes key %u in no way that there is", event->number,
                   put->number);
    if (!is_new && key->scopes != put->scopes)
        audit_find(audit, "event %" PRIu64 " gives key %u other scopes", event->number,
                   put->number);
    *key = (struct book_api_key){.scopes = put->scopes, .is_revoked = put->is_revoked != 0};
    if (is_new)
        audit->api_key_count = put->number;
}

void audit_operator_acted(struct audit *audit, const struct event *event)
{
    const struct event_operator_acted *acted = event_payload(event);
    bool is_known = (acted->kind != OPERATOR_SERVICE || acted->number <= audit->api_key_count) &&
                    (acted->kind != OPERATOR_STAFF || acted->number <= audit->customer_count);
    if (acted->first_event >= event->number)
        audit_find(audit,
                   "event %" PRIu64 " tells who made event %" PRIu64 ", which is not before it",
                   event->number, acted->first_event);
    if (!is_known)
        audit_find(audit, "event %" PRIu64 " was made by operator %u, who is unknown",
                   event->number, acted->number);
}

void audit_account_erased(struct audit *audit, uint32_t number)
{
    struct book_customer *customer = &audit->customers[number];
    if (customer->tokens != 0)
        audit_find(audit, "customer %u was erased and has %u tokens left", number,
                   customer->tokens);
    customer->password_event = 0;
    customer->reset_event = 0;
    customer->role = ROLE_CUSTOMER;
}

static void compare_keys(struct audit *audit, const struct shop *shop)
{
    if (shop->api_keys.count != audit->api_key_count)
        audit_find(audit, "the shop has %u keys of services, the books have %u",
                   shop->api_keys.count, audit->api_key_count);
    for (uint32_t number = 1; number <= audit->api_key_count; number++) {
        const struct api_key *key = api_key_find(&shop->api_keys, number);
        const struct book_api_key *book = &audit->api_keys[number];
        if (key == NULL || key->scopes != book->scopes || key->is_revoked != book->is_revoked)
            audit_find(audit, "key %u of a service is not what the events say", number);
    }
}

void audit_compare_tokens(struct audit *audit, const struct shop *shop)
{
    compare_keys(audit, shop);
    if (shop->tokens.count != audit->tokens.count)
        audit_find(audit, "the shop has %u tokens, the books have %zu", shop->tokens.count,
                   audit->tokens.count);
    for (uint32_t row = 1; row <= shop->tokens.row_count; row++) {
        const struct token *token = token_at(&shop->tokens, row);
        uint64_t holder = 0;
        if (token->customer == 0)
            continue; /* a free row */
        if (!map_find(&audit->tokens, key_of(token->digest), &holder) || holder != token->customer)
            audit_find(audit, "customer %u has a token in the shop, none by the books",
                       token->customer);
    }
}
