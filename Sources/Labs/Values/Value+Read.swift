import Linux
import OCI
import Support

extension Value {
    /// The value as a text, or why it can't be had.
    public func read(_ c: CheckContext) throws(Unread) -> String {
        let text = try whole(c)
        guard !part.isWhole else { return Extraction.trimmed(text) }
        switch part.apply(text) {
        case .success(let text): return text
        case .failure(let why): throw why.within(described)
        }
    }

    private func whole(_ c: CheckContext) throws(Unread) -> String {
        switch source {
        case .literal(let text): return text
        case .hostFile(let path):
            guard let text = try c.world.hostFile(path) else {
                throw Unread("\(path) n’existe pas sur l’hôte")
            }
            return text
        case .workspaceFile(let path): return try workspaceText(path, c)
        case .workspaceAge(let path):
            guard let age = try c.world.age(Path.join(c.workspace, path)) else { throw missing(path) }
            return Quantity.text(age)
        case .container(let name, let what): return try container(name, what, c)
        case .hostNamespace(let kind): return try c.world.namespace(kind, pid: 1)
        case .imageField(let reference, let field):
            return try Self.field(field, of: image(reference, c), "l’image « \(reference) »")
        case .imageSize(let reference, let layer):
            _ = try image(reference, c)
            let sizes = try c.world.layerSizes(reference)
            guard let layer else { return "\(sizes.reduce(0, +)) o" }
            guard sizes.indices.contains(layer - 1) else {
                throw Unread("l’image « \(reference) » n’a que \(sizes.count) couches")
            }
            return "\(sizes[layer - 1]) o"
        case .image(let reference, let what): return try ImageReading(reference, c).read(what)
        case .reference(let text):
            do { return try Reference(text).canonical } catch {
                throw Unread("« \(text) » n’est pas un nom d’image", got: text)
            }
        case .registry(let request): return try request.read(c)
        case .vm(let name, let what): return try vm(name, what, c)
        case .answer(let which): return try answer(which, c)
        case .measure(let request):
            do { return try c.world.measure(request, cancelled: c.cancelled) } catch {
                throw Unread(
                    "la mesure n’a pas pu se faire (\(error.reason))",
                    help: error.help.isEmpty
                        ? "Ce n’est pas votre réponse qui est en cause. Recommencez ; si cela dure, `diagnostic`."
                        : error.help, outranksReason: true)
            }
        case .sum(let list):
            let numbers = try list.map { v throws(Unread) in try Self.number(v, c) }
            return Quantity.text(numbers.reduce(0) { $0 + $1.base })
        case .difference(let a, let b):
            let (x, y) = Quantity.aligned(try Self.number(a, c), try Self.number(b, c))
            return Quantity.text(x - y)
        case .ratio(let a, let b):
            let (x, y) = Quantity.aligned(try Self.number(a, c), try Self.number(b, c))
            guard y != 0 else { throw Unread("\(b.described) vaut zéro") }
            return Quantity.text(x / y)
        case .countDistinct(let list):
            let texts = try list.map { v throws(Unread) in try v.read(c) }
            return "\(Set(texts).count)"
        }
    }

    private static func number(_ value: Value, _ c: CheckContext) throws(Unread) -> Quantity {
        let text = try value.read(c)
        guard let quantity = Quantity(text) else {
            throw Unread(
                "\(value.described) n’est pas un nombre",
                help: "Écrivez un nombre, avec une unité si besoin.",
                got: Extraction.excerpt(text))
        }
        return quantity
    }

    private func workspaceText(_ path: String, _ c: CheckContext) throws(Unread) -> String {
        guard let text = try c.world.hostFile(Path.join(c.workspace, path)) else { throw missing(path) }
        return text
    }

    private func missing(_ path: String) -> Unread {
        Unread(
            "le fichier « \(path) » n’est pas dans votre espace de travail",
            help: "`ls` le montre ; créez-le avec `nano \(path)` ou par une redirection `> \(path)`.")
    }

    private func container(_ name: String, _ what: ContainerPart, _ c: CheckContext) throws(Unread) -> String
    {
        switch what {
        case .path(let path):
            let json = try c.container(name)
            if path.hasPrefix("/proc") || path.hasPrefix("/sys") { _ = try c.pid(of: name) }
            guard let text = try c.world.file(path, in: json["Id"].string ?? name) else {
                throw Unread("\(path) n’existe pas dans le conteneur « \(name) »")
            }
            return text
        case .run(let command):
            _ = try c.pid(of: name)
            return try c.world.run(command, in: name).output
        case .field(let field):
            return try Self.field(field, of: c.container(name), "le conteneur « \(name) »")
        case .log:
            _ = try c.container(name)
            return try c.world.log(container: name)
        case .namespace(let kind): return try c.world.namespace(kind, pid: try c.pid(of: name))
        case .cgroup(let file, let key):
            let text = try c.world.cgroupFile(file, pid: try c.pid(of: name))
            guard let key else { return text }
            for line in Extraction.lines(text) {
                let words = Extraction.words(line)
                if words.count == 2, words[0] == key { return words[1] }
            }
            throw Unread("« \(key) » n’est pas dans \(file)")
        case .stopSeconds:
            _ = try c.container(name)
            return try StopDuration.text(of: name, in: c.world.events(since: c.since))
        case .hostPID: return "\(try c.pid(of: name))"
        }
    }

    private func image(_ reference: String, _ c: CheckContext) throws(Unread) -> JSON {
        try ImageReading(reference, c).json()
    }

    private static func field(_ path: String, of json: JSON, _ what: String) throws(Unread) -> String {
        guard let value = JSONPath.value(path, in: json) else {
            throw Unread("\(what) n’a pas de champ « \(path) »", help: "`inspect` les montre tous.")
        }
        return JSONPath.text(value)
    }

    private func vm(_ name: String, _ what: VMPart, _ c: CheckContext) throws(Unread) -> String {
        let vm = try c.vm(name)
        switch what {
        case .log: return try c.world.log(vm: name)
        case .field(let field):
            switch field {
            case "state": return vm.state
            case "accelerator": return vm.accelerator
            case "image": return vm.image
            case "memory": return "\(vm.memory) o"
            case "pid":
                guard let pid = vm.pid else { throw Unread("la VM « \(name) » n’est pas en marche") }
                return "\(pid)"
            default:
                guard let code = vm.exitCode else { throw Unread("la VM « \(name) » n’est pas terminée") }
                return "\(code)"
            }
        }
    }

    private func answer(_ which: AnswerPart, _ c: CheckContext) throws(Unread) -> String {
        guard let answer = c.answer else {
            var form = "VALEUR"
            if case .key(let key) = which { form = "\(key)=…" }
            throw Unread(
                "vous n’avez pas encore répondu", help: "`repondre \(form)` donne votre réponse.",
                outranksReason: true)
        }
        switch which {
        case .whole: return answer
        case .word(let n):
            let words = Extraction.words(answer)
            guard words.indices.contains(n - 1) else {
                throw Unread(
                    "votre réponse n’a pas \(n) mots", help: "Relisez ce qui est demandé.", got: answer)
            }
            return words[n - 1]
        case .key(let key):
            for word in Extraction.words(answer) {
                let sides = word.split(separator: "=", maxSplits: 1).map(String.init)
                if sides.count == 2, sides[0].lowercased() == key.lowercased() { return sides[1] }
            }
            throw Unread(
                "il manque « \(key)=… » dans votre réponse",
                help: "`repondre \(key)=…` l’ajoute.", got: answer, outranksReason: true)
        }
    }
}

/// How long a stop took, from Docker's events: first signal of the stop to the death.
enum StopDuration {
    static func text(of name: String, in events: [ContainerEvent]) throws(Unread) -> String {
        let own = events.filter { $0.name == name }
        guard let death = own.lastIndex(where: { $0.action == "die" }) else {
            throw Unread(
                "« \(name) » ne s’est pas arrêté pendant cette étape", help: "Arrêtez-le par `stop \(name)`.")
        }
        // Signals of this life only: after the last start before the death.
        let start = own[..<death].lastIndex { $0.action == "start" } ?? own.startIndex
        guard let signal = own[start..<death].first(where: { $0.action == "kill" }) else {
            throw Unread(
                "« \(name) » s’est terminé sans qu’on l’arrête",
                help: "Relancez-le, puis arrêtez-le par `stop \(name)`.")
        }
        let seconds = Double(own[death].time.nanoseconds - signal.time.nanoseconds) / 1e9
        return Quantity.text(seconds, unit: "s")
    }
}
