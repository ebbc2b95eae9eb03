#include "lib/shop_fixture.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { ALL_FIELDS = -1 };

static struct product_draft full_draft(const char *sku)
{
    struct product_draft draft = {
        .category = 2,
        .price_minor = 1999,
        .rating_count = 10,
        .rating_x100 = 450,
        .status = PRODUCT_ACTIVE,
        .low_stock_threshold = 5,
        .texts = {TEXT_NONE, TEXT("slug"), TEXT("Name"), TEXT("Text"), TEXT("Brand"),
                  TEXT("Family"), TEXT("[]"), TEXT("{\"o\":1}"), TEXT("{\"a\":1}"),
                  TEXT("{\"m\":1}")},
    };
    draft.texts[PRODUCT_SKU] = text_of(sku);
    return draft;
}

static struct product_command command_of(const struct command_ops *ops, const char *sku)
{
    return (struct product_command){
        .command = {.ops = ops, .actor = ACTOR_OPERATOR},
        .draft = full_draft(sku),
        .fields = (uint32_t)ALL_FIELDS,
        .on_hand = UINT32_MAX,
    };
}

static void assert_drafts_equal(const struct product_draft *a, const struct product_draft *b)
{
    assert_int_equal(a->category, b->category);
    assert_int_equal(a->price_minor, b->price_minor);
    assert_int_equal(a->rating_count, b->rating_count);
    assert_int_equal(a->rating_x100, b->rating_x100);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->low_stock_threshold, b->low_stock_threshold);
    for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++)
        assert_true(text_equal(a->texts[i], b->texts[i]));
}

static void a_created_product_is_the_draft(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    for (uint32_t number = 1; number <= 3; number++) {
        char sku[8];
        (void)snprintf(sku, sizeof(sku), "S%u", number);
        struct product_command create = command_of(&command_product_create, sku);
        create.draft.number = 77; /* ignored, as are version and times */
        create.draft.version = 77;
        create.draft.created_ms = 77;
        create.draft.updated_ms = 77;
        struct product_draft wanted = create.draft;
        fixture.decision.now_ms = FIXTURE_START_MS + number;
        assert_ok(fixture_run(&fixture, &create.command));
        assert_int_equal(fixture_event_count(&fixture), 1);
        const struct product *put = fixture_event(&fixture, 0, EVENT_PRODUCT_PUT);
        assert_int_equal(put->number, number);
        assert_int_equal(put->version, 1);
        assert_int_equal(put->created_ms, FIXTURE_START_MS + number);
        assert_int_equal(put->updated_ms, FIXTURE_START_MS + number);
        struct product_draft got = product_read(put);
        assert_drafts_equal(&got, &wanted);
        assert_true(create.is_new);
        assert_true(create.is_changed);
        assert_int_equal(create.product->size, put->size);
        assert_memory_equal(create.product, put, put->size);
        assert_ptr_not_equal(create.product, catalog_find(&fixture.shop.catalog, number));
    }
    fixture_close(&fixture);
}

/* What every way to make or change a product refuses. */
static void refusals_of(const struct command_ops *ops, uint32_t number)
{
    struct fixture fixture;
    fixture_open(&fixture);
    (void)fixture_product(&fixture, "taken", 100, 1);
    (void)fixture_product(&fixture, "mine", 100, 1);
    uint64_t before = fixture_digest(&fixture.shop);

    struct product_command taken = command_of(ops, "taken");
    taken.draft.number = number;
    if (ops != &command_product_put) {
        assert_err(fixture_run(&fixture, &taken.command), ERR_SKU_TAKEN);
        assert_int_equal(taken.command.err.value, 1);
        assert_int_equal(taken.command.err.index, 0);
    }
    struct product_command lost = command_of(ops, "mine");
    lost.draft.number = number;
    if (ops == &command_product_create)
        lost.draft.texts[PRODUCT_SKU] = TEXT("new");
    lost.draft.category = CATEGORY_FIRST_COUNT + 1;
    assert_err(fixture_run(&fixture, &lost.command), ERR_CATEGORY_UNKNOWN);

    static char text[PRODUCT_TEXTS_MAX];
    memset(text, 'x', sizeof(text));
    struct product_command large = lost;
    large.draft.category = 1;
    for (uint32_t i = PRODUCT_SLUG; i < PRODUCT_TEXT_COUNT; i++)
        large.draft.texts[i] = TEXT_NONE;
    uint32_t room = PRODUCT_TEXTS_MAX - large.draft.texts[PRODUCT_SKU].length;
    large.draft.texts[PRODUCT_METADATA] = (struct text){text, room + 1};
    assert_err(fixture_run(&fixture, &large.command), ERR_PRODUCT_TOO_LARGE);
    assert_int_equal(large.command.err.value, PRODUCT_TEXTS_MAX);
    assert_int_equal(large.command.err.index, 0);
    assert_int_equal(fixture_digest(&fixture.shop), before);
    large.draft.texts[PRODUCT_METADATA].length = room;
    assert_ok(fixture_run(&fixture, &large.command));
    fixture_close(&fixture);
}

static void a_product_may_be_in_no_category(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct product_command command = command_of(&command_product_create, "loose");
    command.draft.category = 0;
    assert_ok(fixture_run(&fixture, &command.command));
    assert_int_equal(command.product->category, 0);
    fixture_close(&fixture);
}

static void what_cannot_be_is_refused_everywhere(void **state)
{
    (void)state;
    refusals_of(&command_product_create, 0);
    refusals_of(&command_product_update, 2);
    refusals_of(&command_product_put, 0);
}

static void there_is_a_limit_to_products(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct product_command create = command_of(&command_product_create, "S");
    struct decision *decision = &fixture.decision;
    create.command.arena = &fixture.arena;
    fixture.shop.catalog.product_count = CATALOG_PRODUCTS_MAX;
    struct err err = command_product_create.decide(decision, &create.command);
    assert_err(err, ERR_PRODUCT_LIMIT);
    assert_int_equal(err.value, CATALOG_PRODUCTS_MAX);
    assert_int_equal(err.index, 0);
    fixture.shop.catalog.product_count = CATALOG_PRODUCTS_MAX - 1;
    buffer_reset(&fixture.events);
    assert_ok(command_product_create.decide(decision, &create.command));
    fixture.shop.catalog.product_count = 0;
    fixture_close(&fixture);
}

static void an_update_of_an_unknown_product_is_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    (void)fixture_product(&fixture, "A", 100, 1);
    static const uint32_t numbers[] = {0, 2, UINT32_MAX};
    for (size_t i = 0; i < countof(numbers); i++) {
        struct product_command update = command_of(&command_product_update, "A");
        update.draft.number = numbers[i];
        assert_err(fixture_run(&fixture, &update.command), ERR_PRODUCT_UNKNOWN);
    }
    fixture_close(&fixture);
}

static void an_update_changes_the_named_fields_alone(void **state)
{
    (void)state;
    for (uint32_t field = 0; field <= PRODUCT_FIELD_THRESHOLD; field++) {
        if (field >= PRODUCT_TEXT_COUNT && field < PRODUCT_FIELD_CATEGORY)
            continue;
        struct fixture fixture;
        fixture_open(&fixture);
        struct product_command create = command_of(&command_product_create, "A");
        assert_ok(fixture_run(&fixture, &create.command));
        struct product_draft wanted = create.draft;
        struct product_command update = {
            .command = {.ops = &command_product_update},
            .draft = {.number = 1,
                      .category = 3,
                      .price_minor = 2000,
                      .rating_count = 11,
                      .rating_x100 = 460,
                      .status = PRODUCT_ARCHIVED,
                      .low_stock_threshold = 6},
            .fields = 1U << field,
        };
        for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++)
            update.draft.texts[i] = TEXT("other");
        if (field < PRODUCT_TEXT_COUNT)
            wanted.texts[field] = TEXT("other");
        wanted.category = field == PRODUCT_FIELD_CATEGORY ? 3 : wanted.category;
        wanted.price_minor = field == PRODUCT_FIELD_PRICE ? 2000 : wanted.price_minor;
        wanted.rating_count = field == PRODUCT_FIELD_RATING ? 11 : wanted.rating_count;
        wanted.rating_x100 = field == PRODUCT_FIELD_RATING ? 460 : wanted.rating_x100;
        wanted.status = field == PRODUCT_FIELD_STATUS ? PRODUCT_ARCHIVED : wanted.status;
        wanted.low_stock_threshold =
            field == PRODUCT_FIELD_THRESHOLD ? 6 : wanted.low_stock_threshold;

        fixture.decision.now_ms += 1000;
        assert_ok(fixture_run(&fixture, &update.command));
        assert_int_equal(fixture_event_count(&fixture), 1);
        const struct product *put = fixture_event(&fixture, 0, EVENT_PRODUCT_PUT);
        struct product_draft got = product_read(put);
        assert_drafts_equal(&got, &wanted);
        assert_int_equal(put->number, 1);
        assert_int_equal(put->version, 2);
        assert_int_equal(put->created_ms, FIXTURE_START_MS);
        assert_int_equal(put->updated_ms, FIXTURE_START_MS + 1000);
        assert_false(update.is_new);
        assert_true(update.is_changed);
        assert_memory_equal(update.product, put, put->size);

        assert_ok(fixture_run(&fixture, &update.command)); /* again: it is so already */
        assert_int_equal(fixture_event_count(&fixture), 0);
        assert_false(update.is_changed);
        assert_int_equal(update.product->version, 2);
        fixture_close(&fixture);
    }
}

static void an_update_without_fields_changes_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    (void)fixture_product(&fixture, "A", 100, 1);
    struct product_command update = command_of(&command_product_update, "B");
    update.draft.number = 1;
    update.fields = 0;
    update.is_changed = true;
    update.is_new = true;
    assert_ok(fixture_run(&fixture, &update.command));
    assert_int_equal(fixture_event_count(&fixture), 0);
    assert_false(update.is_changed);
    assert_false(update.is_new);
    assert_int_equal(update.product->version, 1);
    fixture_close(&fixture);
}

static void an_update_expects_a_version(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    (void)fixture_product(&fixture, "A", 100, 1);
    static const struct {
        uint32_t expected;
        bool is_right;
        uint32_t version_after;
    } steps[] = {{2, false, 1}, {1, true, 2}, {1, false, 2}, {3, false, 2},
                 {2, true, 3},  {0, true, 4}, {4, true, 5}};
    for (size_t i = 0; i < countof(steps); i++) {
        struct product_command update = {
            .command = {.ops = &command_product_update},
            .draft = {.number = 1, .price_minor = 200 + (int64_t)i},
            .fields = 1U << PRODUCT_FIELD_PRICE,
            .guard = {.expected = {steps[i].expected}, .count = steps[i].expected != 0},
        };
        struct err err = fixture_run(&fixture, &update.command);
        assert_int_equal(err.code, steps[i].is_right ? ERR_NONE : ERR_VERSION_CHANGED);
        assert_int_equal(err.index, 0);
        assert_int_equal(catalog_find(&fixture.shop.catalog, 1)->version, steps[i].version_after);
    }
    fixture_close(&fixture);
}

static void a_sku_is_taken_byte_by_byte(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    assert_int_equal(fixture_product(&fixture, "abc", 100, 1), 1);
    assert_int_equal(fixture_product(&fixture, "ABC", 100, 1), 2);
    struct product_command rename = command_of(&command_product_update, "abc");
    rename.draft.number = 2;
    rename.fields = 1U << PRODUCT_SKU;
    assert_err(fixture_run(&fixture, &rename.command), ERR_SKU_TAKEN);
    assert_int_equal(rename.command.err.value, 1);
    rename.draft.number = 1; /* its own */
    assert_ok(fixture_run(&fixture, &rename.command));
    rename.draft.texts[PRODUCT_SKU] = TEXT("free");
    assert_ok(fixture_run(&fixture, &rename.command));
    rename.draft.number = 2;
    rename.draft.texts[PRODUCT_SKU] = TEXT("abc"); /* given up by 1 */
    assert_ok(fixture_run(&fixture, &rename.command));
    assert_int_equal(catalog_find_sku(&fixture.shop.catalog, TEXT("abc"))->number, 2);
    fixture_close(&fixture);
}

static void an_import_creates_updates_and_then_changes_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct product_command put = command_of(&command_product_put, "A");
    put.on_hand = 7;
    assert_ok(fixture_run(&fixture, &put.command));
    assert_int_equal(fixture_event_count(&fixture), 2);
    assert_int_equal(
        ((const struct product *)fixture_event(&fixture, 0, EVENT_PRODUCT_PUT))->number, 1);
    const struct event_stock_moved *moved = fixture_event(&fixture, 1, EVENT_STOCK_MOVED);
    assert_int_equal(moved->reason, STOCK_COUNTED);
    assert_int_equal(moved->row_count, 1);
    const struct event_stock_row *row = event_stock_rows(moved);
    assert_int_equal(row->product, 1);
    assert_int_equal(row->location, FIXTURE_MAIN);
    assert_int_equal(row->change, 7);
    assert_int_equal(row->on_hand, 7);
    assert_int_equal(row->reserved, 0);
    assert_true(put.is_new);
    assert_true(put.is_changed);
    assert_int_equal(put.product->number, 1);

    assert_ok(fixture_run(&fixture, &put.command)); /* the import is started again */
    assert_int_equal(fixture_event_count(&fixture), 0);
    assert_false(put.is_new);
    assert_false(put.is_changed);

    put.on_hand = 3; /* stock alone */
    assert_ok(fixture_run(&fixture, &put.command));
    assert_int_equal(fixture_event_count(&fixture), 1);
    row = event_stock_rows(fixture_event(&fixture, 0, EVENT_STOCK_MOVED));
    assert_int_equal(row->change, -4);
    assert_int_equal(row->on_hand, 3);
    assert_false(put.is_new);
    assert_true(put.is_changed);

    put.draft.price_minor = 5; /* the product alone */
    assert_ok(fixture_run(&fixture, &put.command));
    assert_int_equal(fixture_event_count(&fixture), 1);
    assert_int_equal(
        ((const struct product *)fixture_event(&fixture, 0, EVENT_PRODUCT_PUT))->version, 2);

    put.on_hand = UINT32_MAX; /* stock is left alone */
    put.draft.price_minor = 6;
    assert_ok(fixture_run(&fixture, &put.command));
    assert_int_equal(fixture_event_count(&fixture), 1);
    assert_int_equal(stock_available(&fixture.shop.stock, 1), 3);
    fixture_close(&fixture);
}

static void an_import_counts_main_within_its_bounds(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    uint16_t other = fixture_location(&fixture, "other", 0);
    (void)fixture_product(&fixture, "A", 1999, 2);
    fixture_stock(&fixture, 1, other, 50);
    static const struct {
        uint32_t on_hand;
        enum err_code code;
        uint64_t value;
        uint32_t event_count;
    } steps[] = {
        {0, ERR_NONE, 0, 0}, /* nothing ever lay there */
        {STOCK_PIECES_MAX, ERR_NONE, 0, 1},
        {STOCK_PIECES_MAX + 1U, ERR_STOCK_LIMIT, STOCK_PIECES_MAX, 0},
        {UINT32_MAX - 1, ERR_STOCK_LIMIT, STOCK_PIECES_MAX, 0},
        {1, ERR_NONE, 0, 1},
        {0, ERR_NONE, 0, 1},
        {5, ERR_NONE, 0, 1},
    };
    for (size_t i = 0; i < countof(steps); i++) {
        struct product_command put = command_of(&command_product_put, "A");
        put.fields = 0;
        put.on_hand = steps[i].on_hand;
        struct err err = fixture_run(&fixture, &put.command);
        assert_err(err, steps[i].code);
        assert_int_equal(err.value, steps[i].value);
        assert_int_equal(err.index, 0);
        assert_int_equal(fixture_event_count(&fixture), steps[i].event_count);
    }
    assert_int_equal(stock_find(&fixture.shop.stock, 1, FIXTURE_MAIN)->on_hand, 5);
    assert_int_equal(stock_find(&fixture.shop.stock, 1, other)->on_hand, 50);

    stock_set(&fixture.shop.stock, 1, FIXTURE_MAIN, 5, 3); /* three are promised */
    struct product_command put = command_of(&command_product_put, "A");
    put.fields = 0;
    put.command.arena = &fixture.arena;
    put.on_hand = 2;
    buffer_reset(&fixture.events);
    struct err err = command_product_put.decide(&fixture.decision, &put.command);
    assert_err(err, ERR_STOCK_RESERVED);
    assert_int_equal(err.value, 3);
    assert_int_equal(err.index, 0);
    put.on_hand = 3;
    assert_ok(command_product_put.decide(&fixture.decision, &put.command));
    (void)event_seal(&fixture.events, 0, 1);
    const struct event_stock_row *row =
        event_stock_rows(fixture_event(&fixture, 0, EVENT_STOCK_MOVED));
    assert_int_equal(row->reserved, 3);
    assert_int_equal(row->change, -2);
    fixture_close(&fixture);
}

static void a_refused_import_line_does_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct product_command put = command_of(&command_product_put, "A");
    put.on_hand = STOCK_PIECES_MAX + 1U; /* the product alone would be fine */
    assert_err(fixture_run(&fixture, &put.command), ERR_STOCK_LIMIT);
    assert_int_equal(fixture.shop.catalog.product_count, 0);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_created_product_is_the_draft),
        cmocka_unit_test(a_product_may_be_in_no_category),
        cmocka_unit_test(what_cannot_be_is_refused_everywhere),
        cmocka_unit_test(there_is_a_limit_to_products),
        cmocka_unit_test(an_update_of_an_unknown_product_is_refused),
        cmocka_unit_test(an_update_changes_the_named_fields_alone),
        cmocka_unit_test(an_update_without_fields_changes_nothing),
        cmocka_unit_test(an_update_expects_a_version),
        cmocka_unit_test(a_sku_is_taken_byte_by_byte),
        cmocka_unit_test(an_import_creates_updates_and_then_changes_nothing),
        cmocka_unit_test(an_import_counts_main_within_its_bounds),
        cmocka_unit_test(a_refused_import_line_does_nothing),
    };
    return cmocka_run_group_tests_name("command_product", tests, NULL, NULL);
}
