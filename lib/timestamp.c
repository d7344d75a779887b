#include "lib/timestamp.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY    (INT64_C(86400) * US_PER_SECOND)

int64_t timestamp_clamped(int64_t us)
{
    if (us < TIMESTAMP_EARLIEST)
        return TIMESTAMP_EARLIEST;
    return us > TIMESTAMP_LATEST ? TIMESTAMP_LATEST : us;
}

/* --- Days since 1970-01-01 to dates and back (Hinnant) -------------------------------------------
 * A year begins in March, so that the leap day is its last; an era is 400 years, 146,097 days.
 * Days are never below TIMESTAMP_EARLIEST, so that all numbers from 0000-03-01 on are positive. */

#define DAYS_BEFORE_1970 719468 /* from 0000-03-01 */
#define DAYS_PER_ERA     146097

struct date {
    int year, month, day;
};

static struct date date_of_days(int64_t days)
{
    unsigned z = (unsigned)(days + DAYS_BEFORE_1970);
    unsigned era = z / DAYS_PER_ERA;
    unsigned day_of_era = z % DAYS_PER_ERA;
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month_from_march = (5 * day_of_year + 2) / 153;
    unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    unsigned year = era * 400 + year_of_era + (month <= 2);

    return (struct date){(int)year, (int)month, (int)day};
}

static int64_t days_of_date(struct date date)
{
    int year = date.month <= 2 ? date.year - 1 : date.year;
    int era = year / 400;
    int year_of_era = year % 400;
    int month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
    int day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return (int64_t)era * DAYS_PER_ERA + day_of_era - DAYS_BEFORE_1970;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && leap ? 29 : days[month - 1];
}

/* --- Writing ---------------------------------------------------------------------------------- */

/* A large competition has 300,000 times to write for each revision: looking digits up takes two
 * thirds of the time that dividing takes. */
static const char digit_pairs[] = /* 00 to 99 */
    "00010203040506070809"
    "10111213141516171819"
    "20212223242526272829"
    "30313233343536373839"
    "40414243444546474849"
    "50515253545556575859"
    "60616263646566676869"
    "70717273747576777879"
    "80818283848586878889"
    "90919293949596979899";

static inline char *put_pair(char *to, unsigned value)
{
    memcpy(to, digit_pairs + 2 * (size_t)value, 2);
    return to + 2;
}

static char *put_fraction(char *to, unsigned microseconds)
{
    char *end;

    if (microseconds == 0)
        return to;
    *to++ = '.';
    end = put_pair(to, microseconds / 10000);
    end = put_pair(end, microseconds / 100 % 100);
    end = put_pair(end, microseconds % 100);
    while (end[-1] == '0')
        end--;
    return end;
}

size_t timestamp_format(char out[TIMESTAMP_MAX], int64_t us)
{
    int64_t since_earliest = timestamp_clamped(us) - TIMESTAMP_EARLIEST;
    int64_t day_us = since_earliest % US_PER_DAY;
    unsigned seconds = (unsigned)(day_us / US_PER_SECOND);
    struct date date = date_of_days(since_earliest / US_PER_DAY + TIMESTAMP_EARLIEST / US_PER_DAY);
    char *to = out;

    to = put_pair(to, (unsigned)date.year / 100);
    to = put_pair(to, (unsigned)date.year % 100);
    *to++ = '-';
    to = put_pair(to, (unsigned)date.month);
    *to++ = '-';
    to = put_pair(to, (unsigned)date.day);
    *to++ = 'T';
    to = put_pair(to, seconds / 3600);
    *to++ = ':';
    to = put_pair(to, seconds / 60 % 60);
    *to++ = ':';
    to = put_pair(to, seconds % 60);
    to = put_fraction(to, (unsigned)(day_us % US_PER_SECOND));
    *to++ = 'Z';
    *to = '\0';
    return (size_t)(to - out);
}

/* --- Reading -------------------------------------------------------------------------------------
 * Each step takes its text from *p and moves *p behind it, or returns false. */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_char(const char **p, const char *any_of)
{
    if (**p == '\0' || !strchr(any_of, **p))
        return false;
    (*p)++;
    return true;
}

static bool take_number(const char **p, int width, int min, int max, int *value)
{
    int n = 0;

    for (int i = 0; i < width; i++) {
        if (!is_digit((*p)[i]))
            return false;
        n = n * 10 + ((*p)[i] - '0');
    }
    *p += width;
    *value = n;
    return n >= min && n <= max;
}

static bool take_days(const char **p, int64_t *days)
{
    struct date date;

    if (!take_number(p, 4, 1, 9999, &date.year) || !take_char(p, "-") ||
        !take_number(p, 2, 1, 12, &date.month) || !take_char(p, "-") ||
        !take_number(p, 2, 1, days_in_month(date.year, date.month), &date.day))
        return false;
    *days = days_of_date(date);
    return true;
}

static bool take_seconds(const char **p, int64_t *seconds)
{
    int hour, minute, second;

    if (!take_number(p, 2, 0, 23, &hour) || !take_char(p, ":") ||
        !take_number(p, 2, 0, 59, &minute) || !take_char(p, ":") ||
        !take_number(p, 2, 0, 60, &second)) /* 60: a leap second, the next minute's first */
        return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

/* Nothing at all is a fraction of zero. */
static bool take_fraction(const char **p, int64_t *microseconds)
{
    int64_t worth = US_PER_SECOND / 10;

    *microseconds = 0;
    if (!take_char(p, "."))
        return true;
    if (!is_digit(**p))
        return false;
    for (; is_digit(**p); (*p)++, worth /= 10)
        *microseconds += (**p - '0') * worth;
    return true;
}

static bool take_offset(const char **p, int64_t *seconds)
{
    int sign, hour, minute;

    *seconds = 0;
    if (take_char(p, "Zz"))
        return true;
    sign = **p == '-' ? -1 : 1;
    if (!take_char(p, "+-") || !take_number(p, 2, 0, 23, &hour) || !take_char(p, ":") ||
        !take_number(p, 2, 0, 59, &minute))
        return false;
    *seconds = sign * (hour * 3600 + minute * 60);
    return true;
}

int timestamp_parse(const char *text, int64_t *us, struct err *err)
{
    int64_t days, seconds, microseconds, offset;
    const char *p = text;

    if (!take_days(&p, &days) || !take_char(&p, "Tt ") || !take_seconds(&p, &seconds) ||
        !take_fraction(&p, &microseconds) || !take_offset(&p, &offset) || *p != '\0')
        return err_set(err, "not an RFC 3339 time: \"%.40s\"", text);
    *us = timestamp_clamped(days * US_PER_DAY + (seconds - offset) * US_PER_SECOND + microseconds);
    return 0;
}

/* --- Clocks ----------------------------------------------------------------------------------- */

static int64_t clock_us(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec * US_PER_SECOND + ts.tv_nsec / 1000;
}

int64_t timestamp_now(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

int64_t monotonic_ms(void)
{
    return monotonic_us() / 1000;
}
