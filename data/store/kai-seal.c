/* Which fields of a row are sealed together, in which order. New ones go to the end of a list: what was sealed before opens with "" for them. */
#include "store/kai-seal-private.h"

#define PAYER_FIELDS 5
#define OUTCOME_FIELDS 3

char *
kai_seal_outbox_purpose (const char *msg_id)
{
  return g_strconcat ("outbox ", msg_id, NULL);
}

char *
kai_seal_batch_purpose (const char *batch_id)
{
  return g_strconcat ("batch ", batch_id, NULL);
}

/* A store from before may hold a notice without anything personal: the column is never NULL. */
GBytes *
kai_seal_notice_payer (KaiVault *vault, const KaiNotice *notice, gint64 id)
{
  const char *texts[] = { notice->payer_name, notice->payer_id,   notice->mobile,
                          notice->memo,       notice->student_no, NULL };
  GBytes *sealed = kai_vault_seal_texts (vault, texts, NOTICE_PAYER, id);

  return sealed ? sealed : g_bytes_new (NULL, 0);
}

GBytes *
kai_seal_notice_outcome (KaiVault *vault, const KaiNotice *notice, gint64 id)
{
  const char *texts[] = { notice->refusal_text, notice->paid_by, notice->void_reason, NULL };

  return kai_vault_seal_texts (vault, texts, NOTICE_OUTCOME, id);
}

/* Straight from the row: a page opens hundreds of these. NULL for NULL and for what is empty. */
static GBytes *
borrow_column (sqlite3_stmt *stmt, int column)
{
  gconstpointer data = sqlite3_column_blob (stmt, column);
  int size = sqlite3_column_bytes (stmt, column);

  return size > 0 ? g_bytes_new_static (data, (gsize)size) : NULL;
}

char **
kai_seal_open_payer (KaiDatabase *db, sqlite3_stmt *stmt, int column, gint64 id, GError **error)
{
  g_autoptr (GBytes) sealed = borrow_column (stmt, column);

  return kai_vault_open_texts (kai_database_get_vault (db), sealed, PAYER_FIELDS, NOTICE_PAYER, id,
                               error);
}

static void
take_text (char **field, char **text)
{
  g_free (*field);
  *field = g_steal_pointer (text);
}

gboolean
kai_seal_open_notice (KaiDatabase *db, sqlite3_stmt *stmt, int payer, int outcome,
                      KaiNotice *notice, GError **error)
{
  g_auto (GStrv) person = kai_seal_open_payer (db, stmt, payer, notice->id, error);
  g_autoptr (GBytes) sealed = borrow_column (stmt, outcome);
  g_auto (GStrv) words = NULL;
  char **fields[] = { &notice->payer_name, &notice->payer_id, &notice->mobile, &notice->memo,
                      &notice->student_no };

  if (!person)
    return FALSE;
  for (guint i = 0; i < PAYER_FIELDS; i++)
    take_text (fields[i], &person[i]);
  if (!sealed)
    return TRUE;
  words = kai_vault_open_texts (kai_database_get_vault (db), sealed, OUTCOME_FIELDS, NOTICE_OUTCOME,
                                notice->id, error);
  if (!words)
    return FALSE;
  take_text (&notice->refusal_text, &words[0]);
  take_text (&notice->paid_by, &words[1]);
  take_text (&notice->void_reason, &words[2]);
  return TRUE;
}
