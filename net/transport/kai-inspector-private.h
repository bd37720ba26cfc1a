#pragma once

#include "transport/kai-inspector.h"
#include <libxml/tree.h>

G_BEGIN_DECLS

typedef struct
{
  const KaiInspectorOptions *options;
  KaiInspection *report;
  xmlDoc *doc;                       /* NULL when unreadable */
  xmlNode *envelope, *header, *body; /* by position, as far as they are there */
  xmlNode *cfx;                      /* as written, verified or not */
  char *relates_to, *source, *destination;
  /* Of the request that was given. */
  char *request_message_id, *request_msg_id, *request_source, *request_region;
  gint64 request_created; /* 0 unknown */
} KaiInspectorLook;

/* ---- kai-inspector-describe.c ---- */
/* From the document: where its parts are, and all of the report but checks, fields and text. */
void kai_inspector_describe (KaiInspectorLook *look);
void kai_inspector_read_request (KaiInspectorLook *look);
void kai_inspector_look_clear (KaiInspectorLook *look);
xmlNode *kai_inspector_find_cfx (
    xmlNode *root); /* in an envelope, by position, or itself; NULL when there is none */
gint64 kai_inspector_parse_time (const char *text); /* UTC seconds; 0 when it is none */

/* ---- kai-inspector-fields.c ---- */
/* The fields of a message, from the document itself, and the document made fit to be shown: fills headers, fields and fields_left_out. Unless personal data are to be shown, every text in @doc is masked in place, and vouchers take the place of their base64:
 * nothing may be verified in it afterwards. @cfx NULL = none. */
void kai_inspector_read_fields (KaiInspection *report, xmlDoc *doc, xmlNode *cfx,
                                const KaiInspectorOptions *options);
/* Identity numbers and mobile numbers in free text become stars; caller frees. */
char *kai_inspector_scrub (const char *text);

G_END_DECLS
