import Glibc
import Linux
import Support

/// An ordinary user's engine and machines: the same code as root's, as root of a user namespace.
enum Rootless {
    /// Starts this program again, with the same arguments, through `escale-runtime rootless`: new user,
    /// mount and network namespaces, in which the kit's folders stay the caller's. Comes back at once for
    /// root, and when that is where we are.
    static func enter(kit: Kit) throws(EscaleError) {
        guard geteuid() != 0 else { return }
        // Inside, the defaults would be those of root.
        setenv("ESCALE_ROOT", kit.root, 1)
        setenv("ESCALE_RUN", kit.run, 1)
        let own = Links.target("/proc/self/exe") ?? CommandLine.arguments[0]
        let runtime = Path.join(Path.parent(own), "escale-runtime")
        let arguments = [runtime, "rootless", "--", own] + CommandLine.arguments.dropFirst()
        Spawn.withStrings(arguments) { argv in
            Spawn.withStrings(Environment.all) { envp in _ = execve(runtime, argv, envp) }
        }
        throw .system("exec", runtime, errno: errno, repair: "labs/start")
    }
}
