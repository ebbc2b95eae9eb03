/* embedded.h - files of docs/api/ that the binary carries; embedded.c takes them in at build time.
 */
#ifndef API_EMBEDDED_H
#define API_EMBEDDED_H

#include "base/text.h"

struct text embedded_openapi(void); /* docs/api/openapi.json */
struct text embedded_docs(void);    /* docs/api/index.html */

#endif
