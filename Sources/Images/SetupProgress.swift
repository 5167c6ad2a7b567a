import Support

/// How setting up goes, for whoever shows it.
public enum SetupProgress: Sendable, Equatable {
    /// Work that takes time begins. `phase` is a stable word, e.g. `package`, `busybox`, `web`.
    case began(phase: String)
    /// It is done; `detail` is a fact worth showing, e.g. a version, or empty.
    case finished(phase: String, milliseconds: Double, detail: String)

    /// Runs one phase, telling of its beginning and end.
    public static func measure<R, E: Error>(
        _ phase: String, _ progress: (SetupProgress) -> Void, _ body: () throws(E) -> (R, detail: String)
    ) throws(E) -> R {
        progress(.began(phase: phase))
        let start = Monotonic.now
        let (result, detail) = try body()
        progress(.finished(phase: phase, milliseconds: start.elapsedMilliseconds, detail: detail))
        return result
    }
}
