/*
 * fields.h - readers for the shapes that several bodies share: money, a contact, an address, a
 * category, a product. Faults go to call->errors; each returns true when the field is there and
 * right.
 */
#ifndef API_FIELDS_H
#define API_FIELDS_H

#include "api/call.h"

/* {"amount","currency"} of at most amount_max minor units. */
bool fields_money(struct json_in_object *object, const char *name, enum json_in_need need,
                  int64_t amount_max, int64_t *amount_out, uint32_t *currency_out);
/* The same, in the currency of the shop. */
bool fields_price(const struct call *call, struct json_in_object *object, const char *name,
                  enum json_in_need need, int64_t *amount_out);

/* {"name","email","phone"} */
bool fields_contact(struct json_in_object *object, const char *name, struct contact *contact_out);
/* The same three fields, straight in `object`; true when one of them is given. */
bool fields_contact_texts(struct json_in_object *object, struct contact *contact_out);
/* What a customer says of itself: {"name","email","phone","addresses","preferences"}, straight in
 * `object`; the e-mail address with its tag. True when one of them is given. */
bool fields_customer(struct call *call, struct json_in_object *object, struct contact *contact_out);
/* {"member","tier"}, straight in `object`: how good a customer it is (operators say so). */
void fields_tier(const struct tiers *tiers, struct json_in_object *object,
                 struct customer_command *command);
/* A password of sane length, for hashing. */
bool fields_password(struct json_in_object *object, const char *name, struct text *out);
/* Postal address, kept as compact JSON; its country goes to country_out, NUL-padded. */
bool fields_address(struct call *call, struct json_in_object *object, const char *name,
                    struct text *out, char country_out[4]);
/* The same, its members straight in `object`, with a "label" beside them. */
bool fields_address_members(struct call *call, struct json_in_object *object, struct text *out);
/* Two capital letters (ISO 3166-1 alpha-2), or a fault. */
bool fields_country(struct json_in_object *object, const char *name, enum json_in_need need,
                    char country_out[4]);

bool fields_id(struct call *call, struct json_in_object *object, const char *name,
               enum json_in_need need, enum public_id_type type, uint64_t *number_out);
/* An id, or a path of names from the top: "ELECTRONICS > Laptops", or with '/' for " > " where no
 * name holds one (case ignored). */
bool fields_find_category(const struct call *call, struct text text, uint32_t *category_out);
/* null or "" = no category (0), where optional. */
bool fields_category(const struct call *call, struct json_in_object *object, const char *name,
                     enum json_in_need need, uint32_t *category_out);
/* Everything a product is made of; *fields_out says which fields there were. */
void fields_product(const struct call *call, struct json_in_object *object, bool is_new,
                    struct product_draft *draft, uint32_t *fields_out);

#endif
