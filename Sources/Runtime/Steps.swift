import Glibc
import Linux
import OCI
import Support

/// Every kernel step goes through here: it is written down when asked for (`--explain`), and its name
/// tells where a start failed. Costs nothing but a string comparison otherwise.
public final class Steps {
    /// Where the lines go, -1 for nowhere.
    let descriptor: Int32
    private let origin: Monotonic
    private let fault: Fault?
    private var side: KernelStep.Side
    /// The step that failed, once one has.
    public private(set) var failed: String?

    /// A point at which the process kills itself, for tests: `ESCALE_FAULT=before:STEP` or
    /// `after:STEP`.
    struct Fault: Equatable {
        var before: Bool
        var step: String

        init?(_ text: String?) {
            guard let text, let colon = text.firstIndex(of: ":") else { return nil }
            switch text[..<colon] {
            case "before": before = true
            case "after": before = false
            default: return nil
            }
            step = String(text[text.index(after: colon)...])
        }
    }

    /// - Parameter explain: a descriptor that takes JSON lines, -1 for none; kept open.
    public init(explain: Int32 = -1, side: KernelStep.Side = .shim) {
        descriptor = explain
        self.side = side
        origin = Monotonic.now
        fault = Fault(Environment["ESCALE_FAULT"])
    }

    /// Opens the file that `--explain` names, `-` for stdout. Whole lines are appended, so parent and
    /// child can share it.
    public static func open(_ path: String) throws(EscaleError) -> Int32 {
        if path == "-" { return try FD(owning: 1).duplicateAndKeep() }
        return try Sys.open(path, O_WRONLY | O_CREAT | O_APPEND | O_TRUNC).release()
    }

    public var isRecording: Bool { descriptor >= 0 }

    /// After clone: the same file and time origin, told from the other side.
    func enterContainer() { side = .container }

    @discardableResult
    public func run<T: ~Copyable>(
        _ id: String, _ syscall: String, _ arguments: @autoclosure () -> String,
        _ body: () throws(EscaleError) -> T
    ) throws(EscaleError) -> T {
        if let fault, fault.before, fault.step == id { die() }
        guard descriptor >= 0 else {
            do {
                let value = try body()
                if let fault, !fault.before, fault.step == id { die() }
                return value
            } catch {
                failed = failed ?? id
                throw error
            }
        }
        let start = Monotonic.now
        do {
            let value = try body()
            record(id, syscall, arguments(), "ok", start)
            if let fault, !fault.before, fault.step == id { die() }
            return value
        } catch {
            record(id, syscall, arguments(), error.message, start)
            failed = failed ?? id
            throw error
        }
    }

    /// A step whose failure must not stop what follows; it is still written down.
    public func attempt(
        _ id: String, _ syscall: String, _ arguments: @autoclosure () -> String,
        _ body: () throws(EscaleError) -> Void
    ) {
        try? run(id, syscall, arguments(), body)
    }

    /// Writes down a step that was timed elsewhere.
    public func record(
        _ id: String, _ syscall: String, _ arguments: @autoclosure () -> String, _ result: String,
        _ start: Monotonic, as other: KernelStep.Side? = nil
    ) {
        guard descriptor >= 0 else { return }
        let step = KernelStep(
            id: id, side: other ?? side, syscall: syscall, arguments: arguments(), result: result,
            start: (start - origin) * 1000, duration: start.elapsedMilliseconds * 1000)
        guard let json = try? JSON.encode(step) else { return }
        Output.write(json.text() + "\n", to: descriptor)
    }

    /// A failure that the other process told of.
    func fail(_ id: String?) { failed = failed ?? id }

    private func die() -> Never {
        kill(getpid(), SIGKILL)
        // The first process of a PID namespace can't be killed from within.
        _exit(137)
    }
}

extension FD {
    /// A copy, while the original stays open whoever owned it.
    consuming func duplicateAndKeep() throws(EscaleError) -> Int32 {
        do {
            let copy = try duplicate().release()
            _ = release()
            return copy
        } catch {
            _ = release()
            throw error
        }
    }
}
