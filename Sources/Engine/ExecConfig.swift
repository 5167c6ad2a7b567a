import OCI
import Support

/// `POST /containers/ID/exec`.
package struct ExecConfig: Sendable {
    package var command: [String]
    package var env: [String]
    package var user: String
    package var workingDir: String
    package var tty: Bool
    package var attachStdin: Bool
    package var attachStdout: Bool
    package var attachStderr: Bool
    package var privileged: Bool
    package var detachKeys: String
    package var consoleSize: (Int, Int)?

    private static let fields: [RequestField] = [
        .init("User", .string, ""), .init("Privileged", .bool, false), .init("Tty", .bool, false),
        .init("ConsoleSize", .array), .init("AttachStdin", .bool, false), .init("AttachStderr", .bool, false),
        .init("AttachStdout", .bool, false), .init("Detach", .bool, false, .harmless),
        .init("DetachKeys", .string, ""), .init("Env", .strings), .init("WorkingDir", .string, ""),
        .init("Cmd", .command), .init("Container", .string, "", .harmless)
    ]

    package init(_ json: JSON) throws(EscaleError) {
        let o = try RequestSchema.normalise(json, Self.fields, at: "ExecConfig")
        command = o.list("Cmd")
        guard !command.isEmpty else { throw EscaleError(.invalid, "No exec command specified") }
        env = o.list("Env")
        user = o.text("User")
        workingDir = o.text("WorkingDir")
        tty = o.flag("Tty")
        attachStdin = o.flag("AttachStdin")
        attachStdout = o.flag("AttachStdout")
        attachStderr = o.flag("AttachStderr")
        privileged = o.flag("Privileged")
        detachKeys = o.text("DetachKeys")
        let size = o.items("ConsoleSize").compactMap(\.int)
        consoleSize = size.count == 2 && size[0] > 0 && size[1] > 0 ? (size[0], size[1]) : nil
        if !workingDir.isEmpty, !workingDir.hasPrefix("/") {
            throw EscaleError(.invalid, "Cwd must be an absolute path")
        }
        _ = try DetachKeys(detachKeys)
    }

    /// Runs `command` quietly: health checks.
    package init(command: [String]) {
        self.command = command
        env = []
        user = ""
        workingDir = ""
        tty = false
        attachStdin = false
        attachStdout = true
        attachStderr = true
        privileged = false
        detachKeys = ""
    }

    /// The OCI process of this exec in a container.
    package func process(in o: ContainerOptions, user: ResolvedUser, hostname: String) -> RuntimeSpec.Process
    {
        let privileged = privileged || o.security.privileged
        let names = privileged ? Defaults.allCapabilities : o.security.capabilities
        return RuntimeSpec.Process(
            terminal: tty ? true : nil,
            consoleSize: tty ? consoleSize.map { .init(height: $0.0, width: $0.1) } : nil,
            user: user.oci, args: command,
            env: SpecBuilder.environment(o.env + env, hostname: hostname, tty: tty, home: user.home),
            cwd: workingDir.isEmpty ? o.workingDir : workingDir,
            capabilities: SpecBuilder.capabilities(names, uid: user.uid),
            rlimits: o.rlimits.isEmpty ? nil : o.rlimits,
            noNewPrivileges: o.security.noNewPrivileges ? true : nil,
            oomScoreAdj: o.oomScoreAdj == 0 ? nil : o.oomScoreAdj)
    }
}
