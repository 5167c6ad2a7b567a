import CLinux
import Glibc
import Linux
import Support

/// From the kernel's hand-over to the image's command and back.
enum Boot {
    /// - Parameter words: what follows `--` on the kernel's command line: `probe` powers off at once,
    ///   `pci` loads the transport of a machine with PCI.
    static func run(_ words: [String]) -> Never {
        let started = Monotonic.now
        if words.contains("probe") { powerOff() }
        do throws(EscaleError) {
            try Mount.mount("devtmpfs", on: "/dev", type: "devtmpfs", [.nosuid])
            try Modules.load(group: "base")
            try Modules.load(group: words.contains("pci") ? "pci" : "mmio")
            try Modules.load(group: "devices")
            let port = try ControlPort()
            try port.stamp(.initStarted, at: started)
            serve(port)
        } catch {
            Output.err("escale-init: \(error.message)\n")
        }
        powerOff()
    }

    private static func serve(_ port: ControlPort) {
        do throws(EscaleError) {
            let config = try port.configuration()
            try Root.enter("/dev/vda", hostname: config.hostname)
            if let network = config.network {
                try NetworkCard.configure(network, hostname: config.hostname)
            } else {
                try NetworkCard.loopback()
            }
            let command = try CommandProcess(config)
            try port.stamp(.commandStarted, at: .now)
            var session = try Session(command, inputOpen: config.openStdin)
            let status = try session.run(port)
            try port.stamp(.commandEnded, at: .now)
            sync()
            try port.finish(GuestFrame(.exit, [UInt8(truncatingIfNeeded: status)]))
        } catch {
            let status = CommandFailure.status(of: error)
            try? port.finish(GuestFrame(.failed, [status] + error.message.utf8))
        }
    }

    static func powerOff() -> Never {
        let code = cl_power_off()
        Output.err("escale-init: power off: \(ErrnoText.text(-code))\n")
        exit(1)
    }
}
