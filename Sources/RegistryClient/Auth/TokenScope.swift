/// What a token allows: `repository:library/busybox:pull,push` (distribution, token scope).
package struct TokenScope: Hashable, Sendable {
    package let repository: String
    /// Sorted.
    package let actions: [String]

    package init(_ repository: String, push: Bool = false) {
        self.repository = repository
        actions = push ? ["pull", "push"] : ["pull"]
    }

    package var text: String { "repository:\(repository):\(actions.joined(separator: ","))" }

    /// The scopes to ask a token for: ours, and those that the registry named and that ours don't cover.
    package static func wanted(_ own: [TokenScope], challenge: Challenge) -> [String] {
        var all = own.map(\.text)
        for text in (challenge.parameters["scope"] ?? "").split(separator: " ").map(String.init) {
            let parts = text.split(separator: ":")
            let covered = own.contains { scope in
                parts.count >= 3 && parts[0] == "repository" && parts[1] == scope.repository
                    && parts[parts.count - 1].split(separator: ",").allSatisfy {
                        scope.actions.contains(String($0))
                    }
            }
            if !covered, !all.contains(text) { all.append(text) }
        }
        return all
    }
}
