import DockerClient
import Testing

@Suite struct EverydayRunTests {
    @Test func readsWhatIsTypedEveryDay() throws {
        let r = try #require(
            RunRequest(
                everyday: [
                    "--rm", "-it", "--name", "web", "--network=none", "-m", "64m", "-p", "8080:80", "-p",
                    "81:81",
                    "-e", "A=b=c", "-v", "/tmp:/x:ro", "--pids-limit", "20", "busybox", "sh", "-c", "exit 3"
                ]))
        #expect(r.remove && r.interactive && r.tty && !r.detach)
        #expect(r.name == "web" && r.network == "none" && r.memory == "64m" && r.pidsLimit == 20)
        #expect(
            r.publish == ["8080:80", "81:81"] && r.environment == ["A=b=c"] && r.volumes == ["/tmp:/x:ro"])
        #expect(r.image == "busybox" && r.command == ["sh", "-c", "exit 3"])
    }

    /// Flags behind the image are the program's own.
    @Test func stopsAtTheImage() {
        #expect(RunRequest(everyday: ["-d", "busybox", "--rm", "-m"])?.command == ["--rm", "-m"])
        #expect(RunRequest(everyday: ["-d", "busybox"])?.detach == true)
    }

    @Test(arguments: [
        [], ["--rm"], ["--help"], ["--frobnicate", "busybox"], ["--name"], ["--name", "--rm", "busybox"],
        ["-e", "HOME", "busybox"], ["-v", "./x:/x", "busybox"], ["--pids-limit", "many", "busybox"],
        ["-dx", "busybox"], ["--privileged", "busybox"], ["-", "busybox"], ["--", "busybox"], [""],
        ["-m64m", "busybox"]
    ])
    func leavesTheRestToTheWholeParser(words: [String]) {
        #expect(RunRequest(everyday: words).map(\.image) == nil)
    }
}
