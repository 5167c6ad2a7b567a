#define _GNU_SOURCE
#include "mounts.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

// sys/mount.h and linux/mount.h clash in this glibc: the two calls needed from the first one.
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);

#define RESULT(call)                                                                               \
    do {                                                                                           \
        long result_ = (call);                                                                     \
        return result_ < 0 ? -errno : (int)result_;                                                \
    } while (0)

int cl_mount(const char *source, const char *target, const char *type, unsigned long flags,
             const char *data) {
    RESULT(mount(source, target, type, flags, data));
}

int cl_umount(const char *target, int flags) { RESULT(umount2(target, flags)); }

int cl_pivot_root(const char *new_root, const char *put_old) {
    RESULT(syscall(SYS_pivot_root, new_root, put_old));
}

int cl_openat2(int folder, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    RESULT(syscall(SYS_openat2, folder, path, &how, sizeof how));
}

int cl_fsopen(const char *type) { RESULT(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC)); }

int cl_fsconfig_string(int fs, const char *key, const char *value) {
    RESULT(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0));
}

int cl_fsconfig_flag(int fs, const char *key) {
    RESULT(syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key, NULL, 0));
}

int cl_fsconfig_create(int fs) {
    RESULT(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
}

int cl_fsmount(int fs, unsigned attributes) {
    RESULT(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes));
}

int cl_move_mount(int from, int to) {
    RESULT(syscall(SYS_move_mount, from, "", to, "",
                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

int cl_open_tree(int folder, const char *path, int recursive) {
    RESULT(syscall(SYS_open_tree, folder, path,
                   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
                       (recursive ? AT_RECURSIVE : 0)));
}

int cl_mount_setattr(int mount, int recursive, uint64_t set, uint64_t clear, uint64_t propagation) {
    struct mount_attr attributes = {
        .attr_set = set, .attr_clr = clear, .propagation = propagation};
    RESULT(syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
                   &attributes, sizeof attributes));
}

int cl_mount_idmap(int mount, int recursive, int user_namespace) {
    struct mount_attr attributes = {
        .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace};
    RESULT(syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
                   &attributes, sizeof attributes));
}

long cl_mount_flags(int fd) {
    struct statvfs s;
    return fstatvfs(fd, &s) < 0 ? -errno : (long)s.f_flag;
}

long cl_fs_magic(int fd) {
    struct statfs s;
    return fstatfs(fd, &s) < 0 ? -errno : (long)s.f_type;
}
