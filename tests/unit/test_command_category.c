#include "lib/shop_fixture.h"
#include "test.h"

#include <string.h>

static struct category_command create_of(uint32_t parent, const char *name)
{
    return (struct category_command){
        .command = {.ops = &command_category_create}, .parent = parent, .name = text_of(name)};
}

static uint32_t category(struct fixture *fixture, uint32_t parent, const char *name)
{
    struct category_command create = create_of(parent, name);
    assert_ok(fixture_run(fixture, &create.command));
    return create.category.number;
}

static void a_category_is_made_below_another(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct category_command create = create_of(4, "Lamps");
    assert_ok(fixture_run(&fixture, &create.command));
    assert_int_equal(fixture_event_count(&fixture), 1);
    const struct event_category_put *put = fixture_event(&fixture, 0, EVENT_CATEGORY_PUT);
    assert_int_equal(put->number, 6);
    assert_int_equal(put->parent, 4);
    assert_true(text_equal(event_category_name(put), TEXT("Lamps")));
    assert_int_equal(create.number, 6);
    assert_int_equal(create.category.number, 6);
    assert_int_equal(create.category.parent, 4);
    assert_string_equal(create.category.name, "Lamps");
    assert_int_equal(category(&fixture, 0, "Garden"), 7);
    fixture_close(&fixture);
}

static void names_are_unique_per_parent_ignoring_case(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    (void)category(&fixture, 4, "Lamps");
    static const struct {
        uint32_t parent;
        const char *name;
        enum err_code code;
    } rows[] = {
        {4, "Lamps", ERR_CATEGORY_TAKEN},
        {4, "lAMPS", ERR_CATEGORY_TAKEN},
        {0, "books", ERR_CATEGORY_TAKEN},
        {4, "Lamp", ERR_NONE},
        {0, "Lamps", ERR_NONE},
        {6, "Lamps", ERR_NONE},
        {99, "Lamps", ERR_CATEGORY_UNKNOWN},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct category_command create = create_of(rows[i].parent, rows[i].name);
        assert_err(fixture_run(&fixture, &create.command), rows[i].code);
    }
    fixture_close(&fixture);
}

static void the_tree_has_a_deepest_level(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    uint32_t parent = 1;
    for (uint32_t depth = 2; depth <= CATEGORY_DEPTH_MAX; depth++)
        parent = category(&fixture, parent, "below");
    struct category_command create = create_of(parent, "too deep");
    struct err err = fixture_run(&fixture, &create.command);
    assert_err(err, ERR_CATEGORY_LIMIT);
    assert_int_equal(err.value, CATEGORY_DEPTH_MAX);
    assert_int_equal(err.index, 0);
    fixture_close(&fixture);
}

static void there_is_a_limit_to_categories(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    /* filled by hand: 65,535 commands would take long */
    struct catalog *catalog = &fixture.shop.catalog;
    for (uint32_t i = catalog->category_count + 1; i < CATALOG_CATEGORIES_MAX; i++)
        catalog_put_category(catalog, i, 1, TEXT("x"));
    struct category_command create = create_of(0, "last");
    struct decision *decision = &fixture.decision;
    assert_ok(command_category_create.decide(decision, &create.command));
    catalog_put_category(catalog, CATALOG_CATEGORIES_MAX, 1, TEXT("x"));
    struct err err = command_category_create.decide(decision, &create.command);
    assert_err(err, ERR_CATEGORY_LIMIT);
    assert_int_equal(err.value, CATALOG_CATEGORIES_MAX);
    assert_int_equal(err.index, 0);
    fixture_close(&fixture);
}

/* 1-5 first; 6 below 1, 7 below 6, 8 below 7, 9 at the top, 10 below 9. */
static void open_tree(struct fixture *fixture)
{
    fixture_open(fixture);
    (void)category(fixture, 1, "six");
    (void)category(fixture, 6, "seven");
    (void)category(fixture, 7, "eight");
    (void)category(fixture, 0, "nine");
    (void)category(fixture, 9, "ten");
}

static void a_category_is_renamed_or_moved_where_it_may_be(void **state)
{
    (void)state;
    enum { KEEP = 1000 };
    static const struct {
        uint32_t number;
        uint32_t parent; /* KEEP = not given */
        const char *name;
        enum err_code code;
        uint32_t parent_after; /* KEEP = no event */
        const char *name_after;
    } rows[] = {
        {6, KEEP, "other", ERR_NONE, 1, "other"},
        {6, KEEP, "SIX", ERR_NONE, 1, "SIX"}, /* its own name in other letters */
        {6, KEEP, "six", ERR_NONE, KEEP, "six"},
        {6, 1, NULL, ERR_NONE, KEEP, "six"},
        {6, KEEP, NULL, ERR_NONE, KEEP, "six"},
        {6, 2, NULL, ERR_NONE, 2, "six"},
        {6, 0, NULL, ERR_NONE, 0, "six"},
        {6, 2, "other", ERR_NONE, 2, "other"},
        {6, 9, "ten", ERR_CATEGORY_TAKEN, KEEP, NULL},
        {6, 9, "Ten", ERR_CATEGORY_TAKEN, KEEP, NULL},
        {6, KEEP, "nine", ERR_NONE, 1, "nine"},
        {6, 0, "NINE", ERR_CATEGORY_TAKEN, KEEP, NULL},
        {6, 6, NULL, ERR_CATEGORY_CYCLE, KEEP, NULL},
        {6, 7, NULL, ERR_CATEGORY_CYCLE, KEEP, NULL},
        {6, 8, NULL, ERR_CATEGORY_CYCLE, KEEP, NULL},
        {1, 1, NULL, ERR_CATEGORY_CYCLE, KEEP, NULL},
        {1, 8, NULL, ERR_CATEGORY_CYCLE, KEEP, NULL},
        {8, 6, NULL, ERR_NONE, 6, "eight"}, /* up its own branch */
        {6, 10, NULL, ERR_NONE, 10, "six"},
        {6, 11, NULL, ERR_CATEGORY_UNKNOWN, KEEP, NULL},
        {0, KEEP, "x", ERR_CATEGORY_UNKNOWN, KEEP, NULL},
        {11, KEEP, "x", ERR_CATEGORY_UNKNOWN, KEEP, NULL},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct fixture fixture;
        open_tree(&fixture);
        struct category_command update = {
            .command = {.ops = &command_category_update},
            .number = rows[i].number,
            .parent = rows[i].parent != KEEP ? rows[i].parent : 3, /* ignored */
            .has_parent = rows[i].parent != KEEP,
            .name = rows[i].name != NULL ? text_of(rows[i].name) : TEXT("ignored"),
            .has_name = rows[i].name != NULL,
        };
        struct err err = fixture_run(&fixture, &update.command);
        if (err.code != rows[i].code)
            fail_msg("row %zu: code %d", i, (int)err.code);
        bool is_event = rows[i].code == ERR_NONE && rows[i].parent_after != KEEP;
        assert_int_equal(fixture_event_count(&fixture), is_event ? 1 : 0);
        if (is_event) {
            const struct event_category_put *put = fixture_event(&fixture, 0, EVENT_CATEGORY_PUT);
            assert_int_equal(put->number, rows[i].number);
            assert_int_equal(put->parent, rows[i].parent_after);
            assert_true(text_equal(event_category_name(put), text_of(rows[i].name_after)));
        }
        if (err.code == ERR_NONE) {
            assert_int_equal(update.category.number, rows[i].number);
            assert_string_equal(update.category.name, rows[i].name_after);
        }
        fixture_close(&fixture);
    }
}

static void a_branch_is_not_moved_too_deep(void **state)
{
    (void)state;
    struct fixture fixture;
    open_tree(&fixture); /* 6 has a height of 3 */
    uint32_t chain[CATEGORY_DEPTH_MAX + 1] = {[1] = 2};
    for (uint32_t depth = 2; depth <= CATEGORY_DEPTH_MAX - 2; depth++)
        chain[depth] = category(&fixture, chain[depth - 1], "below");
    struct category_command update = {
        .command = {.ops = &command_category_update}, .number = 6, .has_parent = true};
    update.parent = chain[CATEGORY_DEPTH_MAX - 2];
    struct err err = fixture_run(&fixture, &update.command);
    assert_err(err, ERR_CATEGORY_LIMIT);
    assert_int_equal(err.value, CATEGORY_DEPTH_MAX);
    assert_int_equal(err.index, 0);
    update.parent = chain[CATEGORY_DEPTH_MAX - 3];
    assert_ok(fixture_run(&fixture, &update.command));
    fixture_close(&fixture);
}

static void the_deepest_may_be_the_first_or_the_last_made(void **state)
{
    (void)state;
    for (uint32_t deepest_is_first = 0; deepest_is_first <= 1; deepest_is_first++) {
        struct fixture fixture;
        fixture_open(&fixture);
        uint32_t chain = 2; /* as deep as can be but for one level */
        for (uint32_t depth = 2; depth < CATEGORY_DEPTH_MAX; depth++)
            chain = category(&fixture, chain, "below");
        uint32_t branch = category(&fixture, 0, "branch");
        if (deepest_is_first) {
            struct category_command below = {.command = {.ops = &command_category_update},
                                             .number = 1,
                                             .parent = branch,
                                             .has_parent = true};
            assert_ok(fixture_run(&fixture, &below.command));
        } else {
            (void)category(&fixture, branch, "last");
        }
        struct category_command update = {.command = {.ops = &command_category_update},
                                          .number = branch,
                                          .parent = chain,
                                          .has_parent = true};
        assert_err(fixture_run(&fixture, &update.command), ERR_CATEGORY_LIMIT);
        update.number = 3; /* without anything below */
        assert_ok(fixture_run(&fixture, &update.command));
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_category_is_made_below_another),
        cmocka_unit_test(names_are_unique_per_parent_ignoring_case),
        cmocka_unit_test(the_tree_has_a_deepest_level),
        cmocka_unit_test(there_is_a_limit_to_categories),
        cmocka_unit_test(a_category_is_renamed_or_moved_where_it_may_be),
        cmocka_unit_test(a_branch_is_not_moved_too_deep),
        cmocka_unit_test(the_deepest_may_be_the_first_or_the_last_made),
    };
    return cmocka_run_group_tests_name("command_category", tests, NULL, NULL);
}
