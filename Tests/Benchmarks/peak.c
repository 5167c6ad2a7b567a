// The largest memory of a program and of what it waited for: prints KiB, runs it once.
//
//   peak PROGRAM [ARG…]
//
// A program of its own, because a child starts with the memory of whoever made it: getrusage(2) would show
// that of the large program that measures.
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int status;
    struct rusage usage;
    if (argc < 2) errx(2, "usage: peak PROGRAM [ARG…]");
    pid_t pid = fork();
    if (pid < 0) err(1, "fork");
    if (pid == 0) {
        execvp(argv[1], argv + 1);
        err(127, "%s", argv[1]);
    }
    if (wait4(pid, &status, 0, &usage) < 0) err(1, "wait");
    if (status != 0) errx(1, "%s: status %d", argv[1], status);
    printf("%ld\n", usage.ru_maxrss);
}
