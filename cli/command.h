/*
 * command: what a subcommand of scoreboardctl is.
 *
 * A command is one row: its name, one line about it, the table of its options and the function that
 * does it. The table of options is all there is: main.c parses the command line by it and prints
 * `--help` from it, so that a command never sees argv. To add a command, define its row beside its
 * function and put it into main.c's list.
 *
 * A program that does one thing is one command, too, without a word for it (`alone`).
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/config.h"
#include "lib/err.h"

#define COMMAND_OPTIONS_MAX 12

struct command_option {
    const char *name;     /* without the dashes */
    const char *argument; /* what --help calls its value; NULL: a switch, which takes none */
    const char *fallback; /* the value when the option is not given; may be NULL */
    const char *help;
};

struct command;

/* What a command is called with. Everything outlives the call. */
struct call {
    const struct command *command;
    const char *config_path;
    const struct config *config;
    const struct names *names;
    const char *values[COMMAND_OPTIONS_MAX]; /* in the order of the options; a switch that was given
                                                is "" and one that was not is NULL */
    const char *argument;                    /* NULL where the command takes none */
};

struct command {
    const char *name;
    const char *help;
    const char *argument; /* what --help calls the one that it must be given; NULL: takes none */
    /* Ends at the first row without a name. Index it, and call.values, by an enum of the command. */
    struct command_option options[COMMAND_OPTIONS_MAX + 1];
    /* Returns the exit status; or -1 and one sentence, which main prints, and exits with 1. */
    int (*run)(const struct call *call, struct err *err);
};

extern const struct command migrate_command, detach_command;  /* migrate.c */
extern const struct command competition_command;              /* competition.c */
extern const struct command status_command;                   /* status.c */
extern const struct command watch_command;                    /* watch.c */
extern const struct command publish_command, rebuild_command; /* publish.c */
extern const struct command check_command;                    /* check.c */
extern const struct command board_command;                    /* board.c */
extern const struct command export_command;                   /* export.c */
extern const struct command metrics_command;                  /* metrics.c */
extern const struct command token_command;                    /* token.c */

struct command_line {
    const char *program;
    bool alone;                     /* the program is its command */
    void (*print_usage)(FILE *out); /* of the program; not needed when alone */
    const char *config_path;
    bool check;                    /* -n: read the config and exit */
    const struct command *command; /* NULL: not known yet */
    const char *values[COMMAND_OPTIONS_MAX];
    const char *argument;
};

/* Reads the options that every command has, and line->command's, up to the first argument that is
 * none, whose index is then optind; once the command is known that is its own, or there may be none. Ends the program
 * after --help and --version, and when the command line is bad. */
void command_parse_options(struct command_line *line, int argc, char **argv);

/* Ends the program: nothing has been done yet, and standard error has said what is wrong. */
_Noreturn void command_exit_usage(const struct command_line *line);

/* Loads the config and runs line->command. Returns the program's exit status. */
int command_run(const struct command_line *line) MUST_CHECK;

/* Reads an option's value as a whole number within bounds; the error names the option. */
int call_number(const struct call *call, int option, int64_t min, int64_t max, int64_t *number,
                struct err *err) MUST_CHECK;

#endif
