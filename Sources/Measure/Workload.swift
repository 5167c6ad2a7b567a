import Support

/// The small programs that every side runs, in the image's busybox.
enum Workload {
    /// Names of the loops, in the order of the table.
    static let loops = ["cpu", "io", "syscalls"]

    /// Facts, then a pause in which the host looks at the memory, then each loop `repeats` times between
    /// `debut NAME` and `fin NAME`.
    static func session(folder: String, repeats: Int) -> String {
        """
        \(Sharing.script)
        sleep 0.1 2>/dev/null
        echo pret
        read -r _ || sleep 1
        r=0
        while [ $r -lt \(repeats) ]; do
        echo debut cpu
        i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done
        echo fin cpu
        echo debut io
        busybox dd if=/dev/zero of=\(folder)/escale-io bs=65536 count=128 conv=fsync 2>/dev/null
        echo fin io
        busybox rm -f \(folder)/escale-io
        echo debut syscalls
        busybox dd if=/dev/zero of=/dev/null bs=1 count=100000 2>/dev/null
        echo fin syscalls
        r=$((r+1))
        done
        """
    }
}

/// What one session printed, read line by line. Pure.
package struct SessionLog {
    package private(set) var facts: [String: String] = [:]
    /// Milliseconds of each loop, by name.
    package private(set) var loops: [String: [Double]] = [:]
    private var started: [String: Monotonic] = [:]

    package init() {}

    /// - Returns: true at the line that invites to look at the memory.
    package mutating func take(_ line: String, at now: Monotonic) -> Bool {
        let words = line.split(separator: " ").map(String.init)
        if words == ["pret"] { return true }
        if words.count == 2, words[0] == "debut" {
            started[words[1]] = now
        } else if words.count == 2, words[0] == "fin", let begun = started.removeValue(forKey: words[1]) {
            loops[words[1], default: []].append(now - begun)
        } else if let equal = line.firstIndex(of: "=") {
            facts[String(line[..<equal])] = String(line[line.index(after: equal)...])
        }
        return false
    }
}
