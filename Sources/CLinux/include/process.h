// Processes: clone3, namespaces, pidfds, prctl, capabilities, seccomp, and what of exec Swift can't say.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// clone3(2) without a new stack: returns twice, like fork(2). `pidfd` gets a descriptor of the child
/// (CLONE_PIDFD) in the parent. `cgroup` >= 0 starts the child in that cgroup v2 folder.
/// The caller must have one thread.
pid_t cl_clone(uint64_t flags, int *pidfd, int cgroup);
int cl_unshare(int flags);
int cl_setns(int fd, int flags);
int cl_pidfd_open(pid_t pid);
int cl_pidfd_send_signal(int pidfd, int signal);
int cl_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int cl_setresuid(uid_t real, uid_t effective, uid_t saved);
int cl_setresgid(gid_t real, gid_t effective, gid_t saved);
int cl_setgroups(size_t count, const gid_t *groups);
int cl_sethostname(const char *name, size_t length);
int cl_setdomainname(const char *name, size_t length);
/// Closes the descriptors from `first` to `last` (close_range(2)).
int cl_close_range(unsigned first, unsigned last);
/// Marks every descriptor from `first` on close-on-exec (close_range(2)).
int cl_cloexec_from(unsigned first);
/// The three sets of the calling thread (capset(2), version 3).
int cl_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int cl_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);
/// Installs a BPF program of `count` instructions (seccomp(2), SECCOMP_SET_MODE_FILTER).
int cl_seccomp_load(const void *program, unsigned short count, unsigned flags);
int cl_prlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard);
/// A fresh session keyring (keyctl(2)), so that the caller's keys stay outside; NULL for one without name.
int cl_new_session_keyring(const char *name);
int cl_personality(unsigned long persona);
/// sched_setattr(2) for the caller; times in nanoseconds.
int cl_sched_setattr(int policy, uint64_t flags, int nice, unsigned priority, uint64_t runtime,
                     uint64_t deadline, uint64_t period);
/// sched_setaffinity(2) for the caller: a bit a CPU, `count` words of 64.
int cl_sched_setaffinity(const uint64_t *words, size_t count);
int cl_ioprio_set(int class, int level);
