/* fields_customer.c - what a customer says of itself. */
#include "api/input/fields.h"

enum { ADDRESSES_MAX = 20, LANGUAGE_MAX = 35 /* RFC 5646 section 4.4.1 */ };

static void join(struct buffer *list, struct text item)
{
    buffer_append(list, list->length == 0 ? "[" : ",", 1);
    buffer_append_text(list, item);
}

/* A compact JSON array; the empty text for an empty one. */
static bool read_addresses(struct call *call, struct json_in_object *object, struct text *out)
{
    struct json_in_array array;
    if (!json_in_array(object, "addresses", IN_OPTIONAL, ADDRESSES_MAX, &array))
        return false;
    struct text *items = arena_alloc_array(call->arena, array.count + 1u, sizeof(*items));
    for (uint32_t i = 0; i < array.count; i++) {
        struct json_in_object item;
        if (json_in_item(&array, i, &item))
            fields_address_members(call, &item, &items[i]);
    }
    struct buffer *scratch = &call->request->reply; /* nobody has begun it yet */
    ensure(scratch->length == 0);
    for (uint32_t i = 0; i < array.count; i++)
        join(scratch, items[i]);
    if (array.count > 0)
        buffer_append(scratch, "]", 1);
    *out = array.count == 0 ? TEXT("") : arena_copy_text(call->arena, buffer_text(scratch));
    buffer_reset(scratch);
    if (out->length <= CONTACT_ADDRESSES_MAX)
        return true;
    json_in_fault(object, "addresses", "too_long", "the addresses are too long");
    return false;
}

/* {"channels":["email"],"language":"en"}, either may be left out. */
static bool read_preferences(struct call *call, struct json_in_object *object, struct text *out)
{
    struct json_in_object preferences;
    struct text channels = TEXT_NONE;
    struct text language = TEXT_NONE;
    if (!json_in_object(object, "preferences", IN_OPTIONAL, &preferences))
        return false;
    bool has_channels = json_in_text_list(&preferences, "channels", 200, &channels);
    json_in_text(&preferences, "language", IN_OPTIONAL, LANGUAGE_MAX, &language);
    json_in_end(&preferences);
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    if (has_channels) {
        json_out_key(&json, "channels");
        json_out_raw(&json, channels.length == 0 ? TEXT("[]") : channels);
    }
    if (language.length > 0) {
        json_out_key(&json, "language");
        json_out_text(&json, language);
    }
    json_out_object_end(&json);
    *out = arena_copy_text(call->arena, buffer_text(&call->request->reply));
    buffer_reset(&call->request->reply);
    return true;
}

static void tag_email(const struct call *call, struct contact *contact)
{
    struct text email = text_trim(contact->email);
    contact->email = email;
    if (email.length == 0) {
        contact->email_tag = TEXT(""); /* it is given up */
        return;
    }
    uint8_t *tag = arena_alloc(call->arena, EMAIL_TAG_SIZE);
    email_tag(call->secret, email, tag);
    contact->email_tag = (struct text){(const char *)tag, EMAIL_TAG_SIZE};
}

bool fields_customer(struct call *call, struct json_in_object *object, struct contact *contact_out)
{
    bool has_any = fields_contact_texts(object, contact_out);
    has_any |= read_addresses(call, object, &contact_out->addresses);
    has_any |= read_preferences(call, object, &contact_out->preferences);
    if (contact_out->email.data != NULL)
        tag_email(call, contact_out);
    return has_any;
}

void fields_tier(const struct tiers *tiers, struct json_in_object *object,
                 struct customer_command *command)
{
    bool is_member = false;
    struct text name = TEXT_NONE;
    bool has_member = json_in_bool(object, "member", IN_OPTIONAL, &is_member);
    bool has_name = json_in_text(object, "tier", IN_OPTIONAL, TIER_NAME_MAX, &name);
    uint8_t tier = tier_find(tiers, name);
    if (has_name && name.length > 0 && tier == TIER_NONE)
        json_in_fault(object, "tier", "invalid_value", "is none of this shop's");
    else if (has_name && has_member && is_member != (tier != TIER_NONE))
        json_in_fault(object, "tier", "invalid_value", "contradicts member");
    command->has_tier = has_member || has_name;
    command->is_tier_least = !has_name && is_member;
    command->tier = !has_name && is_member ? TIER_MEMBER : tier;
}

bool fields_password(struct json_in_object *object, const char *name, struct text *out)
{
    if (!json_in_text(object, name, IN_REQUIRED, PASSWORD_LENGTH_MAX, out))
        return false;
    if (out->length >= PASSWORD_LENGTH_MIN)
        return true;
    json_in_fault(object, name, "too_short", "at least 8 bytes");
    return false;
}
