/*
 * redis_reader: bounds what hiredis believes of an answer. Of an array it takes memory for as many
 * elements as the server says that there will be, before any has come.
 */
#ifndef LIB_REDIS_READER_H
#define LIB_REDIS_READER_H

#include <hiredis/hiredis.h>

/* The longest answer to a call of ours has eight; ROLE has one for each replica. */
#define REDIS_ELEMENTS_MAX 1024

/* A longer array is an error of the connection. Takes the reader's privdata. */
void redis_reader_bound(redisReader *reader);

#endif
