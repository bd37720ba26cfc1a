/* Does everything that is sealed open, at its own place? What was changed in the file, or copied to another row, does not. */
#include "store/kai-vault-store.h"

#include <glib/gi18n-lib.h>

#include "store/kai-seal-private.h"
#include "values/kai-problem.h"

/* Columns: which, id, sealed, text of the purpose. */
typedef struct
{
  const char *sql;
  const char *purpose;  /* NULL: made of the last column */
  const char *sentence; /* %s is which */
} Sealed;

#define OF_NOTICE N_ ("What is encrypted of notice %s was changed: it does not open.")
#define OF_EBILL N_ ("What is encrypted of e-bill %s was changed: it does not open.")

static const Sealed columns[] = {
  { "SELECT payment_code, id, sealed, '' FROM notice WHERE length (sealed) > 0", NOTICE_PAYER,
    OF_NOTICE },
  { "SELECT payment_code, id, sealed_outcome, '' FROM notice WHERE sealed_outcome IS NOT NULL",
    NOTICE_OUTCOME, OF_NOTICE },
  { "SELECT number, id, content, '' FROM ebill WHERE content IS NOT NULL", EBILL_CONTENT,
    OF_EBILL },
  { "SELECT number, id, file, '' FROM ebill WHERE file IS NOT NULL", EBILL_FILE, OF_EBILL },
  { "SELECT number, id, sealed_outcome, '' FROM ebill WHERE sealed_outcome IS NOT NULL",
    EBILL_OUTCOME, OF_EBILL },
  { "SELECT msg_id, 0, body, msg_id FROM outbox WHERE body IS NOT NULL", NULL,
    N_ ("Message %s was changed: it does not open.") },
};

static gboolean
check_column (KaiDatabase *db, KaiVault *vault, const Sealed *column, GPtrArray *problems,
              guint limit, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (db, column->sql, error);
  guint before = problems->len;
  gboolean row;

  while (stmt && kai_database_step (db, stmt, &row, error))
    {
      g_autoptr (GBytes) sealed = row ? kai_column_bytes (stmt, 2) : NULL;
      g_autofree char *which = row ? kai_column_dup (stmt, 0) : NULL;
      g_autofree char *message = row ? kai_column_dup (stmt, 3) : NULL;
      g_autofree char *purpose = column->purpose ? g_strdup (column->purpose)
                                 : row           ? kai_seal_outbox_purpose (message)
                                                 : NULL;
      g_autofree char *sentence = NULL;
      g_autoptr (GBytes) plain =
          row ? kai_vault_open (vault, sealed, purpose, sqlite3_column_int64 (stmt, 1), NULL)
              : NULL;

      if (!row)
        return TRUE;
      if (plain)
        continue;
      sentence = g_strdup_printf (_ (column->sentence), which);
      g_ptr_array_add (problems, kai_problem_new (0, which, "sealed-damaged", "%s", sentence));
      if (problems->len - before < limit)
        continue;
      sqlite3_reset (stmt);
      return TRUE;
    }
  return FALSE;
}

gboolean
kai_vault_store_check_sealed (KaiDatabase *db, GPtrArray *problems, guint limit, GError **error)
{
  KaiVault *vault = kai_database_get_vault (db);
  gboolean ok = TRUE;

  for (guint i = 0; vault && ok && i < G_N_ELEMENTS (columns); i++)
    ok = check_column (db, vault, &columns[i], problems, limit, error);
  return ok;
}
