#include "shop/command/command.h"

#include <string.h>

struct err version_guard_check(const struct version_guard *guard, uint64_t version)
{
    ensure(guard->count <= VERSION_GUARD_MAX);
    for (uint32_t i = 0; i < guard->count; i++) {
        if (guard->expected[i] == version)
            return OK;
    }
    return guard->count == 0 ? OK : ERR(ERR_VERSION_CHANGED);
}

uint64_t decision_time(const struct decision *decision)
{
    return decision->now_ms > decision->shop->now_ms ? decision->now_ms : decision->shop->now_ms;
}

void *decision_append(struct decision *decision, enum event_type type, size_t payload_size)
{
    return event_append(decision->events, type, payload_size, decision_time(decision));
}

static bool contact_is_empty(const struct contact *contact)
{
    return contact->name.length == 0 && contact->email.length == 0 && contact->phone.length == 0 &&
           contact->shipping_address.length == 0 && contact->billing_address.length == 0 &&
           contact->metadata.length == 0 && contact->addresses.length == 0 &&
           contact->preferences.length == 0 && contact->password.length == 0;
}

static struct contact *keep_contact(struct decision *decision, const struct contact *contact)
{
    if (decision->contact_count == decision->contact_capacity)
        decision->contacts = arena_grow(decision->arena, decision->contacts,
                                        &decision->contact_capacity, sizeof(struct contact));
    struct contact *kept = &decision->contacts[decision->contact_count++];
    *kept = *contact;
    return kept;
}

uint64_t decision_add_contact(struct decision *decision, const struct contact *contact)
{
    return decision_replace_contact(decision, 0, contact);
}

uint64_t decision_replace_contact(struct decision *decision, uint64_t replaced,
                                  const struct contact *contact)
{
    if (contact_is_empty(contact) && replaced == 0)
        return 0;
    struct contact *kept = keep_contact(decision, contact);
    kept->number = ++decision->contacts_numbered;
    kept->replaces = replaced;
    return kept->number;
}

uint64_t decision_change_contact(struct decision *decision, uint64_t number,
                                 const struct contact *contact)
{
    if (number == 0)
        return decision_add_contact(decision, contact);
    struct contact *kept = keep_contact(decision, contact);
    kept->number = number;
    kept->replaces = 0;
    return number;
}

void decision_note_emails(struct decision *decision, uint32_t first)
{
    for (uint32_t i = first; i < decision->contact_count; i++) {
        const struct contact *contact = &decision->contacts[i];
        const uint8_t *tag = (const uint8_t *)contact->email_tag.data;
        if (tag != NULL)
            customer_set_email(&decision->shop->customers, contact->customer,
                               contact->email_tag.length == 0 ? NULL : tag);
    }
}

/* What an event is about. */
static enum subject_kind subject_of(const struct event *event, uint64_t *number_out)
{
    const void *payload = event_payload(event);
    switch ((enum event_type)event->type) {
    case EVENT_PRODUCT_PUT:
        *number_out = ((const struct product *)payload)->number;
        return SUBJECT_PRODUCT;
    case EVENT_STOCK_MOVED:
        *number_out = event_stock_rows(payload)->product;
        return SUBJECT_PRODUCT;
    case EVENT_CATEGORY_PUT:
        *number_out = ((const struct event_category_put *)payload)->number;
        return SUBJECT_CATEGORY;
    case EVENT_LOCATION_PUT:
        *number_out = ((const struct event_location_put *)payload)->number;
        return SUBJECT_LOCATION;
    case EVENT_CUSTOMER_PUT:
        *number_out = ((const struct event_customer_put *)payload)->number;
        return SUBJECT_CUSTOMER;
    case EVENT_ACCOUNT_PUT:
        *number_out = ((const struct event_account_put *)payload)->customer;
        return SUBJECT_CUSTOMER;
    case EVENT_TOKEN_CHANGED:
        *number_out = ((const struct event_token_changed *)payload)->customer;
        return SUBJECT_CUSTOMER;
    case EVENT_CONTACTS_ERASED:
        *number_out = ((const struct event_contacts_erased *)payload)->customer;
        return *number_out == 0 ? SUBJECT_NONE : SUBJECT_CUSTOMER;
    case EVENT_CART_CHANGED:
        *number_out = ((const struct event_cart_changed *)payload)->cart;
        return SUBJECT_CART;
    case EVENT_ORDER_PLACED:
        *number_out = ((const struct event_order_placed *)payload)->order;
        return SUBJECT_ORDER;
    case EVENT_ORDER_IMPORTED:
        *number_out = ((const struct event_order_imported *)payload)->order;
        return SUBJECT_ORDER;
    case EVENT_ORDER_CHANGED:
        *number_out = ((const struct event_order_changed *)payload)->order;
        return SUBJECT_ORDER;
    case EVENT_PRICING_SET:
        *number_out = ((const struct event_pricing_set *)payload)->version;
        return SUBJECT_PRICING;
    case EVENT_API_KEY_PUT:
        *number_out = ((const struct event_api_key_put *)payload)->number;
        return SUBJECT_API_KEY;
    case EVENT_REVIEW_PUT:
        *number_out = ((const struct event_review_put *)payload)->number;
        return SUBJECT_REVIEW;
    case EVENT_ORDER_CORRECTED:
        *number_out = ((const struct event_order_corrected *)payload)->order;
        return SUBJECT_ORDER;
    case EVENT_PAYMENT_RECEIVED:
        *number_out = ((const struct event_payment_received *)payload)->order;
        return SUBJECT_ORDER;
    case EVENT_SHIPMENT_UPDATED:
        *number_out = ((const struct event_shipment_updated *)payload)->order;
        return SUBJECT_ORDER;
    case EVENT_CART_EXPIRING:
    case EVENT_CART_EXPIRED:
    case EVENT_PAYMENT_ORPHANED:
    case EVENT_REFUND_DUE:
    case EVENT_SHOP_CREATED:
    case EVENT_PROCESS_STARTED:
    case EVENT_RESET_ASKED:
    case EVENT_OPERATOR_ACTED:
    case EVENT_TYPE_LIMIT:
        break;
    }
    *number_out = 0;
    return SUBJECT_NONE;
}

void decision_note_operator(struct decision *decision, const struct command *command, size_t offset)
{
    if (command->by.kind == OPERATOR_NONE || decision->events->length == offset)
        return;
    struct text action = text_of(command->ops->name);
    uint64_t subject = 0;
    enum subject_kind kind = subject_of((const void *)(decision->events->data + offset), &subject);
    ensure(action.length <= EVENT_ACTION_MAX);
    struct event_operator_acted *acted =
        decision_append(decision, EVENT_OPERATOR_ACTED, sizeof(*acted) + action.length);
    acted->first_event = decision->shop->last_event + 1;
    acted->subject = subject;
    acted->number = command->by.number;
    acted->kind = (uint8_t)command->by.kind;
    acted->subject_kind = (uint8_t)kind;
    acted->action_length = (uint16_t)action.length;
    memcpy(acted + 1, action.data, action.length);
}

enum actor command_actor(const struct command *command, uint32_t customer)
{
    return command->actor == ACTOR_GUEST && customer != 0 ? ACTOR_CUSTOMER : command->actor;
}

struct err decision_order(struct decision *decision, struct command *command, uint64_t number,
                          const struct order **order_out)
{
    struct orders *orders = &decision->shop->orders;
    if (number == 0 || number > orders->last_number)
        return ERR(ERR_ORDER_UNKNOWN);
    const struct order *order = order_find(orders, number);
    const struct command_loaded *loaded = &command->loaded;
    if (order == NULL && loaded->what != 0 && loaded->sweep == decision->sweep) {
        if (loaded->order != NULL && loaded->order->number == number)
            order = order_adopt(orders, loaded->order);
        else if (loaded->what == ASLEEP_ORDER && loaded->value == number)
            return ERR(ERR_ORDER_UNKNOWN);
    }
    if (order == NULL)
        return ERR_AT(ERR_ASLEEP, ASLEEP_ORDER, number);
    *order_out = order;
    return OK;
}
