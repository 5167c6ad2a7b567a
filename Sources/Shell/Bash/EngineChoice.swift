/// Which engine `docker` means in the learner's bash: ours, or the machine's own.
package enum EngineChoice: String, Sendable { case escale, docker }
