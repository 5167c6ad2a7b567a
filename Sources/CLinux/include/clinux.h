// What Swift cannot reach: variadic calls, calls without a glibc wrapper, function-like macros.
// Every function returns a result >= 0, or -errno.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <spawn.h>
#include <sys/types.h>
#include "descriptors.h"
#include "mounts.h"
#include "process.h"
#include "netlink.h"
#include "signals.h"
#include "reactor.h"
#include "tree.h"
#include "machine.h"
#include "cgroup.h"

int cl_open(const char *path, int flags, mode_t mode);
int cl_fcntl(int fd, int command, long argument);
int cl_ioctl(int fd, unsigned long request, void *argument);
int cl_pipe(int ends[2], int flags);
/// posix_spawn_file_actions_addchdir_np(3).
int cl_spawn_chdir(posix_spawn_file_actions_t *actions, const char *path);
