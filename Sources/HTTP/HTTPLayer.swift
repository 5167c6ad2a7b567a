// A small HTTP server on SwiftNIO: routes, streaming bodies, TLS.
