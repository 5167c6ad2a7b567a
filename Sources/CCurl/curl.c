#define _GNU_SOURCE
// Plain calls, without the header's type checks: what is called here are pointers.
#define CURL_DISABLE_TYPECHECK
#include "CCurl.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static struct {
    CURLcode (*global_init)(long);
    CURL *(*init)(void);
    void (*cleanup)(CURL *);
    void (*reset)(CURL *);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    const char *(*strerror)(CURLcode);
    struct curl_slist *(*append)(struct curl_slist *, const char *);
    void (*free_all)(struct curl_slist *);
} api;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char problem[256];
static int loaded;

static void load(void) {
    // DEEPBIND: libcurl's OpenSSL finds its own functions, not those linked into this program.
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!library) {
        snprintf(problem, sizeof problem, "%s", dlerror());
        return;
    }
    const struct { const char *name; void *at; } wanted[] = {
        {"curl_global_init", &api.global_init}, {"curl_easy_init", &api.init},
        {"curl_easy_cleanup", &api.cleanup},    {"curl_easy_reset", &api.reset},
        {"curl_easy_setopt", &api.setopt},      {"curl_easy_perform", &api.perform},
        {"curl_easy_getinfo", &api.getinfo},    {"curl_easy_strerror", &api.strerror},
        {"curl_slist_append", &api.append},     {"curl_slist_free_all", &api.free_all},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        void *symbol = dlsym(library, wanted[i].name);
        if (!symbol) {
            snprintf(problem, sizeof problem, "libcurl.so.4 has no %s", wanted[i].name);
            return;
        }
        *(void **)wanted[i].at = symbol;
    }
    CURLcode code = api.global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        snprintf(problem, sizeof problem, "%s", api.strerror(code));
        return;
    }
    loaded = 1;
}

int ccurl_load(void) {
    pthread_once(&once, load);
    return loaded ? 0 : -1;
}

const char *ccurl_load_error(void) { return problem; }

CURL *ccurl_new(void) { return api.init(); }
void ccurl_free(CURL *h) { api.cleanup(h); }
void ccurl_reset(CURL *h) { api.reset(h); }
CURLcode ccurl_set_long(CURL *h, CURLoption o, long v) { return api.setopt(h, o, v); }
CURLcode ccurl_set_offset(CURL *h, CURLoption o, curl_off_t v) { return api.setopt(h, o, v); }
CURLcode ccurl_set_text(CURL *h, CURLoption o, const char *v) { return api.setopt(h, o, v); }
CURLcode ccurl_set_pointer(CURL *h, CURLoption o, void *v) { return api.setopt(h, o, v); }

CURLcode ccurl_set_blob(CURL *h, CURLoption o, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return api.setopt(h, o, &blob);
}

CURLcode ccurl_on_header(CURL *h, curl_write_callback f, void *context) {
    CURLcode code = api.setopt(h, CURLOPT_HEADERFUNCTION, f);
    return code ? code : api.setopt(h, CURLOPT_HEADERDATA, context);
}

CURLcode ccurl_on_body(CURL *h, curl_write_callback f, void *context) {
    CURLcode code = api.setopt(h, CURLOPT_WRITEFUNCTION, f);
    return code ? code : api.setopt(h, CURLOPT_WRITEDATA, context);
}

CURLcode ccurl_on_upload(CURL *h, curl_read_callback f, curl_seek_callback seek, void *context) {
    CURLcode code = api.setopt(h, CURLOPT_READFUNCTION, f);
    if (!code) code = api.setopt(h, CURLOPT_READDATA, context);
    if (!code) code = api.setopt(h, CURLOPT_SEEKFUNCTION, seek);
    return code ? code : api.setopt(h, CURLOPT_SEEKDATA, context);
}

CURLcode ccurl_on_progress(CURL *h, curl_xferinfo_callback f, void *context) {
    CURLcode code = api.setopt(h, CURLOPT_XFERINFOFUNCTION, f);
    if (!code) code = api.setopt(h, CURLOPT_XFERINFODATA, context);
    return code ? code : api.setopt(h, CURLOPT_NOPROGRESS, 0L);
}

CURLcode ccurl_perform(CURL *h) { return api.perform(h); }

long ccurl_info_long(CURL *h, CURLINFO i) {
    long value = 0;
    return api.getinfo(h, i, &value) == CURLE_OK ? value : 0;
}

const char *ccurl_info_text(CURL *h, CURLINFO i) {
    char *text = NULL;
    return api.getinfo(h, i, &text) == CURLE_OK ? text : NULL;
}

const char *ccurl_message(CURLcode code) { return api.strerror(code); }
struct curl_slist *ccurl_append(struct curl_slist *l, const char *t) { return api.append(l, t); }
void ccurl_free_list(struct curl_slist *l) { api.free_all(l); }
