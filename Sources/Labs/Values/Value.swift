/// Something a check can read from the machine, or a literal.
public struct Value: Sendable, Equatable {
    public var source: Source
    public var part: Extraction

    public init(_ source: Source, part: Extraction = Extraction()) {
        self.source = source
        self.part = part
    }

    public indirect enum Source: Sendable, Equatable {
        case literal(String)
        case hostFile(String)
        case workspaceFile(String)
        /// Seconds since the file was last written.
        case workspaceAge(String)
        case container(String, ContainerPart)
        case hostNamespace(String)
        case imageField(String, String)
        /// Bytes of all layers, or of the one of this rank.
        case imageSize(String, layer: Int?)
        case image(String, ImagePart)
        /// The full name that a short one stands for.
        case reference(String)
        case registry(RegistryRequest)
        case vm(String, VMPart)
        case answer(AnswerPart)
        case measure(MeasureRequest)
        case sum([Value])
        case difference(Value, Value)
        case ratio(Value, Value)
        case countDistinct([Value])
    }

    public enum ContainerPart: Sendable, Equatable {
        case path(String)
        case run(String)
        case field(String)
        case log
        case namespace(String)
        case cgroup(String, key: String?)
        case stopSeconds
        case hostPID
    }

    public enum ImagePart: Sendable, Equatable {
        case layerCount
        /// Percent of its layers that another image has too.
        case shared(with: String)
        /// `oui` or `non`.
        case holds(String)
        case path(String)
        case run(String)
    }

    public enum VMPart: Sendable, Equatable {
        case log
        case field(String)
    }

    public enum AnswerPart: Sendable, Equatable {
        case whole
        case word(Int)
        case key(String)
    }

    /// Things of the learner that a value looks at: what `refaire` takes away.
    public struct Objects: Sendable, Equatable {
        public var containers: [String] = []
        public var vms: [String] = []
        public var files: [String] = []

        static func + (a: Objects, b: Objects) -> Objects {
            Objects(
                containers: a.containers + b.containers, vms: a.vms + b.vms, files: a.files + b.files)
        }
    }

    public var objects: Objects {
        switch source {
        case .container(let name, _): Objects(containers: [name])
        case .vm(let name, _): Objects(vms: [name])
        case .workspaceFile(let path), .workspaceAge(let path): Objects(files: [path])
        case .measure(let request): request.objects
        case .sum(let list), .countDistinct(let list): list.reduce(Objects()) { $0 + $1.objects }
        case .difference(let a, let b), .ratio(let a, let b): a.objects + b.objects
        case .literal, .hostFile, .hostNamespace, .imageField, .imageSize, .image, .reference, .registry,
            .answer:
            Objects()
        }
    }

    /// True where the learner wrote it: what is expected of it must not be told.
    public var isLearners: Bool {
        switch source {
        case .answer, .workspaceFile: true
        case .sum(let list), .countDistinct(let list): list.contains { $0.isLearners }
        case .difference(let a, let b), .ratio(let a, let b): a.isLearners || b.isLearners
        default: false
        }
    }

    public var literal: String? { if case .literal(let s) = source { s } else { nil } }

    /// Measurements start things: they take longer than a look.
    public var measures: Bool {
        switch source {
        case .measure(let request): request.name.isSlow
        case .sum(let list), .countDistinct(let list): list.contains { $0.measures }
        case .difference(let a, let b), .ratio(let a, let b): a.measures || b.measures
        default: false
        }
    }

    /// What it is, in French, without telling its value.
    public var described: String {
        switch source {
        case .literal(let s): s
        case .hostFile(let path): "\(path) sur l’hôte"
        case .workspaceFile(let path):
            part.key.map { "« \($0) » dans \(path)" } ?? part.row.map { "« \($0) » dans \(path)" } ?? path
        case .workspaceAge(let path): "l’âge de \(path)"
        case .container(let name, let what):
            switch what {
            case .path(let path): "\(path) dans \(name)"
            case .run(let command): "la sortie de « \(command) » dans \(name)"
            case .field(let field): "\(field) de \(name)"
            case .log: "les journaux de \(name)"
            case .namespace(let kind): "l’espace de noms \(kind) de \(name)"
            case .cgroup(let file, _): "\(file) du cgroup de \(name)"
            case .stopSeconds: "la durée d’arrêt de \(name)"
            case .hostPID: "le PID de \(name) vu de l’hôte"
            }
        case .hostNamespace(let kind): "l’espace de noms \(kind) de l’hôte"
        case .imageField(let ref, let field): "\(field) de l’image \(ref)"
        case .imageSize(let ref, _): "la taille de l’image \(ref)"
        case .image(let ref, let what):
            switch what {
            case .layerCount: "le nombre de couches de l’image \(ref)"
            case .shared(let other): "la part des couches de \(ref) reprises de \(other)"
            case .holds: "la présence du texte dans l’image \(ref)"
            case .path(let path): "\(path) dans l’image \(ref)"
            case .run(let arguments):
                "ce qu’affiche « docker run --rm \(ref)\(arguments.isEmpty ? "" : " ")\(arguments) »"
            }
        case .reference(let text): "le nom complet de « \(text) »"
        case .registry(let request): request.described
        case .vm(let name, let what):
            switch what {
            case .log: "ce que la VM \(name) a écrit"
            case .field(let field): "\(field) de la VM \(name)"
            }
        case .answer: "votre réponse"
        case .measure(let request): request.described
        case .sum(let list): "la somme de \(Typography.list(list.map(\.described), "et"))"
        case .difference(let a, let b): "\(a.described) moins \(b.described)"
        case .ratio(let a, let b): "\(a.described) divisé par \(b.described)"
        case .countDistinct: "le nombre de valeurs distinctes"
        }
    }
}

/// `measure:` in a lab.
public struct MeasureRequest: Sendable, Equatable {
    public enum Name: String, Sendable, CaseIterable {
        case startHost = "start.host"
        case startContainer = "start.container"
        case startVM = "start.vm"
        case startRatio = "start.ratio"
        case cpuHost = "cpu.host"
        case cpuContainer = "cpu.container"
        case cpuVM = "cpu.vm"
        case cpuRatio = "cpu.ratio"
        case memoryContainer = "memory.container"
        case memoryVM = "memory.vm"
        case memoryRatio = "memory.ratio"
        case diskImage = "disk.image"
        case diskVM = "disk.vm"
        case accelerator

        /// Starts machines or burns time: the check must say how long it takes.
        var isSlow: Bool {
            switch self {
            case .startVM, .startRatio, .cpuVM: true
            default: false
            }
        }
    }

    public var name: Name
    public var image = "busybox"
    public var runs = 3
    /// A name or pattern of containers or VMs, or what is compared (`cpu.ratio`).
    public var of: String?
    public var containers: String?
    public var vms: String?

    public init(_ name: Name) { self.name = name }

    var objects: Value.Objects {
        switch name {
        case .memoryContainer: Value.Objects(containers: [of].compactMap(\.self))
        case .memoryVM, .diskVM: Value.Objects(vms: [of].compactMap(\.self))
        case .memoryRatio:
            Value.Objects(containers: [containers].compactMap(\.self), vms: [vms].compactMap(\.self))
        default: Value.Objects()
        }
    }

    var described: String {
        switch name {
        case .startHost: "le démarrage sur l’hôte, mesuré \(runs) fois"
        case .startContainer: "le démarrage d’un conteneur, mesuré \(runs) fois"
        case .startVM: "le démarrage d’une VM, mesuré \(runs) fois"
        case .startRatio: "le rapport VM / conteneur des démarrages, mesuré \(runs) fois"
        case .cpuHost, .cpuContainer, .cpuVM: "la durée du calcul, mesurée \(runs) fois"
        case .cpuRatio: "le rapport des durées de calcul, mesuré \(runs) fois"
        case .memoryContainer: "la mémoire d’un conteneur, mesurée"
        case .memoryVM: "la mémoire d’une VM, mesurée"
        case .memoryRatio: "le rapport VM / conteneur des mémoires, mesuré"
        case .diskImage: "la taille des couches, mesurée"
        case .diskVM: "la taille du disque, du noyau et de l’initramfs, mesurée"
        case .accelerator: "l’accélérateur de cette machine"
        }
    }
}
