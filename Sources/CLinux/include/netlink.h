// Sockets and devices of a network namespace. Every function returns a result >= 0, or -errno.
#pragma once

/// A close-on-exec AF_NETLINK socket with extended acknowledgements, opened inside the network
/// namespace `netns` (a descriptor), or in the caller's for -1. The thread is back in its own
/// namespace when this returns.
int cl_netlink_socket(int protocol, int netns);
/// A new, empty network namespace, as a descriptor; the thread stays in its own.
int cl_netns_new(void);
/// Moves the calling thread into the network namespace of a descriptor (setns(2)).
int cl_netns_enter(int netns);
/// A tap device of this name without packet information, as a descriptor; it goes away with it.
int cl_tap_open(const char *name);
/// accept4(2), close-on-exec; the client's IPv4 address, in network order, goes to `address`.
int cl_accept_ipv4(int listener, unsigned int *address);
