#define _GNU_SOURCE
#include "machine.h"
#include <errno.h>
#include <linux/kvm.h>
#include <sys/inotify.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

int cl_load_module(int fd) { return syscall(SYS_finit_module, fd, "", 0) < 0 ? -errno : 0; }

int cl_watch_folder(const char *path) {
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) return -errno;
    if (inotify_add_watch(fd, path, IN_CREATE) >= 0) return fd;
    int error = errno;
    close(fd);
    return -error;
}

int cl_power_off(void) { return reboot(RB_POWER_OFF) < 0 ? -errno : 0; }

uint64_t cl_time_stamp_counter(void) {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return 0;
#endif
}

unsigned long cl_kvm_get_api_version(void) { return KVM_GET_API_VERSION; }
unsigned long cl_kvm_create_vm(void) { return KVM_CREATE_VM; }
