// Waiting for many descriptors at once (epoll(7)) and for changes of files (inotify(7)).
#pragma once
#include <stdint.h>
#include <sys/types.h>

int cl_epoll_create(void);
/// Watches `fd` for input and hang-up; events carry `token`.
int cl_epoll_add(int epoll, int fd, uint64_t token);
int cl_epoll_remove(int epoll, int fd);
/// Waits without limit; fills `tokens` and returns how many.
int cl_epoll_wait(int epoll, uint64_t *tokens, int count);
int cl_eventfd(void);
/// An inotify descriptor, close-on-exec and non-blocking.
int cl_inotify(void);
/// Watches one file for writes, moves and deletion; returns the watch's number.
int cl_inotify_add(int inotify, const char *path);
int cl_inotify_remove(int inotify, int watch);
/// Reads pending events: the numbers of the watches that fired; 0 where there is none.
int cl_inotify_read(int inotify, int *watches, int count);
/// send(2) of all bytes without SIGPIPE and without blocking.
ssize_t cl_send(int fd, const void *bytes, size_t count);
/// flock(2), exclusive, without waiting.
int cl_lock_exclusive(int fd);
