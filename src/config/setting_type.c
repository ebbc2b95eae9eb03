#include "config/setting_type.h"

#include "base/address.h"
#include "base/log.h"
#include "config/config.h"

#include <string.h>

static const char *const level_names[] =
    {[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};

static bool is_within(struct setting_range range, uint64_t value)
{
    return value >= range.lowest && value <= range.highest;
}

static bool parse_text(struct text value, struct setting_range range, void *field_out)
{
    ensure(range.highest < CONFIG_TEXT_SIZE);
    if (!is_within(range, value.length))
        return false;
    for (uint32_t i = 0; i < value.length; i++) {
        if ((unsigned char)value.data[i] < ' ')
            return false;
    }
    char *field = field_out;
    if (value.length > 0)
        memcpy(field, value.data, value.length);
    field[value.length] = '\0';
    return true;
}

static void print_text(const void *field, struct buffer *out)
{
    buffer_append_text(out, text_of(field));
}

static void describe_text(struct setting_range range, struct buffer *out)
{
    buffer_printf(out, "%u to %u bytes", range.lowest, range.highest);
}

static bool parse_number(struct text value, struct setting_range range, void *field_out)
{
    uint32_t number;
    if (!text_to_u32(value, &number) || !is_within(range, number))
        return false;
    *(uint32_t *)field_out = number;
    return true;
}

static void print_number(const void *field, struct buffer *out)
{
    buffer_append_u64(out, *(const uint32_t *)field);
}

static void describe_number(struct setting_range range, struct buffer *out)
{
    buffer_printf(out, "%u to %u", range.lowest, range.highest);
}

static bool parse_level(struct text value, struct setting_range range, void *field_out)
{
    ensure(range.highest < countof(level_names));
    for (uint32_t level = range.lowest; level <= range.highest; level++) {
        if (text_equal(value, text_of(level_names[level]))) {
            *(uint32_t *)field_out = level;
            return true;
        }
    }
    return false;
}

static void print_level(const void *field, struct buffer *out)
{
    buffer_append_text(out, text_of(level_names[*(const uint32_t *)field]));
}

static void describe_level(struct setting_range range, struct buffer *out)
{
    for (uint32_t level = range.lowest; level <= range.highest; level++)
        buffer_printf(out, "%s%s", level == range.lowest ? "" : ", ", level_names[level]);
}

static bool parse_currency(struct text value, struct setting_range range, void *field_out)
{
    ensure(range.highest < sizeof(((struct config *)NULL)->currency));
    if (!is_within(range, value.length))
        return false;
    for (uint32_t i = 0; i < value.length; i++) {
        if (value.data[i] < 'A' || value.data[i] > 'Z')
            return false;
    }
    return parse_text(value, range, field_out);
}

static void describe_currency(struct setting_range range, struct buffer *out)
{
    (void)range;
    buffer_append_text(out, TEXT("three letters A-Z"));
}

/* HOST:PORT, where an IPv6 address stands in brackets. */
static bool parse_listen(struct text value, struct setting_range range, void *field_out)
{
    ensure(range.lowest > 0);
    ensure(range.highest <= CONFIG_HOST_SIZE);
    if (!is_within(range, value.length))
        return false;
    const char *colon = memrchr(value.data, ':', value.length);
    if (colon == NULL)
        return false;
    struct text host = {value.data, (uint32_t)(colon - value.data)};
    struct text port = {colon + 1, value.length - host.length - 1};
    bool has_brackets = host.length > 2 && host.data[0] == '[' && host.data[host.length - 1] == ']';
    if (has_brackets)
        host = (struct text){host.data + 1, host.length - 2};
    bool is_ipv6 = memchr(host.data, ':', host.length) != NULL;
    bool has_stray = memchr(host.data, '[', host.length) != NULL;
    uint32_t number;
    if (host.length == 0 || has_stray || is_ipv6 != has_brackets || !text_to_u32(port, &number) ||
        number > UINT16_MAX)
        return false;
    struct config_listen *listen = field_out;
    *listen = (struct config_listen){.port = (uint16_t)number};
    memcpy(listen->host, host.data, host.length);
    return true;
}

static void print_listen(const void *field, struct buffer *out)
{
    const struct config_listen *listen = field;
    bool is_ipv6 = strchr(listen->host, ':') != NULL;
    buffer_printf(out, "%s%s%s:%u", is_ipv6 ? "[" : "", listen->host, is_ipv6 ? "]" : "",
                  listen->port);
}

static void describe_listen(struct setting_range range, struct buffer *out)
{
    (void)range;
    buffer_append_text(out, TEXT("HOST:PORT or [IPV6]:PORT, port 0 to 65535"));
}

static bool parse_networks(struct text value, struct setting_range range, void *field_out)
{
    struct networks networks;
    return networks_read(value, &networks) && parse_text(value, range, field_out);
}

static void describe_networks(struct setting_range range, struct buffer *out)
{
    (void)range;
    buffer_printf(out, "up to %d addresses or networks (10.0.0.0/8, ::1)", NETWORKS_MAX);
}

enum { ORIGINS_MAX = 32, ORIGIN_BYTES_MAX = 200 };

/* scheme://host or scheme://host:port, as browsers write it. */
static bool is_origin(struct text origin)
{
    if (text_equal(origin, TEXT("*")))
        return true;
    struct text scheme;
    if (origin.length > ORIGIN_BYTES_MAX || !text_cut(&origin, ':', &scheme) ||
        !text_starts_with(origin, TEXT("//")) || origin.length == 2)
        return false;
    if (!text_equal(scheme, TEXT("https")) && !text_equal(scheme, TEXT("http")))
        return false;
    for (uint32_t i = 2; i < origin.length; i++) {
        if (strchr("/?#@\\*", origin.data[i]) != NULL)
            return false;
    }
    return true;
}

static bool parse_origins(struct text value, struct setting_range range, void *field_out)
{
    struct text rest = value;
    struct text origin;
    uint32_t count = 0;
    while (text_cut_word(&rest, &origin)) {
        if (++count > ORIGINS_MAX || !is_origin(origin))
            return false;
    }
    return parse_text(value, range, field_out);
}

static void describe_origins(struct setting_range range, struct buffer *out)
{
    (void)range;
    buffer_printf(out, "up to %d origins (https://shop.example), or *", ORIGINS_MAX);
}

const struct setting_type setting_types[SETTING_TYPE_COUNT] = {
    [SETTING_TYPE_TEXT] = {"text", parse_text, print_text, describe_text},
    [SETTING_TYPE_SECRET] = {"secret", parse_text, NULL, describe_text},
    [SETTING_TYPE_NUMBER] = {"number", parse_number, print_number, describe_number},
    [SETTING_TYPE_LEVEL] = {"level", parse_level, print_level, describe_level},
    [SETTING_TYPE_CURRENCY] = {"currency", parse_currency, print_text, describe_currency},
    [SETTING_TYPE_LISTEN] = {"address", parse_listen, print_listen, describe_listen},
    [SETTING_TYPE_NETWORKS] = {"networks", parse_networks, print_text, describe_networks},
    [SETTING_TYPE_ORIGINS] = {"origins", parse_origins, print_text, describe_origins},
};
