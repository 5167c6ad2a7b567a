import DockerClient
import Support
import Testing

@Suite struct RunRequestTests {
    @Test func becomesTheAPIsBody() throws {
        var request = RunRequest()
        request.image = "busybox"
        request.command = ["sleep", "5"]
        request.interactive = true
        request.memory = "64m"
        request.cpus = "0.5"
        request.pidsLimit = 40
        request.publish = ["8080:80", "127.0.0.1:5353:53/udp"]
        request.restart = "on-failure:3"
        request.remove = true
        let body = try request.body()
        let host = body["HostConfig"]
        #expect(body["Cmd"] == ["sleep", "5"])
        #expect(body["OpenStdin"] == true && body["StdinOnce"] == true && body["AttachStdin"] == true)
        #expect(host["Memory"].int == 64 << 20)
        #expect(host["NanoCpus"].int == 500_000_000)
        #expect(host["PidsLimit"].int == 40)
        #expect(host["AutoRemove"] == true)
        #expect(host["PortBindings"]["80/tcp"] == [["HostIp": "", "HostPort": "8080"]])
        #expect(host["PortBindings"]["53/udp"] == [["HostIp": "127.0.0.1", "HostPort": "5353"]])
        #expect(host["RestartPolicy"] == ["Name": "on-failure", "MaximumRetryCount": 3])
        #expect(body["ExposedPorts"]["80/tcp"] == [:])
    }

    @Test(arguments: ["", "80:", "x:80", "1:2:3:4", "70000:80", "80/sctp", "80:0"])
    func refusesPorts(_ text: String) {
        #expect(throws: EscaleError.self) { try PublishSpec.parse(text) }
    }

    @Test func framesSurviveAnyCut() throws {
        let frames: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 2, 97, 98, 2, 0, 0, 0, 0, 0, 0, 1, 99]
        for cut in 0...frames.count {
            var decoder = FrameDecoder()
            let all = try decoder.feed(Array(frames[..<cut])) + decoder.feed(Array(frames[cut...]))
            #expect(all.map(\.stream) == [1, 2])
            #expect(all.map(\.data) == [[97, 98], [99]])
        }
        var decoder = FrameDecoder()
        #expect(throws: EscaleError.self) { try decoder.feed([9, 9, 9, 9, 0, 0, 0, 1]) }
    }

    @Test func paths() {
        #expect(DockerClient.target("/x", [("a b", "é&=")]) == "/x?a%20b=%C3%A9%26%3D")
    }
}
