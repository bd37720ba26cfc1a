#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* --trace: each request and answer byte for byte as NNNN-request.xml and NNNN-response.xml, numbers going on after those that are there. The folder is 0700, the files 0600: they
 * hold personal data. */
typedef struct _KaiSoapTrace KaiSoapTrace;

/* Makes the folder. UNREACHABLE (nothing will be sent) when it cannot. */
KaiSoapTrace *kai_soap_trace_new (const char *dir, GError **error);
void kai_soap_trace_free (KaiSoapTrace *trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSoapTrace, kai_soap_trace_free)
/* Starts a new pair. */
gboolean kai_soap_trace_request (KaiSoapTrace *trace, GBytes *bytes, GError **error);
/* To the pair that was started last. An answer must not be lost for its trace: a failure is only logged. */
void kai_soap_trace_response (KaiSoapTrace *trace, GBytes *bytes);

G_END_DECLS
