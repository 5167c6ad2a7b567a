import Dockerfile

/// `RUN --mount`; the layer of system calls has a `Mount` too.
package typealias StepMount = Mount
