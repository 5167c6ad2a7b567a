import HTTP
import NIOHTTP1
import Support

/// A failure as the distribution specification tells it ("Error Codes").
package struct RegistryError: Error, Equatable, Sendable {
    package enum Code: String, Sendable {
        case blobUnknown = "BLOB_UNKNOWN"
        case blobUploadInvalid = "BLOB_UPLOAD_INVALID"
        case blobUploadUnknown = "BLOB_UPLOAD_UNKNOWN"
        case digestInvalid = "DIGEST_INVALID"
        case manifestBlobUnknown = "MANIFEST_BLOB_UNKNOWN"
        case manifestInvalid = "MANIFEST_INVALID"
        case manifestUnknown = "MANIFEST_UNKNOWN"
        case nameInvalid = "NAME_INVALID"
        case nameUnknown = "NAME_UNKNOWN"
        case sizeInvalid = "SIZE_INVALID"
        case unauthorized = "UNAUTHORIZED"
        case denied = "DENIED"
        case unsupported = "UNSUPPORTED"
        case tooManyRequests = "TOOMANYREQUESTS"
        /// Not in the specification, which has codes for what a client does wrong: the registry failed.
        case unknown = "UNKNOWN"

        var status: HTTPResponseStatus {
            switch self {
            case .blobUnknown, .blobUploadUnknown, .manifestUnknown, .nameUnknown: .notFound
            case .blobUploadInvalid, .digestInvalid, .manifestBlobUnknown, .manifestInvalid, .nameInvalid,
                .sizeInvalid:
                .badRequest
            case .unauthorized: .unauthorized
            case .denied: .forbidden
            case .unsupported: .methodNotAllowed
            case .tooManyRequests: .tooManyRequests
            case .unknown: .internalServerError
            }
        }
    }

    package let code: Code
    package let message: String
    package let status: HTTPResponseStatus
    /// Headers of the answer: where an upload stands, how to log in.
    package var headers: HTTPHeaders

    package init(
        _ code: Code, _ message: String, status: HTTPResponseStatus? = nil, headers: HTTPHeaders = [:]
    ) {
        self.code = code
        self.message = message
        self.status = status ?? code.status
        self.headers = headers
    }

    /// What the disk or the system refused.
    package init(_ error: EscaleError) {
        let status: HTTPResponseStatus
        switch error.code {
        case .noSpace: status = .insufficientStorage
        case .unavailable, .timeout: status = .serviceUnavailable
        default: status = .internalServerError
        }
        self.init(.unknown, error.message, status: status)
    }

    package static let uploadUnknown = RegistryError(
        .blobUploadUnknown, "no such upload: it is finished, was cancelled, or was left for too long")

    /// For whoever asked without HTTP.
    package var escaleError: EscaleError {
        switch code {
        case .blobUnknown, .blobUploadUnknown, .manifestUnknown, .nameUnknown: EscaleError(.notFound, message)
        case .unknown: EscaleError(.internal, message)
        default: EscaleError(.invalid, message)
        }
    }

    /// The specification's document.
    package var response: Response {
        let document: JSON = [
            "errors": [["code": .string(code.rawValue), "message": .string(message), "detail": .null]]
        ]
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        return .full(status, headers, document.bytes())
    }
}

/// Runs what touches the disk, telling its failure as the registry's.
func io<T: ~Copyable>(_ body: () throws(EscaleError) -> T) throws(RegistryError) -> T {
    do { return try body() } catch { throw RegistryError(error) }
}
