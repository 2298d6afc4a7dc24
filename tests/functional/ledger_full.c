/* A disk that is full as long as somebody says so. While $DISK_FULL/base is there, files of tables cannot grow; while
   $DISK_FULL/pg_wal is there, nothing can be written to the log. Everything else goes to the real disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int said(const char *part) {
  char flag[4200];
  const char *folder = getenv("DISK_FULL");
  if (!folder) return 0;
  snprintf(flag, sizeof flag, "%s/%s", folder, part);
  return access(flag, F_OK) == 0;
}

static int full(int fd, off64_t end) {
  char link[64], path[4096];
  struct stat64 held;
  int before = errno, no = 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size > 0) {
    path[size] = 0;
    if (strstr(path, "/pg_wal/")) no = said("pg_wal");
    else if (strstr(path, "/base/")) no = said("base") && fstat64(fd, &held) == 0 && end > held.st_size;
  }
  errno = no ? ENOSPC : before;
  return no;
}

#define NEXT(name, type, ...) static type (*call)(__VA_ARGS__); if (!call) call = dlsym(RTLD_NEXT, name)

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  NEXT("pwrite64", ssize_t, int, const void *, size_t, off64_t);
  return full(fd, offset + (off64_t)size) ? -1 : call(fd, data, size, offset);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  NEXT("pwritev64", ssize_t, int, const struct iovec *, int, off64_t);
  off64_t end = offset;
  for (int part = 0; part < count; part++) end += (off64_t)parts[part].iov_len;
  return full(fd, end) ? -1 : call(fd, parts, count, offset);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return pwritev64(fd, parts, count, offset);
}

int posix_fallocate64(int fd, off64_t offset, off64_t size) {
  NEXT("posix_fallocate64", int, int, off64_t, off64_t);
  return full(fd, offset + size) ? ENOSPC : call(fd, offset, size);
}
int posix_fallocate(int fd, off_t offset, off_t size) { return posix_fallocate64(fd, offset, size); }
