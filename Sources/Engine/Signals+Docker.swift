import Linux
import Support

extension Signals {
    /// As `docker kill --signal` and `StopSignal` take it; Docker's error for anything else.
    package static func parse(_ text: String) throws(EscaleError) -> Int {
        guard let n = number(text) else { throw EscaleError(.invalid, "Invalid signal: \(text)") }
        return Int(n)
    }
}
