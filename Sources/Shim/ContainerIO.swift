import CLinux
import Glibc
import Linux
import Runtime
import Support

/// The shim's ends of the container's stdin, stdout and stderr.
struct ContainerIO: ~Copyable {
    /// -1 when closed; with a terminal `output` is the master and `errors` unused.
    var input: Int32 = -1
    var output: Int32 = -1
    var errors: Int32 = -1
    /// The container's ends, until it has them.
    private var theirs: [Int32] = []

    /// Pipes, or /dev/null for a stdin that nobody writes to.
    init(openStdin: Bool) throws(EscaleError) {
        if openStdin {
            let pipe = try Sys.pipe()
            input = pipe.write
            theirs.append(pipe.read)
        } else {
            theirs.append(try Sys.open("/dev/null", O_RDONLY).release())
        }
        let out = try Sys.pipe()
        let err = try Sys.pipe()
        output = out.read
        errors = err.read
        theirs += [out.write, err.write]
        for fd in [input, output, errors] where fd >= 0 { Descriptor.makeNonblocking(fd) }
    }

    /// For a terminal: /dev/null until the container has made its own.
    init(terminal: Void) throws(EscaleError) {
        for _ in 0..<3 { theirs.append(try Sys.open("/dev/null", O_RDWR).release()) }
    }

    deinit {
        for fd in theirs + [input, output, errors] where fd >= 0 { close(fd) }
    }

    var stdio: Stdio { .descriptors(stdin: theirs[0], stdout: theirs[1], stderr: theirs[2]) }

    mutating func handedOver() {
        for fd in theirs { close(fd) }
        theirs = []
    }

    /// A terminal's master is both directions; stdin gets its own number so that it can be closed alone.
    mutating func use(master: consuming FD) throws(EscaleError) {
        input = try master.duplicate().release()
        output = master.release()
        Descriptor.makeNonblocking(output)
    }

    mutating func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    mutating func closeOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    mutating func closeErrors() {
        if errors >= 0 { close(errors) }
        errors = -1
    }
}
