#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read_open(struct buffer *out, int fd, struct err *err)
{
    struct stat st;
    size_t size;

    buffer_clear(out);
    if (fstat(fd, &st) < 0)
        return err_set(err, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, "not a regular file");
    size = (size_t)st.st_size;
    if (size > 0 && !buffer_reserve(out, size))
        return err_set(err, "too large");
    while (out->len < size) {
        ssize_t n = read(fd, out->data + out->len, size - out->len);

        if (n == 0)
            return err_set(err, "became shorter while it was read");
        if (n < 0 && errno != EINTR)
            return err_set(err, "%s", strerror(errno));
        out->len += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int file_read(struct buffer *out, const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), status;

    if (fd < 0)
        return err_set(err, "%s", strerror(errno));
    status = file_read_open(out, fd, err);
    close(fd);
    return status;
}
