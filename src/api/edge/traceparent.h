/*
 * traceparent.h - the trace that a request is part of: W3C Trace Context, level 1, section 3.2.
 *
 *   traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *                   trace-id                         parent-id
 *
 * shopd makes no spans and sends no traces: it writes the trace's id into its log lines, so that
 * they can be found from a trace that others record.
 */
#ifndef API_TRACEPARENT_H
#define API_TRACEPARENT_H

#include "net/server.h"

enum { TRACE_ID_LENGTH = 32 };

/* The trace-id of a header's value; empty when it is none, as the recommendation asks: an unknown
 * version counts as long as it begins as this one does. */
struct text traceparent_read(struct text value);
/* Of a request; empty too when there are two. As good as the request's texts. */
struct text traceparent_of(const struct request *request);

#endif
