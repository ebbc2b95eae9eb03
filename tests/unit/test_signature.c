/* Signed callbacks: what is taken, what is forged, what is too old. */
#include "api/signature.h"
#include "base/hmac.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define NOW_S     UINT64_C(1700000000)
#define TOLERANCE UINT64_C(300000)
#define BODY      TEXT("{\"id\":\"evt_1\"}")
#define OLD       TEXT("whsec_old_secret_of_the_test")
#define NEW       TEXT("whsec_new_secret_of_the_test")
#define STRANGE   TEXT("whsec_strange_to_this_shop!!")

static const struct signature_secrets both = {{OLD, NEW}, 2};

/* The digits of a signature, in one of four places. */
static const char *digits(uint64_t time_s, struct text body, struct text secret)
{
    static char places[4][HMAC_HEX_SIZE + 1];
    static uint32_t next;
    char time[24];
    uint8_t tag[HMAC_SIZE];
    (void)snprintf(time, sizeof(time), "%llu", (unsigned long long)time_s);
    const struct text parts[] = {text_of(time), TEXT("."), body};
    hmac_sha256(secret, parts, countof(parts), tag);
    char *place = places[next++ % 4];
    hmac_write_hex(tag, place);
    return place;
}

static enum signature_verdict check(const char *header, struct text body)
{
    return signature_check(&both, text_of(header), body, NOW_S * 1000, TOLERANCE);
}

static enum signature_verdict check_time(uint64_t signed_s, uint64_t said_s)
{
    char header[200];
    (void)snprintf(header, sizeof(header), "t=%llu,v1=%s", (unsigned long long)said_s,
                   digits(signed_s, BODY, NEW));
    return check(header, BODY);
}

static void one_known_secret_is_enough(void **state)
{
    (void)state;
    const struct text secrets[] = {OLD, NEW, STRANGE};
    for (uint32_t i = 0; i < countof(secrets); i++) {
        char header[400];
        (void)snprintf(header, sizeof(header), "t=1700000000,v1=%s",
                       digits(NOW_S, BODY, secrets[i]));
        assert_int_equal(check(header, BODY), i < 2 ? SIGNATURE_GOOD : SIGNATURE_WRONG);
        (void)snprintf(header, sizeof(header), "v1=%s , t=1700000000, v1=%s,v0=x,other",
                       digits(NOW_S, BODY, STRANGE), digits(NOW_S, BODY, secrets[i]));
        assert_int_equal(check(header, BODY), i < 2 ? SIGNATURE_GOOD : SIGNATURE_WRONG);
    }
    const struct signature_secrets none = {.count = 0};
    char header[200];
    (void)snprintf(header, sizeof(header), "t=1700000000,v1=%s", digits(NOW_S, BODY, OLD));
    assert_int_equal(signature_check(&none, text_of(header), BODY, NOW_S * 1000, TOLERANCE),
                     SIGNATURE_WRONG);
}

static void a_changed_body_or_time_is_a_forgery(void **state)
{
    (void)state;
    char header[200];
    (void)snprintf(header, sizeof(header), "t=1700000000,v1=%s", digits(NOW_S, BODY, NEW));
    assert_int_equal(check(header, BODY), SIGNATURE_GOOD);
    assert_int_equal(check(header, TEXT("{\"id\":\"evt_2\"}")), SIGNATURE_WRONG);
    assert_int_equal(check(header, TEXT_NONE), SIGNATURE_WRONG);
    assert_int_equal(check_time(NOW_S, NOW_S + 1), SIGNATURE_WRONG);
    (void)snprintf(header, sizeof(header), "t=01700000000,v1=%s", digits(NOW_S, BODY, NEW));
    assert_int_equal(check(header, BODY), SIGNATURE_WRONG); /* the time is signed as written */
}

static void what_is_too_old_or_too_new_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint64_t time_s;
        enum signature_verdict verdict;
    } rows[] = {{NOW_S - 301, SIGNATURE_EXPIRED}, {NOW_S - 300, SIGNATURE_GOOD},
                {NOW_S, SIGNATURE_GOOD},          {NOW_S + 300, SIGNATURE_GOOD},
                {NOW_S + 301, SIGNATURE_EXPIRED}, {0, SIGNATURE_EXPIRED},
                {100000000000, SIGNATURE_EXPIRED}};
    for (size_t i = 0; i < countof(rows); i++)
        assert_int_equal(check_time(rows[i].time_s, rows[i].time_s), rows[i].verdict);
}

/* A stranger learns nothing of the clock: what is forged and old is told to be forged. */
static void a_forgery_is_told_before_its_age(void **state)
{
    (void)state;
    assert_int_equal(check_time(NOW_S, 5), SIGNATURE_WRONG);
}

static void what_is_no_signature_is_malformed(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "",
        "t",
        "t=",
        "t=1700000000",
        "v1=00",
        "t=,v1=00",
        "t=-1,v1=00",
        "t=1e9,v1=00",
        "t=1,t=1,v1=00",
        "t=1 2,v1=00",
        "T=1,v1=00",
        "t=1,V1=00",
        "t=1,v1",
        "t=100000000001,v1=00",
        "t=99999999999999999999999,v1=00",
        "1700000000.00",
    };
    for (size_t i = 0; i < countof(headers); i++) {
        if (check(headers[i], BODY) != SIGNATURE_MALFORMED)
            fail_msg("%s", headers[i]);
    }
    assert_int_equal(check("t=1,v1=", BODY), SIGNATURE_WRONG);
    assert_int_equal(check("t=1700000000,v1=00", BODY), SIGNATURE_WRONG);
}

static void of_many_values_eight_are_looked_at(void **state)
{
    (void)state;
    char header[1000] = "t=1700000000";
    for (uint32_t i = 0; i < SIGNATURE_VALUES_MAX - 1; i++)
        strcat(header, ",v1=00");
    size_t length = strlen(header);
    (void)snprintf(header + length, sizeof(header) - length, ",v1=%s", digits(NOW_S, BODY, NEW));
    assert_int_equal(check(header, BODY), SIGNATURE_GOOD);
    (void)snprintf(header + length, sizeof(header) - length, ",v1=00,v1=%s",
                   digits(NOW_S, BODY, NEW));
    assert_int_equal(check(header, BODY), SIGNATURE_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_known_secret_is_enough),
        cmocka_unit_test(a_changed_body_or_time_is_a_forgery),
        cmocka_unit_test(what_is_too_old_or_too_new_is_refused),
        cmocka_unit_test(a_forgery_is_told_before_its_age),
        cmocka_unit_test(what_is_no_signature_is_malformed),
        cmocka_unit_test(of_many_values_eight_are_looked_at),
    };
    return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
