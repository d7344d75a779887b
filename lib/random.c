#include "lib/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void random_name(char out[RANDOM_NAME_MAX])
{
    uint64_t bits[2];

    arc4random_buf(bits, sizeof bits);
    snprintf(out, RANDOM_NAME_MAX, "%016" PRIx64 "%016" PRIx64, bits[0], bits[1]);
}
