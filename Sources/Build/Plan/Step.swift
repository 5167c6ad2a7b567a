import Dockerfile
import OCI
import Support

/// One instruction of a stage, with everything substituted: what it does and what the configuration is
/// after it.
package struct Step: Sendable {
    package enum Action: Sendable {
        /// Changes the configuration alone.
        case configuration
        case run(RunAction)
        case transfer(TransferAction)
        /// `WORKDIR`: the folder is made where it is missing.
        case folder(String)
    }

    package var action: Action
    package var instruction: Instruction
    /// On one line, as progress shows it: `RUN make`.
    package var text: String
    /// What `docker history` shows.
    package var history: String
    package var config: ImageConfig.Execution
    /// From `ONBUILD` of the base image: its instruction is in no file at hand.
    package var isTrigger = false
}

/// `RUN`, ready to run.
package struct RunAction: Hashable, Sendable {
    package var arguments: [String]
    /// The image's environment and the stage's arguments.
    package var environment: [String]
    /// Proxies: given to the command, of no meaning to the cache.
    package var quietEnvironment: [String] = []
    package var user: String
    package var folder: String
    package var mounts: [Mount] = []
    package var network = Run.Network.default
    package var isInsecure = false
    /// A here-document with a `#!` line: the file that is run.
    package var script: String?
}

/// `COPY` or `ADD`, ready to be done.
package struct TransferAction: Hashable, Sendable {
    package var isAdd: Bool
    package var from: FileOrigin
    package var sources: [Transfer.Source]
    /// Absolute and clean.
    package var destination: String
    /// It was written as a folder: `dir/`.
    package var intoFolder: Bool
    package var owner: String?
    package var chmod: String?
    package var isLink: Bool
    package var keepsParents = false
    package var excludes: [String]
    package var checksum: String?
    package var keepsGitDir = false
    package var unpack: Bool?
}

/// Where files come from.
package enum FileOrigin: Hashable, Sendable {
    case context
    case stage(Int)
    /// A named context, or an image.
    case named(String)
}
