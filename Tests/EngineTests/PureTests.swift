import Engine
import OCI
import Support
import Testing

@Suite struct RestartPolicyTests {
    @Test func decisions() throws {
        let onFailure = try RestartPolicy(["Name": "on-failure", "MaximumRetryCount": 2])
        #expect(onFailure.restarts(status: 1, stopped: false, count: 1))
        #expect(!onFailure.restarts(status: 1, stopped: false, count: 2))
        #expect(!onFailure.restarts(status: 0, stopped: false, count: 0))
        let always = try RestartPolicy(["Name": "always"])
        #expect(always.restarts(status: 0, stopped: false, count: 99))
        #expect(!always.restarts(status: 0, stopped: true, count: 0))
        let unlessStopped = try RestartPolicy(["Name": "unless-stopped"])
        #expect(!unlessStopped.restartsAtBoot(wasRunning: false, status: 0, stopped: true, count: 0))
        #expect(always.restartsAtBoot(wasRunning: false, status: 0, stopped: true, count: 0))
    }

    @Test(arguments: ["sometimes", "ALWAYS"]) func unknownNames(_ name: String) {
        #expect(throws: EscaleError.self) { try RestartPolicy(["Name": .string(name)]) }
    }

    @Test func countGoesWithOnFailureOnly() {
        #expect(throws: EscaleError.self) { try RestartPolicy(["Name": "always", "MaximumRetryCount": 1]) }
    }

    @Test func backOffDoublesUpToAMinute() {
        var wait = 0
        var waits: [Int] = []
        for _ in 0..<12 {
            wait = RestartPolicy.backOff(previous: wait, ranFor: 50)
            waits.append(wait)
        }
        #expect(waits == [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000])
        #expect(RestartPolicy.backOff(previous: 60000, ranFor: 10_000) == 100)
    }
}

@Suite struct PortTests {
    @Test func keys() throws {
        #expect(try PortKey.parse("80").map(\.description) == ["80/tcp"])
        #expect(try PortKey.parse("53/UDP").map(\.description) == ["53/udp"])
        #expect(try PortKey.parse("8000-8002/tcp").map(\.port) == [8000, 8001, 8002])
    }

    @Test(arguments: ["", "0", "x", "80/sctp", "70000", "9-8", "80/tcp/udp", "-1"])
    func wrongKeys(_ text: String) {
        #expect(throws: EscaleError.self) { try PortKey.parse(text) }
    }

    @Test func bindings() throws {
        let host = JSONObject([
            (
                "PortBindings",
                [
                    "80/tcp": [["HostIp": "127.0.0.1", "HostPort": "8080"]],
                    "81/tcp": [["HostPort": "9000-9010"]],
                    "82/udp": [["HostPort": ""]]
                ]
            ), ("PublishAllPorts", true)
        ])
        let wishes = try PortBinding.parse(
            host, exposed: [PortKey(port: 83, proto: "tcp"), PortKey(port: 80, proto: "tcp")])
        #expect(wishes.map(\.key.description) == ["80/tcp", "81/tcp", "82/udp", "83/tcp"])
        #expect(wishes.map(\.hostIP) == ["127.0.0.1", "0.0.0.0", "0.0.0.0", "0.0.0.0"])
        #expect(wishes.map(\.hostPorts) == [8080...8080, 9000...9010, nil, nil])
    }
}

@Suite struct FilterTests {
    @Test func bothForms() throws {
        let new = try Filters(["status": ["running", "exited"]], accepted: ["status"])
        let old = try Filters(["status": ["running": true, "paused": false]], accepted: ["status"])
        #expect(new["status"] == ["running", "exited"])
        #expect(old["status"] == ["running"])
        #expect(new.allows("status") { $0 == "exited" } && !new.allows("status") { $0 == "dead" })
        #expect(new.allows("name") { _ in false })
    }

    @Test func unknownOnesAreRefused() {
        #expect(throws: EscaleError(.invalid, "invalid filter 'colour'")) {
            try Filters(["colour": ["red"]], accepted: ["status"])
        }
    }

    @Test func labels() {
        let labels = ["a": "1", "b": ""]
        #expect(LabelFilter("a").matches { labels[$0] } && LabelFilter("a=1").matches { labels[$0] })
        #expect(LabelFilter("b=").matches { labels[$0] } && !LabelFilter("a=2").matches { labels[$0] })
    }

    @Test func names() {
        #expect(NamePattern("pha").matches("/phare") && NamePattern("^phare$").matches("/phare"))
        #expect(NamePattern("^/phare$").matches("/phare") && !NamePattern("^are").matches("/phare"))
    }

    @Test func references() {
        #expect(ReferencePattern.matches("busy*", "busybox:latest"))
        #expect(ReferencePattern.matches("*/web:1*", "escale/web:1"))
        #expect(
            !ReferencePattern.matches("web", "escale/web:1") && !ReferencePattern.matches("*", "escale/web:1")
        )
    }

    @Test func until() throws {
        let now = Timestamp(nanoseconds: 1_000_000_000_000_000)
        #expect(try UntilFilter.parse("1h30m", now: now).seconds == now.seconds - 5400)
        #expect(try UntilFilter.parse("1234").seconds == 1234)
        #expect(throws: EscaleError.self) { try UntilFilter.parse("tomorrow") }
    }
}

@Suite struct TextTests {
    private static let durations: [(Double, String)] = [
        (0.2, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"),
        (125, "2 minutes"), (3600, "About an hour"), (7300, "2 hours"), (176_400, "2 days"),
        (1_296_000, "2 weeks"), (5_270_400, "2 months")
    ]

    @Test func durations() {
        for (seconds, text) in Self.durations { #expect(HumanDuration.text(seconds: seconds) == text) }
    }

    @Test func detachKeys() throws {
        var keys = try DetachKeys(nil)
        #expect(keys.filter([97, 16, 98]).bytes == [97, 16, 98])
        #expect(keys.filter([99, 16]).bytes == [99])
        let (bytes, left) = keys.filter([17, 100])
        #expect(bytes.isEmpty && left)
        #expect(throws: EscaleError.self) { try DetachKeys("ctrl-p,xy") }
    }

    @Test func users() throws {
        let passwd = "root:x:0:0::/root:/bin/sh\nweb:x:100:101::/srv:/bin/sh\n"
        let group = "root:x:0:\nlog:x:7:web,other\nwww:x:101:\n"
        let web = try ResolvedUser.resolve("web", passwd: passwd, group: group)
        #expect(web.uid == 100 && web.gid == 101 && web.groups == [7] && web.home == "/srv")
        let mixed = try ResolvedUser.resolve("100:log", more: ["9"], passwd: passwd, group: group)
        #expect(mixed.uid == 100 && mixed.gid == 7 && mixed.groups == [9])
        #expect(try ResolvedUser.resolve("5000", passwd: passwd, group: group).uid == 5000)
        #expect(
            throws: EscaleError(.invalid, "unable to find user nobody: no matching entries in passwd file")
        ) {
            try ResolvedUser.resolve("nobody", passwd: passwd, group: group)
        }
    }

    @Test func randomNamesAvoidThoseTaken() {
        var generator = SystemRandomNumberGenerator()
        var taken = Set<String>()
        for _ in 0..<500 {
            let name = Names.random(using: &generator) { taken.contains($0) }
            #expect(Names.isValid(name))
            #expect(taken.insert(name).inserted)
        }
    }

    @Test func counters() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:       1       1    0    0    0     0          0         0        1       1    0    0    0     0       0          0
              eth0:    1510      19    1    2    0     0          0         0      968      12    3    4    0     0       0          0
            """
        #expect(
            InterfaceCounters.parse(text) == [
                InterfaceCounters(name: "eth0", values: [1510, 19, 1, 2, 968, 12, 3, 4])
            ])
        #expect(
            StatsDocument.systemCPU("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1\n", ticksPerSecond: 100) == 280_000_000
        )
    }
}
