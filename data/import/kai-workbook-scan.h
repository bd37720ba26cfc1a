#pragma once

#include "import/kai-workbook-private.h"

G_BEGIN_DECLS

typedef struct _KaiScan KaiScan;

/* Whether a part that begins so is in UTF-8. */
gboolean kai_scan_can_read (const char *bytes, gsize length);
/* Calls the handlers of @part. */
KaiScan *kai_scan_new (KaiPart *part);
/* Bytes as they come; @last: these were all. FALSE when the part is not well-formed. */
gboolean kai_scan_push (KaiScan *scan, const char *bytes, gsize length, gboolean last);
void kai_scan_free (KaiScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiScan, kai_scan_free)

/* kai-workbook-part.c */
gboolean kai_part_wants_namespace (const char *uri);
void kai_part_fail_document_type (KaiPart *part);

G_END_DECLS
