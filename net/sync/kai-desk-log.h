#pragma once

#include "sync/kai-desk.h"

G_BEGIN_DECLS

/* Signs the log up to its last line with the desk's key; does nothing without a key, or when nothing came since the last signature. Without @now also when it was signed today
 * already: once a day is enough, at the first work of the day; with it at sign-out and before a backup. */
gboolean kai_desk_sign_log (KaiDesk *desk, gboolean now, GError **error);

/* What following the log and its signatures found. */
typedef struct
{
  gboolean ok;
  gint64 lines;        /* that are right, from the first on */
  gint64 signed_lines; /* up to this one the log is what was signed */
  int signatures;      /* that are right */
  gint64
      bad_line; /* the first that is not what was written, 0 when all are; where the chain was made anew, the first that may not be */
  gboolean trusted; /* the signers' certificates were checked against the roots */
  char *message;    /* a sentence for people */
} KaiLogReport;
void kai_log_report_free (KaiLogReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiLogReport, kai_log_report_free)

/* The chain, the signed heads and their signatures; needs no key. @trust_path: roots for the signers' certificates, "" = they are not checked. NULL with
 * @error only when the store cannot be read. Caller frees. */
KaiLogReport *kai_log_verify (KaiDatabase *db, const char *trust_path, GError **error);

G_END_DECLS
