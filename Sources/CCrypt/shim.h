// Password hashes (crypt(5)); libcrypt comes with Debian's libc6-dev.
#include <crypt.h>
