import OCI
import Support

/// `--version`, as runc prints it.
enum VersionVerb {
    static let version = "0.1.0"

    static func run() -> Int32 {
        Output.out("escale-runtime version \(version)\nspec: \(RuntimeSpec.version)\n")
        return 0
    }
}

/// `--help`.
enum HelpVerb {
    static func run() -> Int32 {
        Output.out(
            """
            escale-runtime: OCI runtime of the Escale kit

            Usage: escale-runtime [--root DIR] [--log FILE] [--log-format text|json] [--debug] COMMAND

              create [-b BUNDLE] [--pid-file FILE] [--console-socket PATH] [--preserve-fds N]
                     [--no-pivot] [--no-new-keyring] [--explain FILE|-] ID
              run    the same and [--detach] [--keep] ID
              start ID                      runs the program of a created container
              state ID                      its state as JSON
              kill [--all] ID [SIGNAL]
              delete [--force] ID
              exec [-t] [-d] [-e K=V] [-u UID[:GID]] [-g GID] [-c CAP] [--cwd DIR] [--no-new-privs]
                   [--cgroup [CONTROLLER:]GROUP] [--ignore-paused] [--apparmor PROFILE]
                   [--process-label LABEL] [--pid-file FILE] [--console-socket PATH]
                   [--preserve-fds N] ID COMMAND...
              exec --process FILE ID
              start, exec, delete           take --explain as create does: each step as a line of JSON
              list [--format table|json] [-q]
              ps [--format table|json] ID
              pause ID, resume ID
              update [--resources FILE|-] [--memory N] [--memory-swap N] [--memory-reservation N]
                     [--cpu-share N] [--cpu-quota N] [--cpu-period N] [--cpu-burst N] [--cpu-idle N]
                     [--cpu-rt-period N] [--cpu-rt-runtime N] [--cpuset-cpus LIST] [--cpuset-mems LIST]
                     [--pids-limit N] [--blkio-weight N] ID
              events [--stats] [--interval 5s] ID
              spec [-b BUNDLE] [--rootless] writes a config.json to start from
              features                      what this runtime can
              rootfs get|put|stat (--pid PID | --lower A:B --upper U --work W) PATH
              rootless -- PROGRAM ARGS...   runs a program as root of a user namespace
              shim CONFIG                   holds a container for the daemon

            """)
        return 0
    }
}
