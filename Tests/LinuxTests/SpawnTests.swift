import Glibc
import Linux
import Support
import Testing

@Suite struct SpawnTests {
    /// Whatever numbers the caller's descriptors have, also those that are used on the way.
    @Test(arguments: [Int32(3), 10, 11, 12, 13, 200, 201, 202])
    func descriptorsArriveWhereTheyAreWanted(_ number: Int32) throws {
        let null = try Sys.open("/dev/null", O_RDONLY)
        let ends = try Sys.pipe()
        let read = FD(owning: ends.read)
        // The pipe's write end under the number in question, given to the child as 1 and 5.
        let high = FD(owning: try Sys.check(fcntl(ends.write, F_DUPFD_CLOEXEC, number), "dup"))
        close(ends.write)
        let pid = try Spawn.start(
            "/bin/sh", ["-c", "printf un; printf deux >&5"],
            descriptors: [0: null.raw, 1: high.raw, 2: 2, 5: high.raw])
        _ = consume high
        #expect(try Spawn.wait(pid) == 0)
        #expect(String(decoding: try Files.readAll(read.raw), as: UTF8.self) == "undeux")
    }
}
