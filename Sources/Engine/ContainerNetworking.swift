import Linux
import Network
import Support

/// What the engine asks of the network of its kit; a test answers from memory.
package protocol ContainerNetworking: Sendable {
    /// The bridge is there, and the container has an address on it.
    func attach(id: String, wanted: String?) throws(EscaleError) -> Attachment
    func release(id: String)
    /// Holds the wished ports of the host; `.conflict` when one is taken. They stay held until the
    /// container's `release`.
    func reserve(id: String, _ wishes: [PortBinding]) throws(EscaleError) -> [PublishedBinding]
    /// Takes ports again that a container which is still running has had.
    func adopt(id: String, _ bindings: [PublishedBinding])
    /// Makes these the published ports, by container address, in place of all before.
    func publish(_ ports: [(address: String, binding: PublishedBinding)]) throws(EscaleError)
    /// The names that resolve to this container's address.
    func setNames(id: String, address: String, names: [String])
    /// At start: what belongs to nobody alive goes.
    func sweep(alive: Set<String>) throws(EscaleError)
    /// The bridge as it is, nil before the first container is on it.
    var bridge: BridgeInfo? { get }
}
