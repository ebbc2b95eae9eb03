/* demo_story.c - Alice and Bob. */
#include "cli/demo/demo_story.h"

#include "cli/replay/shop_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LAPTOP, BOOK, SHIRT, PRODUCT_COUNT, TOLD_SIZE = 160, NAMED_SIZE = 64 };

static const struct {
    const char *sku;
    const char *name;
    const char *category;
    const char *price;
    int64_t price_minor;
    uint32_t pieces;
} products[PRODUCT_COUNT] = {
    [LAPTOP] = {"LAP-1", "Laptop", "ELECTRONICS", "999.99", 99999, 5},
    [BOOK] = {"BOOK-1", "Book", "BOOKS", "49.99", 4999, 20},
    [SHIRT] = {"TEE-1", "T-shirt", "CLOTHING", "19.99", 1999, 100},
};

struct person {
    struct shop_contact contact;
    char id[SHOP_ID_SIZE];
    struct shop_cart cart;
    char order[SHOP_ID_SIZE];
};

struct story {
    struct shop_client client;
    char product_ids[PRODUCT_COUNT][SHOP_ID_SIZE];
    struct person alice;
    struct person bob;
    uint32_t checks;
    uint32_t faults;
};

static void chapter(const char *title)
{
    printf("\n%s\n", title);
}

/* One claim: told with a mark, counted. */
static void claim(struct story *story, bool holds, const char *what)
{
    story->checks++;
    story->faults += holds ? 0 : 1;
    printf("  %s %s\n", holds ? "ok   " : "WRONG", what);
}

static void claim_number(struct story *story, int64_t got, int64_t wanted, const char *what)
{
    char told[TOLD_SIZE];
    if (got == wanted)
        (void)snprintf(told, sizeof(told), "%s: %" PRId64, what, got);
    else
        (void)snprintf(told, sizeof(told), "%s: %" PRId64 ", should be %" PRId64, what, got,
                       wanted);
    claim(story, got == wanted, told);
}

static void claim_money(struct story *story, int64_t got, int64_t wanted, const char *what)
{
    char told[TOLD_SIZE];
    (void)snprintf(told, sizeof(told), "%s: %" PRId64 ".%02d%s", what, got / 100, (int)(got % 100),
                   got == wanted ? "" : ", should be another");
    claim(story, got == wanted, told);
}

static void claim_text(struct story *story, const char *got, const char *wanted, const char *what)
{
    char told[TOLD_SIZE];
    (void)snprintf(told, sizeof(told), "%s: %s%s%s", what, got,
                   strcmp(got, wanted) == 0 ? "" : ", should be ",
                   strcmp(got, wanted) == 0 ? "" : wanted);
    claim(story, strcmp(got, wanted) == 0, told);
}

static void claim_status(struct story *story, const struct http_answer *answer, int wanted,
                         const char *what)
{
    char told[TOLD_SIZE];
    (void)snprintf(told, sizeof(told), "%s: %d %s", what, answer->status, answer->code);
    claim(story, answer->status == wanted, told);
}

/* One of the totals of a cart or an order: "subtotal", "discount", "total". */
static int64_t total_of(const json_t *json, const char *type)
{
    const json_t *totals = json_object_get(json, "totals");
    for (size_t i = 0; i < json_array_size(totals); i++) {
        const json_t *row = json_array_get(totals, i);
        if (strcmp(http_json_text(row, "type"), type) == 0)
            return http_json_number(row, "amount");
    }
    return -1;
}

static void claim_stock(struct story *story, uint32_t product, int64_t on_hand, int64_t reserved)
{
    char told[TOLD_SIZE];
    struct http_answer answer = shop_client_view_stock(&story->client, story->product_ids[product]);
    int64_t got_on_hand = shop_client_sum(answer.json, "on_hand");
    int64_t got_reserved = shop_client_sum(answer.json, "reserved");
    (void)snprintf(told, sizeof(told), "%s: %" PRId64 " on hand, %" PRId64 " of them reserved",
                   products[product].name, got_on_hand, got_reserved);
    claim(story, got_on_hand == on_hand && got_reserved == reserved, told);
}

static void open_shop(struct story *story)
{
    char body[512];
    chapter("A shop opens: a laptop at 999.99 (5 pieces), a book at 49.99 (20), a T-shirt at 19.99 "
            "(100)");
    for (uint32_t i = 0; i < PRODUCT_COUNT; i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"sku\":\"%s\",\"name\":\"%s\",\"category\":\"%s\","
                       "\"price\":{\"amount\":%" PRId64 ",\"currency\":\"USD\"}}",
                       products[i].sku, products[i].name, products[i].category,
                       products[i].price_minor);
        struct http_answer answer = shop_client_send(&story->client, "POST", "/v1/products", body);
        (void)snprintf(story->product_ids[i], SHOP_ID_SIZE, "%s",
                       http_json_text(answer.json, "id"));
        struct shop_item item = {.id = story->product_ids[i], .quantity = products[i].pieces};
        answer = shop_client_move_stock(&story->client, &item, 1, "received");
        claim(story, answer.status >= 200 && answer.status < 300, products[i].name);
    }
    struct http_answer answer =
        shop_client_send(&story->client, "GET", "/v1/products?category=ELECTRONICS", NULL);
    claim_number(story, http_json_number(answer.json, "total"), 1, "search in electronics finds");
}

static void register_person(struct story *story, struct person *person)
{
    char told[NAMED_SIZE];
    struct http_answer answer = shop_client_make_customer(&story->client, &person->contact, false);
    (void)snprintf(person->id, sizeof(person->id), "%s", http_json_text(answer.json, "id"));
    (void)snprintf(told, sizeof(told), "%s is a customer", person->contact.name);
    claim_status(story, &answer, 201, told);
}

/* A new cart with one line. */
static struct http_answer fill_cart(struct story *story, struct person *person, uint32_t product,
                                    uint32_t quantity)
{
    struct shop_item item = {.id = story->product_ids[product], .quantity = quantity};
    (void)shop_client_open_cart(&story->client, person->id, &person->cart);
    return shop_client_add_items(&story->client, &person->cart, &item, 1);
}

static struct http_answer check_out(struct story *story, struct person *person, const char *key)
{
    struct http_answer answer =
        shop_client_checkout(&story->client, &person->cart, key, &person->contact);
    if (answer.status == 201)
        (void)snprintf(person->order, sizeof(person->order), "%s",
                       http_json_text(answer.json, "id"));
    return answer;
}

static void alice_buys(struct story *story)
{
    char first[SHOP_ID_SIZE];
    chapter("Alice buys a laptop and two books");
    struct shop_item books = {.id = story->product_ids[BOOK], .quantity = 2};
    (void)fill_cart(story, &story->alice, LAPTOP, 1);
    struct http_answer answer =
        shop_client_add_items(&story->client, &story->alice.cart, &books, 1);
    claim_money(story, total_of(answer.json, "total"), 109997, "her cart comes to");
    claim_stock(story, LAPTOP, 5, 0);
    answer = check_out(story, &story->alice, "alice-1");
    claim_money(story, total_of(answer.json, "total"), 109997, "she is charged");
    claim_text(story, http_json_text(answer.json, "status"), "pending", "her order is");
    claim_stock(story, LAPTOP, 5, 1);
    claim_stock(story, BOOK, 20, 2);
    (void)snprintf(first, sizeof(first), "%s", story->alice.order);

    chapter("Her connection broke before the answer came, so she sends the same checkout again");
    answer = check_out(story, &story->alice, "alice-1");
    claim_status(story, &answer, 201, "the answer comes again");
    claim(story, strcmp(first, story->alice.order) == 0, "it is the same order");
    claim_stock(story, LAPTOP, 5, 1);
}

static void set_pricing(struct story *story, const char *body, const char *what)
{
    struct http_answer answer = shop_client_send(&story->client, "PUT", "/v1/pricing", body);
    claim_status(story, &answer, 200, what);
}

static void bob_buys_in_bulk(struct story *story)
{
    chapter("Bulk pricing is switched on while the shop runs: 10 % off five or more of one thing");
    set_pricing(story,
                "{\"policy\":\"best\",\"rules\":[{\"strategy\":\"bulk\",\"min_quantity\":5,"
                "\"basis_points\":1000}]}",
                "the new rule is in force");
    struct http_answer answer = fill_cart(story, &story->bob, SHIRT, 4);
    claim_money(story, total_of(answer.json, "total"), 7996, "four T-shirts cost the regular");
    answer = fill_cart(story, &story->bob, SHIRT, 5);
    claim_money(story, -total_of(answer.json, "discount"), 1000, "five T-shirts, taken off");
    answer = check_out(story, &story->bob, "bob-1");
    claim_money(story, total_of(answer.json, "total"), 8995, "Bob is charged");
    claim_stock(story, SHIRT, 100, 5);
}

static void alice_is_a_member(struct story *story)
{
    char path[SHOP_ID_SIZE + 32];
    struct person alice = story->alice; /* her first order is needed later */
    chapter("Membership: 15 % off for members; the best rule wins, line by line");
    (void)snprintf(path, sizeof(path), "/v1/customers/%s", alice.id);
    struct http_answer answer =
        shop_client_send(&story->client, "PATCH", path, "{\"member\":true}");
    claim_status(story, &answer, 200, "Alice becomes a member");
    set_pricing(story,
                "{\"policy\":\"best\",\"rules\":[{\"strategy\":\"bulk\",\"min_quantity\":5,"
                "\"basis_points\":1000},{\"strategy\":\"membership\",\"basis_points\":1500}]}",
                "both rules are in force");
    answer = fill_cart(story, &alice, BOOK, 1);
    claim_money(story, total_of(answer.json, "total"), 4249, "a book costs her");
    answer = fill_cart(story, &story->bob, BOOK, 1);
    claim_money(story, total_of(answer.json, "total"), 4999, "and Bob, who is none");
    answer = fill_cart(story, &alice, SHIRT, 5);
    claim_money(story, total_of(answer.json, "total"), 8496, "five T-shirts: 15 % beat 10 %");
}

static void order_goes_out(struct story *story)
{
    static const struct {
        const char *action;
        const char *status;
    } steps[] = {{"confirm", "confirmed"}, {"ship", "shipped"}, {"deliver", "delivered"}};
    chapter("Alice's order on its way");
    for (size_t i = 0; i < countof(steps); i++) {
        struct http_answer answer =
            shop_client_move_order(&story->client, story->alice.order, steps[i].action);
        claim_text(story, http_json_text(answer.json, "status"), steps[i].status, steps[i].action);
    }
    claim_stock(story, LAPTOP, 4, 0);
    claim_stock(story, BOOK, 18, 0);
    struct http_answer answer =
        shop_client_cancel(&story->client, story->alice.order, NULL, 0, "too late");
    claim_status(story, &answer, 409, "cancelling what was delivered");
}

static void bob_cancels(struct story *story)
{
    chapter("Bob cancels his T-shirts");
    struct http_answer answer =
        shop_client_cancel(&story->client, story->bob.order, NULL, 0, "changed my mind");
    claim_text(story, http_json_text(answer.json, "status"), "cancelled", "his order is");
    claim_stock(story, SHIRT, 100, 0);
    answer = shop_client_cancel(&story->client, story->bob.order, NULL, 0, "once more");
    claim_status(story, &answer, 409, "cancelling it twice");
    claim_stock(story, SHIRT, 100, 0);
}

static void nothing_is_oversold(struct story *story)
{
    struct person dora = story->bob;
    chapter("Four laptops are left. Bob and somebody else put all four into their carts");
    (void)fill_cart(story, &story->bob, LAPTOP, 4);
    (void)fill_cart(story, &dora, LAPTOP, 4);
    struct http_answer answer = check_out(story, &story->bob, "bob-2");
    claim_status(story, &answer, 201, "the first one gets them");
    answer = check_out(story, &dora, "dora-1");
    claim_status(story, &answer, 409, "the second");
    claim_text(story, answer.code, "out_of_stock", "because of");
    answer = shop_client_view_cart(&story->client, &dora.cart);
    claim_number(story, (int64_t)json_array_size(json_object_get(answer.json, "lines")), 1,
                 "lines still in the cart");
    claim_stock(story, LAPTOP, 4, 4);
}

bool demo_story(const struct scratch_server *server)
{
    struct story story = {
        .alice = {.contact = {.name = "Alice", .email = "alice@example.com", .country = "US"}},
        .bob = {.contact = {.name = "Bob", .email = "bob@example.com", .country = "US"}}};
    shop_client_open(&story.client, server->url, server->operator_key);
    open_shop(&story);
    register_person(&story, &story.alice);
    register_person(&story, &story.bob);
    alice_buys(&story);
    bob_buys_in_bulk(&story);
    alice_is_a_member(&story);
    order_goes_out(&story);
    bob_cancels(&story);
    nothing_is_oversold(&story);
    shop_client_close(&story.client);
    printf("\n%u claims, %u wrong\n", story.checks, story.faults);
    return story.faults == 0;
}
