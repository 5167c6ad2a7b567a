import Glibc
import Linux
import Support

/// One bash that lasts: its folder, variables, functions and jobs are there for the next line.
///
/// Its commands come through a pipe on its stdin, and run with the terminal as theirs; what it has to
/// say to us comes through another pipe. So nothing that a command reads or prints is ever mistaken
/// for either. With a terminal it is an interactive bash with job control: `^C` and `^Z` reach the
/// running command only, `fg` works.
package final class Bash {
    private let environment: [String]
    private let terminal: Terminal?
    private let signals: Signals?
    private var pid: pid_t = 0
    private var input: Int32 = -1
    private var report: Int32 = -1
    private var line = 0
    /// The folder it is in, and where the next one starts.
    package private(set) var folder: String

    init(environment: [String], folder: String, terminal: Terminal?, signals: Signals?) {
        self.environment = environment
        self.folder = folder
        self.terminal = terminal
        self.signals = signals
    }

    /// Without a terminal.
    package convenience init(environment: [String], folder: String) {
        self.init(environment: environment, folder: folder, terminal: nil, signals: nil)
    }

    deinit { close() }

    /// Runs a text to its end, or until `^Z`.
    /// - Returns: `$?`.
    package func run(_ text: String) throws(EscaleError) -> Int32 {
        try start()
        line += 1
        try say(BashSetup.evaluate(text, number: line, interactive: terminal != nil), foreground: true)
        return try finish().status
    }

    /// Does bash know this word as a program, function, alias, builtin or keyword?
    package func knows(_ word: String) throws(EscaleError) -> Bool {
        try start()
        line += 1
        try say(BashSetup.knows(word, number: line), foreground: false)
        let answer = try awaitReport()
        return answer?.status == 0
    }

    /// Is the text only the beginning of a command? Asks `bash -n`, which runs nothing.
    package func isUnfinished(_ text: String) -> Bool {
        guard Continuation.mayContinue(text) else { return false }
        // Its messages in English, from stdin so that an unfinished text is the end of a file.
        let result = try? Spawn.run(
            "bash", ["--norc", "--noprofile", "-n", "-O", "extglob"], input: Array((text + "\n").utf8),
            environment: environment.filter { !$0.hasPrefix("LC_") && !$0.hasPrefix("LANG") } + ["LC_ALL=C"])
        guard let result else { return false }
        return Continuation.isUnfinished(text, bashSaid: result.errorText)
    }

    /// Ends it: stopped jobs get SIGHUP from it, running ones go on.
    package func close() {
        guard pid > 0 else { return }
        // Twice: the first is refused when jobs are stopped. At a mere end of stdin it would say so.
        try? say("exit\nexit\n", foreground: false, isRetry: true)
        Glibc.close(input)
        Glibc.close(report)
        var status: Int32 = 0
        for _ in 0..<100 {
            if waitpid(pid, &status, WNOHANG) != 0 { break }
            usleep(10_000)
        }
        if waitpid(pid, &status, WNOHANG) == 0 {
            kill(pid, SIGHUP)
            kill(pid, SIGKILL)
            waitpid(pid, &status, 0)
        }
        pid = 0
    }

    // MARK: - The process

    private func start() throws(EscaleError) {
        guard pid == 0 else { return }
        let commands = try Sys.pipe()
        let reports = try Sys.pipe()
        let interactive = terminal != nil
        let theirInput = FD(owning: commands.read)
        let theirReport = FD(owning: reports.write)
        input = commands.write
        report = reports.read
        if !Files.isDirectory(folder) { folder = "/" }
        do {
            pid = try Spawn.start(
                "bash", ["--norc", "--noprofile"] + (interactive ? ["--noediting", "-i"] : []),
                environment: environment,
                descriptors: [
                    0: theirInput.raw, 1: 1, 2: 2, BashSetup.terminalFD: 0,
                    BashSetup.reportFD: theirReport.raw
                ], directory: folder)
        } catch {
            Glibc.close(input)
            Glibc.close(report)
            throw error
        }
        // Its end of the pipes is its own: so we see when it ends.
        _ = consume theirInput
        _ = consume theirReport
        line = 0
        try say(BashSetup.script(interactive: interactive), foreground: false)
        _ = try awaitReport()
        // An interactive bash takes the terminal when it starts.
        terminal?.takeBack()
    }

    private func say(_ text: String, foreground: Bool, isRetry: Bool = false) throws(EscaleError) {
        if foreground { terminal?.give(to: pid) }
        do { try Sys.writeAll(input, text.utf8) } catch {
            guard error.errno == EPIPE, !isRetry else { throw error }
            // It was killed while it had nothing to do: a new one takes the line.
            _ = try Spawn.wait(pid)
            terminal?.takeBack()
            forget()
            let wanted = line
            try start()
            line = wanted
            try say(text, foreground: foreground, isRetry: true)
        }
    }

    private func finish() throws(EscaleError) -> BashReport {
        let said = try awaitReport()
        if let said {
            terminal?.takeBack()
            folder = said.folder
            return said
        }
        // `exit`, or `exec` of a program that runs on in its place: wait for it, begin anew next time.
        let status = try Spawn.wait(pid)
        terminal?.takeBack()
        forget()
        return BashReport(line: line, status: status, folder: folder)
    }

    private func forget() {
        Glibc.close(input)
        Glibc.close(report)
        pid = 0
    }

    /// The report on the line that was said last; nil at bash's end.
    private func awaitReport() throws(EscaleError) -> BashReport? {
        while let bytes = try readReport() {
            // A `^C` that came just before the line was read makes a report on the line before it.
            if let said = BashReport(bytes), said.line == line { return said }
        }
        return nil
    }

    private func readReport() throws(EscaleError) -> [UInt8]? {
        var bytes: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            try waitUntilReadable()
            let n = try Sys.call("read") { read(report, &byte, 1) }
            if n == 0 { return nil }
            if byte == 0 { return bytes }
            bytes.append(byte)
        }
    }

    private func waitUntilReadable() throws(EscaleError) {
        guard let signals else { return }
        while true {
            var polls = [
                pollfd(fd: report, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.fd, events: Int16(POLLIN), revents: 0),
                // Nothing to read there: only a terminal that went away shows.
                pollfd(fd: terminal?.fd ?? -1, events: 0, revents: 0)
            ]
            try Sys.call("poll") { poll(&polls, 3, -1) }
            if polls[0].revents != 0 { return }
            if polls[1].revents != 0 { signals.drain() }
            if signals.mustEnd || polls[2].revents & Int16(POLLHUP | POLLERR) != 0 {
                signals.mustEnd = true
                throw EscaleError(.interrupted, "the terminal is gone")
            }
        }
    }
}
