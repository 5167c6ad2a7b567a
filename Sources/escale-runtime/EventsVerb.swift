import Glibc
import Linux
import Runtime
import Support

/// `events [--stats] [--interval 5s] ID`: what a container uses and when it runs out of memory, a JSON
/// object a line, until it ends.
enum EventsVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        var once = false
        var interval = "5s"
        let (id, rest) = try Arguments.id(words, verb: "events") {
            (arguments, name, value) throws(EscaleError) in
            switch name {
            case "stats": once = try Arguments.isOn(name, value)
            case "interval": interval = try arguments.value(name, value)
            default: throw Arguments.unknown(name)
            }
        }
        guard rest.isEmpty else {
            throw EscaleError(.invalid, "events: unexpected argument \"\(rest[0])\"")
        }
        guard let seconds = Self.seconds(interval) else {
            throw EscaleError(.invalid, "invalid value \"\(interval)\" for flag -interval: parse error")
        }
        guard seconds > 0 else {
            throw EscaleError(.invalid, "duration interval must be greater than 0")
        }
        let stored = try global.store.load(id)
        guard stored.isAlive else {
            throw EscaleError(.conflict, "container with id \(id) is not running")
        }
        let cgroup = try Cgroup(path: stored.cgroup)
        if once {
            tell(ContainerEvent.stats(id, cgroup.stats()))
            return 0
        }
        let process = try ProcessHandle(pid_t(stored.pid), startTime: stored.startTime)
        var oom = try OOMWatch(cgroup)
        var next = Monotonic.now
        while true {
            let left = seconds * 1000 - next.elapsedMilliseconds
            if left <= 0 {
                tell(ContainerEvent.stats(id, cgroup.stats()))
                next = .now
                continue
            }
            var polls = [
                pollfd(fd: oom.fd.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: process.fd.raw, events: Int16(POLLIN), revents: 0)
            ]
            _ = try Sys.call("poll") { poll(&polls, 2, Int32(min(left.rounded(.up), 1e9))) }
            // The kernel may have killed the first process: that is told before its end ends this. Version 2 tells
            // of changes up to 10 ms late, so the end itself is a reason to look.
            if polls[0].revents != 0 || polls[1].revents != 0 {
                for _ in 0..<oom.count() { tell(ContainerEvent.oom(id)) }
            }
            if polls[1].revents != 0 { return 0 }
        }
    }

    private static func tell(_ event: JSON) { Output.out(event.text() + "\n") }

    /// A length of time as Go writes it: `1m30s`, `100ms`, `1.5h`.
    static func seconds(_ text: String) -> Double? {
        let units: [(String, Double)] = [
            ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)
        ]
        var rest = Substring(text)
        var sum = 0.0
        let sign = rest.first == "-" ? -1.0 : 1
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        if rest == "0" { return 0 }
        if rest.isEmpty { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let name = rest.prefix { !($0.isNumber || $0 == ".") }
            guard let value = Double(number), let unit = units.first(where: { $0.0 == name })?.1 else {
                return nil
            }
            sum += value * unit
            rest = rest.dropFirst(name.count)
        }
        return sign * sum
    }
}
