#define _GNU_SOURCE
// Keeps containers from writing into this program.
//
// A container may start `/proc/self/exe`, which is then this program, and root in it could open that file
// for writing once it ends (CVE-2019-5736). So the program starts itself again from a read-only mount that
// is in no one's namespace (open_tree(2), mount_setattr(2)): through it the file can't be opened for
// writing. In C and before all other constructors, since starting the Swift runtime twice would cost every
// container a millisecond.
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

// Verbs that start programs of an image. A word that merely looks like one seals for nothing.
static int starts_programs(char **argv) {
    static const char *const verbs[] = {"run", "create", "exec", "shim"};
    for (char **word = argv; *word; word++)
        for (unsigned i = 0; i < sizeof verbs / sizeof *verbs; i++)
            if (!strcmp(*word, verbs[i])) return 1;
    return 0;
}

// Comes back when the program is sealed, or can't be: without privilege the file is safe by its owner.
__attribute__((constructor(101))) static void seal(int argc, char **argv, char **envp) {
    struct statvfs s;
    if (argc < 2 || geteuid() != 0 || !starts_programs(argv + 1)) return;
    if (statvfs("/proc/self/exe", &s) != 0 || s.f_flag & ST_RDONLY) return;
    int mount = syscall(SYS_open_tree, AT_FDCWD, "/proc/self/exe",
                        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    if (mount < 0) return;
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    if (syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0)
        syscall(SYS_execveat, mount, "", argv, envp, AT_EMPTY_PATH);
    close(mount);
}
