// PID 1 of a virtual machine. Everything it can fail at ends with a word on the console and the power
// off: a guest never hangs where its supervisor would have to guess.
Boot.run(CommandLine.arguments.dropFirst().map(\.self))
