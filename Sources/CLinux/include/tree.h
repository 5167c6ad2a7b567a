// Files beneath a folder that may be hostile (openat2(2)), and whole-file locks (flock(2)).
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS: `path`, absolute links and `..` in it
/// stay beneath `root`. Adds O_CLOEXEC.
int cl_open_in_root(int root, const char *path, int flags, mode_t mode);
/// flock(2): `operation` is LOCK_SH, LOCK_EX or LOCK_UN, with LOCK_NB or not.
int cl_flock(int fd, int operation);
/// statx(2): which mount what `name` is in an open folder lies on; a symbolic link is not followed.
int cl_mount_id(int folder, const char *name, uint64_t *id);
uint64_t cl_makedev(unsigned major, unsigned minor);
unsigned cl_major(uint64_t device);
unsigned cl_minor(uint64_t device);
/// fsetxattr(2) and fgetxattr(2); the latter's result is the value's length.
int cl_fsetxattr(int fd, const char *name, const void *value, size_t size);
ssize_t cl_fgetxattr(int fd, const char *name, void *value, size_t size);
