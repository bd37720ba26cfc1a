#pragma once

#include "messages/kai-catalogue.h"
#include "security/kai-certificate.h"

G_BEGIN_DECLS

/* What stands in a request or an answer, who signed it and which check it does not pass, for the people who have to find out why two servers do not agree. Never fails: whatever
 * the bytes are, there is a report. It believes nothing and nobody acts on it: fields are shown even when the signature is wrong. Personal data (the catalogue's column "holds") are
 * masked unless asked for, in every text of the report. */

typedef enum
{
  KAI_INSPECTION_UNREADABLE, /* no XML within the limits, or neither envelope nor message */
  KAI_INSPECTION_REQUEST,
  KAI_INSPECTION_ANSWER,
  KAI_INSPECTION_FAULT,
  KAI_INSPECTION_MESSAGE, /* a CFX document without an envelope */
} KaiInspectionKind;
const char *kai_inspection_kind_to_string (KaiInspectionKind kind); /* "request" */

typedef enum
{
  KAI_CHECK_PASSED,
  KAI_CHECK_FAILED,
  KAI_CHECK_SKIPPED, /* not looked at, because of an earlier one or for want of something to compare with */
} KaiCheckState;

typedef struct
{
  const char *
      id; /* stable word: "xml", "structure", "certificate", "algorithm", "value", "references", "digests", "coverage", "time", "chain", "body", "fields", "holder",
                        "relates-to", "reference", "receiver" */
  const char *title; /* in the user's language */
  KaiCheckState state;
  char *code; /* result code (results.tsv) of a failure; NULL otherwise */
  char *sentence;
} KaiInspectionCheck;

typedef struct
{
  char *
      path; /* "HEAD/MsgNo", "1/PayCode", "1/PushList/Push/2/Content/PayerName": the number is that of the voucher or list item */
  char *tag;
  char *name;  /* the catalogue's, "" where it has none */
  char *value; /* as shown; "" for a heading */
  int depth;
  gboolean is_heading;
  gboolean is_hidden; /* the value or a part of it is not shown */
} KaiInspectionField;

typedef struct
{
  KaiInspectionKind kind;
  gsize size;  /* bytes */
  gboolean ok; /* no check failed */
  gint64 at;   /* UTC seconds as of which it was checked */

  char *number;        /* MsgNo, "" */
  const char *meaning; /* of the number in the user's language, "" */
  char *msg_id, *msg_ref;
  guint n_vouchers;
  GPtrArray *headers; /* KaiInspectionField: MessageID, To, Action, RelatesTo as they stand there */
  char *fault_code, *fault_result, *fault_sentence; /* "" when it is no fault */

  gboolean is_signed;             /* there is a signature, right or wrong */
  char *algorithm;                /* "SM2 with SM3", or the identifier */
  char *signer, *issuer, *serial; /* of the certificate in the message; "" */
  gint64 not_before, not_after;   /* 0 unknown */
  char *created, *expires;        /* as written in the Timestamp, "" */
  char **parts;                   /* names of the elements that the signature says it covers */

  GPtrArray *checks;     /* KaiInspectionCheck, in their order */
  GPtrArray *fields;     /* KaiInspectionField */
  guint fields_left_out; /* beyond the limit */
  char *
      text; /* the message for reading: indented, vouchers decoded, masked; exactly as it was sent when personal data are asked for. At most 256 KB */
} KaiInspection;
void kai_inspection_free (KaiInspection *inspection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiInspection, kai_inspection_free)

typedef struct
{
  const KaiCatalogue *catalogue; /* borrowed, like all of this */
  KaiTrust *trust;
  gint64
      at; /* check as of this time, UTC seconds; 0: when the request was signed, or else the message itself */
  GBytes *request; /* that an answer belongs to, NULL when not known */
  gboolean show_personal;
} KaiInspectorOptions;

KaiInspection *kai_inspector_inspect (GBytes *bytes, const KaiInspectorOptions *options);
/* MsgNo of the message in an envelope or of a bare one, "" when there is none; caller frees. */
char *kai_inspector_dup_number (GBytes *bytes);
/* The first check that failed, NULL when none; borrowed. */
const KaiInspectionCheck *kai_inspection_get_failure (const KaiInspection *inspection);

G_END_DECLS
