/*
 * metrics: what the node counts, and its text in Prometheus' exposition format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buffer.h"

/* Cumulative, as Prometheus has it: seconds, with the bounds in metrics.c. */
#define HISTOGRAM_BOUNDS 14
struct histogram {
    int64_t buckets[HISTOGRAM_BOUNDS + 1]; /* the last: +Inf */
    int64_t count;
    double sum;
};

void histogram_observe(struct histogram *h, double seconds);

/* One family: its HELP and TYPE lines, then its samples. `labels` is "" or `{name="value"}`. */
void metrics_family(struct buffer *out, const char *name, const char *type, const char *help);
void metrics_sample(struct buffer *out, const char *name, const char *labels, int64_t value);
void metrics_histogram(struct buffer *out, const char *name, const char *help,
                       const struct histogram *h);

/* A family of one sample without labels. */
void metrics_counter(struct buffer *out, const char *name, const char *help, int64_t value);
void metrics_gauge(struct buffer *out, const char *name, const char *help, int64_t value);

#endif
