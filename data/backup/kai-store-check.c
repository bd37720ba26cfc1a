/* The rules of the store as a table: each a query for what breaks it, and the sentence. */
#include "backup/kai-store-check.h"

#include <glib/gi18n-lib.h>

#include "store/kai-vault-store.h"
#include "values/kai-problem.h"

typedef struct
{
  const char *name;
  const char *sql;      /* one column: which */
  const char *sentence; /* %s is that */
} Rule;

#define OPEN_MESSAGE(numbers, id)                                                                  \
  "EXISTS (SELECT 1 FROM outbox_subject s JOIN outbox o ON o.id = s.outbox_id"                     \
  " WHERE s.subject_id = " id " AND o.state <> 'answered' AND o.msg_no IN (" numbers "))"

static const Rule rules[] = {
  { "notice-without-items",
    "SELECT payment_code FROM notice n WHERE NOT EXISTS"
    " (SELECT 1 FROM notice_item WHERE notice_id = n.id)",
    N_ ("Notice %s has no items.") },
  { "sum-differs",
    "SELECT payment_code FROM notice n WHERE amount <> late_fee"
    " + (SELECT coalesce (sum (amount), 0) FROM notice_item WHERE notice_id = n.id)",
    N_ ("The items of notice %s do not add up to its amount.") },
  { "message-missing",
    "SELECT payment_code FROM notice n WHERE sync IN ('signed', 'sent', 'unknown')"
    " AND NOT " OPEN_MESSAGE ("'8994', '8997', '8641'", "n.id"),
    N_ ("Notice %s waits for the finance server, but no message about it is in the outbox.") },
  { "message-missing",
    "SELECT n.payment_code FROM ebill e JOIN notice n ON n.id = e.notice_id"
    " WHERE e.sync IN ('draft', 'reserved', 'signed', 'sent', 'unknown')"
    " AND NOT " OPEN_MESSAGE ("'8999', '8981', '8632', '8982'", "e.id"),
    N_ ("The e-bill of notice %s waits for the finance server, but no message about it is in the "
        "outbox.") },
  { "subject-missing",
    "SELECT msg_id FROM outbox o JOIN outbox_subject s ON s.outbox_id = o.id WHERE CASE"
    " WHEN msg_no IN ('8994', '8997', '8641') THEN"
    " NOT EXISTS (SELECT 1 FROM notice WHERE id = subject_id)"
    " WHEN msg_no IN ('8999', '8981', '8982', '8632') THEN"
    " NOT EXISTS (SELECT 1 FROM ebill WHERE id = subject_id)"
    " WHEN msg_no IN ('8614', '8618', '8619', '8620', '8622') THEN"
    " NOT EXISTS (SELECT 1 FROM stock_movement WHERE id = subject_id) ELSE 0 END",
    N_ ("Message %s is about something that is not in the store.") },
  { "file-missing",
    "SELECT number FROM ebill e WHERE sync = 'accepted' AND file IS NULL"
    " AND sealed_outcome IS NULL AND NOT " OPEN_MESSAGE ("'8982'", "e.id")
    /* Of the first schema the files lie in a table of their own until the first unlock. */
    " AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'plain_ebill')",
    N_ ("E-bill %s was accepted, but its file is not here and no message fetches it.") },
  { "leases-overlap",
    "SELECT a.first FROM code_lease a JOIN code_lease b ON a.region = b.region"
    " AND a.year = b.year AND a.assigner = b.assigner AND a.id < b.id"
    " AND a.first <= b.last AND b.first <= a.last",
    N_ ("The leased payment code numbers from %s on overlap with another lease.") },
  { "given-up-in-use",
    "SELECT g.first FROM code_given_up g JOIN code_lease l ON l.id = g.lease_id"
    " WHERE g.first < l.first OR g.last > l.last OR l.next <= l.last",
    N_ ("The numbers from %s on were given up, but their lease is still open.") },
  { "bills-overlap",
    "SELECT printf ('%0*d', a.width, a.first) FROM stock_range a JOIN stock_range b"
    " ON a.type = b.type AND a.version = b.version AND a.width = b.width AND a.id < b.id"
    " AND a.first <= b.last AND b.first <= a.last",
    N_ ("The paper bills from %s on are in the stock twice.") },
  { "paid-without-time", "SELECT payment_code FROM notice WHERE state = 'paid' AND paid_at = 0",
    N_ ("Notice %s is paid, but the time is missing.") },
};

static gboolean
check_rule (KaiDatabase *db, const Rule *rule, GPtrArray *problems, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("%s LIMIT %d", rule->sql, KAI_STORE_CHECK_MAX);
  sqlite3_stmt *stmt = kai_database_prepare (db, sql, error);
  gboolean row;

  while (stmt && kai_database_step (db, stmt, &row, error))
    {
      g_autofree char *which = NULL;
      g_autofree char *sentence = NULL;

      if (!row)
        return TRUE;
      which = kai_column_dup (stmt, 0);
      sentence = g_strdup_printf (_ (rule->sentence), which);
      g_ptr_array_add (problems, kai_problem_new (0, which, rule->name, "%s", sentence));
    }
  return FALSE;
}

gboolean
kai_store_check (KaiDatabase *db, GPtrArray *problems, GError **error)
{
  gboolean ok = TRUE;

  /* One view of everything. */
  if (!kai_database_begin_read (db, error))
    return FALSE;
  for (guint i = 0; ok && i < G_N_ELEMENTS (rules); i++)
    ok = check_rule (db, &rules[i], problems, error);
  ok = ok && kai_vault_store_check_sealed (db, problems, KAI_STORE_CHECK_MAX, error);
  kai_database_commit (db, NULL);
  return ok;
}
