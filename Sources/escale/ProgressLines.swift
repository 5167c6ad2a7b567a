import Glibc
import Linux
import RegistryClient
import Support

/// The messages of a pull or push: on a terminal a line a layer, written over as it goes; elsewhere each
/// change of state on a line of its own, as Docker's client shows them.
struct ProgressLines {
    private let descriptor: Int32
    private let quiet: Bool
    private let live: Bool
    /// Layers, in the order of their lines, from the one that is highest.
    private var order: [String] = []
    private let width: Int

    init(descriptor: Int32, quiet: Bool) {
        self.descriptor = descriptor
        self.quiet = quiet
        live = isatty(descriptor) == 1 && Environment["TERM"] != "dumb"
        width = max(40, Terminal.size?.width ?? 80)
    }

    mutating func show(_ message: JSON) {
        guard !quiet, let status = message["status"].string, message["aux"].isNull else { return }
        let detail = message["progressDetail"]
        let total = Int64(detail["total"].int ?? 0)
        let counts = total > 0 && !detail["current"].isNull
        if !live, counts { return }
        guard let id = message["id"].string else { return write(status + "\n") }
        var line = "\(id): \(status)"
        if counts {
            line += " " + bar(Int64(detail["current"].int ?? 0), total, room: width - line.count - 2)
        }
        // Only layers' lines come again: the pulled name's stays above them.
        guard live, !detail.isNull else { return write(line + "\n") }
        line = String(line.prefix(width - 1))
        guard let at = order.firstIndex(of: id) else {
            order.append(id)
            return write(line + "\n")
        }
        let up = order.count - at
        write("\u{1B}[\(up)A\r\u{1B}[K\(line)\u{1B}[\(up)B\r")
    }

    /// Docker's bar, as wide as there is room; the figures alone where there is none.
    private func bar(_ current: Int64, _ total: Int64, room: Int) -> String {
        let whole = ProgressBar.docker(current, total)
        if whole.count <= room { return whole }
        return whole.lastIndex(of: "]").map { String(whole[whole.index($0, offsetBy: 2)...]) } ?? whole
    }

    private func write(_ text: String) { if descriptor == 1 { Output.out(text) } else { Output.err(text) } }
}
