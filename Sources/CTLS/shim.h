// TLS through memory BIOs: no sockets of OpenSSL's.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ssl.h>
#include <openssl/err.h>

/// Macros that Swift can't see.
static inline int cl_tls_at_least_12(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
