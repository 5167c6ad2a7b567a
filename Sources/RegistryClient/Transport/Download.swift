import Glibc
import Linux
import Support

extension RegistrySession {
    /// A file of the web, whole: begun anew where the line was cut.
    /// - Returns: the answer's head; `304` leaves the file empty.
    /// - Throws: `.notFound`, `.denied`… for what the server refuses, with its status.
    package func download(_ url: String, to path: String, headers: [(String, String)] = [])
        throws(EscaleError) -> HTTPResponse
    {
        var request = HTTPRequest("GET", url)
        request.headers = headers
        do throws(RegistryFailure) {
            return try retrying { [request] () throws(RegistryFailure) in
                let file: Int32
                do throws(EscaleError) {
                    file = try Sys.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600).release()
                } catch { throw RegistryFailure(error) }
                defer { close(file) }
                let response = try transfer(request) { (_, bytes) throws(EscaleError) in
                    try Sys.writeAll(file, bytes)
                }
                guard response.isSuccess || response.status == 304 else {
                    let refused = RegistryFailure(response, method: "GET")
                    throw RegistryFailure(
                        refused.kind,
                        EscaleError(
                            refused.error.code, "GET \(url): invalid response status \(response.status)"))
                }
                return response
            }
        } catch { throw error.error }
    }
}
