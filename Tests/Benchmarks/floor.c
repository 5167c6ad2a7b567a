// The kernel's floor for a container: clone into new namespaces, overlay root, /proc, pivot_root, exec,
// wait; nothing else. What a runtime adds is measured against it.
//
//   floor LOWER WORKDIR PROGRAM [ARG…]     prints milliseconds, one run a line, RUNS times ($RUNS, 30)
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char options[4096], root[1024];
static char **program;

static int child(void *unused) {
    (void)unused;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) err(1, "private");
    if (mount("overlay", root, "overlay", 0, options)) err(1, "overlay");
    if (chdir(root)) err(1, "chdir");
    mkdir("proc", 0755);
    if (mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)) err(1, "proc");
    if (syscall(SYS_pivot_root, ".", ".")) err(1, "pivot_root");
    if (umount2(".", MNT_DETACH)) err(1, "umount");
    if (chdir("/")) err(1, "chdir /");
    sethostname("floor", 5);
    execv(program[0], program);
    err(127, "exec %s", program[0]);
}

int main(int argc, char **argv) {
    if (argc < 4) errx(2, "usage: floor LOWER WORKDIR PROGRAM [ARG...]");
    int runs = getenv("RUNS") ? atoi(getenv("RUNS")) : 30;
    char upper[1024], work[1024];
    snprintf(upper, sizeof upper, "%s/upper", argv[2]);
    snprintf(work, sizeof work, "%s/work", argv[2]);
    snprintf(root, sizeof root, "%s/root", argv[2]);
    mkdir(upper, 0755), mkdir(work, 0755), mkdir(root, 0755);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", argv[1], upper, work);
    program = argv + 3;
    static char stack[1 << 16];
    for (int i = 0; i < runs; i++) {
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD;
        pid_t pid = clone(child, stack + sizeof stack, flags, NULL);
        if (pid < 0) err(1, "clone");
        int status;
        if (waitpid(pid, &status, 0) < 0 || status != 0) errx(1, "child failed");
        clock_gettime(CLOCK_MONOTONIC, &b);
        printf("%.3f\n", (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6);
    }
    return 0;
}
