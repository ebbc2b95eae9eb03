/*
 * setting_type.h - the types a setting may have: how a value is read, checked, shown and described.
 * A new type is a new row in setting_type.c, a CONFIG_FIELD_ line in config.h and SETTING_TYPE_
 * here.
 */
#ifndef CONFIG_SETTING_TYPE_H
#define CONFIG_SETTING_TYPE_H

#include "base/buffer.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* The bounds that settings.def gives a value; what they count is up to the type. */
struct setting_range {
    uint32_t lowest;
    uint32_t highest;
};

struct setting_type {
    const char *name;
    /* False: the value is not of this type or out of range; the field is untouched. */
    bool (*parse)(struct text value, struct setting_range range, void *field_out);
    /* NULL: the value is a secret. */
    void (*print)(const void *field, struct buffer *out);
    /* "10 to 600000": what is allowed. */
    void (*describe)(struct setting_range range, struct buffer *out);
};

enum setting_type_index {
    SETTING_TYPE_TEXT = 0,
    SETTING_TYPE_SECRET,
    SETTING_TYPE_NUMBER,
    SETTING_TYPE_LEVEL,
    SETTING_TYPE_CURRENCY,
    SETTING_TYPE_LISTEN,
    SETTING_TYPE_NETWORKS,
    SETTING_TYPE_ORIGINS,
    SETTING_TYPE_COUNT
};

extern const struct setting_type setting_types[SETTING_TYPE_COUNT];

#endif
