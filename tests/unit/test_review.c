/* Reviews: who may write one, what becomes of it, and what the product is rated then. */
#include "lib/heap.h"
#include "lib/shopping.h"
#include "test.h"

#include <string.h>

struct desk {
    struct fixture fixture;
    uint32_t book;
    uint32_t pen;
    uint32_t ann;  /* was sent a book */
    uint32_t bob;  /* likewise */
    uint32_t carl; /* bought one, which is on its way */
};

static uint64_t buy_as(struct desk *desk, uint32_t customer, uint32_t product, uint32_t quantity)
{
    uint64_t cart = shopping_cart(customer);
    shopping_own(&desk->fixture, cart, customer);
    assert_ok(shopping_add(&desk->fixture, cart, product, quantity));
    return shopping_checkout(&desk->fixture, cart, (uint8_t)(customer * 16 + product));
}

static void ship(struct desk *desk, uint64_t order)
{
    assert_ok(shopping_order(&desk->fixture, &command_order_confirm, order));
    assert_ok(shopping_order(&desk->fixture, &command_order_ship, order));
}

static void deliver(struct desk *desk, uint64_t order)
{
    ship(desk, order);
    assert_ok(shopping_order(&desk->fixture, &command_order_deliver, order));
}

static int open_desk(void **state)
{
    static struct desk desk;
    struct fixture *fixture = &desk.fixture;
    fixture_open(fixture);
    desk.book = fixture_product(fixture, "BOOK-1", 4999, 2);
    desk.pen = fixture_product(fixture, "PEN-1", 199, 2);
    fixture_stock(fixture, desk.book, FIXTURE_MAIN, 50);
    fixture_stock(fixture, desk.pen, FIXTURE_MAIN, 50);
    desk.ann = fixture_customer(fixture, TIER_NONE);
    desk.bob = fixture_customer(fixture, TIER_NONE);
    desk.carl = fixture_customer(fixture, TIER_NONE);
    deliver(&desk, buy_as(&desk, desk.ann, desk.book, 1));
    deliver(&desk, buy_as(&desk, desk.bob, desk.book, 2));
    ship(&desk, buy_as(&desk, desk.carl, desk.book, 1));
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    fixture_close(&((struct desk *)*state)->fixture);
    return 0;
}

static struct review_command review_of_book(const struct desk *desk, uint32_t customer,
                                            uint8_t stars)
{
    return (struct review_command){
        .command = {.ops = &command_review_create, .actor = ACTOR_CUSTOMER},
        .product = desk->book,
        .customer = customer,
        .stars = stars,
        .contact = {.name = TEXT("A."), .metadata = TEXT("\"Good\"")},
    };
}

static struct review_command change_of(const struct command_ops *ops, uint32_t number,
                                       uint32_t customer)
{
    return (struct review_command){
        .command = {.ops = ops, .actor = ACTOR_CUSTOMER},
        .number = number,
        .customer = customer,
        .stars = 2,
        .contact = {.metadata = TEXT("\"Less good\"")},
    };
}

static uint32_t write_review(struct desk *desk, uint32_t customer, uint8_t stars)
{
    struct review_command create = review_of_book(desk, customer, stars);
    assert_ok(fixture_run(&desk->fixture, &create.command));
    return create.number;
}

static void assert_rated(const struct desk *desk, uint16_t x100, uint32_t count)
{
    const struct product *book = catalog_find(&desk->fixture.shop.catalog, desk->book);
    assert_int_equal(book->rating_x100, x100);
    assert_int_equal(book->rating_count, count);
}

static const struct review *review_at(const struct desk *desk, uint32_t number)
{
    return review_find(&desk->fixture.shop.reviews, number);
}

/* --- writing --- */

static void who_was_sent_a_product_may_review_it(void **state)
{
    struct desk *desk = *state;
    struct review_command create = review_of_book(desk, desk->ann, 4);
    assert_ok(fixture_run(&desk->fixture, &create.command));
    assert_int_equal(fixture_event_count(&desk->fixture), 2);
    const struct event_review_put *put = fixture_event(&desk->fixture, 0, EVENT_REVIEW_PUT);
    assert_int_equal(put->number, 1);
    assert_int_equal(put->product, desk->book);
    assert_int_equal(put->customer, desk->ann);
    assert_int_equal(put->stars, 4);
    assert_int_equal(put->state, REVIEW_SHOWN);
    assert_int_equal(put->contact, desk->fixture.decision.contacts[0].number);
    const struct contact *words = &desk->fixture.decision.contacts[0];
    assert_true(text_equal(words->metadata, TEXT("\"Good\"")));
    assert_true(text_equal(words->name, TEXT("A.")));
    assert_int_equal(words->customer, desk->ann);
    (void)fixture_event(&desk->fixture, 1, EVENT_PRODUCT_PUT);
    assert_int_equal(create.number, 1);
    assert_int_equal(create.review.stars, 4);
    assert_int_equal(create.review.changed_event, desk->fixture.shop.last_event - 1);
    assert_int_equal(create.review.created_ms, desk->fixture.decision.now_ms);
    assert_rated(desk, 400, 1);
}

static void who_was_not_may_not(void **state)
{
    struct desk *desk = *state;
    const struct {
        uint32_t customer;
        uint32_t product;
        enum err_code code;
    } rows[] = {
        {desk->carl, desk->book, ERR_NOT_DELIVERED}, /* it is on its way */
        {desk->ann, desk->pen, ERR_NOT_DELIVERED},   /* it was another product */
        {desk->ann, 99, ERR_PRODUCT_UNKNOWN},        {99, desk->book, ERR_CUSTOMER_UNKNOWN},
        {0, desk->book, ERR_CUSTOMER_UNKNOWN},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct review_command create = review_of_book(desk, rows[i].customer, 4);
        create.product = rows[i].product;
        struct err err = shopping_refused(&desk->fixture, &create.command);
        assert_int_equal(err.code, rows[i].code);
    }
}

/* What was cancelled before the rest went out never came. */
static void a_line_that_was_cancelled_was_not_delivered(void **state)
{
    struct desk *desk = *state;
    uint64_t cart = shopping_cart(desk->carl);
    assert_ok(shopping_add(&desk->fixture, cart, desk->book, 1));
    assert_ok(shopping_add(&desk->fixture, cart, desk->pen, 1));
    uint64_t order = shopping_checkout(&desk->fixture, cart, 99);
    struct order_command cancel = shopping_order_command(&command_order_cancel, order);
    cancel.lines = &(struct order_part_request){0, 0};
    cancel.line_count = 1;
    assert_ok(fixture_run(&desk->fixture, &cancel.command));
    deliver(desk, order);
    struct review_command create = review_of_book(desk, desk->carl, 4);
    assert_int_equal(shopping_refused(&desk->fixture, &create.command).code, ERR_NOT_DELIVERED);
    create.product = desk->pen;
    assert_ok(fixture_run(&desk->fixture, &create.command));
}

/* An older order counts as much as the newest. */
static void any_order_of_the_customer_counts(void **state)
{
    struct desk *desk = *state;
    (void)buy_as(desk, desk->ann, desk->pen, 1);
    assert_int_equal(write_review(desk, desk->ann, 5), 1);
}

static void a_customer_has_one_review_of_a_product(void **state)
{
    struct desk *desk = *state;
    (void)write_review(desk, desk->ann, 4);
    struct review_command again = review_of_book(desk, desk->ann, 1);
    assert_int_equal(shopping_refused(&desk->fixture, &again.command).code, ERR_REVIEW_EXISTS);
    assert_int_equal(write_review(desk, desk->bob, 1), 2);
    assert_rated(desk, 250, 2);
}

static void there_is_a_limit(void **state)
{
    struct desk *desk = *state;
    desk->fixture.shop.reviews.reviews_max = 1;
    uint32_t number = write_review(desk, desk->ann, 4);
    struct review_command create = review_of_book(desk, desk->bob, 1);
    struct err err = shopping_refused(&desk->fixture, &create.command);
    assert_int_equal(err.code, ERR_REVIEW_LIMIT);
    assert_int_equal(err.value, 1);
    /* A row that is there may be filled again. */
    struct review_command back = change_of(&command_review_remove, number, desk->ann);
    assert_ok(fixture_run(&desk->fixture, &back.command));
    assert_int_equal(write_review(desk, desk->ann, 5), number);
}

/* --- changing --- */

static void the_author_says_it_otherwise(void **state)
{
    struct desk *desk = *state;
    uint32_t number = write_review(desk, desk->ann, 5);
    struct review before = *review_at(desk, number);
    desk->fixture.decision.now_ms += 10;
    struct review_command update = change_of(&command_review_update, number, desk->ann);
    assert_ok(fixture_run(&desk->fixture, &update.command));
    assert_int_equal(update.review.stars, 2);
    assert_int_equal(update.review.contact, before.contact);
    assert_int_equal(update.review.created_ms, before.created_ms);
    assert_int_equal(update.review.changed_ms, before.changed_ms + 10);
    assert_true(update.review.changed_event > before.changed_event);
    assert_int_equal(desk->fixture.decision.contact_count, 1);
    assert_int_equal(desk->fixture.decision.contacts[0].number, before.contact);
    assert_int_equal(desk->fixture.decision.contacts[0].customer, desk->ann);
    assert_rated(desk, 200, 1);
    /* Other words, the same stars: the product stays as it is. */
    assert_ok(fixture_run(&desk->fixture, &update.command));
    assert_int_equal(fixture_event_count(&desk->fixture), 1);
}

/* Who, in which state, may do what. */
static void rules_of_changing(void **state)
{
    struct desk *desk = *state;
    enum { ANN, BOB, STAFF, STAFF_ANN, WHO_COUNT };
    static const struct {
        enum review_state state;
        const struct command_ops *ops;
        enum err_code codes[WHO_COUNT];
        enum review_state after[WHO_COUNT];
    } rows[] = {
        {REVIEW_SHOWN,
         &command_review_update,
         {ERR_NONE, ERR_REVIEW_UNKNOWN, ERR_NONE, ERR_NONE},
         {REVIEW_SHOWN, REVIEW_SHOWN, REVIEW_SHOWN, REVIEW_SHOWN}},
        {REVIEW_SHOWN,
         &command_review_remove,
         {ERR_NONE, ERR_REVIEW_UNKNOWN, ERR_NONE, ERR_NONE},
         {REVIEW_WITHDRAWN, REVIEW_SHOWN, REVIEW_REMOVED, REVIEW_WITHDRAWN}},
        {REVIEW_WITHDRAWN,
         &command_review_update,
         {ERR_REVIEW_UNKNOWN, ERR_REVIEW_UNKNOWN, ERR_REVIEW_UNKNOWN, ERR_REVIEW_UNKNOWN},
         {0}},
        {REVIEW_WITHDRAWN,
         &command_review_remove,
         {ERR_REVIEW_UNKNOWN, ERR_REVIEW_UNKNOWN, ERR_REVIEW_UNKNOWN, ERR_REVIEW_UNKNOWN},
         {0}},
        {REVIEW_REMOVED,
         &command_review_update,
         {ERR_REVIEW_REMOVED, ERR_REVIEW_UNKNOWN, ERR_REVIEW_REMOVED, ERR_REVIEW_REMOVED},
         {0}},
        {REVIEW_REMOVED,
         &command_review_remove,
         {ERR_REVIEW_REMOVED, ERR_REVIEW_UNKNOWN, ERR_REVIEW_REMOVED, ERR_REVIEW_REMOVED},
         {0}},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        for (uint32_t who = 0; who < WHO_COUNT; who++) {
            (void)close_desk(state);
            (void)open_desk(state);
            uint32_t number = write_review(desk, desk->ann, 5);
            bool is_staff = who == STAFF || who == STAFF_ANN;
            if (rows[i].ops == &command_review_update && who == STAFF)
                continue; /* the staff cannot put words into somebody's mouth: there is no way to
                             ask */
            struct review_command gone = change_of(&command_review_remove, number,
                                                   rows[i].state == REVIEW_REMOVED ? 0 : desk->ann);
            gone.is_staff = rows[i].state == REVIEW_REMOVED;
            if (rows[i].state != REVIEW_SHOWN)
                assert_ok(fixture_run(&desk->fixture, &gone.command));
            struct review_command change = change_of(rows[i].ops, number,
                                                     who == BOB     ? desk->bob
                                                     : who == STAFF ? 0
                                                                    : desk->ann);
            change.is_staff = is_staff;
            assert_int_equal(fixture_run(&desk->fixture, &change.command).code, rows[i].codes[who]);
            if (rows[i].codes[who] == ERR_NONE)
                assert_int_equal(review_at(desk, number)->state, rows[i].after[who]);
            else
                assert_int_equal(review_at(desk, number)->state, rows[i].state);
        }
    }
}

static void a_change_may_name_the_version_it_is_of(void **state)
{
    struct desk *desk = *state;
    uint32_t number = write_review(desk, desk->ann, 5);
    static const struct command_ops *const ops[] = {&command_review_update, &command_review_remove};
    for (size_t i = 0; i < countof(ops); i++) {
        struct review_command change = change_of(ops[i], number, desk->ann);
        change.guard = (struct version_guard){{review_at(desk, number)->changed_event + 1}, 1};
        assert_int_equal(shopping_refused(&desk->fixture, &change.command).code,
                         ERR_VERSION_CHANGED);
        change.guard.expected[0]--;
        assert_ok(fixture_run(&desk->fixture, &change.command));
    }
}

static void what_is_taken_back_is_erased_and_counts_no_more(void **state)
{
    struct desk *desk = *state;
    uint32_t number = write_review(desk, desk->ann, 5);
    uint64_t words = review_at(desk, number)->contact;
    (void)write_review(desk, desk->bob, 2);
    assert_rated(desk, 350, 2);
    struct review_command back = change_of(&command_review_remove, number, desk->ann);
    assert_ok(fixture_run(&desk->fixture, &back.command));
    assert_int_equal(fixture_event_count(&desk->fixture), 3);
    (void)fixture_event(&desk->fixture, 0, EVENT_REVIEW_PUT);
    (void)fixture_event(&desk->fixture, 1, EVENT_PRODUCT_PUT);
    const struct event_contacts_erased *erased =
        fixture_event(&desk->fixture, 2, EVENT_CONTACTS_ERASED);
    assert_int_equal(erased->customer, 0);
    assert_int_equal(erased->count, 1);
    assert_int_equal(event_contacts(erased)[0], words);
    assert_int_equal(back.review.state, REVIEW_WITHDRAWN);
    assert_int_equal(back.review.contact, 0);
    assert_rated(desk, 200, 1);
    /* Written again it is the same row, and new. */
    desk->fixture.decision.now_ms += 10;
    assert_int_equal(write_review(desk, desk->ann, 1), number);
    assert_int_equal(review_at(desk, number)->created_ms, desk->fixture.decision.now_ms);
    assert_rated(desk, 150, 2);
}

static void what_the_staff_takes_out_stays_out_and_is_told(void **state)
{
    struct desk *desk = *state;
    uint32_t number = write_review(desk, desk->ann, 5);
    struct review_command out = change_of(&command_review_remove, number, 0);
    out.is_staff = true;
    out.command.by = (struct operator){OPERATOR_STAFF, desk->bob};
    assert_ok(fixture_run(&desk->fixture, &out.command));
    const struct event_operator_acted *acted =
        fixture_event(&desk->fixture, 3, EVENT_OPERATOR_ACTED);
    assert_int_equal(acted->number, desk->bob);
    assert_int_equal(acted->subject_kind, SUBJECT_REVIEW);
    assert_int_equal(acted->subject, number);
    assert_true(text_equal(event_acted_action(acted), TEXT("review_remove")));
    assert_rated(desk, 0, 0);
    struct review_command again = review_of_book(desk, desk->ann, 1);
    assert_int_equal(shopping_refused(&desk->fixture, &again.command).code, ERR_REVIEW_REMOVED);
}

static void an_erased_customers_stars_stay_without_words(void **state)
{
    struct desk *desk = *state;
    uint32_t number = write_review(desk, desk->ann, 5);
    uint64_t words = review_at(desk, number)->contact;
    struct customer_command erase = {.command = {.ops = &command_customer_erase},
                                     .number = desk->ann};
    assert_ok(fixture_run(&desk->fixture, &erase.command));
    const struct event_contacts_erased *erased =
        fixture_event(&desk->fixture, 0, EVENT_CONTACTS_ERASED);
    bool is_listed = false;
    for (uint32_t i = 0; i < erased->count; i++)
        is_listed = is_listed || event_contacts(erased)[i] == words;
    assert_true(is_listed);
    assert_int_equal(review_at(desk, number)->contact, 0);
    assert_int_equal(review_at(desk, number)->state, REVIEW_SHOWN);
    assert_rated(desk, 500, 1);
    struct review_command again = review_of_book(desk, desk->ann, 1);
    assert_int_equal(shopping_refused(&desk->fixture, &again.command).code, ERR_CUSTOMER_UNKNOWN);
    /* A change that was on its way meanwhile. */
    struct review_command late = change_of(&command_review_update, number, desk->ann);
    assert_int_equal(shopping_refused(&desk->fixture, &late.command).code, ERR_REVIEW_UNKNOWN);
    /* The staff may still take it out. */
    struct review_command out = change_of(&command_review_remove, number, 0);
    out.is_staff = true;
    assert_ok(fixture_run(&desk->fixture, &out.command));
    assert_rated(desk, 0, 0);
}

/* --- the rating --- */

static void rate(struct desk *desk, uint16_t x100, uint32_t count)
{
    struct product_command put = {
        .command = {.ops = &command_product_put, .actor = ACTOR_OPERATOR},
        .draft = {.rating_count = count, .rating_x100 = x100, .texts = {TEXT("BOOK-1")}},
        .fields = 1u << PRODUCT_FIELD_RATING,
        .on_hand = UINT32_MAX,
    };
    assert_ok(fixture_run(&desk->fixture, &put.command));
}

static void a_rating_from_elsewhere_goes_on_counting(void **state)
{
    struct desk *desk = *state;
    rate(desk, 430, 10);
    uint32_t number = write_review(desk, desk->ann, 1);
    assert_rated(desk, 400, 11); /* 44.00 by 11 */
    (void)write_review(desk, desk->bob, 5);
    assert_rated(desk, 408, 12); /* 49.00 by 12 is 4.083 */
    /* An import that tells the old rating again changes nothing. */
    rate(desk, 100, 500);
    assert_int_equal(fixture_event_count(&desk->fixture), 0);
    struct review_command back = change_of(&command_review_remove, number, desk->ann);
    assert_ok(fixture_run(&desk->fixture, &back.command));
    assert_rated(desk, 436, 11); /* 48.00 by 11 is 4.363 */
    back = change_of(&command_review_remove, 2, desk->bob);
    assert_ok(fixture_run(&desk->fixture, &back.command));
    assert_rated(desk, 430, 10);
    /* With nobody's review left it is the import's to say again. */
    rate(desk, 200, 1);
    assert_int_equal(write_review(desk, desk->ann, 5), 1);
    assert_rated(desk, 350, 2);
}

static void ratings_are_rounded_half_up(void **state)
{
    static const struct {
        struct review_sum sum;
        struct rating rating;
    } rows[] = {
        {{.count = 0}, {0, 0}},
        {{.count = 0, .elsewhere = {7, 321}}, {7, 321}},
        {{.count = 3, .stars = 10}, {3, 333}},
        {{.count = 3, .stars = 11}, {3, 367}},
        {{.count = 8, .stars = 33}, {8, 413}},                     /* 4.125 */
        {{.count = 1, .stars = 5, .elsewhere = {9, 0}}, {1, 500}}, /* 9 that say nothing */
        {{.count = 1, .stars = 5, .elsewhere = {UINT32_MAX, 500}}, {UINT32_MAX, 500}},
        {{.count = 1, .stars = 1, .elsewhere = {1, 500}}, {2, 300}},
        {{.count = 1, .stars = 1, .elsewhere = {999, 500}}, {1000, 500}}, /* 4.996 */
    };
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        struct rating rating = review_rating(&rows[i].sum);
        assert_int_equal(rating.count, rows[i].rating.count);
        assert_int_equal(rating.x100, rows[i].rating.x100);
    }
}

static void reviews_come_and_go(void)
{
    struct reviews reviews;
    reviews_init(&reviews);
    for (uint32_t i = 1; i <= 200; i++) {
        struct review review = {.product = i, .customer = i, .stars = 3};
        review_put(&reviews, i, &review, (struct rating){0});
    }
    reviews_release(&reviews);
}

static void what_was_taken_is_given_back(void **state)
{
    (void)state;
    assert_true(heap_is_level(reviews_come_and_go));
}

/* --- lists --- */

static void assert_listed(struct desk *desk, struct reviews_command view, const uint32_t *numbers,
                          bool has_more)
{
    view.command = (struct command){.ops = &command_reviews_view};
    view.has_more = !has_more; /* what was there before says nothing */
    assert_ok(fixture_run(&desk->fixture, &view.command));
    for (uint32_t i = 0; i < view.review_count; i++)
        assert_int_equal(view.reviews[i].number, numbers[i]);
    assert_int_equal(numbers[view.review_count], 0);
    assert_int_equal(view.has_more, has_more);
}

#define NUMBERS(...) ((const uint32_t[]){__VA_ARGS__, 0})

static void reviews_are_listed_newest_first(void **state)
{
    struct desk *desk = *state;
    uint64_t order = buy_as(desk, desk->ann, desk->pen, 1);
    deliver(desk, order);
    assert_int_equal(write_review(desk, desk->ann, 5), 1);
    assert_int_equal(write_review(desk, desk->bob, 4), 2);
    struct review_command pen = review_of_book(desk, desk->ann, 3);
    pen.product = desk->pen;
    assert_ok(fixture_run(&desk->fixture, &pen.command));
    assert_listed(desk, (struct reviews_command){.product = desk->book, .limit = 9}, NUMBERS(2, 1),
                  false);
    assert_listed(desk, (struct reviews_command){.product = desk->book, .limit = 1}, NUMBERS(2),
                  true);
    assert_listed(desk, (struct reviews_command){.product = desk->book, .before = 2, .limit = 1},
                  NUMBERS(1), false);
    assert_listed(desk, (struct reviews_command){.product = desk->book, .before = 1, .limit = 1},
                  NUMBERS(0), false);
    assert_listed(desk, (struct reviews_command){.product = desk->book, .before = 3, .limit = 9},
                  NUMBERS(2, 1), false); /* that one is not of this list */
    assert_listed(desk, (struct reviews_command){.customer = desk->ann, .limit = 9}, NUMBERS(3, 1),
                  false);
    assert_listed(desk, (struct reviews_command){.customer = desk->ann, .before = 3, .limit = 9},
                  NUMBERS(1), false);
    assert_listed(desk, (struct reviews_command){.customer = desk->carl, .limit = 9}, NUMBERS(0),
                  false);
    /* Behind a review that is not in the list, what is older goes on. */
    assert_listed(desk, (struct reviews_command){.customer = desk->bob, .before = 1, .limit = 9},
                  NUMBERS(0), false);
    assert_listed(desk, (struct reviews_command){.customer = desk->ann, .before = 2, .limit = 9},
                  NUMBERS(1), false);
    assert_listed(desk, (struct reviews_command){.number = 2, .limit = 1}, NUMBERS(2), false);
    /* What is not shown is in the list of its author alone, and pages go on behind it. */
    struct review_command back = change_of(&command_review_remove, 2, desk->bob);
    assert_ok(fixture_run(&desk->fixture, &back.command));
    assert_listed(desk, (struct reviews_command){.product = desk->book, .limit = 9}, NUMBERS(1),
                  false);
    assert_listed(desk, (struct reviews_command){.product = desk->book, .before = 2, .limit = 9},
                  NUMBERS(1), false);
    assert_listed(desk, (struct reviews_command){.customer = desk->bob, .limit = 9}, NUMBERS(2),
                  false);
    struct reviews_command view = {
        .command = {.ops = &command_reviews_view}, .number = 2, .limit = 1};
    assert_int_equal(fixture_run(&desk->fixture, &view.command).code, ERR_REVIEW_UNKNOWN);
    view = (struct reviews_command){
        .command = {.ops = &command_reviews_view}, .product = 99, .limit = 1};
    assert_int_equal(fixture_run(&desk->fixture, &view.command).code, ERR_PRODUCT_UNKNOWN);
}

/* --- what sleeps --- */

/* Lets the orders leave memory, as the executor does once the tables have them. */
static void orders_that_sleep_are_asked_for(void **state)
{
    struct desk *desk = *state;
    struct decision *decision = &desk->fixture.decision;
    struct review_command create = review_of_book(desk, desk->ann, 4);
    struct purchase tables[] = {{1, false}};
    create.command.arena = &desk->fixture.arena;
    shop_forget_order(&desk->fixture.shop, 1);
    struct err err = command_review_create.decide(decision, &create.command);
    assert_int_equal(err.code, ERR_ASLEEP);
    assert_int_equal(err.index, ASLEEP_PURCHASES);
    assert_int_equal(err.value, 1);
    assert_int_equal(create.command.asleep_product, desk->book);

    const struct {
        struct command_loaded loaded;
        enum err_code code;
    } rows[] = {
        {{.what = ASLEEP_PURCHASES, .value = 1}, ERR_NOT_DELIVERED},
        {{.what = ASLEEP_PURCHASES, .value = 1, .purchases = {tables, 1}}, ERR_NOT_DELIVERED},
        {{.what = ASLEEP_PURCHASES, .value = 2, .purchases = {tables, 1}}, ERR_ASLEEP},
        {{.what = ASLEEP_PURCHASES, .value = 1, .sweep = 5, .purchases = {tables, 1}}, ERR_ASLEEP},
        {{.what = ASLEEP_ORDER, .value = 1}, ERR_ASLEEP},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        create.command.loaded = rows[i].loaded;
        assert_int_equal(command_review_create.decide(decision, &create.command).code,
                         rows[i].code);
    }
    /* Memory is ahead of the tables: order 2 is delivered there. */
    tables[0].order = 2;
    create.command.loaded = rows[1].loaded;
    size_t events_before = decision->events->length;
    assert_ok(command_review_create.decide(decision, &create.command));
    decision->events->length = events_before;
    tables[0] = (struct purchase){1, true};
    assert_ok(command_review_create.decide(decision, &create.command));
    decision->events->length = events_before;
    decision->contact_count = 0;
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(who_was_sent_a_product_may_review_it),
        DESK_TEST(who_was_not_may_not),
        DESK_TEST(a_line_that_was_cancelled_was_not_delivered),
        DESK_TEST(any_order_of_the_customer_counts),
        DESK_TEST(a_customer_has_one_review_of_a_product),
        DESK_TEST(there_is_a_limit),
        DESK_TEST(the_author_says_it_otherwise),
        DESK_TEST(rules_of_changing),
        DESK_TEST(a_change_may_name_the_version_it_is_of),
        DESK_TEST(what_is_taken_back_is_erased_and_counts_no_more),
        DESK_TEST(what_the_staff_takes_out_stays_out_and_is_told),
        DESK_TEST(an_erased_customers_stars_stay_without_words),
        DESK_TEST(a_rating_from_elsewhere_goes_on_counting),
        cmocka_unit_test(ratings_are_rounded_half_up),
        cmocka_unit_test(what_was_taken_is_given_back),
        DESK_TEST(reviews_are_listed_newest_first),
        DESK_TEST(orders_that_sleep_are_asked_for),
    };
    return cmocka_run_group_tests_name("review", tests, NULL, NULL);
}
