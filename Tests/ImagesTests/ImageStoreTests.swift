import Archive
import Glibc
import Images
import Linux
import OCI
import Support
import Testing

@Suite struct ImageStoreTests {
    @Test func emptyStore() throws {
        let test = TestStore()
        #expect(try test.store.list().isEmpty)
        #expect(throws: EscaleError(.notFound, "No such image: phare:latest")) {
            try test.store.resolve("phare")
        }
        #expect(throws: EscaleError(.notFound, "No such image: abc:latest")) { try test.store.resolve("abc") }
        #expect(throws: EscaleError(.invalid, "invalid reference format")) { try test.store.resolve("a b") }
        #expect(try test.store.collectGarbage().blobs.isEmpty)
    }

    @Test func resolvesNamesAndIDs() throws {
        let test = TestStore()
        let image = try test.add(["phare:1", "ecole.fr/phare:2"], ["a", "b"])
        for name in [
            "phare:1", "docker.io/library/phare:1", "ecole.fr/phare:2", image.id.hex, image.idText,
            String(image.id.hex.prefix(12)), "sha256:" + image.id.hex.prefix(8),
            "phare@\(image.manifestDigest)"
        ] {
            #expect(try test.store.resolve(name) == image, "\(name)")
        }
        #expect(image.names.map(\.familiar) == ["phare:1", "ecole.fr/phare:2"])
        #expect(image.execution.cmd == ["sh"] && image.layers.count == 2 && image.size == 2)
        let lower = try test.store.lowerFolders(image)
        #expect(try lower.map { try Files.text("\($0)/layer") } == ["b", "a"])
        #expect(try test.store.verify().isEmpty)
        let usage = try test.store.layerUsage()
        #expect(usage.map(\.unpacked) == [1, 1] && usage.allSatisfy { $0.images == [image.id] })
    }

    @Test func sameContentSameDigests() throws {
        let one = TestStore()
        let two = TestStore()
        let a = try one.add(["x"], ["1", "2"])
        let b = try two.add(["x"], ["1", "2"])
        #expect(a == b)
        #expect(one.blobs == two.blobs)
        #expect(
            try Files.text("\(one.kit.images)/index.json") == Files.text("\(two.kit.images)/index.json"))
    }

    /// What other tools need to read it (image-layout.md).
    @Test func isAnOCILayout() throws {
        let test = TestStore()
        let image = try test.add(["phare:1"])
        let layout = try JSON.parse(try Files.text("\(test.kit.images)/oci-layout"))
        #expect(layout["imageLayoutVersion"].string == "1.0.0")
        let entry = try JSON.parse(try Files.text("\(test.kit.images)/index.json"))["manifests"][0]
        #expect(entry["annotations"][Annotation.refName].string == "docker.io/library/phare:1")
        #expect(entry["mediaType"].string == MediaType.manifest)
        #expect(entry["digest"].string == image.manifestDigest.description)
        for name in test.blobs {
            #expect(SHA256.hex(of: try Files.read("\(test.kit.images)/blobs/sha256/\(name)")) == name)
        }
    }

    @Test func namesMoveAndTheOldImageStaysNameless() throws {
        let test = TestStore()
        let old = try test.add(["x"], ["old"])
        let new = try test.add(["x"], ["new"])
        #expect(try test.store.resolve("x").id == new.id)
        #expect(try test.store.resolve(old.idText).names.isEmpty)
        try test.store.tag(old.idText, try Reference("y"))
        #expect(try test.store.list().flatMap { $0.names.map(\.familiar) } == ["x:latest", "y:latest"])
        #expect(try test.store.list().count == 2)
    }

    @Test func removalUntagsThenDeletes() throws {
        let test = TestStore()
        let image = try test.add(["x", "y"], ["a"])
        let other = try test.add(["z"], ["a", "b"])
        #expect(try test.store.remove("x") == RemovedImage(untagged: ["x:latest"], deleted: []))
        #expect(
            try test.store.remove("y") == RemovedImage(untagged: ["y:latest"], deleted: [image.idText]))
        // The layer is shared with the other image, so it stays.
        #expect(test.unpacked.count == 2)
        #expect(try test.store.verify().isEmpty)
        let last = try test.store.remove(String(other.id.hex.prefix(12)))
        #expect(last.untagged == ["z:latest"] && last.deleted.count == 3)
        #expect(test.unpacked.isEmpty && test.blobs.isEmpty)
        #expect(throws: EscaleError(.notFound, "No such image: z:latest")) { try test.store.remove("z") }
    }

    @Test func removalRefusesAsDocker() throws {
        let test = TestStore()
        let image = try test.add(["x"])
        let short = image.id.short
        let stopped = ImageUse(containerID: "0123456789abcdef", isRunning: false)
        let running = ImageUse(containerID: "fedcba9876543210", isRunning: true)
        func message(_ name: String, force: Bool = false, _ uses: [ImageUse]) -> String? {
            do {
                _ = try test.store.remove(name, force: force) { $0 == image.id ? uses : [] }
                return nil
            } catch { return error.message }
        }
        #expect(
            message("x", [stopped])
                == "conflict: unable to remove repository reference \"x\" (must force) - container "
                + "0123456789ab is using its referenced image \(short)")
        #expect(
            message(short, [stopped])
                == "conflict: unable to delete \(short) (must be forced) - image is being used by stopped "
                + "container 0123456789ab")
        #expect(
            message(short, force: true, [stopped, running])
                == "conflict: unable to delete \(short) (cannot be forced) - image is being used by running "
                + "container fedcba987654")
        try test.store.tag("x", try Reference("y"))
        #expect(
            message(short, [])
                == "conflict: unable to delete \(short) (must be forced) - image is referenced in multiple "
                + "repositories")
        // Forced while in use: the names go, the container keeps its layers.
        #expect(message(short, force: true, [stopped]) == nil)
        #expect(try test.store.resolve(image.idText).names.isEmpty)
        #expect(test.unpacked.count == 1)
    }

    @Test func garbageOfTheDeadIsCollected() throws {
        let test = TestStore()
        let image = try test.add(["x"])
        // As a writer leaves it that was killed: blobs, a half-unpacked layer, a temporary file.
        do {
            let session = try test.store.beginImport()
            _ = try session.addLayer(history: .init()) { (tar) throws(EscaleError) in
                try tar.add(TarEntry(path: "lost", kind: .file, mode: 0o644), content: [1])
            }
        }
        try Files.replace("\(test.kit.images)/blobs/sha256/.tmp-1", [1, 2, 3])
        try Files.makeDirectory("\(test.kit.layers)/.tmp-\(image.diffIDs[0].hex)/fs")
        #expect(test.blobs.count == 5)
        let collected = try test.store.collectGarbage()
        #expect(collected.blobs.count == 1 && test.blobs.count == 3)
        #expect(try test.store.verify().isEmpty)
        #expect(try Files.list(test.kit.layers) == [image.diffIDs[0].hex])
    }

    @Test func unpacksAgainWhatIsMissing() throws {
        let test = TestStore()
        let image = try test.add(["x"])
        try Files.removeTree(test.kit.layers)
        #expect(try test.store.verify().map(\.object) == ["x:latest"])
        let folder = try #require(try test.store.lowerFolders(image).first)
        #expect(try Files.text("\(folder)/layer") == "x")
        #expect(try test.store.verify().isEmpty)
    }

    @Test func damageIsFoundAndRepaired() throws {
        let test = TestStore()
        let image = try test.add(["x"])
        let blob = "\(test.kit.images)/blobs/sha256/\(image.layers[0].digest.hex)"
        var bytes = try Files.read(blob)
        bytes[bytes.count / 2] ^= 1
        try Files.replace(blob, bytes)
        #expect(try test.store.verify().first?.error.code == .corrupt)
        try Files.removeTree(test.kit.layers)
        #expect(throws: EscaleError.self) { try test.store.lowerFolders(image) }
        #expect(test.unpacked.isEmpty)
        try test.add(["x"])
        #expect(try test.store.verify().isEmpty)
    }

    @Test func damagedIndexSaysHowToRepair() throws {
        let test = TestStore()
        try test.add(["x"])
        try Files.replace("\(test.kit.images)/index.json", Array("{".utf8))
        let error = #expect(throws: EscaleError.self) { try test.store.list() }
        #expect(error?.code == .corrupt && error?.repair != nil)
        #expect(throws: EscaleError.self) { try test.add(["y"]) }
    }

    /// Writers at once: no name is lost, whoever replaces the index last.
    @Test func manyWritersLoseNothing() async throws {
        let test = TestStore()
        let image = try test.add(["x"])
        let store = test.store
        await withTaskGroup(of: Void.self) { group in
            for i in 0..<8 {
                group.addTask {
                    for j in 0..<5 {
                        do { try store.tag("x", try Reference("n\(i):v\(j)")) } catch { Issue.record(error) }
                    }
                }
            }
        }
        #expect(try test.store.resolve("x").names.count == 41)
        #expect(try test.store.resolve("n7:v4").id == image.id)
    }

    @Test func unpackingAtOnceDoesItOnce() async throws {
        let test = TestStore()
        let image = try test.add(["x"], ["a", "b", "c"])
        try Files.removeTree(test.kit.layers)
        let store = test.store
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    do { _ = try store.lowerFolders(image) } catch { Issue.record(error) }
                }
            }
        }
        #expect(try test.store.verify().isEmpty)
        #expect(test.unpacked.count == 3)
    }
}
