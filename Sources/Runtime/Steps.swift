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

    /// A point at which the process kills itself, or the step fails, for tests: `ESCALE_FAULT=before:STEP`,
    /// `after:STEP`, `error-before:STEP` or `error-after:STEP`.
    struct Fault: Equatable {
        var kills = true
        var before: Bool
        var step: String

        init?(_ text: String?) {
            guard let text, let colon = text.firstIndex(of: ":") else { return nil }
            var point = text[..<colon]
            if point.hasPrefix("error-") {
                kills = false
                point = point.dropFirst(6)
            }
            guard point == "before" || point == "after" else { return nil }
            before = point == "before"
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
        let start = isRecording ? Monotonic.now : nil
        do throws(EscaleError) {
            if let fault { try strike(fault, before: true, id) }
            let value = try body()
            if let start { record(id, syscall, arguments(), "ok", start) }
            if let fault { try strike(fault, before: false, id) }
            return value
        } catch {
            if let start { record(id, syscall, arguments(), error.message, start) }
            failed = failed ?? id
            throw error
        }
    }

    private func strike(_ fault: Fault, before: Bool, _ id: String) throws(EscaleError) {
        guard fault.before == before, fault.step == id else { return }
        if !fault.kills {
            throw EscaleError(.internal, "fault \(before ? "before" : "after") \(id)")
        }
        kill(getpid(), SIGKILL)
        // The first process of a PID namespace can't be killed from within.
        _exit(137)
    }

    /// A step whose failure must not stop what follows; it is still written down.
    public func attempt(
        _ id: String, _ syscall: String, _ arguments: @autoclosure () -> String,
        _ body: () throws(EscaleError) -> Void
    ) {
        do { try run(id, syscall, arguments(), body) } catch { forgive() }
    }

    /// Writes down a step that was timed elsewhere.
    public func record(
        _ id: String, _ syscall: String, _ arguments: @autoclosure () -> String, _ result: String,
        _ start: Monotonic, as other: KernelStep.Side? = nil
    ) {
        guard descriptor >= 0 else { return }
        let step = KernelStep(
            id: id, side: other ?? side, syscall: syscall, arguments: arguments(), result: result,
            purpose: StepPurposes.of(id), start: (start - origin) * 1000,
            duration: start.elapsedMilliseconds * 1000)
        guard let json = try? JSON.encode(step) else { return }
        Output.write(json.text() + "\n", to: descriptor)
    }

    /// The failure did no harm: it is none to tell of.
    func forgive() { failed = nil }

    /// A failure that the other process told of.
    func fail(_ id: String?) { failed = failed ?? id }
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
