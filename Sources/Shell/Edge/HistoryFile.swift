import Glibc
import Linux
import Support

/// A learner's lines, kept between runs and shared by terminals. A failure to write is silent after
/// the first: history is a comfort, the lab goes on.
final class HistoryFile {
    private static let limit = 2000
    private let path: String
    private let lockPath: String

    init(kit: Kit) {
        let folder = "\(kit.root)/shell"
        path = "\(folder)/history-\(getuid())"
        lockPath = "\(folder)/history-\(getuid()).lock"
        try? Files.makeDirectory(folder)
    }

    /// All entries, oldest first. Rewrites the file when it has grown to twice what is kept.
    func load() -> [String] {
        guard let text = try? Files.text(path) else { return [] }
        let entries = HistoryText.decode(text)
        guard entries.count > 2 * Self.limit else { return HistoryText.tidy(entries, limit: Self.limit) }
        return
            (try? locked { () throws(EscaleError) in
                // Again: another terminal may have written or tidied meanwhile.
                let now = HistoryText.tidy(HistoryText.decode(try Files.text(path)), limit: Self.limit)
                try Files.replace(path, now.map(HistoryText.encode).joined().utf8, mode: 0o600)
                return now
            }) ?? HistoryText.tidy(entries, limit: Self.limit)
    }

    func append(_ entry: String) {
        try? locked { () throws(EscaleError) in
            let file = try Sys.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
            try Sys.writeAll(file.raw, HistoryText.encode(entry).utf8)
        }
    }

    private func locked<R>(_ body: () throws(EscaleError) -> R) throws(EscaleError) -> R {
        let lock = try Sys.open(lockPath, O_RDWR | O_CREAT, mode: 0o600)
        try Sys.call("flock", lockPath) { flock(lock.raw, LOCK_EX) }
        return try body()
    }
}
