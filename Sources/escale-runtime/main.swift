import Glibc
import Shim

let arguments = CommandLine.arguments
if arguments.count == 3, arguments[1] == "shim" { exit(ShimRun.run(configPath: arguments[2])) }
