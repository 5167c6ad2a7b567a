#ifndef ESCALE_SEAL_H
#define ESCALE_SEAL_H
// Linked into a program, seals it at its start: see seal.c. Nothing to call.
#endif
