// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny")
]

/// A library layer: `Sources/<name>`, in Swift 6 mode, warnings as errors.
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The unit tests of one layer: `Tests/<name>Tests`, without root.
func tests(_ name: String, _ more: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + more, exclude: exclude,
        swiftSettings: strict)
}

/// Release programs without symbols: half the size.
let stripped = LinkerSetting.unsafeFlags(["-Xlinker", "-s"], .when(configuration: .release))
/// Programs that go where no shared library is: a container after pivot_root, a guest's initramfs.
let fullyStatic: [LinkerSetting] = [.unsafeFlags(["-static-executable"]), stripped]
/// The Swift runtime inside the program; only libc's family stays shared. At a fixed address: hundreds of
/// thousands of relocations would cost every start a millisecond.
let staticRuntime: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib", "-Xclang-linker", "-no-pie"]), stripped,
    // What FoundationEssentials (of ArgumentParser) needs and does not name itself.
    .linkedLibrary("_FoundationCShims"), .linkedLibrary("_FoundationCollections"),
    .linkedLibrary("swiftSynchronization")
]

let nio = "swift-nio"

let package = Package(
    name: "Escale",
    products: [
        .executable(name: "escale", targets: ["escale"]),
        .executable(name: "escale-runtime", targets: ["escale-runtime"]),
        .executable(name: "escale-init", targets: ["escale-init"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // C and system libraries. The system ones link the static archives, so that a program
        // starts in a millisecond and runs after pivot_root.
        .target(name: "CLinux"),
        .target(name: "CSeal"),
        .target(name: "CCurl"),
        .systemLibrary(name: "CSeccomp"),
        .systemLibrary(name: "CArchive"),
        .systemLibrary(name: "CCrypto"),
        .systemLibrary(name: "CCrypt"),
        .systemLibrary(name: "CTLS"),
        .systemLibrary(name: "CYaml"),
        .systemLibrary(name: "CReadline"),

        // Layers, each on those above it only.
        layer("Support"),
        layer("Linux", ["CLinux", "Support"]),
        layer("OCI", ["Support"]),
        layer("Archive", ["CArchive", "CCrypto", "Support", "Linux"]),
        layer("Runtime", ["CLinux", "CSeccomp", "Support", "Linux", "OCI"]),
        layer("Images", ["Support", "Linux", "OCI", "Archive"]),
        layer("RegistryClient", ["CCurl", "Support", "Linux", "OCI", "Archive", "Images"]),
        layer("Network", ["Support", "Linux"]),
        layer("ShimProtocol", ["Support", "Network"]),
        layer("Shim", ["CLinux", "Support", "Linux", "OCI", "Runtime", "Network", "ShimProtocol"]),
        layer(
            "Engine",
            ["Support", "Linux", "OCI", "Archive", "Images", "RegistryClient", "Network", "ShimProtocol"]),
        layer("Dockerfile", ["Support", "OCI"]),
        layer(
            "Build",
            ["Support", "Linux", "OCI", "Archive", "Images", "RegistryClient", "Engine", "Dockerfile"]),
        layer(
            "HTTP",
            [
                "CTLS", "Support", "Linux",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOHTTP1", package: nio)
            ]),
        layer(
            "Registry",
            [
                "CCrypto", "CCrypt", "CLinux", "Support", "Linux", "OCI", "Archive", "Images",
                "RegistryClient", "HTTP",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOHTTP1", package: nio)
            ]),
        layer(
            "DockerAPI",
            [
                "Support", "Linux", "OCI", "Images", "RegistryClient", "Network", "Engine", "Build", "HTTP",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOHTTP1", package: nio)
            ]),
        layer("DockerClient", ["Support", "Linux"]),
        layer("VM", ["Support", "Linux", "OCI", "Archive", "Images", "Network"]),
        layer("Measure", ["Support", "Linux", "OCI", "Archive", "DockerClient", "Images", "Network", "VM"]),
        layer(
            "Labs",
            [
                "CYaml", "Support", "Linux", "OCI", "Archive", "Registry", "DockerClient", "Images", "VM",
                "Measure"
            ]),
        layer(
            "Shell",
            ["CReadline", "Support", "Linux", "Registry", "DockerClient", "Measure", "Labs"]),

        // Programs.
        .executableTarget(
            name: "escale",
            dependencies: [
                "Support", "Linux", "OCI", "Archive", "Images", "RegistryClient", "Network", "Engine",
                "Dockerfile", "Build", "Registry", "DockerAPI", "DockerClient", "VM", "Measure", "Labs",
                "Shell",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            swiftSettings: strict, linkerSettings: staticRuntime),
        .executableTarget(
            name: "escale-runtime",
            dependencies: ["CSeal", "Support", "Linux", "OCI", "Runtime", "Shim"],
            swiftSettings: strict, linkerSettings: fullyStatic),
        .executableTarget(
            name: "escale-init", dependencies: ["Support", "Linux"],
            swiftSettings: strict, linkerSettings: fullyStatic),

        tests("Support"),
        tests("Linux"),
        tests("OCI"),
        tests("Archive"),
        tests("Runtime", ["OCI", "Linux", "Support", "Shim"]),
        tests("Images"),
        tests("RegistryClient"),
        tests("Network"),
        tests("Engine", ["DockerAPI", "HTTP"]),
        // Golden cases: an input and what must come of it.
        .target(
            name: "Golden", dependencies: ["Support", "Linux"], path: "Tests/Golden", swiftSettings: strict),
        tests("Dockerfile", ["Linux", "Support", "OCI", "Golden"], exclude: ["Cases"]),
        tests("Build", ["Dockerfile", "OCI", "Support", "Golden"], exclude: ["Cases"]),
        tests("HTTP"),
        tests("Registry", ["HTTP", "OCI"]),
        tests("DockerClient"),
        tests("VM"),
        tests("Measure"),
        tests("Labs", ["Archive"]),
        tests("Shell"),
        // The programs as a user meets them: root, real containers and VMs, real clients.
        .testTarget(
            name: "IntegrationTests", dependencies: ["Support", "Linux", "DockerClient"],
            swiftSettings: strict)
    ]
)
