import OCI
import Support

/// `-u USER[:GROUP]` by number or by the names of the image's own /etc/passwd and /etc/group.
package struct ResolvedUser: Equatable, Sendable {
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    package var groups: [UInt32] = []
    package var home = "/"

    package var oci: RuntimeSpec.User {
        .init(uid: uid, gid: gid, additionalGids: groups.isEmpty ? nil : groups)
    }

    /// - Parameters:
    ///   - passwd, group: the files' text; empty where the image has none.
    ///   - more: `--group-add`, by name or number.
    package static func resolve(_ text: String, more: [String] = [], passwd: String, group: String)
        throws(EscaleError) -> ResolvedUser
    {
        let accounts = passwd.split(separator: "\n").map { fields($0) }.filter { $0.count >= 6 }
        let groups = group.split(separator: "\n").map { fields($0) }.filter { $0.count >= 3 }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let name = parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "0"
        var user = ResolvedUser()
        let account = accounts.first { $0[0] == name } ?? accounts.first { $0[2] == name && Int(name) != nil }
        if let account {
            guard let uid = UInt32(account[2]), let gid = UInt32(account[3]) else {
                throw EscaleError(.invalid, "/etc/passwd of the image: bad entry for \(name)")
            }
            user.uid = uid
            user.gid = gid
            user.home = account[5].isEmpty ? "/" : account[5]
        } else if let uid = UInt32(name), uid <= UInt32(Int32.max) {
            user.uid = uid
        } else {
            throw EscaleError(
                .invalid, "unable to find user \(name): no matching entries in passwd file")
        }
        if parts.count > 1, !parts[1].isEmpty {
            user.gid = try number(parts[1], groups)
        } else if let account {
            user.groups = groups.filter {
                $0.count >= 4 && $0[3].split(separator: ",").contains(Substring(account[0]))
            }
            .compactMap { UInt32($0[2]) }
        }
        for name in more { user.groups.append(try number(name, groups)) }
        return user
    }

    private static func fields(_ line: Substring) -> [String] {
        line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }

    private static func number(_ name: String, _ groups: [[String]]) throws(EscaleError) -> UInt32 {
        if let found = groups.first(where: { $0[0] == name }), let gid = UInt32(found[2]) { return gid }
        if let gid = UInt32(name), gid <= UInt32(Int32.max) { return gid }
        throw EscaleError(.invalid, "unable to find group \(name): no matching entries in group file")
    }
}
