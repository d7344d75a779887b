/* print-config: the option table as etc/scoreboardd.conf (file) or as the body of
 * scoreboardd.conf(5) (man), for scripts/update-config-docs. */
#include <stdio.h>
#include <string.h>

#include "lib/config.h"

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "file") == 0)
        config_print_file(stdout);
    else if (argc == 2 && strcmp(argv[1], "man") == 0)
        config_print_man(stdout);
    else
        return 2;
    return 0;
}
