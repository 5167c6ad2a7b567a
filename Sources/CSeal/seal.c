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
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
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

// A copy in memory that nobody can write to (memfd_create(2)), for a user who may not mount: only where the
// file is the user's own, as nobody in the user's containers can write to another's. Costs a few milliseconds.
static void run_copy(int own, char **argv, char **envp) {
    struct stat s;
    if (fstat(own, &s) != 0 || (s.st_uid != geteuid() && access("/proc/self/exe", W_OK) != 0)) return;
    int copy = memfd_create("escale-runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy < 0) return;
    off_t done = 0;
    while (done < s.st_size && sendfile(copy, own, &done, s.st_size - done) > 0) {}
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (done == s.st_size && fcntl(copy, F_ADD_SEALS, seals) == 0)
        syscall(SYS_execveat, copy, "", argv, envp, AT_EMPTY_PATH);
    close(copy);
}

// Comes back when the program is sealed, or need not be.
__attribute__((constructor(101))) static void seal(int argc, char **argv, char **envp) {
    struct statvfs s;
    if (argc < 2 || !starts_programs(argv + 1)) return;
    if (statvfs("/proc/self/exe", &s) != 0 || s.f_flag & ST_RDONLY) return;
    int mount = geteuid() != 0 ? -1
                               : syscall(SYS_open_tree, AT_FDCWD, "/proc/self/exe",
                                         OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    if (mount >= 0) {
        if (syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0)
            syscall(SYS_execveat, mount, "", argv, envp, AT_EMPTY_PATH);
        close(mount);
    }
    int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (own < 0) return;
    // Only the copy has seals.
    if (fcntl(own, F_GET_SEALS) < 0) run_copy(own, argv, envp);
    close(own);
}
