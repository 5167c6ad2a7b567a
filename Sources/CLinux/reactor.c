#define _GNU_SOURCE
#include "reactor.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

int cl_epoll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int cl_epoll_add(int epoll, int fd, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int cl_epoll_remove(int epoll, int fd) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL) < 0 ? -errno : 0;
}

int cl_epoll_wait(int epoll, uint64_t *tokens, int count) {
    struct epoll_event events[64];
    int n = epoll_wait(epoll, events, count < 64 ? count : 64, -1);
    if (n < 0) return -errno;
    for (int i = 0; i < n; i++) tokens[i] = events[i].data.u64;
    return n;
}

int cl_eventfd(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cl_inotify(void) {
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cl_inotify_add(int inotify, const char *path) {
    int watch = inotify_add_watch(inotify, path, IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF);
    return watch < 0 ? -errno : watch;
}

int cl_inotify_remove(int inotify, int watch) {
    return inotify_rm_watch(inotify, watch) < 0 ? -errno : 0;
}

int cl_inotify_read(int inotify, int *watches, int count) {
    // Every watch is on a file, so that no event carries a name; 16 bytes each at least.
    char buffer[4096] __attribute__((aligned(8)));
    size_t room = (size_t)count * sizeof(struct inotify_event);
    ssize_t n = read(inotify, buffer, room < sizeof buffer ? room : sizeof buffer);
    if (n < 0) return errno == EAGAIN ? 0 : -errno;
    int found = 0;
    for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n && found < count;) {
        struct inotify_event event;
        memcpy(&event, buffer + at, sizeof event);
        watches[found++] = event.wd;
        at += (ssize_t)sizeof event + event.len;
    }
    return found;
}

ssize_t cl_send(int fd, const void *bytes, size_t count) {
    ssize_t n = send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 ? -errno : n;
}

int cl_lock_exclusive(int fd) { return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0; }
