#include "api/input/fields.h"

#include <string.h>

enum { ADDRESS_MEMBERS = 9 };

static bool is_currency(struct text letters)
{
    for (uint32_t i = 0; i < letters.length; i++) {
        if (letters.data[i] < 'A' || letters.data[i] > 'Z')
            return false;
    }
    return letters.length == 3;
}

bool fields_money(struct json_in_object *object, const char *name, enum json_in_need need,
                  int64_t amount_max, int64_t *amount_out, uint32_t *currency_out)
{
    struct json_in_object money;
    if (!json_in_object(object, name, need, &money))
        return false;
    struct text currency;
    bool is_right = json_in_i64(&money, "amount", IN_REQUIRED, 0, amount_max, amount_out);
    if (!json_in_text(&money, "currency", IN_REQUIRED, 3, &currency))
        is_right = false;
    else if (!is_currency(currency)) {
        json_in_fault(&money, "currency", "invalid_currency", "three capital letters (ISO 4217)");
        is_right = false;
    } else {
        *currency_out = money_currency(currency.data);
    }
    json_in_end(&money);
    return is_right;
}

bool fields_price(const struct call *call, struct json_in_object *object, const char *name,
                  enum json_in_need need, int64_t *amount_out)
{
    int64_t amount;
    uint32_t currency;
    if (!fields_money(object, name, need, MONEY_PRICE_MAX, &amount, &currency))
        return false;
    if (currency != view_currency(call->view)) {
        json_in_fault(object, name, "currency_mismatch", "the shop sells in another currency");
        return false;
    }
    *amount_out = amount;
    return true;
}

/* Enough to catch a wrong field: one @ with something on both sides, no white space, no control. */
static bool is_email(struct text email)
{
    uint32_t ats = 0;
    for (uint32_t i = 0; i < email.length; i++) {
        unsigned char byte = (unsigned char)email.data[i];
        if (byte <= ' ' || byte == 0x7f)
            return false;
        if (byte == '@')
            ats++;
    }
    return ats == 1 && email.data[0] != '@' && email.data[email.length - 1] != '@';
}

static bool is_phone(struct text phone)
{
    uint32_t digits = 0;
    for (uint32_t i = 0; i < phone.length; i++) {
        char c = phone.data[i];
        if (c >= '0' && c <= '9')
            digits++;
        else if (strchr("+-() ./", c) == NULL)
            return false;
    }
    return digits >= 3;
}

bool fields_contact_texts(struct json_in_object *object, struct contact *contact_out)
{
    bool has_name = json_in_text(object, "name", IN_OPTIONAL, CONTACT_NAME_MAX, &contact_out->name);
    bool has_email =
        json_in_text(object, "email", IN_OPTIONAL, CONTACT_EMAIL_MAX, &contact_out->email);
    bool has_phone =
        json_in_text(object, "phone", IN_OPTIONAL, CONTACT_PHONE_MAX, &contact_out->phone);
    if (contact_out->email.length > 0 && !is_email(contact_out->email))
        json_in_fault(object, "email", "invalid_email", "must be an e-mail address");
    if (contact_out->phone.length > 0 && !is_phone(contact_out->phone))
        json_in_fault(object, "phone", "invalid_phone", "digits, spaces and + - ( ) . /");
    return has_name || has_email || has_phone;
}

bool fields_contact(struct json_in_object *object, const char *name, struct contact *contact_out)
{
    struct json_in_object contact;
    if (!json_in_object(object, name, IN_OPTIONAL, &contact))
        return false;
    bool has_any = fields_contact_texts(&contact, contact_out);
    json_in_end(&contact);
    return has_any;
}

bool fields_country(struct json_in_object *object, const char *name, enum json_in_need need,
                    char country_out[4])
{
    struct text country;
    if (!json_in_text(object, name, need, 2, &country))
        return false;
    bool is_right = country.length == 2;
    for (uint32_t i = 0; i < country.length; i++)
        is_right = is_right && country.data[i] >= 'A' && country.data[i] <= 'Z';
    if (!is_right) {
        json_in_fault(object, name, "invalid_country", "two capital letters (ISO 3166-1)");
        return false;
    }
    memcpy(country_out, country.data, 2);
    country_out[2] = '\0';
    return true;
}

/* The address as it is kept: the known fields in a fixed order. Written where the reply will be,
 * which nobody has begun yet; jansson's own writer takes longer than all of its reading. */
static struct text compact_address(struct call *call, const char *const *names,
                                   const struct text *values, uint32_t count)
{
    struct buffer *scratch = &call->request->reply;
    struct json_out json;
    ensure(scratch->length == 0);
    json_out_init(&json, scratch);
    json_out_object_begin(&json);
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].data == NULL)
            continue;
        json_out_key(&json, names[i]);
        json_out_text(&json, values[i]);
    }
    json_out_object_end(&json);
    struct text kept = arena_copy_text(call->arena, buffer_text(scratch));
    buffer_reset(scratch);
    return kept;
}

/* The first `name_count` of the members that an address may have. */
static bool read_address(struct call *call, struct json_in_object *address, uint32_t name_count,
                         struct text *out, char country_out[4])
{
    enum { COUNTRY = 6 };
    static const char *const names[ADDRESS_MEMBERS] = {
        "name", "line1", "line2", "city", "region", "postal_code", "country", "phone", "label"};
    struct text values[ADDRESS_MEMBERS] = {TEXT_NONE};
    for (uint32_t i = 0; i < name_count; i++) {
        if (i != COUNTRY)
            json_in_text(address, names[i], IN_OPTIONAL, CONTACT_NAME_MAX, &values[i]);
    }
    if (fields_country(address, names[COUNTRY], IN_REQUIRED, country_out))
        values[COUNTRY] = (struct text){country_out, 2};
    json_in_end(address);
    *out = compact_address(call, names, values, name_count);
    return values[COUNTRY].data != NULL;
}

bool fields_address(struct call *call, struct json_in_object *object, const char *name,
                    struct text *out, char country_out[4])
{
    struct json_in_object address;
    if (!json_in_object(object, name, IN_OPTIONAL, &address))
        return false;
    bool is_right = read_address(call, &address, ADDRESS_MEMBERS - 1, out, country_out);
    if (out->length <= CONTACT_ADDRESS_MAX)
        return is_right;
    json_in_fault(object, name, "too_long", "the address is too long");
    return false;
}

bool fields_address_members(struct call *call, struct json_in_object *object, struct text *out)
{
    char country[4];
    return read_address(call, object, ADDRESS_MEMBERS, out, country);
}

bool fields_id(struct call *call, struct json_in_object *object, const char *name,
               enum json_in_need need, enum public_id_type type, uint64_t *number_out)
{
    struct text id;
    if (!json_in_text(object, name, need, 100, &id))
        return false;
    if (public_id_read(call->secret, type, id, number_out))
        return true;
    json_in_fault(object, name, "invalid_id", "this is not an id of this store");
    return false;
}

static bool find_child(const struct view_categories *categories, uint32_t parent, struct text name,
                       uint32_t *category_out)
{
    for (uint32_t i = 1; i <= categories->count; i++) {
        const struct category *category = &categories->categories[i];
        if (category->parent == parent && text_equal_ignoring_case(text_of(category->name), name)) {
            *category_out = i;
            return true;
        }
    }
    return false;
}

/* Cuts at the first `separator`, or takes what is left. False when nothing is. */
static bool cut_name(struct text *text, struct text separator, struct text *name_out)
{
    if (text->data == NULL)
        return false;
    const char *at = memmem(text->data, text->length, separator.data, separator.length);
    *name_out = *text;
    if (at == NULL) {
        *text = TEXT_NONE;
        return true;
    }
    name_out->length = (uint32_t)(at - text->data);
    text->data = at + separator.length;
    text->length -= name_out->length + separator.length;
    return true;
}

static bool find_path(const struct view_categories *categories, struct text path,
                      struct text separator, uint32_t *category_out)
{
    uint32_t at = 0;
    struct text name;
    while (cut_name(&path, separator, &name)) {
        if (!find_child(categories, at, name, &at))
            return false;
    }
    *category_out = at;
    return at != 0;
}

bool fields_find_category(const struct call *call, struct text text, uint32_t *category_out)
{
    const struct view_categories *categories = view_categories(call->view);
    if (categories == NULL)
        return false;
    uint64_t number;
    if (public_id_read(call->secret, ID_CATEGORY, text, &number)) {
        *category_out = (uint32_t)number;
        return number <= categories->count;
    }
    return find_path(categories, text, TEXT(" > "), category_out) ||
           find_path(categories, text, TEXT("/"), category_out);
}

bool fields_category(const struct call *call, struct json_in_object *object, const char *name,
                     enum json_in_need need, uint32_t *category_out)
{
    struct text text;
    if (!json_in_text(object, name, need, 2000, &text))
        return false;
    *category_out = 0;
    if (text.length == 0 || fields_find_category(call, text, category_out))
        return true;
    json_in_fault(object, name, "category_unknown", "an id, or a path as in ELECTRONICS > Laptops");
    return false;
}

void fields_product(const struct call *call, struct json_in_object *object, bool is_new,
                    struct product_draft *draft, uint32_t *fields_out)
{
    static const struct {
        const char *name;
        uint32_t length_max;
        enum product_text which;
        bool is_required;
    } texts[] = {
        {"sku", PRODUCT_SKU_MAX, PRODUCT_SKU, true},
        {"name", PRODUCT_NAME_MAX, PRODUCT_NAME, true},
        {"slug", PRODUCT_SLUG_MAX, PRODUCT_SLUG, false},
        {"description", PRODUCT_DESCRIPTION_MAX, PRODUCT_DESCRIPTION, false},
        {"brand", PRODUCT_BRAND_MAX, PRODUCT_BRAND, false},
        {"family", PRODUCT_FAMILY_MAX, PRODUCT_FAMILY, false},
    };
    uint32_t fields = 0;
    for (uint32_t i = 0; i < countof(texts); i++) {
        struct text *text = &draft->texts[texts[i].which];
        if (!json_in_text(object, texts[i].name,
                          is_new && texts[i].is_required ? IN_REQUIRED : IN_OPTIONAL,
                          texts[i].length_max, text))
            continue;
        fields |= 1u << texts[i].which;
        if (texts[i].is_required && text->length == 0)
            json_in_fault(object, texts[i].name, "missing", "must not be empty");
    }
    if (json_in_text_list(object, "images", PRODUCT_JSON_MAX, &draft->texts[PRODUCT_IMAGES]))
        fields |= 1u << PRODUCT_IMAGES;
    if (json_in_text_map(object, "options", PRODUCT_JSON_MAX, &draft->texts[PRODUCT_OPTIONS]))
        fields |= 1u << PRODUCT_OPTIONS;
    if (json_in_text_map(object, "attributes", PRODUCT_JSON_MAX, &draft->texts[PRODUCT_ATTRIBUTES]))
        fields |= 1u << PRODUCT_ATTRIBUTES;
    if (json_in_any_object(object, "metadata", PRODUCT_JSON_MAX, &draft->texts[PRODUCT_METADATA]))
        fields |= 1u << PRODUCT_METADATA;
    if (fields_category(call, object, "category", IN_OPTIONAL, &draft->category))
        fields |= 1u << PRODUCT_FIELD_CATEGORY;
    if (fields_price(call, object, "price", is_new ? IN_REQUIRED : IN_OPTIONAL,
                     &draft->price_minor))
        fields |= 1u << PRODUCT_FIELD_PRICE;
    if (json_in_u32(object, "low_stock_threshold", IN_OPTIONAL, 0, STOCK_PIECES_MAX,
                    &draft->low_stock_threshold))
        fields |= 1u << PRODUCT_FIELD_THRESHOLD;
    *fields_out = fields;
}
