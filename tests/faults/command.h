/*
 * command: a subcommand of scoreboardctl, as who types it runs it.
 */
#ifndef TESTS_FAULTS_COMMAND_H
#define TESTS_FAULTS_COMMAND_H

#include "cli/command.h"

/* Its exit status. argv[0] is anything. */
int command_call(const struct command *what, const char *config_path, int argc, char **argv);

/* In a process of its own, without any fault; broken where it fails. */
void command_succeed(const struct command *what, const char *config_path, int argc, char **argv);

#endif
