/*
 * input.h - the bytes of a file, plain or xz-compressed (told by its first bytes); "-" is standard
 * input.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>

struct input;

/* NULL when it cannot be opened: the reason is printed. */
struct input *input_open(const char *path) MUST_USE;
void input_close(struct input *input);

/* Bytes read, 0 at the end and after a failure (input_failure() tells them apart). */
size_t input_read(struct input *input, char *bytes_out, size_t size);
/* NULL, or why reading stopped. */
const char *input_failure(const struct input *input);

/* How much of the file itself was read, and its size (0 = not known): for progress. */
uint64_t input_position(const struct input *input);
uint64_t input_size(const struct input *input);

#endif
