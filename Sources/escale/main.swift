import ArgumentParser

struct X: ParsableCommand {}
X.main()
