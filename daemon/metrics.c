#include "daemon/metrics.h"

static const double bounds[HISTOGRAM_BOUNDS] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                1,     1.5,  2,     3,    5,   10,   30};

void histogram_observe(struct histogram *h, double seconds)
{
    size_t i = 0;

    while (i < HISTOGRAM_BOUNDS && seconds > bounds[i])
        i++;
    h->buckets[i]++;
    h->count++;
    h->sum += seconds;
}

void metrics_family(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_sample(struct buffer *out, const char *name, const char *labels, int64_t value)
{
    buffer_printf(out, "%s%s %lld\n", name, labels, (long long)value);
}

void metrics_counter(struct buffer *out, const char *name, const char *help, int64_t value)
{
    metrics_family(out, name, "counter", help);
    metrics_sample(out, name, "", value);
}

void metrics_gauge(struct buffer *out, const char *name, const char *help, int64_t value)
{
    metrics_family(out, name, "gauge", help);
    metrics_sample(out, name, "", value);
}

void metrics_histogram(struct buffer *out, const char *name, const char *help,
                       const struct histogram *h)
{
    int64_t below = 0;

    metrics_family(out, name, "histogram", help);
    for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
        below += h->buckets[i];
        buffer_printf(out, "%s_bucket{le=\"%g\"} %lld\n", name, bounds[i], (long long)below);
    }
    buffer_printf(out, "%s_bucket{le=\"+Inf\"} %lld\n", name, (long long)h->count);
    buffer_printf(out, "%s_sum %.6f\n%s_count %lld\n", name, h->sum, name, (long long)h->count);
}
