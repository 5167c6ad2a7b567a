import Support

/// Which namespaces are shared with the host or with another container.
package struct NamespaceOptions: Equatable, Sendable {
    package enum Mode: Equatable, Sendable {
        case own, host
        /// Another container's, by name or id.
        case container(String)
    }

    package var pid: Mode
    package var ipc: Mode
    package var uts: Mode
    package var cgroup: Mode
    /// `--ipc none`: an own namespace without /dev/shm.
    package var withoutShm = false

    init(_ host: JSONObject) throws(EscaleError) {
        func parse(_ text: String, own: Set<String>, container: Bool, _ what: String) throws(EscaleError)
            -> Mode
        {
            if text == "host" { return .host }
            if own.contains(text) { return .own }
            if container, text.hasPrefix("container:"), text.count > 10 {
                return .container(String(text.dropFirst(10)))
            }
            throw EscaleError(.invalid, "invalid \(what) mode: \(text)")
        }
        pid = try parse(host.text("PidMode"), own: ["", "private"], container: true, "PID")
        ipc = try parse(
            host.text("IpcMode"), own: ["", "private", "shareable", "none"], container: true, "IPC")
        uts = try parse(host.text("UTSMode"), own: ["", "private"], container: false, "UTS")
        cgroup = try parse(
            host.text("CgroupnsMode"), own: ["", "private"], container: false, "cgroup namespace")
        withoutShm = host.text("IpcMode") == "none"
    }
}
