#include "base/clock.h"

#include "base/check.h"

#include <errno.h>
#include <time.h>

static const uint64_t ns_per_s = UINT64_C(1000000000);
static const uint64_t ns_per_ms = UINT64_C(1000000);
enum { MS_PER_S = 1000, S_PER_DAY = 86400 };

static uint64_t read_ns(clockid_t clock)
{
    struct timespec now;
    ensure(clock_gettime(clock, &now) == 0);
    return (uint64_t)now.tv_sec * ns_per_s + (uint64_t)now.tv_nsec;
}

uint64_t clock_wall_ms(void)
{
    return read_ns(CLOCK_REALTIME) / ns_per_ms;
}

uint64_t clock_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

void clock_sleep_ns(uint64_t duration_ns)
{
    struct timespec left = {.tv_sec = (time_t)(duration_ns / ns_per_s),
                            .tv_nsec = (long)(duration_ns % ns_per_s)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
}

struct civil_date {
    uint64_t year;
    uint64_t month; /* 1..12 */
    uint64_t day;   /* 1..31 */
};

/* Years begin in March here, so that the leap day is the last one. Both directions after Howard
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms". Day 0 is 1970-01-01. */
enum { DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 };

static struct civil_date date_of_day(uint64_t day)
{
    uint64_t shifted = day + DAYS_TO_1970;
    uint64_t era = shifted / DAYS_PER_ERA;
    uint64_t day_of_era = shifted % DAYS_PER_ERA;
    uint64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t month_from_march = (5 * day_of_year + 2) / 153;
    uint64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct civil_date){
        .year = era * 400 + year_of_era + (month <= 2 ? 1 : 0),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
    };
}

/* The date must not lie before 1970. */
static uint64_t day_of_date(struct civil_date date)
{
    uint64_t year = date.month <= 2 ? date.year - 1 : date.year;
    uint64_t month_from_march = date.month <= 2 ? date.month + 9 : date.month - 3;
    uint64_t year_of_era = year % 400;
    uint64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    uint64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return year / 400 * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

/* At least `width` digits, and the character behind them. */
static char *write_digits(char *out, uint64_t value, uint32_t width, char behind)
{
    char digits[20];
    uint32_t count = 0;
    while (value > 0 || count < width) {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    }
    while (count > 0)
        *out++ = digits[--count];
    *out++ = behind;
    return out;
}

size_t clock_format(uint64_t time_ms, char text_out[CLOCK_TEXT_SIZE])
{
    uint64_t seconds = time_ms / MS_PER_S;
    uint64_t ms = time_ms % MS_PER_S;
    struct civil_date date = date_of_day(seconds / S_PER_DAY);
    char *out = text_out;
    out = write_digits(out, date.year, 4, '-');
    out = write_digits(out, date.month, 2, '-');
    out = write_digits(out, date.day, 2, 'T');
    out = write_digits(out, seconds / 3600 % 24, 2, ':');
    out = write_digits(out, seconds / 60 % 60, 2, ':');
    out = write_digits(out, seconds % 60, 2, ms == 0 ? 'Z' : '.');
    if (ms != 0)
        out = write_digits(out, ms, 3, 'Z');
    *out = '\0';
    return (size_t)(out - text_out);
}

struct reader {
    const char *at;
    const char *end;
    bool is_bad;
};

static uint64_t read_digits(struct reader *reader, uint32_t count)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (reader->at == reader->end || *reader->at < '0' || *reader->at > '9') {
            reader->is_bad = true;
            return 0;
        }
        value = value * 10 + (uint64_t)(*reader->at++ - '0');
    }
    return value;
}

/* The next character when it is one of `allowed`, else '\0' and a bad reader. */
static char read_one_of(struct reader *reader, const char *allowed)
{
    for (; reader->at < reader->end && *allowed != '\0'; allowed++) {
        if (*reader->at == *allowed)
            return *reader->at++;
    }
    reader->is_bad = true;
    return '\0';
}

/* ".5", ".123456789": what is finer than a millisecond is dropped. */
static uint64_t read_fraction_ms(struct reader *reader)
{
    if (reader->at == reader->end || *reader->at != '.')
        return 0;
    reader->at++;
    uint64_t ms = 100 * read_digits(reader, 1);
    for (uint64_t weight = 10; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
         weight /= 10)
        ms += weight * (uint64_t)(*reader->at++ - '0');
    return ms;
}

/* Minutes to take off to come to UTC. */
static int64_t read_offset_minutes(struct reader *reader)
{
    char sign = read_one_of(reader, "Zz+-");
    if (sign == 'Z' || sign == 'z' || sign == '\0')
        return 0;
    uint64_t hours = read_digits(reader, 2);
    (void)read_one_of(reader, ":");
    uint64_t minutes = read_digits(reader, 2);
    if (hours > 23 || minutes > 59)
        reader->is_bad = true;
    int64_t offset = (int64_t)(hours * 60 + minutes);
    return sign == '-' ? -offset : offset;
}

static bool date_is_valid(struct civil_date date)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date.year < 1970 || date.month < 1 || date.month > 12 || date.day < 1)
        return false;
    bool is_leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    return date.day <= days[date.month - 1] + (date.month == 2 && is_leap ? 1U : 0U);
}

uint64_t clock_parse(const char *text, size_t length, bool *ok_out)
{
    struct reader reader = {.at = text, .end = text + length};
    struct civil_date date;
    *ok_out = false;
    date.year = read_digits(&reader, 4);
    (void)read_one_of(&reader, "-");
    date.month = read_digits(&reader, 2);
    (void)read_one_of(&reader, "-");
    date.day = read_digits(&reader, 2);
    (void)read_one_of(&reader, "Tt");
    uint64_t hour = read_digits(&reader, 2);
    (void)read_one_of(&reader, ":");
    uint64_t minute = read_digits(&reader, 2);
    (void)read_one_of(&reader, ":");
    uint64_t second = read_digits(&reader, 2);
    uint64_t ms = read_fraction_ms(&reader);
    int64_t offset_minutes = read_offset_minutes(&reader);
    if (reader.is_bad || reader.at != reader.end)
        return 0;
    if (!date_is_valid(date) || hour > 23 || minute > 59 || second > 59)
        return 0;
    uint64_t local_s = day_of_date(date) * S_PER_DAY + hour * 3600 + minute * 60 + second;
    int64_t utc_s = (int64_t)local_s - offset_minutes * 60;
    if (utc_s < 0)
        return 0;
    *ok_out = true;
    return (uint64_t)utc_s * MS_PER_S + ms;
}
