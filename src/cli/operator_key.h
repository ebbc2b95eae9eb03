/*
 * operator_key.h - the key that opens operator routes: the setting, or else the file `operator.key`
 * (mode 600) in the data folder, made on first start.
 */
#ifndef CLI_OPERATOR_KEY_H
#define CLI_OPERATOR_KEY_H

#include "base/check.h"

#include <stdbool.h>

enum { OPERATOR_KEY_SIZE = 256 };

struct operator_key {
    char text[OPERATOR_KEY_SIZE];
    bool is_new; /* made just now: to be shown once */
};

/* `setting` is used as it is unless it is empty. The folder must exist. False: the reason was
 * printed. */
bool operator_key_get(const char *setting, const char *folder,
                      struct operator_key *key_out) MUST_USE;

#endif
