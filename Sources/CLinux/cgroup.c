#define _GNU_SOURCE
#include "cgroup.h"
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attr) {
    int result = syscall(SYS_bpf, command, attr, sizeof *attr);
    return result < 0 ? -errno : result;
}

int cl_load_device_program(const uint64_t *code, uint32_t count) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.expected_attach_type = BPF_CGROUP_DEVICE;
    attr.insns = (uintptr_t)code;
    attr.insn_cnt = count;
    attr.license = (uintptr_t)"GPL";
    return bpf(BPF_PROG_LOAD, &attr);
}

int cl_attach_device_program(int cgroup, int program) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.target_fd = cgroup;
    attr.attach_bpf_fd = program;
    attr.attach_type = BPF_CGROUP_DEVICE;
    // Others may tie theirs to the same cgroup or one below it: all must agree.
    attr.attach_flags = BPF_F_ALLOW_MULTI;
    return bpf(BPF_PROG_ATTACH, &attr);
}

int cl_watch_file(const char *path) {
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) return -errno;
    if (inotify_add_watch(fd, path, IN_MODIFY) >= 0) return fd;
    int error = errno;
    close(fd);
    return -error;
}
