import DockerClient
import Testing

@Suite struct ImageTagsTests {
    private let tags = ["busybox:latest", "escale/web:2", "escale/web:1", "reg:5000/web:1"]

    @Test(arguments: [
        ("escale/web:latest", ["escale/web:1", "escale/web:2"]), ("escale/web:1", ["escale/web:2"]),
        ("reg:5000/web:9", ["reg:5000/web:1"]), ("nginx:latest", []), ("web:1", [])
    ])
    func others(wanted: String, found: [String]) {
        #expect(ImageTags.others(than: wanted, among: tags) == found)
    }

    @Test func fromAnError() {
        #expect(ImageTags.missing(in: "docker: No such image: a/b:1") == "a/b:1")
        #expect(ImageTags.missing(in: "denied (No such image: a:1)") == "a:1")
        #expect(ImageTags.missing(in: "No such container: a") == nil)
    }
}

@Suite struct TableTests {
    private let header = ["ID", "COMMAND", "CREATED", "NAMES"]
    private let rows = [["fd24a1fdf669", "\"sleep 300 et la suite\"", "2 seconds ago", "machine"]]

    private func lines(_ width: Int?) -> [Substring] {
        Table.render(header, rows, width: width, spared: ["CREATED"], cut: "COMMAND")
            .split(separator: "\n")
    }

    @Test func allOfItWhereThereIsRoom() {
        #expect(lines(nil) == lines(200))
        #expect(lines(nil)[0].contains("CREATED"))
    }

    @Test(arguments: [60, 50, 40])
    func fits(width: Int) {
        let lines = lines(width)
        #expect(lines.allSatisfy { $0.count <= width }, "\(lines)")
        #expect(!lines[0].contains("CREATED") && lines[1].hasSuffix("machine"))
    }

    @Test func cutsTheCommandLast() {
        #expect(lines(60)[1].contains("et la suite"))
        #expect(lines(40)[1].contains("…"))
    }
}
