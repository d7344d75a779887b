/* The option table as text: what operators read is written by what programs obey. */
#include <stdbool.h>
#include <string.h>

#include "lib/config.h"
#include "lib/option.h"

#define LINE_WIDTH 98

static const char opening[] =
    "# The settings of scoreboardd, its responders and scoreboardctl: see scoreboardd.conf(5).\n"
    "# Every key is shown with its default. A comment has a line of its own.\n"
    "# Durations: 250ms, 10s, 5m, 1h. Sizes: 512, 8K, 64M, 1G.\n"
    "# Paths are relative to the folder of this file.\n";

/* Words are not broken, however long. */
static void print_wrapped(FILE *out, const char *before, const char *text)
{
    size_t column = 0;

    while (*text) {
        size_t word = strcspn(text, " ");

        if (column > 0 && column + 1 + word > LINE_WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column == 0 ? before : " ", (int)word, text);
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static bool opens_section(size_t i)
{
    return i == 0 || strcmp(options[i].section, options[i - 1].section) != 0;
}

/* --- As a file -------------------------------------------------------------------------------- */

static void print_option(FILE *out, const struct option *option)
{
    char allowed[200];

    fputc('\n', out);
    print_wrapped(out, "# ", option->help);
    if (!option_is_text(option)) {
        option_describe(option, allowed, sizeof allowed);
        fprintf(out, "# (%s)\n", allowed);
    }
    fprintf(out, "#%s =%s%s\n", option->key, *option->fallback ? " " : "", option->fallback);
}

void config_print_file(FILE *out)
{
    fputs(opening, out);
    for (size_t i = 0; i < option_count; i++) {
        if (opens_section(i)) {
            fprintf(out, "\n[%s]\n", options[i].section);
            print_wrapped(out, "# ", option_section_help(options[i].section));
        }
        print_option(out, &options[i]);
    }
}

/* --- As mdoc(7): each sentence begins a line -------------------------------------------------- */

static void print_sentences(FILE *out, const char *text)
{
    const char *end;

    while ((end = strstr(text, ". "))) {
        fprintf(out, "%.*s.\n", (int)(end - text), text);
        text = end + 2;
    }
    fprintf(out, "%s\n", text);
}

static void print_man_option(FILE *out, const struct option *option)
{
    char allowed[200];

    fprintf(out, ".It Cm %s\n", option->key);
    print_sentences(out, option->help);
    if (!option_is_text(option)) {
        option_describe(option, allowed, sizeof allowed);
        fprintf(out, "Allowed: %s.\n", allowed);
    }
    if (*option->fallback)
        fprintf(out, "Default:\n.Ql %s .\n", option->fallback);
}

void config_print_man(FILE *out)
{
    for (size_t i = 0; i < option_count; i++) {
        if (opens_section(i)) {
            fprintf(out, "%s.Ss [%s]\n", i > 0 ? ".El\n" : "", options[i].section);
            print_sentences(out, option_section_help(options[i].section));
            fputs(".Bl -tag -width Ds\n", out);
        }
        print_man_option(out, &options[i]);
    }
    fputs(".El\n", out);
}
