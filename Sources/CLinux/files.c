#define _GNU_SOURCE
#include "clinux.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

int cl_open(const char *path, int flags, mode_t mode) {
    int fd = open(path, flags, mode);
    return fd < 0 ? -errno : fd;
}

int cl_fcntl(int fd, int command, long argument) {
    int result = fcntl(fd, command, argument);
    return result < 0 ? -errno : result;
}

int cl_ioctl(int fd, unsigned long request, void *argument) {
    int result = ioctl(fd, request, argument);
    return result < 0 ? -errno : result;
}

int cl_pipe(int ends[2], int flags) { return pipe2(ends, flags) < 0 ? -errno : 0; }

int cl_spawn_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return -posix_spawn_file_actions_addchdir_np(actions, path);
}
