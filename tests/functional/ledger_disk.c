/* Writes down every write and sync of a process to files whose path holds $DISK_WATCH, in order, into $DISK_LOG.
   One record: kind (w, t, s, u), path length, offset, length (three 64-bit numbers), path, data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;

static ssize_t real_write(int fd, const void *data, size_t size) {
  static ssize_t (*call)(int, const void *, size_t);
  if (!call) call = dlsym(RTLD_NEXT, "write");
  return call(fd, data, size);
}

static int path_of(int fd, char *path) {
  char link[64];
  const char *watch = getenv("DISK_WATCH");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, 4095);
  if (size < 0 || !watch) return 0;
  path[size] = 0;
  return strstr(path, watch) != NULL;
}

static void note(char kind, const char *path, int64_t offset, const void *data, int64_t size) {
  int64_t head[3] = {(int64_t)strlen(path), offset, size};
  pthread_mutex_lock(&alone);
  if (out < 0) out = open(getenv("DISK_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0644);
  real_write(out, &kind, 1);
  real_write(out, head, sizeof head);
  real_write(out, path, head[0]);
  if (data) real_write(out, data, size);
  pthread_mutex_unlock(&alone);
}

#define NEXT(name, type, ...) static type (*call)(__VA_ARGS__); if (!call) call = dlsym(RTLD_NEXT, name)

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  NEXT("pwrite64", ssize_t, int, const void *, size_t, off64_t);
  char path[4096];
  ssize_t done = call(fd, data, size, offset);
  if (done > 0 && path_of(fd, path)) note('w', path, offset, data, done);
  return done;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }

ssize_t write(int fd, const void *data, size_t size) {
  char path[4096];
  off_t offset = lseek(fd, 0, SEEK_CUR);
  ssize_t done = real_write(fd, data, size);
  if (done > 0 && offset >= 0 && path_of(fd, path)) note('w', path, offset, data, done);
  return done;
}

int ftruncate64(int fd, off64_t size) {
  NEXT("ftruncate64", int, int, off64_t);
  char path[4096];
  int done = call(fd, size);
  if (!done && path_of(fd, path)) note('t', path, size, NULL, 0);
  return done;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
  NEXT("fsync", int, int);
  char path[4096];
  int done = call(fd);
  if (!done && path_of(fd, path)) note('s', path, 0, NULL, 0);
  return done;
}

int fdatasync(int fd) {
  NEXT("fdatasync", int, int);
  char path[4096];
  int done = call(fd);
  if (!done && path_of(fd, path)) note('s', path, 0, NULL, 0);
  return done;
}

int unlink(const char *path) {
  NEXT("unlink", int, const char *);
  const char *watch = getenv("DISK_WATCH");
  int done = call(path);
  if (!done && watch && strstr(path, watch)) note('u', path, 0, NULL, 0);
  return done;
}
