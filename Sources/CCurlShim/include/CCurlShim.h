#ifndef VIGIA_CCURL_SHIM_H
#define VIGIA_CCURL_SHIM_H

#include <curl/curl.h>

/* Swift cannot call functions of variable arguments: one plain function for each type of argument. */

CURLcode vigia_curl_start(void);

CURLcode vigia_curl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode vigia_curl_set_number(CURL *handle, CURLoption option, long value);
CURLcode vigia_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode vigia_curl_set_pointer(CURL *handle, CURLoption option, void *value);

/* The upload is read from here. */
typedef size_t (*vigia_curl_reader)(char *buffer, size_t size, size_t count, void *context);
CURLcode vigia_curl_set_reader(CURL *handle, vigia_curl_reader reader, void *context);

/* Told every line that is sent or received; `kind` is a `curl_infotype`. */
typedef int (*vigia_curl_listener)(CURL *handle, curl_infotype kind, char *data, size_t size, void *context);
CURLcode vigia_curl_set_listener(CURL *handle, vigia_curl_listener listener, void *context);

/* Asked about once a second; anything but 0 ends the transfer. */
typedef int (*vigia_curl_watcher)(
    void *context, curl_off_t toLoad, curl_off_t loaded, curl_off_t toSend, curl_off_t sent);
CURLcode vigia_curl_set_watcher(CURL *handle, vigia_curl_watcher watcher, void *context);

/* Connections that the last transfer opened. */
CURLcode vigia_curl_connections(CURL *handle, long *count);

/* `CURL_SSLVERSION_TLSv1_2`. */
extern const long vigia_curl_tls12;

#endif
