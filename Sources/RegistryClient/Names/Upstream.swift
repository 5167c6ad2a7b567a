/// These types' names for a module that has its own `Endpoint` and `TokenScope`: `RegistryClient` is a
/// type too, and can't qualify them.
package typealias UpstreamEndpoint = Endpoint
package typealias UpstreamScope = TokenScope
