// Descriptors passed between processes, and terminals.
#pragma once
#include <stddef.h>
#include <sys/types.h>

/// A pair of connected packet sockets (SOCK_SEQPACKET, close-on-exec).
int cl_socketpair(int ends[2]);
/// sendmsg(2) of one packet, with a descriptor where `fd` >= 0. No SIGPIPE.
ssize_t cl_send_fd(int socket, const void *bytes, size_t length, int fd);
/// recvmsg(2); `fd` gets a descriptor that came along, close-on-exec, or -1.
ssize_t cl_receive_fd(int socket, void *bytes, size_t length, int *fd);
/// Opens the other end of the terminal whose master is `master` (TIOCGPTPEER).
int cl_pty_peer(int master);
/// The number N of `/dev/pts/N`, after unlocking it.
int cl_pty_number(int master);
/// Makes `terminal` the controlling terminal of the calling session.
int cl_set_controlling_terminal(int terminal);
int cl_set_window(int terminal, unsigned short rows, unsigned short columns);
int cl_get_window(int terminal, unsigned short *rows, unsigned short *columns);
