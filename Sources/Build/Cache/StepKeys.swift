import Support

/// What steps depend on besides files: the digests of those are added where they are read.
extension CacheKey {
    /// - Parameters:
    ///   - parent: of the layers that the step works on (`chain`).
    ///   - network: the build's, for a step that says nothing.
    package init(_ action: RunAction, parent: String, network: String) {
        self.init("run")
        add("parent", parent)
        add("instruction", JSON(action.arguments).text())
        for entry in action.environment {
            let name = entry.prefix { $0 != "=" }
            add("variable \(name)", String(entry.dropFirst(name.utf8.count + 1)))
        }
        add("user", action.user)
        add("folder", action.folder)
        add("network", action.network == .default ? network : action.network.rawValue)
        if let script = action.script { add("script", script) }
        if action.isInsecure { add("security", "insecure") }
    }

    package init(_ action: TransferAction, parent: String) {
        self.init(action.isAdd ? "add" : "copy")
        // Names of owners mean what the stage's own files say.
        let isNamed = !(action.owner ?? "0").utf8.allSatisfy { (48...58).contains($0) }
        add("parent", action.isLink && !isNamed ? "" : parent)
        add("destination", action.destination + (action.intoFolder ? "/" : ""))
        add("owner", action.owner ?? "")
        add("mode", action.chmod ?? "")
    }

    /// `WORKDIR`.
    package init(folder path: String, parent: String) {
        self.init("folder")
        add("parent", parent)
        add("instruction", path)
    }
}
