import Glibc
import Linux
import Support

extension LabSession {
    /// `refaire`: takes away what the learner made for this step, begins a new attempt with new variables and
    /// puts the start files back. Points already won stay.
    public func reset() throws(EscaleError) -> ResetReport {
        let (lab, step) = try here()
        let (removed, trouble) = try clear(lab, step)
        try record(.reset)
        let restored = try setUp(lab, step)
        try record(.opened)
        return ResetReport(removed: removed, restored: restored, problems: trouble, view: try view())
    }

    /// Puts `start/` into the workspace and plays `prepare`. What fails is noticed, not fatal.
    func setUp(_ lab: Lab, _ step: Step) throws(EscaleError) -> [String] {
        let workspace = Path.join(kit.workspaces, lab.id)
        let state = try state(lab, step)
        let values = values(lab, step, state)
        try Files.makeDirectory(workspace)
        var restored: [String] = []
        for name in StartFiles.list(Path.join(step.folder, "start")) {
            let from = Path.join(step.folder, "start", name)
            let to = Path.join(workspace, name)
            try Files.makeDirectory(Path.parent(to))
            let bytes = try Files.read(from)
            // Only text has variables.
            let text = String(validating: bytes, as: UTF8.self).map {
                Array(Substitution.apply(values, to: $0).utf8)
            }
            try Files.replace(to, text ?? bytes, mode: access(from, X_OK) == 0 ? 0o755 : 0o644)
            restored.append(name)
        }
        for line in step.prepare {
            let command = Substitution.apply(values, to: line)
            do {
                let (status, output) = try world.script(
                    command, folder: workspace, environment: [], cancelled: { false })
                if status != 0 {
                    notice("la préparation « \(command) » a échoué : \(Extraction.excerpt(output))")
                }
            } catch {
                notice("la préparation « \(command) » n’a pas pu être jouée : \(error.reason)")
            }
        }
        return restored
    }

    /// Removes the containers, images, VMs and files of this attempt.
    private func clear(_ lab: Lab, _ step: Step) throws(EscaleError) -> (removed: [String], trouble: [String])
    {
        let state = try state(lab, step)
        let values = values(lab, step, state)
        var objects = try checks(lab, step).reduce(Value.Objects()) { $0 + $1.kind.objects }
        func filled(_ list: [String]) -> [String] { list.map { Substitution.apply(values, to: $0) } }
        objects.containers += filled(step.cleans.containers)
        objects.vms += filled(step.cleans.vms)
        objects.files += filled(step.cleans.files)
        objects.files += StartFiles.list(Path.join(step.folder, "start"))

        var removed: [String] = []
        var trouble: [String] = []
        func attempt(_ what: String, _ remove: () throws(Unread) -> Void) {
            do {
                try remove()
                removed.append(what)
            } catch { trouble.append(Typography.french("\(what) : \(error.reason)")) }
        }
        if !objects.containers.isEmpty {
            do {
                for name in try world.containerNames() where Glob.any(objects.containers, name) {
                    attempt("conteneur \(name)") { () throws(Unread) in try world.remove(container: name) }
                }
            } catch { trouble.append(Typography.french(error.reason)) }
        }
        // After the containers that are made of them. Only those named: an image that a check looks at may
        // be one of those every lab needs.
        let images = filled(step.cleans.images)
        if !images.isEmpty {
            do {
                for name in try world.imageNames() where Glob.any(images, name) {
                    attempt("image \(name)") { () throws(Unread) in try world.remove(image: name) }
                }
            } catch { trouble.append(Typography.french(error.reason)) }
        }
        if !objects.vms.isEmpty {
            do {
                for name in try world.vms().map(\.name) where Glob.any(objects.vms, name) {
                    attempt("VM \(name)") { () throws(Unread) in try world.remove(vm: name) }
                }
            } catch { trouble.append(Typography.french(error.reason)) }
        }
        let workspace = Path.join(kit.workspaces, lab.id)
        for name in filled(step.cleans.registries) {
            let folder = Path.join(workspace, name)
            guard Files.isDirectory(folder) else { continue }
            attempt("registre \(name)") { () throws(Unread) in
                try world.stop(registry: folder)
                do throws(EscaleError) { try Files.removeTree(folder) } catch { throw Unread(error.message) }
            }
        }
        // A folder by its name goes whole, with what is empty in it.
        for name in (try? Files.list(workspace)) ?? []
        where objects.files.contains(name) && Files.isDirectory(Path.join(workspace, name)) {
            attempt("dossier \(name)") { () throws(Unread) in
                do throws(EscaleError) {
                    try Files.removeTree(Path.join(workspace, name))
                } catch { throw Unread(error.message) }
            }
        }
        for name in StartFiles.list(workspace) where Glob.any(objects.files, name) {
            attempt("fichier \(name)") { () throws(Unread) in
                do throws(EscaleError) {
                    try Files.removeTree(Path.join(workspace, name))
                } catch { throw Unread(error.message) }
            }
        }
        return (removed, trouble)
    }
}
