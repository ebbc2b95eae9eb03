/* Accounts: who may log in, which tokens count, what a guest's cart becomes. */
#include "lib/shopping.h"
#include "test.h"

#include <string.h>

enum { LIFE_MS = 1000 };

struct people {
    struct fixture fixture;
    uint32_t product;
    uint32_t ann; /* has an account */
    uint64_t password_event;
};

static struct contact contact_of(const char *email)
{
    static uint8_t tags[8][EMAIL_TAG_SIZE];
    static uint32_t next;
    static const uint8_t secret[HASH_SECRET_SIZE] = {7};
    uint8_t *tag = tags[next++ % countof(tags)];
    email_tag(secret, text_of(email), tag);
    return (struct contact){.email = text_of(email),
                            .password = TEXT("a hash"),
                            .email_tag = {(const char *)tag, EMAIL_TAG_SIZE}};
}

static struct customer_command create_of(const char *email)
{
    return (struct customer_command){
        .command = {.ops = &command_customer_create},
        .contact = contact_of(email),
        .has_contact = true,
    };
}

static int open_people(void **state)
{
    static struct people people;
    struct customer_command create = create_of("ann@example.com");
    fixture_open(&people.fixture);
    people.product = fixture_product(&people.fixture, "BOOK-1", 4999, 2);
    fixture_stock(&people.fixture, people.product, FIXTURE_MAIN, 20);
    assert_ok(fixture_run(&people.fixture, &create.command));
    people.ann = create.number;
    people.password_event = create.customer.password_event;
    *state = &people;
    return 0;
}

static int close_people(void **state)
{
    fixture_close(&((struct people *)*state)->fixture);
    return 0;
}

static struct session_command session_of(const struct people *people, const struct command_ops *ops,
                                         uint8_t digest)
{
    return (struct session_command){
        .command = {.ops = ops},
        .customer = people->ann,
        .password_event = people->password_event,
        .digest = {digest},
        .token = {.digest = {digest}, .life_ms = LIFE_MS},
    };
}

static struct err log_in(struct people *people, uint8_t digest, uint64_t cart)
{
    struct session_command start = session_of(people, &command_session_start, digest);
    start.cart = cart;
    return fixture_run(&people->fixture, &start.command);
}

/* The hash of the same password at another cost takes its place; every log-in goes on. */
static void a_log_in_may_bring_a_new_hash_of_the_password(void **state)
{
    struct people *people = *state;
    assert_ok(log_in(people, 1, 0));
    assert_int_equal(people->fixture.decision.contact_count, 0);
    struct session_command start = session_of(people, &command_session_start, 2);
    start.password = TEXT("another hash");
    assert_ok(fixture_run(&people->fixture, &start.command));
    const struct customer *ann = customer_find(&people->fixture.shop.customers, people->ann);
    assert_int_equal(people->fixture.decision.contact_count, 1);
    const struct contact *contact = &people->fixture.decision.contacts[0];
    assert_int_equal(contact->number, ann->contact);
    assert_int_equal(contact->customer, people->ann);
    assert_true(text_equal(contact->password, TEXT("another hash")));
    assert_null(contact->email.data);
    assert_int_equal(ann->password_event, people->password_event);
    assert_int_equal(people->fixture.shop.tokens.count, 2);
    /* A stale proof brings nothing in. */
    start.password_event++;
    start.token.digest[0] = 3;
    assert_int_equal(fixture_run(&people->fixture, &start.command).code, ERR_LOGIN_FAILED);
    assert_int_equal(people->fixture.decision.contact_count, 0);
}

static const struct token *token_of(const struct people *people, uint8_t digest)
{
    return token_find(&people->fixture.shop.tokens, (const uint8_t[HASH_DIGEST_SIZE]){digest});
}

static uint32_t token_count(const struct people *people)
{
    return people->fixture.shop.tokens.count;
}

/* --- accounts --- */

static void an_account_is_a_customer_with_a_password(void **state)
{
    struct people *people = *state;
    struct customer_command create = create_of("bob@example.com");
    create.token = (struct token_start){.digest = {1}, .life_ms = LIFE_MS};
    assert_ok(fixture_run(&people->fixture, &create.command));
    assert_int_equal(fixture_event_count(&people->fixture), 3);
    (void)fixture_event(&people->fixture, 0, EVENT_CUSTOMER_PUT);
    const struct event_account_put *put = fixture_event(&people->fixture, 1, EVENT_ACCOUNT_PUT);
    assert_int_equal(put->customer, create.number);
    assert_int_equal(put->role, ROLE_CUSTOMER);
    assert_int_equal(put->sets_password, 1);
    const struct event_token_changed *token =
        fixture_event(&people->fixture, 2, EVENT_TOKEN_CHANGED);
    assert_int_equal(token->expires_ms, people->fixture.decision.now_ms + LIFE_MS);
    assert_int_equal(create.customer.password_event, people->fixture.shop.last_event - 1);
    assert_non_null(token_of(people, 1));
    create = create_of("carl@example.com");
    create.contact.password = TEXT_NONE;
    create.token = (struct token_start){.digest = {2}, .life_ms = LIFE_MS};
    assert_ok(fixture_run(&people->fixture, &create.command));
    assert_int_equal(fixture_event_count(&people->fixture), 1); /* no password, no token */
    assert_int_equal(create.customer.password_event, 0);
}

static uint32_t find(struct people *people, const char *email)
{
    struct customer_command command = {
        .command = {.ops = &command_customer_find}, .number = 99, .contact = contact_of(email)};
    assert_ok(fixture_run(&people->fixture, &command.command));
    assert_true((command.number != 0) == (command.customer.contact != 0));
    return command.number;
}

static void an_address_is_one_customers(void **state)
{
    struct people *people = *state;
    struct fixture *fixture = &people->fixture;
    assert_int_equal(find(people, "ANN@example.com"), people->ann);
    assert_int_equal(find(people, "bob@example.com"), 0);
    struct customer_command again = create_of("Ann@Example.com");
    assert_err(shopping_refused(fixture, &again.command), ERR_EMAIL_TAKEN);
    struct customer_command bob = create_of("bob@example.com");
    assert_ok(fixture_run(fixture, &bob.command));
    struct customer_command update = {.command = {.ops = &command_customer_update},
                                      .number = bob.number,
                                      .contact = contact_of("ann@example.com"),
                                      .has_contact = true};
    assert_err(shopping_refused(fixture, &update.command), ERR_EMAIL_TAKEN);
    update.contact = contact_of("BOB@example.com"); /* one's own, written otherwise */
    assert_ok(fixture_run(fixture, &update.command));
    update.contact = contact_of("robert@example.com");
    assert_ok(fixture_run(fixture, &update.command));
    assert_int_equal(find(people, "bob@example.com"), 0);
    assert_int_equal(find(people, "robert@example.com"), bob.number);
    update.contact = (struct contact){.email = TEXT(""), .email_tag = TEXT("")};
    assert_ok(fixture_run(fixture, &update.command));
    assert_int_equal(find(people, "robert@example.com"), 0);
}

static void erasing_ends_the_account_and_frees_the_address(void **state)
{
    struct people *people = *state;
    struct fixture *fixture = &people->fixture;
    assert_ok(log_in(people, 1, 0));
    assert_ok(log_in(people, 2, 0));
    struct customer_command erase = {.command = {.ops = &command_customer_erase},
                                     .number = people->ann};
    assert_ok(fixture_run(fixture, &erase.command));
    assert_int_equal(token_count(people), 0);
    assert_int_equal(erase.customer.password_event, 0);
    assert_int_equal(find(people, "ann@example.com"), 0);
    assert_err(log_in(people, 3, 0), ERR_LOGIN_FAILED);
    struct customer_command again = create_of("ann@example.com");
    assert_ok(fixture_run(fixture, &again.command));
    assert_int_equal(find(people, "ann@example.com"), again.number);
}

/* --- tokens --- */

static void a_proof_of_an_old_password_is_worth_nothing(void **state)
{
    struct people *people = *state;
    people->password_event--;
    assert_err(log_in(people, 1, 0), ERR_LOGIN_FAILED);
    people->password_event = 0;
    assert_err(log_in(people, 1, 0), ERR_LOGIN_FAILED);
    struct customer_command create = create_of("bob@example.com");
    create.contact.password = TEXT_NONE;
    assert_ok(fixture_run(&people->fixture, &create.command));
    people->ann = create.number; /* without a password there is nothing to prove */
    assert_err(log_in(people, 1, 0), ERR_LOGIN_FAILED);
    people->ann = 99;
    assert_err(log_in(people, 1, 0), ERR_LOGIN_FAILED);
}

static void too_many_tokens_end_the_oldest(void **state)
{
    struct people *people = *state;
    for (uint8_t digest = 1; digest <= TOKENS_PER_CUSTOMER_MAX; digest++)
        assert_ok(log_in(people, digest, 0));
    assert_int_equal(token_count(people), TOKENS_PER_CUSTOMER_MAX);
    assert_ok(log_in(people, 100, 0));
    assert_int_equal(token_count(people), TOKENS_PER_CUSTOMER_MAX);
    assert_null(token_of(people, 1));
    assert_non_null(token_of(people, 2));
    assert_non_null(token_of(people, 100));
}

static void tokens_whose_time_is_over_leave_at_the_next_login(void **state)
{
    struct people *people = *state;
    assert_ok(log_in(people, 1, 0));
    people->fixture.decision.now_ms += LIFE_MS - 1;
    assert_ok(log_in(people, 2, 0));
    assert_int_equal(token_count(people), 2);
    people->fixture.decision.now_ms += 1;
    assert_ok(log_in(people, 3, 0));
    assert_int_equal(token_count(people), 2);
    assert_null(token_of(people, 1));
}

/* In the order of their time, and each only when it is over. */
static void tokens_whose_time_is_over_end_by_themselves(void **state)
{
    struct people *people = *state;
    struct fixture *fixture = &people->fixture;
    assert_ok(log_in(people, 1, 0));
    uint64_t first_ms = fixture->decision.now_ms + LIFE_MS;
    fixture->decision.now_ms += 10;
    assert_ok(log_in(people, 2, 0));
    struct timeout due[1];
    struct timeouts_command view = {
        .command = {.ops = &command_timeouts_view, .actor = ACTOR_SYSTEM},
        .asked_ms = first_ms - 1,
        .order_from = 1,
        .due = due,
        .due_max = countof(due),
    };
    assert_ok(fixture_run(fixture, &view.command));
    assert_int_equal(view.due_count, 0);
    assert_int_equal(view.next_ms, first_ms);
    view.asked_ms = first_ms + 10;
    assert_ok(fixture_run(fixture, &view.command));
    assert_int_equal(view.due_count, 1);
    assert_true(view.has_more);
    assert_int_equal(due[0].kind, TIMEOUT_TOKEN);
    struct timeout_command expire = {
        .command = {.ops = &command_token_expire, .actor = ACTOR_SYSTEM},
        .number = due[0].number,
        .asked_ms = first_ms,
    };
    fixture->decision.now_ms = first_ms - 1;
    assert_err(shopping_refused(fixture, &expire.command), ERR_NOT_DUE);
    fixture->decision.now_ms = first_ms;
    assert_ok(fixture_run(fixture, &expire.command));
    assert_null(token_of(people, 1));
    assert_non_null(token_of(people, 2));
    assert_err(shopping_refused(fixture, &expire.command), ERR_NOT_DUE);
    assert_ok(log_in(people, 3, 0)); /* takes the row */
    assert_err(shopping_refused(fixture, &expire.command), ERR_NOT_DUE);
    expire.number = 99;
    assert_err(shopping_refused(fixture, &expire.command), ERR_NOT_DUE);
    fixture->decision.now_ms += LIFE_MS;
    view.asked_ms = fixture->decision.now_ms;
    for (uint32_t left = 2; left > 0; left--) {
        view.due_count = 0;
        view.has_more = false;
        assert_ok(fixture_run(fixture, &view.command));
        assert_int_equal(view.due_count, 1);
        assert_int_equal(view.has_more, left > 1);
        expire.number = due[0].number;
        assert_ok(fixture_run(fixture, &expire.command));
        assert_int_equal(token_count(people), left - 1);
        shop_check(&fixture->shop);
    }
    assert_int_equal(fixture->shop.tokens.oldest, 0);
    assert_int_equal(fixture->shop.tokens.newest, 0);
}

static void rotating_ends_the_old_token_and_starts_the_new(void **state)
{
    struct people *people = *state;
    assert_ok(log_in(people, 1, 0));
    struct session_command rotate = session_of(people, &command_session_rotate, 1);
    rotate.token.digest[0] = 2;
    assert_ok(fixture_run(&people->fixture, &rotate.command));
    assert_null(token_of(people, 1));
    assert_non_null(token_of(people, 2));
    rotate.token.digest[0] = 3;
    assert_err(shopping_refused(&people->fixture, &rotate.command), ERR_TOKEN_UNKNOWN);
    rotate.digest[0] = 2;
    people->fixture.decision.now_ms += LIFE_MS;
    assert_err(shopping_refused(&people->fixture, &rotate.command), ERR_TOKEN_UNKNOWN);
}

static void a_token_ends_for_its_customer_alone(void **state)
{
    struct people *people = *state;
    assert_ok(log_in(people, 1, 0));
    assert_ok(log_in(people, 2, 0));
    struct customer_command bob = create_of("bob@example.com");
    assert_ok(fixture_run(&people->fixture, &bob.command));
    struct session_command end = session_of(people, &command_session_end, 1);
    end.customer = bob.number;
    assert_err(shopping_refused(&people->fixture, &end.command), ERR_TOKEN_UNKNOWN);
    end.is_all = true; /* of Bob, who has none */
    assert_ok(fixture_run(&people->fixture, &end.command));
    assert_int_equal(token_count(people), 2);
    end = session_of(people, &command_session_end, 1);
    assert_ok(fixture_run(&people->fixture, &end.command));
    assert_null(token_of(people, 1));
    end.is_all = true;
    assert_ok(fixture_run(&people->fixture, &end.command));
    assert_int_equal(token_count(people), 0);
    end.customer = 99;
    assert_err(shopping_refused(&people->fixture, &end.command), ERR_CUSTOMER_UNKNOWN);
}

/* --- passwords --- */

static void reset_password(struct people *people, const char *email)
{
    struct customer_command ask = {.command = {.ops = &command_password_reset},
                                   .contact = contact_of(email),
                                   .life_ms = LIFE_MS};
    assert_ok(fixture_run(&people->fixture, &ask.command));
}

static struct customer_command set_of(const struct people *people)
{
    return (struct customer_command){
        .command = {.ops = &command_password_set},
        .number = people->ann,
        .contact = {.password = TEXT("another hash"), .name = TEXT("not this")},
        .token = {.digest = {50}, .life_ms = LIFE_MS},
    };
}

static void another_password_ends_every_login(void **state)
{
    struct people *people = *state;
    assert_ok(log_in(people, 1, 0));
    assert_ok(log_in(people, 2, 0));
    struct customer_command set = set_of(people);
    set.password_event = people->password_event;
    assert_ok(fixture_run(&people->fixture, &set.command));
    assert_int_equal(token_count(people), 1);
    assert_non_null(token_of(people, 50));
    assert_int_equal(people->fixture.decision.contact_count, 1);
    assert_true(text_equal(people->fixture.decision.contacts[0].password, TEXT("another hash")));
    assert_null(people->fixture.decision.contacts[0].name.data);
    assert_int_not_equal(set.customer.password_event, people->password_event);
    set.token.digest[0] = 51; /* the proof was of the old password */
    assert_err(shopping_refused(&people->fixture, &set.command), ERR_LOGIN_FAILED);
    assert_err(log_in(people, 3, 0), ERR_LOGIN_FAILED);
}

static void a_forgotten_password_is_set_once_and_in_time(void **state)
{
    struct people *people = *state;
    struct fixture *fixture = &people->fixture;
    reset_password(people, "nobody@example.com");
    assert_int_equal(fixture_event_count(fixture), 0);
    reset_password(people, "Ann@example.com");
    const struct event_reset_asked *asked = fixture_event(fixture, 0, EVENT_RESET_ASKED);
    const struct customer *ann = customer_find(&fixture->shop.customers, people->ann);
    assert_int_equal(asked->customer, people->ann);
    assert_int_equal(asked->contact, ann->contact);
    assert_int_equal(asked->expires_ms, fixture->decision.now_ms + LIFE_MS);
    struct customer_command set = set_of(people);
    set.reset_event = ann->reset_event - 1;
    assert_err(shopping_refused(fixture, &set.command), ERR_RESET_UNKNOWN);
    set.reset_event = ann->reset_event;
    fixture->decision.now_ms += LIFE_MS;
    assert_err(shopping_refused(fixture, &set.command), ERR_RESET_UNKNOWN);
    reset_password(people, "ann@example.com");
    assert_err(shopping_refused(fixture, &set.command), ERR_RESET_UNKNOWN); /* the older one */
    set.reset_event = ann->reset_event;
    assert_ok(fixture_run(fixture, &set.command));
    assert_int_equal(ann->reset_event, 0);
    set.token.digest[0] = 51;
    assert_err(shopping_refused(fixture, &set.command), ERR_RESET_UNKNOWN); /* used */
    set.number = 99;
    assert_err(shopping_refused(fixture, &set.command), ERR_RESET_UNKNOWN);
}

static void who_never_had_a_password_gets_one_by_mail(void **state)
{
    struct people *people = *state;
    struct customer_command create = create_of("bob@example.com");
    create.contact.password = TEXT_NONE;
    assert_ok(fixture_run(&people->fixture, &create.command));
    reset_password(people, "bob@example.com");
    struct customer_command set = set_of(people);
    set.number = create.number;
    set.reset_event = people->fixture.shop.last_event;
    assert_ok(fixture_run(&people->fixture, &set.command));
    assert_int_not_equal(set.customer.password_event, 0);
}

/* --- carts --- */

static uint32_t pieces(const struct people *people, uint64_t cart, uint32_t product)
{
    const struct cart *found = cart_find(&people->fixture.shop.carts, cart);
    const struct cart_line *line = found == NULL ? NULL : cart_line_find(found, product);
    return line == NULL ? 0 : line->quantity;
}

static uint64_t cart_of_ann(const struct people *people)
{
    return customer_find(&people->fixture.shop.customers, people->ann)->cart;
}

/* Puts a line there without asking the stock. */
static void fill(struct people *people, uint64_t cart, uint32_t product, uint32_t quantity)
{
    struct cart *open = cart_open(&people->fixture.shop.carts, cart);
    cart_set_line(open, product, quantity);
    open->touched_ms = people->fixture.shop.now_ms;
    carts_touched(&people->fixture.shop.carts, open);
}

static void a_guests_cart_becomes_that_of_a_customer_without_one(void **state)
{
    struct people *people = *state;
    uint64_t guest = shopping_cart(1);
    assert_ok(log_in(people, 1, guest)); /* it is empty */
    assert_int_equal(cart_of_ann(people), 0);
    assert_ok(shopping_add(&people->fixture, guest, people->product, 3));
    assert_ok(log_in(people, 2, guest));
    assert_int_equal(cart_of_ann(people), guest);
    assert_int_equal(cart_find(&people->fixture.shop.carts, guest)->customer, people->ann);
    assert_int_equal(pieces(people, guest, people->product), 3);
    assert_ok(log_in(people, 3, guest)); /* it is hers: nothing is added to itself */
    assert_int_equal(pieces(people, guest, people->product), 3);
}

static void quantities_add_up_and_the_guests_cart_is_left_empty(void **state)
{
    struct people *people = *state;
    struct fixture *fixture = &people->fixture;
    uint32_t other = fixture_product(fixture, "PEN-1", 100, 2);
    uint64_t mine = shopping_cart(1);
    uint64_t guest = shopping_cart(2);
    fixture_stock(fixture, other, FIXTURE_MAIN, 5);
    shopping_own(fixture, mine, people->ann);
    assert_ok(shopping_add(fixture, mine, people->product, 3));
    struct cart_command open = {.command = {.ops = &command_cart_open},
                                .cart = guest,
                                .contact = {.email = TEXT("guest@example.com")}};
    assert_ok(fixture_run(fixture, &open.command));
    assert_ok(shopping_add(fixture, guest, people->product, 18)); /* more than there is, together */
    assert_ok(shopping_add(fixture, guest, other, 2));
    uint64_t contact = cart_find(&fixture->shop.carts, guest)->contact;
    fixture->decision.now_ms += 1;
    assert_ok(log_in(people, 1, guest));
    assert_int_equal(pieces(people, mine, people->product), 21);
    assert_int_equal(pieces(people, mine, other), 2);
    assert_null(cart_find(&fixture->shop.carts, guest));
    const struct event_contacts_erased *erased = fixture_event(fixture, 3, EVENT_CONTACTS_ERASED);
    assert_int_equal(event_contacts(erased)[0], contact);
    assert_int_equal(cart_of_ann(people), mine);
}

static void what_does_not_fit_stays_with_the_guest(void **state)
{
    struct people *people = *state;
    uint64_t mine = shopping_cart(1);
    uint64_t guest = shopping_cart(2);
    uint32_t first = fixture_fill(&people->fixture, CART_LINES_MAX + 1, 1);
    shopping_own(&people->fixture, mine, people->ann);
    for (uint32_t i = 0; i < CART_LINES_MAX - 1; i++)
        fill(people, mine, first + i, CART_QUANTITY_MAX - i);
    fill(people, guest, first, 1);                      /* there are a million */
    fill(people, guest, first + 1, 3);                  /* there is room for one */
    fill(people, guest, first + CART_LINES_MAX - 1, 5); /* the last line that fits */
    fill(people, guest, first + CART_LINES_MAX, 6);     /* and one too many */
    assert_ok(log_in(people, 1, guest));
    assert_int_equal(pieces(people, mine, first), CART_QUANTITY_MAX);
    assert_int_equal(pieces(people, mine, first + 1), CART_QUANTITY_MAX);
    assert_int_equal(pieces(people, mine, first + CART_LINES_MAX - 1), 5);
    assert_int_equal(pieces(people, guest, first), 1);
    assert_int_equal(pieces(people, guest, first + 1), 2);
    assert_int_equal(pieces(people, guest, first + CART_LINES_MAX - 1), 0);
    assert_int_equal(pieces(people, guest, first + CART_LINES_MAX), 6);
    assert_int_equal(cart_find(&people->fixture.shop.carts, mine)->line_count, CART_LINES_MAX);
}

static void a_merge_beyond_money_is_not_made(void **state)
{
    struct people *people = *state;
    uint64_t mine = shopping_cart(1);
    uint64_t guest = shopping_cart(2);
    uint32_t dear = fixture_product(&people->fixture, "GOLD", MONEY_PRICE_MAX, 2);
    shopping_own(&people->fixture, mine, people->ann);
    fill(people, mine, people->product, 1);
    fill(people, guest, dear, CART_QUANTITY_MAX);
    struct quote *quote = NULL;
    bool is_money = quote_make(&people->fixture.shop, cart_find(&people->fixture.shop.carts, guest),
                               "\0\0\0", 1, &people->fixture.arena, &quote)
                        .code == ERR_NONE;
    assert_ok(log_in(people, 1, guest));
    assert_int_equal(pieces(people, mine, dear), is_money ? CART_QUANTITY_MAX : 0);
    assert_int_equal(pieces(people, guest, dear), is_money ? 0 : CART_QUANTITY_MAX);
}

static void the_cart_of_another_customer_stays_there(void **state)
{
    struct people *people = *state;
    struct customer_command bob = create_of("bob@example.com");
    uint64_t bobs = shopping_cart(1);
    assert_ok(fixture_run(&people->fixture, &bob.command));
    shopping_own(&people->fixture, bobs, bob.number);
    assert_ok(shopping_add(&people->fixture, bobs, people->product, 3));
    assert_ok(log_in(people, 1, bobs));
    assert_int_equal(cart_of_ann(people), 0);
    assert_int_equal(cart_find(&people->fixture.shop.carts, bobs)->customer, bob.number);
}

static void a_customers_cart_is_the_one_touched_last(void **state)
{
    struct people *people = *state;
    struct fixture *fixture = &people->fixture;
    shopping_own(fixture, shopping_cart(2), people->ann);
    assert_int_equal(cart_of_ann(people), shopping_cart(2));
    shopping_own(fixture, shopping_cart(1), people->ann); /* in the same millisecond: the newer */
    assert_int_equal(cart_of_ann(people), shopping_cart(2));
    fixture->decision.now_ms++;
    assert_ok(shopping_add(fixture, shopping_cart(1), people->product, 1));
    assert_int_equal(cart_of_ann(people), shopping_cart(1));
}

static void others_carts_and_orders_are_unknown_to_a_customer(void **state)
{
    struct people *people = *state;
    struct fixture *fixture = &people->fixture;
    struct customer_command bob = create_of("bob@example.com");
    struct cart_line line = {people->product, 1};
    assert_ok(fixture_run(fixture, &bob.command));
    shopping_own(fixture, shopping_cart(1), people->ann);
    assert_ok(shopping_add(fixture, shopping_cart(1), people->product, 2));
    static const struct command_ops *const ops[] = {&command_cart_add, &command_cart_set,
                                                    &command_cart_view};
    for (uint32_t i = 0; i < countof(ops); i++) {
        struct cart_command command = {.command = {.ops = ops[i]},
                                       .cart = shopping_cart(1),
                                       .asker = bob.number,
                                       .lines = &line,
                                       .line_count = 1};
        assert_err(shopping_refused(fixture, &command.command), ERR_CART_UNKNOWN);
        command.asker = people->ann;
        assert_ok(fixture_run(fixture, &command.command));
        command.cart = shopping_cart(9); /* nobody's */
        assert_err(shopping_refused(fixture, &command.command), ERR_CART_UNKNOWN);
    }
    struct checkout_command checkout = shopping_checkout_command(shopping_cart(1), 1);
    checkout.asker = bob.number;
    assert_err(shopping_refused(fixture, &checkout.command), ERR_CART_UNKNOWN);
    checkout.asker = people->ann;
    assert_ok(fixture_run(fixture, &checkout.command));
    struct order_command view = {.command = {.ops = &command_order_view},
                                 .order = checkout.order_number,
                                 .customer = bob.number};
    assert_err(shopping_refused(fixture, &view.command), ERR_ORDER_UNKNOWN);
    view.customer = people->ann;
    assert_ok(fixture_run(fixture, &view.command));
    view.cart = shopping_cart(9); /* either opens it */
    assert_ok(fixture_run(fixture, &view.command));
    view.customer = bob.number;
    view.cart = shopping_cart(1);
    assert_ok(fixture_run(fixture, &view.command));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_people, close_people)
    const struct CMUnitTest tests[] = {
        TEST(an_account_is_a_customer_with_a_password),
        TEST(an_address_is_one_customers),
        TEST(a_log_in_may_bring_a_new_hash_of_the_password),
        TEST(erasing_ends_the_account_and_frees_the_address),
        TEST(a_proof_of_an_old_password_is_worth_nothing),
        TEST(too_many_tokens_end_the_oldest),
        TEST(tokens_whose_time_is_over_leave_at_the_next_login),
        TEST(tokens_whose_time_is_over_end_by_themselves),
        TEST(rotating_ends_the_old_token_and_starts_the_new),
        TEST(a_token_ends_for_its_customer_alone),
        TEST(another_password_ends_every_login),
        TEST(a_forgotten_password_is_set_once_and_in_time),
        TEST(who_never_had_a_password_gets_one_by_mail),
        TEST(a_guests_cart_becomes_that_of_a_customer_without_one),
        TEST(quantities_add_up_and_the_guests_cart_is_left_empty),
        TEST(what_does_not_fit_stays_with_the_guest),
        TEST(a_merge_beyond_money_is_not_made),
        TEST(the_cart_of_another_customer_stays_there),
        TEST(a_customers_cart_is_the_one_touched_last),
        TEST(others_carts_and_orders_are_unknown_to_a_customer),
    };
    return cmocka_run_group_tests_name("account commands", tests, NULL, NULL);
}
