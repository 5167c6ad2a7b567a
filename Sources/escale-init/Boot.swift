import CLinux
import Glibc
import Linux
import Support

/// From the kernel's hand-over to the image's command and back.
enum Boot {
    /// - Parameter words: from the kernel's command line: `probe` powers off at once,
    ///   `pci` loads the transport of a machine with PCI.
    static func run(_ words: [String]) -> Never {
        let started = Monotonic.now
        if words.contains("probe") { powerOff() }
        do throws(EscaleError) {
            try Mount.mount("devtmpfs", on: "/dev", type: "devtmpfs", [.nosuid])
            let modules = try Modules()
            try modules.load("base")
            try modules.load(words.contains("pci") ? "pci" : "mmio")
            try modules.load("devices")
            let port = try ControlPort()
            try port.stamp(.initStarted, at: started)
            serve(port, modules)
        } catch {
            Output.err("escale-init: \(error.message)\n")
        }
        powerOff()
    }

    private static func serve(_ port: ControlPort, _ modules: borrowing Modules) {
        do throws(EscaleError) {
            let config = try port.configuration()
            if config.network != nil { try modules.load("network") }
            try Root.enter("/dev/vda", hostname: config.hostname)
            if let network = config.network {
                try NetworkCard.configure(network, hostname: config.hostname)
            } else {
                try NetworkCard.loopback()
            }
            let command = try CommandProcess(config)
            try port.stamp(.commandStarted, at: .now)
            var session = try Session(command, inputOpen: config.openStdin)
            let status = try session.run(port, modules)
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
