/*
 * commands.h - every command there is, and the few shapes they come in.
 *
 * commands.def lists them, one line each: COMMAND(name) declares `const struct command_ops
 * command_<name>`, defined in command_<name>.c, which says what it reads of its shape.
 */
#ifndef SHOP_COMMANDS_H
#define SHOP_COMMANDS_H

#include "shop/command/command.h"
#include "shop/quote.h"

#define COMMAND(name) extern const struct command_ops command_##name;
#include "shop/command/commands.def"
#undef COMMAND

/* All of them, for tests and metrics; NULL behind the last. */
const struct command_ops *command_at(uint32_t index);

/* shop_create (currency, timeline), process_start (timeline) */
struct shop_command {
    struct command command;
    uint32_t currency;
    uint64_t timeline;
    /* answer */
    uint64_t epoch;
};

/* Which fields of a draft a product_update changes. */
enum product_field {
    PRODUCT_FIELD_TEXT_FIRST = 0, /* bit 0..PRODUCT_TEXT_COUNT-1: the texts */
    PRODUCT_FIELD_CATEGORY = 16,
    PRODUCT_FIELD_PRICE,
    PRODUCT_FIELD_RATING,
    PRODUCT_FIELD_STATUS,
    PRODUCT_FIELD_THRESHOLD,
};

/* product_create, product_update, product_put (create or update by SKU; no event when nothing
 * changes) */
struct product_command {
    struct command command;
    struct product_draft draft; /* number names the product to update; version, times are ignored */
    uint32_t fields;            /* update and put: bits of enum product_field that the draft sets */
    struct version_guard guard; /* product_update, product_put */
    bool must_exist;            /* product_put: nothing is made */
    /* product_put: bring the stock of `main` to this number; UINT32_MAX = leave it */
    uint32_t on_hand;
    uint16_t on_hand_at; /* or of this location; 0 = main */
    /* answer */
    struct product *product; /* copy */
    bool is_new;
    bool is_changed;
};

/* category_create (parent, name), category_update (number, fields set by has_*) */
struct category_command {
    struct command command;
    uint32_t number;
    uint32_t parent;
    struct text name;
    bool has_parent;
    bool has_name;
    /* answer */
    struct category category;
};

/* location_put (by name: made, or its priority changed) */
struct location_command {
    struct command command;
    struct text name;
    int32_t priority;
    /* answer */
    struct location location;
    bool is_new;
};

/* One change of stock. */
struct stock_movement {
    uint32_t product;
    enum stock_reason reason;
    uint16_t location; /* transferred: from */
    uint16_t to;       /* transferred only; another place than `location` */
    int64_t quantity;  /* signed; transferred: > 0; counted: the absolute number on hand, >= 0 */
};

/* stock_move: all of them or none. On ERR_STOCK_RESERVED orders[] names up to 10 that hold the
 * stock. */
struct stock_command {
    struct command command;
    const struct stock_movement *movements;
    uint32_t movement_count; /* 1..STOCK_MOVEMENTS_MAX */
    /* answer */
    struct event_stock_row *rows; /* per place touched, last state */
    uint32_t row_count;
    uint64_t orders[10];
    uint32_t order_count;
};
enum { STOCK_MOVEMENTS_MAX = 1000 };

/* stock_view: every place of one product */
struct stock_view_command {
    struct command command;
    uint32_t product;
    /* answer */
    struct stock_row *rows;
    uint32_t row_count;
};

/* locations_view */
struct locations_view_command {
    struct command command;
    /* answer */
    struct location *locations;
    uint32_t location_count;
};

/* api_key_create (key: digest, scopes, expires_ms, name), api_key_revoke (number), api_keys_view */
struct api_key_command {
    struct command command;
    uint32_t number;
    struct api_key key;
    /* answer: key, and of api_keys_view all there are */
    struct api_key *keys; /* [i] has number i + 1 */
    uint32_t key_count;
};

/* A token that shall count. */
struct token_start {
    uint8_t digest[HASH_DIGEST_SIZE];
    uint64_t life_ms; /* 0 = none */
};

/* customer_create (token, cart: logs in at once), customer_update (number; what the contact does
 * not give stays), customer_view, customer_find (contact.email_tag; number 0 in the answer =
 * nobody), customer_erase, password_reset (contact.email_tag: whoever has it has forgotten it;
 * life_ms; no error when nobody has the address), password_set (number, contact.password, token;
 * password_event or reset_event is the proof) */
struct customer_command {
    struct command command;
    uint32_t number;
    struct contact contact; /* an e-mail address comes with its tag, or is not looked after */
    bool has_contact;
    uint8_t tier;
    bool has_tier;
    bool is_tier_least;         /* who has another tier already keeps it */
    struct version_guard guard; /* customer_update, customer_erase */
    struct token_start token;
    uint64_t cart;           /* a guest's, to take over */
    uint64_t password_event; /* the password that was given is the one this event set */
    uint64_t reset_event;    /* the token that was given is the one this event is for */
    uint64_t life_ms;        /* of the token that is asked for */
    enum role role;          /* customer_role */
    /* answer */
    struct customer customer;
};

/* session_start (customer, password_event, token, cart), session_rotate (customer, digest, token),
 * session_end (customer, digest, or is_all) */
struct session_command {
    struct command command;
    uint32_t customer;
    uint64_t password_event; /* the password that was given is the one this event set */
    struct text password;    /* session_start: that password, hashed anew; none = as it is */
    uint8_t digest[HASH_DIGEST_SIZE];
    bool is_all;
    struct token_start token;
    uint64_t cart; /* a guest's, to take over */
    /* answer */
    struct customer after;
};

/* cart_open (contact, customer), cart_add / cart_set (lines[0..line_count-1]; add sums, set
 * replaces, 0 takes out), cart_view (country: what checkout would charge there) */
struct cart_command {
    struct command command;
    uint64_t cart;
    uint32_t customer; /* cart_open: whose it becomes; 0 = a guest's */
    uint32_t asker;    /* asked as this customer: other carts are unknown; 0 = any cart */
    struct contact contact;
    const struct cart_line *lines;
    uint32_t line_count;
    char country[4];
    struct version_guard guard; /* cart_add, cart_set */
    /* answer */
    struct quote *quote;        /* the cart as it is afterwards */
    struct shortage *shortages; /* with ERR_OUT_OF_STOCK; line: position in lines[] */
    uint32_t shortage_count;
};

/* checkout */
struct checkout_command {
    struct command command;
    uint64_t cart;
    uint32_t asker;  /* asked as this customer: other carts are unknown; 0 = any cart */
    uint8_t key[16]; /* keyed hash of cart and idempotency key */
    uint64_t body_hash;
    struct version_guard guard; /* of the cart */
    struct contact contact;     /* with addresses and metadata */
    char country[4];
    int64_t expected_total_minor; /* < 0 = not given */
    uint32_t expected_currency;   /* 0 = the shop's */
    /* answer */
    uint64_t order_number;
    struct order *order; /* as placed */
    struct pricing *pricing;
    bool is_replay;
    struct shortage *shortages; /* with ERR_OUT_OF_STOCK; line: position in the cart */
    uint32_t shortage_count;
};

struct order_part_request {
    uint32_t line;
    uint32_t quantity; /* 0 = all that is left */
};

/* order_confirm, order_cancel (lines, note), order_ship (lines, location, carrier, tracking),
 * order_deliver (shipment), order_view, order_erase (its contact), order_correct (contact) */
struct order_command {
    struct command command;
    uint64_t order;
    uint64_t
        cart; /* asked with this cart's token: other carts' orders are unknown; 0 = any order */
    uint32_t customer;                      /* asked as this customer: its orders are known, too */
    const struct order_part_request *lines; /* none = all */
    uint32_t line_count;
    uint16_t location; /* 0 = any */
    uint32_t shipment; /* 0 = all */
    struct text note;  /* reason, or carrier */
    struct text tracking_number;
    struct contact contact; /* order_correct: what is given takes the place of what was there */
    /* answer */
    struct order *copy;
    struct pricing *pricing;
};

/* order_import: an order as another shop had it. */
struct order_import_command {
    struct command command;
    /* With lines (known products), moves, shipments (known places) and payments; customer, if any,
     * is known, and the currency the shop's. Parts, trail, cart, contact and previous are left out.
     */
    const struct order *order;
    struct contact contact;
    /* answer */
    bool is_unchanged; /* it was here before */
    const char *fault; /* of ERR_ORDER_IMPORT: what is wrong, beginning with the field */
};

/* payment_event: what a gateway said, once per id. */
struct payment_command {
    struct command command;
    uint64_t order;
    enum payment_kind kind; /* succeeded or failed */
    int64_t amount_minor;
    uint32_t currency;    /* 0 = no amount is named (failed) */
    uint64_t occurred_ms; /* by the gateway's clock; 0 = not said */
    struct text id;       /* 1..PAYMENT_ID_MAX bytes */
    struct text reference;
    struct text reason; /* of a failure, at most ORDER_NOTE_MAX bytes */
    /* answer */
    enum payment_outcome outcome;
    bool is_repeated; /* it said so before, and this is what came of it then */
    enum order_state state;
};

/* shipment_event: what a carrier said about a parcel, once per id. */
struct shipment_command {
    struct command command;
    uint64_t order;
    uint32_t shipment; /* its number within the order */
    enum tracking_status status;
    uint64_t occurred_ms; /* by the carrier's clock; 0 = now */
    struct text id;       /* 1..TRACKING_ID_MAX bytes */
    struct text code;     /* the carrier's own, at most TRACKING_CODE_MAX bytes */
    /* answer */
    bool is_repeated;
    enum tracking_status status_now;
    enum order_state state;
};

/* review_create (product), review_update, review_remove (number): by the customer, whose review it
 * must be, or (review_remove) by the staff. */
struct review_command {
    struct command command;
    uint32_t product;
    uint32_t customer;
    uint32_t number; /* review_create: answer */
    uint8_t stars;
    bool is_staff;
    struct contact contact; /* the words: metadata; the name to show: name */
    struct version_guard guard;
    /* answer */
    struct review review;
};

/* reviews_view: those that are shown, of a product; or of a customer in whatever state; or one.
 * Newest first. */
struct reviews_command {
    struct command command;
    uint32_t number;  /* or */
    uint32_t product; /* or */
    uint32_t customer;
    uint32_t before; /* only lower numbers; 0 = from the newest */
    uint32_t limit;
    /* answer */
    struct review_entry {
        uint32_t number;
        struct review review;
    } * reviews;
    uint32_t review_count;
    bool has_more;
};

/* Something that comes to its end because time passed. */
enum timeout_kind {
    TIMEOUT_ORDER = 0, /* a PENDING order that nobody paid */
    TIMEOUT_CART,      /* a cart that nobody touched */
    TIMEOUT_TOKEN,     /* of a customer; its number is the row */
    /* always last */
    TIMEOUT_KIND_COUNT
};

struct timeout {
    enum timeout_kind kind;
    uint64_t number;
};

/* order_expire, cart_expire (its warning too), token_expire: ends `number` if it is due, and if no
 * more than TIMEOUTS_GAP_MS passed since it was asked (else time jumped meanwhile, and the grace
 * time comes first): ERR_NOT_DUE. */
struct timeout_command {
    struct command command;
    uint64_t number;
    uint64_t asked_ms;
};

/* timeouts_view: what is due, among what is in memory, which all carts are. Orders are due in the
 * order of their numbers, carts in the order in which they were touched, tokens in the order in
 * which they were made. */
struct timeouts_command {
    struct command command;
    uint64_t asked_ms;
    uint64_t order_from; /* every order below is over, or moved on */
    struct timeout *due; /* room for due_max */
    uint32_t due_max;
    /* answer */
    uint32_t due_count;
    uint64_t order_next;  /* look on from here */
    bool is_order_asleep; /* it is in the tables alone: ask them what is pending from there on */
    bool has_more;        /* there was no room for all that is due, or no time to look */
    uint64_t next_ms;     /* nothing else in memory is due before */
};

/* orders_view: newest first, of a cart or of a customer: the part that is in memory.
 * orders_refresh: orders[] in, and out as they are now. */
struct orders_command {
    struct command command;
    uint64_t cart; /* or */
    uint32_t customer;
    uint64_t before; /* only orders with a lower number; 0 = from the newest */
    uint32_t limit;
    /* answer */
    struct order **orders;
    uint32_t order_count;
    uint64_t chain_next; /* the tables go on from this order; 0 = nothing more there */
};

/* pricing_set, pricing_view */
struct pricing_command {
    struct command command;
    struct pricing pricing; /* in: policy and rules; out: what is in force, with its version */
};

#endif
