import Glibc
import Linux
import Registry
import Support

/// A kit of its own for a proof: fresh data, the prepared images and guest of the learner's kit, no network.
struct ProofRoot: ~Copyable {
    let kit: Kit
    private let lockPath: String
    /// Held for as long as the proof lives: what a killed one leaves is swept by the next.
    private let lock: FileLock

    private init(base: Kit, id: String, lock: consuming FileLock) {
        kit = Kit(root: "\(Self.folder(base))/\(id)", run: "\(base.run)/preuve-\(id)")
        lockPath = Self.lockPath(base, id)
        self.lock = lock
    }

    private static func folder(_ base: Kit) -> String { "\(base.root)/preuves" }
    private static func lockPath(_ base: Kit, _ id: String) -> String { "\(folder(base))/\(id).lock" }

    /// Takes away what proofs that were killed have left.
    private static func sweep(_ base: Kit) {
        for name in (try? Files.list(folder(base))) ?? [] where name.hasSuffix(".lock") {
            let id = String(name.dropLast(5))
            guard let lock = try? FileLock.attempt(lockPath(base, id)) else { continue }
            ProofRoot(base: base, id: id, lock: lock).remove()
        }
    }

    /// Files of images and guests never change once written, so hard links share them at no cost.
    static func make(from base: Kit) throws(EscaleError) -> ProofRoot {
        guard Files.exists("\(base.images)/index.json") else {
            throw EscaleError(
                .notFound, Typography.french("les images ne sont pas préparées dans \(base.root)"),
                repair: "labs/start")
        }
        sweep(base)
        try Files.makeDirectory(folder(base))
        let id = Hex.random(3)
        let proof = ProofRoot(base: base, id: id, lock: try FileLock(lockPath(base, id)))
        let kit = proof.kit
        do throws(EscaleError) {
            try Files.makeDirectory(kit.root)
            try Files.makeDirectory(kit.run)
            for (from, to) in [
                (base.images, kit.images), (base.layers, kit.layers), (base.guest, kit.guest)
            ] where Files.exists(from) {
                let copy = try Spawn.run("cp", ["-al", "--", from, to])
                guard copy.status == 0 else {
                    throw EscaleError(.internal, "cp -al \(from): \(Extraction.trimmed(copy.errorText))")
                }
            }
            // Locks and indexes belong to one kit each.
            for folder in [kit.images, kit.layers, kit.guest] {
                for name in (try? Files.list(folder)) ?? []
                where name.hasPrefix(".") || name.hasSuffix(".json") {
                    let path = "\(folder)/\(name)"
                    if !Files.isDirectory(path) { try Files.replace(path, try Files.read(path)) }
                }
            }
        } catch {
            proof.remove()
            throw error
        }
        return proof
    }

    /// Ends what runs in it and takes it away.
    /// - Returns: what could not be removed, in French.
    @discardableResult
    func remove() -> [String] {
        var trouble: [String] = []
        let world = LiveWorld(kit: kit)
        if Files.exists(kit.dockerSocket) {
            for name in (try? world.containerNames()) ?? [] {
                do { try world.remove(container: name) } catch { trouble.append("\(name) : \(error.reason)") }
            }
        }
        for vm in (try? world.vms()) ?? [] {
            do { try world.remove(vm: vm.name) } catch { trouble.append("\(vm.name) : \(error.reason)") }
        }
        do throws(EscaleError) { try BackgroundRegistries(kit: kit).stopAll() } catch {
            trouble.append(error.message)
        }
        if let pid = UnixSocket.listener(kit.dockerSocket) {
            kill(pid, SIGTERM)
            if let handle = try? ProcessHandle(pid), (try? handle.waitForEnd(milliseconds: 5000)) != true {
                kill(pid, SIGKILL)
                _ = try? handle.waitForEnd(milliseconds: 2000)
            }
        }
        for folder in [kit.root, kit.run] {
            do { try Files.removeTree(folder) } catch { trouble.append(error.message) }
        }
        if trouble.isEmpty { unlink(lockPath) }
        return trouble
    }
}
