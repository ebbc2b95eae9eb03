/* clock.h - the only place that asks what time it is. shop/, search/ and app/ are told. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t clock_wall_ms(void);      /* since 1970, UTC */
uint64_t clock_monotonic_ns(void); /* never goes back */
uint64_t clock_thread_cpu_ns(void);
void clock_sleep_ns(uint64_t duration_ns);

enum { CLOCK_TEXT_SIZE = 32 };
/* RFC 3339 UTC: 2026-11-22T10:00:00Z, with .mmm where milliseconds are not 0. Returns the length.
 */
size_t clock_format(uint64_t time_ms, char text_out[CLOCK_TEXT_SIZE]);
/* Parses RFC 3339 with Z or an offset; 0 and *ok_out false for anything else. */
uint64_t clock_parse(const char *text, size_t length, bool *ok_out);

#endif
