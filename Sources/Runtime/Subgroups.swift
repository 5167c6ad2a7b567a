import Linux
import Support

/// Groups below a container's own that an exec goes to (`--cgroup [CONTROLLER[,…]:]PATH`): one for all
/// hierarchies, or one each. They must be there.
public struct Subgroups: Sendable, Equatable {
    /// By controller; `""` for all that have none of their own.
    private var paths: [String: String] = [:]

    public init() {}

    public init(_ texts: [String]) throws(EscaleError) {
        for text in texts {
            let colon = text.firstIndex(of: ":")
            let path = colon.map { String(text[text.index(after: $0)...]) } ?? text
            guard !path.split(separator: "/").contains("..") else {
                throw EscaleError(.invalid, "--cgroup \(text): must stay in the container's cgroup")
            }
            let names = colon.map { text[..<$0].split(separator: ",").map(String.init) } ?? [""]
            for name in names where paths.updateValue(path, forKey: name) != nil {
                throw EscaleError(
                    .invalid, "--cgroup \(text): \(name.isEmpty ? "a group" : name) is there twice")
            }
        }
    }

    /// The path to add to the container's own.
    func path(in hierarchy: CgroupHost.Hierarchy) -> String {
        let own = hierarchy.controllers.lazy.compactMap { paths[$0] }.first
        guard let path = own ?? paths[""], !path.isEmpty, path != "/" else { return "" }
        return "/" + path
    }
}
