#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* Every action that changes something: time, user, what, on what, outcome. A line is written in the same transaction as the change. Lines
 * are chained by SM3 (each holds the hash of itself and the line before). No personal data. */
gboolean kai_audit_log_add (KaiDatabase *db, const char *user, const char *action,
                            const char *subject, const char *outcome, GError **error);

typedef struct
{
  gint64 id;
  gint64 at; /* UTC seconds */
  char *user, *action, *subject, *outcome;
} KaiAuditLine;
void kai_audit_line_free (KaiAuditLine *line);
/* Newest first, at most @limit; @subject NULL for all. Array of KaiAuditLine that frees them. */
GPtrArray *kai_audit_log_list (KaiDatabase *db, const char *subject, int limit, GError **error);
typedef struct
{
  gint64 from, before; /* UTC seconds, @before not included; 0 = open */
  const char *user;    /* NULL = all */
  const char *subject; /* NULL = all */
  int limit;           /* 0 = all */
} KaiAuditFilter;
/* Newest first. Array of KaiAuditLine that frees them. */
GPtrArray *kai_audit_log_find (KaiDatabase *db, const KaiAuditFilter *filter, GError **error);
/* Follows the whole chain and passes the signed heads; FALSE (DAMAGED) names the first line that was changed, missing or moved, or the lines between two heads
 * where the chain was made anew. *lines: how many were right. Whether the heads' signatures are right is looked at by kai_desk_verify_log. */
gboolean kai_audit_log_verify (KaiDatabase *db, gint64 *lines, GError **error);

G_END_DECLS
