import Runtime
import Support

/// `state ID`: the container's state as JSON.
enum StateVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        let id = try Arguments.onlyID(words, verb: "state")
        let stored = try global.store.load(id)
        var json = try JSON.encode(stored.state())
        if case .object(var object) = json {
            object["rootfs"] = .string((try? rootfs(stored, global.store)) ?? "")
            object["created"] = .string(stored.created)
            object["owner"] = stored.owner == 0 ? "" : .string("\(stored.owner)")
            json = .object(object)
        }
        Output.out(json.text(pretty: true) + "\n")
        return 0
    }

    private static func rootfs(_ stored: StoredState, _ store: StateStore) throws(EscaleError) -> String {
        let path = try store.spec(of: stored).root?.path ?? "rootfs"
        return path.hasPrefix("/") ? path : "\(stored.bundle)/\(path)"
    }
}
