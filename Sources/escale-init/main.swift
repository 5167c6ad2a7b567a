import Linux

// PID 1 of a virtual machine. Everything it can fail at ends with a word on the console and the power
// off: a guest never hangs where its supervisor would have to guess.
// The kernel gives words as a variable: arguments would be read from /proc, which is not there yet.
Boot.run((Environment["ESCALE"] ?? "").split(separator: ",").map(String.init))
