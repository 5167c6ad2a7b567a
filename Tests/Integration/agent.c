// Asks an ssh agent (SSH_AUTH_SOCK): `agent list` prints the comments of its keys, `agent clear` has it forget all.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static unsigned char buffer[1 << 18];

static unsigned number(const unsigned char *p) { return p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]; }

static void take(int fd, unsigned char *to, unsigned count) {
    while (count) {
        ssize_t n = read(fd, to, count);
        if (n <= 0) exit(3);
        to += n;
        count -= n;
    }
}

int main(int argc, char **argv) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, getenv("SSH_AUTH_SOCK") ? getenv("SSH_AUTH_SOCK") : "", sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) return perror("connect"), 2;
    unsigned char request[] = {0, 0, 0, 1, argc > 1 && !strcmp(argv[1], "clear") ? 19 : 11};
    if (write(fd, request, sizeof request) != sizeof request) return 3;
    take(fd, buffer, 4);
    unsigned length = number(buffer);
    if (!length || length > sizeof buffer) return 3;
    take(fd, buffer, length);
    if (buffer[0] != 12) return printf("refused: %d\n", buffer[0]), 0;
    unsigned char *at = buffer + 5;
    for (unsigned i = 0; i < number(buffer + 1); i++) {
        at += 4 + number(at);
        printf("%.*s\n", (int)number(at), at + 4);
        at += 4 + number(at);
    }
}
