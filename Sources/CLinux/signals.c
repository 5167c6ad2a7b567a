#define _GNU_SOURCE
#include "signals.h"
#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

int cl_signalfd(unsigned long mask) {
    sigset_t set;
    sigemptyset(&set);
    for (int n = 1; n <= 64; n++)
        if (mask >> (n - 1) & 1) sigaddset(&set, n);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cl_signalfd_read(int fd) {
    struct signalfd_siginfo info;
    ssize_t n = read(fd, &info, sizeof info);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    return (int)info.ssi_signo;
}

int cl_unblock_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}
