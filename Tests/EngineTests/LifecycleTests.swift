import Engine
import Linux
import ShimProtocol
import Support
import Testing

@Suite struct LifecycleTests {
    @Test func runsToItsEnd() async throws {
        let t = try TestEngine()
        t.launcher.behaviour = .exiting(3)
        let id = try await t.create()
        let wait = try await t.engine.wait(id, .nextExit)
        #expect(try await t.engine.start(id))
        var statuses: [Int] = []
        for await result in wait { statuses.append(result.status) }
        #expect(statuses == [3])
        let state = try await t.state(id)
        #expect(state["Status"].string == "exited" && state["ExitCode"].int == 3)
        #expect(t.networking.owners.isEmpty)
        #expect(!Files.exists("\(t.files.kit.run)/containers/\(id)"))
    }

    @Test func secondStartOfARunningOneDoesNothing() async throws {
        let t = try TestEngine()
        let id = try await t.create()
        #expect(try await t.engine.start(id))
        #expect(try await !t.engine.start(id))
        #expect(t.launcher.shims.count == 1)
    }

    @Test func stopSendsItsSignalThenKills() async throws {
        let t = try TestEngine()
        t.launcher.behaviour = .stubborn
        let id = try await t.create("essai", [:], [("StopSignal", "SIGINT"), ("StopTimeout", 1)])
        _ = try await t.engine.start(id)
        #expect(try await t.engine.stop(id, timeout: nil, signal: nil))
        let kills = t.launcher.shims[0].requests.compactMap { request -> Int? in
            if case .kill(let signal) = request { signal } else { nil }
        }
        #expect(kills == [2, 9])
        #expect(try await t.state(id)["ExitCode"].int == 137)
        #expect(try await !t.engine.stop(id, timeout: 0, signal: nil))
    }

    @Test func failedStartLeavesNothingAndSaysWhy() async throws {
        let t = try TestEngine()
        t.launcher.behaviour = .failing(
            status: 127, message: "exec: \"nope\": executable file not found in $PATH")
        let id = try await t.create()
        await #expect(throws: EscaleError.self) { try await t.engine.start(id) }
        let state = try await t.state(id)
        #expect(state["Status"].string == "created" && state["ExitCode"].int == 127)
        #expect(state["Error"].string?.contains("executable file not found") == true)
        #expect(t.networking.owners.isEmpty)
        #expect(t.launcher.cleaned.isEmpty)
        t.launcher.behaviour = .exiting(0)
        #expect(try await t.engine.start(id))
    }

    @Test func shimThatVanishesIsCleanedUpAfter() async throws {
        let t = try TestEngine()
        let id = try await t.create()
        let wait = try await t.engine.wait(id, .nextExit)
        _ = try await t.engine.start(id)
        t.launcher.shims[0].vanish()
        for await result in wait { #expect(result.status == 137) }
        #expect(t.launcher.cleaned == [id])
    }

    @Test func autoRemoveRemoves() async throws {
        let t = try TestEngine()
        t.launcher.behaviour = .exiting(0)
        let id = try await t.create("jetable", ["AutoRemove": true])
        let removed = try await t.engine.wait(id, .removed)
        _ = try await t.engine.start(id)
        for await result in removed { #expect(result.status == 0 && result.error == nil) }
        await #expect(throws: EscaleError(.notFound, "No such container: jetable")) {
            try await t.state("jetable")
        }
        #expect(!Files.exists("\(t.files.kit.containers)/\(id)"))
    }

    @Test func namesConflictAndPrefixesResolve() async throws {
        let t = try TestEngine()
        let id = try await t.create("un")
        do {
            _ = try await t.create("un")
            Issue.record("the name was given twice")
        } catch let error as EscaleError {
            #expect(error.code == .conflict)
            #expect(
                error.message.hasPrefix("Conflict. The container name \"/un\" is already in use by container")
            )
        }
        #expect(try await t.engine.inspect(String(id.prefix(6)), size: false)["Id"].string == id)
        try await t.engine.rename("un", to: "deux")
        #expect(try await t.engine.inspect("deux", size: false)["Name"].string == "/deux")
    }

    @Test func runningOneIsRemovedByForceOnly() async throws {
        let t = try TestEngine()
        let id = try await t.create()
        _ = try await t.engine.start(id)
        await #expect(throws: EscaleError.self) {
            try await t.engine.remove(id, force: false, volumes: false)
        }
        try await t.engine.remove(id, force: true, volumes: false)
        #expect(try Files.list(t.files.kit.containers).isEmpty)
    }

    @Test func attachedClientIsConnectedBeforeTheStart() async throws {
        let t = try TestEngine()
        let id = try await t.create()
        let target = try await t.engine.attachTarget(id)
        let launcher = t.launcher
        await confirmation { connected in
            await t.engine.attach(target) { _ in
                #expect(launcher.shims.last?.requests.isEmpty == true)
                connected()
            } drop: {
            }
            _ = try? await t.engine.start(id)
        }
    }

    @Test func restartPolicyStartsAgain() async throws {
        let t = try TestEngine()
        t.launcher.behaviour = .exiting(1)
        let events = t.engine.events.listen(since: nil)
        let id = try await t.create(
            "tenace", ["RestartPolicy": ["Name": "on-failure", "MaximumRetryCount": 2]])
        _ = try await t.engine.start(id)
        var deaths = 0
        for await event in events where event.action == "die" {
            deaths += 1
            if deaths == 3 { break }
        }
        let over = try await t.engine.wait(id, .notRunning)
        for await _ in over {}
        let doc = try await t.engine.inspect(id, size: false)
        #expect(doc["RestartCount"].int == 2 && doc["State"]["Status"].string == "exited")
    }
}
