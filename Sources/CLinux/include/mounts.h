// Mounts and paths that stay inside a root.
#pragma once
#include <stdint.h>
#include <sys/types.h>

int cl_mount(const char *source, const char *target, const char *type, unsigned long flags,
             const char *data);
int cl_umount(const char *target, int flags);
int cl_pivot_root(const char *new_root, const char *put_old);
/// openat2(2) with close-on-exec; `resolve` is a mask of RESOLVE_*.
int cl_openat2(int folder, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int cl_fsopen(const char *type);
/// fsconfig(2): sets a string option.
int cl_fsconfig_string(int fs, const char *key, const char *value);
/// fsconfig(2): sets an option without a value.
int cl_fsconfig_flag(int fs, const char *key);
/// fsconfig(2): creates the file system.
int cl_fsconfig_create(int fs);
int cl_fsmount(int fs, unsigned attributes);
/// move_mount(2) from one open mount onto an open folder or file.
int cl_move_mount(int from, int to);
/// open_tree(2), a detached clone.
int cl_open_tree(int folder, const char *path, int recursive);
/// mount_setattr(2) on everything below an open mount (AT_RECURSIVE).
int cl_mount_setattr(int mount, int recursive, uint64_t set, uint64_t clear, uint64_t propagation);
/// mount_setattr(2) with MOUNT_ATTR_IDMAP: owners are mapped as in a user namespace.
int cl_mount_idmap(int mount, int recursive, int user_namespace);
/// The flags of the mount that `fd` is on, as statvfs(3) gives them.
long cl_mount_flags(int fd);
/// The file system's magic number (statfs(2)).
long cl_fs_magic(int fd);
