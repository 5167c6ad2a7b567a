#define _GNU_SOURCE
#include "process.h"
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESULT(call)                                                                               \
    do {                                                                                           \
        long result_ = (call);                                                                     \
        return result_ < 0 ? -errno : (int)result_;                                                \
    } while (0)

pid_t cl_clone(uint64_t flags, int *pidfd, int cgroup) {
    // A sibling ends with the signal of the caller's own, and the kernel wants none named.
    struct clone_args args = {.flags = flags, .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD};
    if (pidfd) {
        args.flags |= CLONE_PIDFD;
        args.pidfd = (uint64_t)(uintptr_t)pidfd;
    }
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup;
    }
    RESULT(syscall(SYS_clone3, &args, sizeof args));
}

int cl_unshare(int flags) { RESULT(unshare(flags)); }
int cl_setns(int fd, int flags) { RESULT(setns(fd, flags)); }
int cl_pidfd_open(pid_t pid) { RESULT(syscall(SYS_pidfd_open, pid, 0)); }
int cl_pidfd_send_signal(int pidfd, int signal) {
    RESULT(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}
int cl_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    RESULT(prctl(option, a, b, c, d));
}
int cl_setresuid(uid_t real, uid_t effective, uid_t saved) {
    RESULT(setresuid(real, effective, saved));
}
int cl_setresgid(gid_t real, gid_t effective, gid_t saved) {
    RESULT(setresgid(real, effective, saved));
}
int cl_setgroups(size_t count, const gid_t *groups) { RESULT(setgroups(count, groups)); }
int cl_sethostname(const char *name, size_t length) { RESULT(sethostname(name, length)); }
int cl_setdomainname(const char *name, size_t length) { RESULT(setdomainname(name, length)); }

int cl_cloexec_from(unsigned first) {
    RESULT(syscall(SYS_close_range, first, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */));
}

int cl_close_range(unsigned first, unsigned last) {
    RESULT(syscall(SYS_close_range, first, last, 0));
}

int cl_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)}};
    RESULT(syscall(SYS_capset, &header, data));
}

int cl_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    *effective = data[0].effective | (uint64_t)data[1].effective << 32;
    *permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    *inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

int cl_seccomp_load(const void *program, unsigned short count, unsigned flags) {
    struct sock_fprog filter = {count, (struct sock_filter *)program};
    RESULT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter));
}

int cl_prlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {soft, hard};
    RESULT(prlimit(pid, resource, &limit, NULL));
}

int cl_new_session_keyring(const char *name) {
    RESULT(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name));
}

int cl_personality(unsigned long persona) { RESULT(personality(persona)); }

int cl_sched_setattr(int policy, uint64_t flags, int nice, unsigned priority, uint64_t runtime,
                     uint64_t deadline, uint64_t period) {
    // struct sched_attr of linux/sched/types.h, which this glibc's sched.h clashes with.
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {.size = sizeof attributes, .policy = (uint32_t)policy, .flags = flags,
                    .nice = nice, .priority = priority, .runtime = runtime,
                    .deadline = deadline, .period = period};
    RESULT(syscall(SYS_sched_setattr, 0, &attributes, 0));
}

int cl_sched_setaffinity(const uint64_t *words, size_t count) {
    RESULT(syscall(SYS_sched_setaffinity, 0, count * sizeof *words, words));
}

int cl_ioprio_set(int class, int level) {
    RESULT(syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, class << 13 | level));
}

int cl_exec_open(int fd, char *const *arguments, char *const *environment) {
    RESULT(syscall(SYS_execveat, fd, "", arguments, environment, 0x1000 /* AT_EMPTY_PATH */));
}
