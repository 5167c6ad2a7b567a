/// What bash says after each line: `LINE STATUS FOLDER`, then a zero byte.
package struct BashReport: Equatable, Sendable {
    /// The number of the line that it ended, 0 before the first.
    package var line: Int
    package var status: Int32
    package var folder: String

    package init(line: Int, status: Int32, folder: String) {
        self.line = line
        self.status = status
        self.folder = folder
    }

    /// Reads one report, without its final zero; nil where it is none.
    package init?(_ bytes: some Collection<UInt8>) {
        let parts = String(decoding: bytes, as: UTF8.self).split(
            separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let line = Int(parts[0]), let status = Int32(parts[1]) else { return nil }
        self.line = line
        self.status = status
        folder = String(parts[2])
    }
}
