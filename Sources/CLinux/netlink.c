#define _GNU_SOURCE
#include "netlink.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int own_netns(void) {
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/// Goes on in the wrong network namespace under no circumstances.
static void go_back(int netns) {
    if (setns(netns, CLONE_NEWNET) < 0) abort();
    close(netns);
}

int cl_netlink_socket(int protocol, int netns) {
    int home = -1;
    if (netns >= 0) {
        home = own_netns();
        if (home < 0) return home;
        if (setns(netns, CLONE_NEWNET) < 0) {
            int code = errno;
            close(home);
            return -code;
        }
    }
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    int code = errno;
    if (home >= 0) go_back(home);
    if (fd < 0) return -code;
    int on = 1;
    // Best effort: older kernels say less in their errors.
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    return fd;
}

int cl_netns_new(void) {
    int home = own_netns();
    if (home < 0) return home;
    if (unshare(CLONE_NEWNET) < 0) {
        int code = errno;
        close(home);
        return -code;
    }
    int fd = own_netns();
    go_back(home);
    return fd;
}

int cl_netns_enter(int netns) { return setns(netns, CLONE_NEWNET) < 0 ? -errno : 0; }

int cl_tap_open(const char *name) {
    if (strlen(name) >= IFNAMSIZ) return -ENAMETOOLONG;
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0) return -errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    return fd;
}

int cl_accept_ipv4(int listener, unsigned int *address) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    int fd = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    *address = peer.sin_addr.s_addr;
    return fd;
}
