import OCI
import Support

/// A registry's refusal in the words that `docker pull` and `docker push` use.
package enum PullWords {
    package static func error(_ failure: RegistryFailure, _ reference: Reference) -> EscaleError {
        let words = failure.words ?? failure.error.message
        let repair = failure.error.repair
        switch failure.status {
        case 404:
            return EscaleError(
                .notFound, "manifest for \(reference.familiar) not found: \(words)", repair: repair)
        case 401 where words == "no basic auth credentials":
            return EscaleError(.denied, failure.error.message, repair: login(reference))
        case 401, 403:
            return EscaleError(
                .denied,
                "pull access denied for \(reference.familiarName), repository does not exist or may require "
                    + "'docker login': \(words)", repair: login(reference))
        default: return failure.error
        }
    }

    package static func pushError(_ failure: RegistryFailure, _ reference: Reference) -> EscaleError {
        switch failure.status {
        case 401, 403:
            return EscaleError(.denied, failure.words ?? failure.error.message, repair: login(reference))
        case 404:
            return EscaleError(
                .notFound, failure.words ?? failure.error.message, repair: failure.error.repair)
        default: return failure.error
        }
    }

    static func login(_ reference: Reference) -> String {
        reference.domain == Reference.defaultDomain ? "escale login" : "escale login \(reference.domain)"
    }

    package static func noPlatform(_ platform: Platform, _ index: ImageIndex, _ reference: Reference)
        -> EscaleError
    {
        let offered = index.manifests.compactMap(\.platform).filter { $0.os != "unknown" }.map {
            "\($0.os)/\($0.architecture)" + ($0.variant.map { "/\($0)" } ?? "")
        }
        let wanted = "\(platform.os)/\(platform.architecture)" + (platform.variant.map { "/\($0)" } ?? "")
        return EscaleError(
            .notFound, "no matching manifest for \(wanted) in the manifest list entries",
            repair: offered.isEmpty
                ? nil : "\(reference.familiar) has: \(offered.joined(separator: ", ")) (--platform)")
    }
}
