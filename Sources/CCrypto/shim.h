// SHA256_Init and its like need no provider to be loaded: they cost nothing at start-up.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
