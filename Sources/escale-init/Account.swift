import Support

/// Who runs the command: `USER[:GROUP]` by number or by the names of the image's own files.
struct Account: Equatable {
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    var groups: [UInt32] = []
    var home = "/"

    /// - Parameters:
    ///   - passwd: text of /etc/passwd (passwd(5)), empty where there is none.
    ///   - group: text of /etc/group (group(5)).
    init(_ text: String, passwd: String, group: String) throws(EscaleError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let name = parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "0"
        let users = Self.rows(passwd, columns: 6)
        let all = Self.rows(group, columns: 3)
        let row = users.first { $0[0] == name } ?? users.first { $0[2] == name }
        if let row, let uid = UInt32(row[2]), let gid = UInt32(row[3]) {
            self.uid = uid
            self.gid = gid
            if !row[5].isEmpty { home = row[5] }
            groups = all.filter {
                $0.count > 3 && $0[3].split(separator: ",").map(String.init).contains(row[0])
            }
            .compactMap { UInt32($0[2]) }
        } else if let uid = UInt32(name) {
            self.uid = uid
        } else {
            throw EscaleError(.invalid, "unable to find user \(name): no matching entries in passwd file")
        }
        guard parts.count > 1, !parts[1].isEmpty else { return }
        groups = []
        if let number = all.first(where: { $0[0] == parts[1] }).flatMap({ UInt32($0[2]) }) ?? UInt32(parts[1])
        {
            gid = number
        } else {
            throw EscaleError(
                .invalid, "unable to find group \(parts[1]): no matching entries in group file")
        }
    }

    private static func rows(_ text: String, columns: Int) -> [[String]] {
        text.split(separator: "\n")
            .map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
            .filter { $0.count >= columns }
    }
}
