#include "lib/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/timestamp.h"

#define LINE_MAX_LEN 2048 /* PIPE_BUF allows 4096 at once; a longer line is cut */

static struct {
    const char *program;
    enum log_level level;
    bool journal; /* systemd's journal reads standard error: it knows time, program and pid */
} logger = {.program = "scoreboard", .level = LOG_LEVEL_INFO};

static const struct {
    const char *name;
    int priority; /* syslog's */
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", 3},
    [LOG_LEVEL_WARN] = {"warn", 4},
    [LOG_LEVEL_INFO] = {"info", 6},
};

/* $JOURNAL_STREAM is "device:inode" of the journal's end, and is inherited by programs whose
 * standard error has long been something else. */
static bool stderr_is_journal(void)
{
    const char *journal = getenv("JOURNAL_STREAM");
    char ours[64];
    struct stat st;

    if (!journal || fstat(STDERR_FILENO, &st) < 0)
        return false;
    snprintf(ours, sizeof ours, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(journal, ours) == 0;
}

void log_open(const char *program, enum log_level level)
{
    logger.program = program;
    logger.level = level;
    logger.journal = stderr_is_journal();
}

/* Writes what comes before the message and returns its length. */
static size_t put_prefix(char *line, size_t size, enum log_level level)
{
    char time[TIMESTAMP_MAX];
    int len;

    if (logger.journal) {
        len = snprintf(line, size, "<%d>", levels[level].priority);
    } else {
        timestamp_format(time, timestamp_now() / 1000 * 1000);
        len = snprintf(line, size, "%s %s[%d] %s: ", time, logger.program, (int)getpid(),
                       levels[level].name);
    }
    return (size_t)len < size ? (size_t)len : size - 1;
}

static void hide_control_characters(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

PRINTF_LIKE(2, 0) static void write_line(enum log_level level, const char *fmt, va_list ap)
{
    char line[LINE_MAX_LEN + 2]; /* the line end and the NUL */
    size_t len;

    if (level > logger.level)
        return;
    len = put_prefix(line, LINE_MAX_LEN, level);
    vsnprintf(line + len, LINE_MAX_LEN - len, fmt, ap);
    hide_control_characters(line + len);
    len = strlen(line);
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, len) < 0)
        return; /* nowhere left to say so */
}

void log_error(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    write_line(LOG_LEVEL_ERROR, fmt, ap);
    va_end(ap);
}

void log_warn(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    write_line(LOG_LEVEL_WARN, fmt, ap);
    va_end(ap);
}

void log_info(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    write_line(LOG_LEVEL_INFO, fmt, ap);
    va_end(ap);
}
