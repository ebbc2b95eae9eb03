/* embedded.h - files of docs/api/ that the binary carries; embedded.c takes them in at build time.
 */
#ifndef API_EMBEDDED_H
#define API_EMBEDDED_H

#include "base/text.h"

struct text embedded_openapi(void); /* docs/api/openapi.json */
struct text embedded_docs(void);
/* The page that needs the viewer, and the viewer: TEXT_NONE when it was not there at build time
 * (tools/fetch_viewer). */
struct text embedded_viewer_page(void);
struct text embedded_viewer(void); /* docs/api/index.html */

#endif
