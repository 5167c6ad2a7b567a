// libcurl (curl.se/libcurl/c), loaded when a registry is first asked: a program that only starts
// containers never pays for TLS. Its option setter is variadic, which Swift cannot call.
#ifndef CCURL_H
#define CCURL_H
#include <curl/curl.h>

// Loads libcurl.so.4 once, from any thread. 0, or -1 with the loader's words in ccurl_load_error().
int ccurl_load(void);
const char *ccurl_load_error(void);

// The rest may be called once ccurl_load() has said 0.
CURL *ccurl_new(void);
void ccurl_free(CURL *);
void ccurl_reset(CURL *);
CURLcode ccurl_set_long(CURL *, CURLoption, long);
CURLcode ccurl_set_offset(CURL *, CURLoption, curl_off_t);
CURLcode ccurl_set_text(CURL *, CURLoption, const char *);
CURLcode ccurl_set_pointer(CURL *, CURLoption, void *);
// CURLOPT_CAINFO_BLOB and its like: the bytes are copied.
CURLcode ccurl_set_blob(CURL *, CURLoption, const void *, size_t);
CURLcode ccurl_on_header(CURL *, curl_write_callback, void *);
CURLcode ccurl_on_body(CURL *, curl_write_callback, void *);
CURLcode ccurl_on_upload(CURL *, curl_read_callback, curl_seek_callback, void *);
CURLcode ccurl_on_progress(CURL *, curl_xferinfo_callback, void *);
CURLcode ccurl_perform(CURL *);
long ccurl_info_long(CURL *, CURLINFO);
// Valid until the handle's next use; may be NULL.
const char *ccurl_info_text(CURL *, CURLINFO);
const char *ccurl_message(CURLcode);
struct curl_slist *ccurl_append(struct curl_slist *, const char *);
void ccurl_free_list(struct curl_slist *);
#endif
