import Linux
import Network
import Support

extension Engine {
    /// Address and ports for a start. nil without a network of its own.
    func plug(_ c: Container) throws(EscaleError) -> Attachment? {
        guard c.options.network.mode == .bridge else { return nil }
        let attachment = try networking.attach(id: c.id, wanted: c.options.network.address)
        c.state.address = attachment.address
        c.state.prefix = attachment.prefix
        c.state.gateway = attachment.gateway
        c.state.mac = attachment.mac
        if !c.options.network.ports.isEmpty {
            do {
                c.state.ports = try networking.reserve(id: c.id, c.options.network.ports)
            } catch {
                throw EscaleError(
                    error.code,
                    "failed to set up container networking: driver failed programming external connectivity "
                        + "on endpoint \(c.record.name) (\(c.record.shortID)): \(error.message)",
                    errno: 0, repair: error.repair)
            }
        }
        networkEvent(c, "connect")
        return attachment
    }

    /// Gives address and ports back.
    func unplug(_ c: Container) async {
        guard c.state.address != nil || !c.state.ports.isEmpty else { return }
        let hadPorts = !c.state.ports.isEmpty
        c.state.ports = []
        c.state.address = nil
        c.state.prefix = nil
        c.state.gateway = nil
        c.state.mac = nil
        if hadPorts { do { try await publishPorts() } catch { log(error.message) } }
        networking.release(id: c.id)
        networkEvent(c, "disconnect")
    }

    private func networkEvent(_ c: Container, _ action: String) {
        events.emit(
            EngineEvent(
                type: "network", action: action, actor: Networks.bridgeID(kit),
                attributes: [("container", c.id), ("name", "bridge"), ("type", "bridge")]))
    }

    /// Puts the ports of all containers in force, one change after the other.
    func publishPorts() async throws(EscaleError) {
        await publishing.lock()
        defer { publishing.unlock() }
        // Looked at only now: whoever waited for the lock publishes what is wanted by then.
        let ports = containers.values.flatMap { c in
            c.state.ports.map { (address: c.state.address ?? "", binding: $0) }
        }.filter { !$0.address.isEmpty }
        let networking = networking
        try await Blocking.run { () throws(EscaleError) in try networking.publish(ports) }
    }

    /// What resolves to a container: its name, ids and aliases.
    func hostNames(_ c: Container) -> [String] {
        var names = [c.record.name, c.record.shortID, c.id] + c.options.network.aliases
        if !c.options.hostname.isEmpty { names.append(c.options.hostname) }
        return names
    }
}
