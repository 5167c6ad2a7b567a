import Engine
import Linux
import ShimProtocol
import Support
import Testing

/// What a new daemon makes of what an old one left.
@Suite struct RecoveryTests {
    /// An engine that made one container and is then forgotten, as by `kill -9`.
    private func died(_ host: JSON = [:], running: Bool) async throws -> (TestKit, String) {
        let first = try TestEngine()
        let id = try await first.create("ancien", host)
        try await first.engine.recover()
        if running { _ = try await first.engine.start(id) }
        return (first.files, id)
    }

    @Test func createdOneIsFoundAgain() async throws {
        let (files, id) = try await died(["Memory": 67_108_864], running: false)
        let next = try TestEngine(files)
        try await next.engine.recover()
        let doc = try await next.engine.inspect("ancien", size: false)
        #expect(doc["Id"].string == id && doc["State"]["Status"].string == "created")
        #expect(doc["HostConfig"]["Memory"].int == 67_108_864)
    }

    @Test func livingOneRunsOn() async throws {
        let (files, id) = try await died(running: true)
        let launcher = FakeLauncher()
        let socket = ContainerPaths(kit: files.kit, id: id).socket
        try Files.replace(socket, [])
        launcher.survive(socket, FakeShim(.running, started: true))
        let next = try TestEngine(files, launcher: launcher)
        try await next.engine.recover()
        #expect(try await next.state(id)["Status"].string == "running")
        #expect(try await next.engine.stop(id, timeout: 5, signal: nil))
        #expect(try await next.state(id)["ExitCode"].int == 143)
    }

    @Test func endIsReadFromItsFile() async throws {
        let (files, id) = try await died(running: true)
        let exit = ShimExit(status: 9, oomKilled: true, finishedAt: "2026-01-01T00:00:00.000000000Z")
        try Files.replace(ContainerPaths(kit: files.kit, id: id).exit, try JSON.encode(exit).bytes())
        let next = try TestEngine(files)
        try await next.engine.recover()
        let state = try await next.state(id)
        #expect(
            state["Status"].string == "exited" && state["ExitCode"].int == 9
                && state["OOMKilled"].bool == true)
        #expect(next.launcher.cleaned.isEmpty)
    }

    @Test func killedOneIs137AndCleanedUp() async throws {
        let (files, id) = try await died(running: true)
        let next = try TestEngine(files)
        try await next.engine.recover()
        #expect(try await next.state(id)["ExitCode"].int == 137)
        #expect(next.launcher.cleaned == [id])
        #expect(try Files.list("\(files.kit.run)/containers").isEmpty)
    }

    @Test func halfMadeAndHalfRemovedOnesGo() async throws {
        let (files, id) = try await died(running: false)
        try Files.removeTree(ContainerPaths(kit: files.kit, id: id).record)
        let next = try TestEngine(files)
        try await next.engine.recover()
        #expect(try Files.list(files.kit.containers).isEmpty)
    }

    @Test func corruptOneIsKeptAside() async throws {
        let (files, id) = try await died(running: false)
        let paths = ContainerPaths(kit: files.kit, id: id)
        try Files.replace(paths.record, "{".utf8)
        let next = try TestEngine(files)
        try await next.engine.recover()
        await #expect(throws: EscaleError.self) { try await next.state(id) }
        #expect(Files.exists(paths.record))
    }

    @Test func alwaysIsStartedAgain() async throws {
        let (files, id) = try await died(["RestartPolicy": ["Name": "always"]], running: true)
        let next = try TestEngine(files)
        let events = next.engine.events.listen(since: nil)
        try await next.engine.recover()
        for await event in events where event.action == "start" { break }
        #expect(try await next.state(id)["Status"].string == "running")
    }
}
