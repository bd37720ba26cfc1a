/* A store of schema 001, made by the program as it was released: it opens, is sealed at the first unlock, shows every figure as it was, and nothing personal can be read
 * in its files any more. */
#define _GNU_SOURCE /* memmem */
#include "store-test.h"

#include <glib/gstdio.h>
#include <string.h>

#include "store/kai-audit-log.h"
#include "store/kai-ebill-store.h"
#include "store/kai-figures.h"
#include "store/kai-import-store.h"
#include "store/kai-outbox.h"
#include "store/kai-stock.h"
#include "store/kai-vault-store.h"
#include "values/kai-problem.h"

/* Columns of the lines that begin with "notice" in 001.tsv. */
enum
{
  KIND,
  ID,
  PAYMENT_CODE,
  PAYER,
  PAYER_ID,
  MOBILE,
  MEMO,
  STUDENT_NO,
  AMOUNT,
  STATE,
  SYNC,
  REFUSAL,
  PAID_BY,
  VOID_REASON,
  ROW_KEY,
  N_COLUMNS
};

typedef struct
{
  char *dir;
  GPtrArray *lines; /* GStrv */
} Old;

static void
unpack (const char *fixture, const char *path)
{
  g_autofree char *packed = kai_test_fixture (fixture);
  g_autoptr (GFile) source = g_file_new_for_path (packed);
  g_autoptr (GFile) target = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInputStream) input = g_file_read (source, NULL, &error);
  g_autoptr (GConverter) gunzip =
      G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) plain = NULL;
  g_autoptr (GFileOutputStream) output =
      g_file_create (target, G_FILE_CREATE_PRIVATE, NULL, &error);

  g_assert_no_error (error);
  plain = g_converter_input_stream_new (G_INPUT_STREAM (input), gunzip);
  g_output_stream_splice (G_OUTPUT_STREAM (output), plain,
                          G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                          NULL, &error);
  g_assert_no_error (error);
}

static void
set_up (Old *old, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *expected = kai_test_fixture ("store/001.tsv");
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  old->dir = kai_test_make_dir ();
  path = g_build_filename (old->dir, "store.db", NULL);
  unpack ("store/001.db.gz", path);
  g_assert_true (g_file_get_contents (expected, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  old->lines = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  for (int i = 0; lines[i]; i++)
    if (*lines[i])
      g_ptr_array_add (old->lines, g_strsplit (lines[i], "\t", -1));
  g_assert_cmpuint (old->lines->len, >, 20);
}

static void
tear_down (Old *old, gconstpointer data)
{
  kai_test_remove_dir (old->dir);
  g_ptr_array_unref (old->lines);
}

static KaiDatabase *
open_locked (Old *old)
{
  g_autoptr (GError) error = NULL;
  KaiDatabase *db = kai_database_open (old->dir, "store.db", &kai_store_schema, &error);

  g_assert_no_error (error);
  return db;
}

static KaiDatabase *
open_unlocked (Old *old)
{
  g_autoptr (GError) error = NULL;
  KaiDatabase *db = open_locked (old);

  store_test_unlock (db);
  kai_vault_store_seal_old (db, &error);
  g_assert_no_error (error);
  return db;
}

/* ---- what is there ---- */

static void
check_notice (KaiDatabase *db, char **line)
{
  g_autoptr (GError) error = NULL;
  gint64 id = g_ascii_strtoll (line[ID], NULL, 10);
  g_autoptr (KaiNotice) notice = kai_notice_store_load (db, id, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (notice->payment_code, ==, line[PAYMENT_CODE]);
  g_assert_cmpstr (notice->payer_name, ==, line[PAYER]);
  g_assert_cmpstr (notice->payer_id, ==, line[PAYER_ID]);
  g_assert_cmpstr (notice->mobile, ==, line[MOBILE]);
  g_assert_cmpstr (notice->memo, ==, line[MEMO]);
  g_assert_cmpstr (notice->student_no, ==, line[STUDENT_NO]);
  g_assert_cmpint (notice->amount, ==, g_ascii_strtoll (line[AMOUNT], NULL, 10));
  g_assert_cmpstr (kai_notice_state_to_string (notice->state), ==, line[STATE]);
  g_assert_cmpstr (kai_sync_state_to_string (notice->sync), ==, line[SYNC]);
  g_assert_cmpstr (notice->refusal_text, ==, line[REFUSAL]);
  g_assert_cmpstr (notice->paid_by, ==, line[PAID_BY]);
  g_assert_cmpstr (notice->void_reason, ==, line[VOID_REASON]);
  g_assert_cmpuint (notice->items->len, >, 0);
  /* A row that was issued from a workbook is known again. */
  if (*line[ROW_KEY])
    g_assert_cmpint (kai_notice_store_find_row_key (db, line[ROW_KEY], NULL), ==, id);
}

static void
assert_hash (GBytes *bytes, const char *expected)
{
  g_autofree char *hash = bytes ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes) : NULL;

  g_assert_cmpstr (hash ? hash : "-", ==, expected);
}

static void
check_ebill (KaiDatabase *db, char **line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiEbillRecord) record =
      kai_ebill_store_load (db, g_ascii_strtoll (line[1], NULL, 10), &error);

  g_assert_no_error (error);
  assert_hash (record->content, line[2]);
  assert_hash (record->file, line[3]);
  g_assert_cmpuint (strlen (record->payer_name), >, 0);
}

static void
check_message (KaiDatabase *db, char **line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiOutboxMessage) message = kai_outbox_next (db, G_MAXINT64, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (message->msg_id, ==, line[1]);
  assert_hash (message->body, line[2]);
}

static void
check_movement (KaiDatabase *db, char **line)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *number = g_strdup_printf ("%0*d", atoi (line[1]), atoi (line[2]));
  g_autoptr (GPtrArray) movements = kai_stock_history (db, NULL, number, &error);
  gboolean found = FALSE;

  g_assert_no_error (error);
  for (guint i = 0; i < movements->len; i++)
    {
      const KaiStockMovement *movement = movements->pdata[i];

      found |= g_str_equal (kai_move_kind_to_string (movement->kind), line[3])
               && g_str_equal (movement->reason, line[4]);
    }
  g_assert_true (found);
}

static void
check_batch (KaiDatabase *db, char **line)
{
  g_autofree char *batch = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_new = TRUE;

  kai_import_store_get_batch (db, line[2], line[3], line[4], &batch, &is_new, &error);
  g_assert_no_error (error);
  g_assert_false (is_new);
  g_assert_cmpstr (batch, ==, line[1]);
}

static void
check_all (Old *old, KaiDatabase *db)
{
  static const struct
  {
    const char *kind;
    void (*check) (KaiDatabase *db, char **line);
  } kinds[] = { { "notice", check_notice },
                { "ebill", check_ebill },
                { "outbox", check_message },
                { "movement", check_movement },
                { "batch", check_batch } };
  guint checked = 0;

  for (guint i = 0; i < old->lines->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
      if (g_str_equal (((char **)old->lines->pdata[i])[0], kinds[k].kind))
        {
          kinds[k].check (db, old->lines->pdata[i]);
          checked++;
        }
  /* All but the line that counts the log. */
  g_assert_cmpuint (checked, ==, old->lines->len - 1);
}

/* The same sums as in the plain lines. */
static void
check_figures (Old *old, KaiDatabase *db)
{
  gint64 lines = 0, paid = 0, amount = 0;
  g_autoptr (GError) error = NULL;
  KaiFigures figures;

  for (guint i = 0; i < old->lines->len; i++)
    {
      char **line = old->lines->pdata[i];

      if (g_str_equal (line[0], "notice") && g_str_equal (line[STATE], "paid"))
        {
          paid++;
          amount += g_ascii_strtoll (line[AMOUNT], NULL, 10);
        }
      if (g_str_equal (line[0], "log"))
        {
          gint64 count;

          g_assert_true (kai_audit_log_verify (db, &count, &error));
          g_assert_cmpint (count, ==, g_ascii_strtoll (line[1], NULL, 10));
          lines++;
        }
    }
  g_assert_cmpint (lines, ==, 1);
  kai_figures_load (db, 0, 0, &figures, &error);
  g_assert_no_error (error);
  g_assert_cmpint (figures.paid.count, ==, paid);
  g_assert_cmpint (figures.paid.amount, ==, amount);
  g_assert_true (kai_database_check (db, &error));
}

/* ---- what is not ---- */

static gboolean
holds (const char *contents, gsize length, const char *text, const char *charset)
{
  gsize size = 0;
  g_autofree char *bytes = g_convert (text, -1, charset, "UTF-8", NULL, &size, NULL);

  return bytes && memmem (contents, length, bytes, size) != NULL;
}

/* Whether any file of the directory holds @text in one of the ways in which programs write it. */
static char *
find_in_files (const char *dir, const char *text)
{
  static const char *const charsets[] = { "UTF-8", "GBK", "UTF-16LE", "UTF-16BE" };
  g_autoptr (GDir) files = g_dir_open (dir, 0, NULL);
  g_autofree char *base64 = g_base64_encode ((const guchar *)text, strlen (text));
  const char *name;

  while ((name = g_dir_read_name (files)))
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      g_autofree char *contents = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
      for (guint i = 0; i < G_N_ELEMENTS (charsets); i++)
        if (holds (contents, length, text, charsets[i]))
          return g_strdup (name);
      if (memmem (contents, length, base64, strlen (base64)))
        return g_strdup (name);
    }
  return NULL;
}

static void
check_hidden (Old *old, gboolean hidden)
{
  static const int columns[] = { PAYER,   PAYER_ID, MOBILE,      MEMO,   STUDENT_NO,
                                 REFUSAL, PAID_BY,  VOID_REASON, ROW_KEY };
  guint found = 0;

  for (guint i = 0; i < old->lines->len; i++)
    {
      char **line = old->lines->pdata[i];
      gboolean is_notice = g_str_equal (line[0], "notice");
      guint n = is_notice ? G_N_ELEMENTS (columns) : 0;

      if (g_str_equal (line[0], "movement") || g_str_equal (line[0], "batch"))
        {
          g_autofree char *file = *line[4] ? find_in_files (old->dir, line[4]) : NULL;

          if (hidden)
            g_assert_cmpstr (file, ==, NULL);
          found += file ? 1 : 0;
        }
      for (guint k = 0; k < n; k++)
        {
          const char *text = line[columns[k]];
          g_autofree char *file = *text ? find_in_files (old->dir, text) : NULL;

          if (hidden && file)
            g_error ("%s of line %u can be read in %s", text, i, file);
          found += file ? 1 : 0;
        }
    }
  /* The search itself works: before, it was all there. */
  if (!hidden)
    g_assert_cmpuint (found, >, 60);
}

static void
test_unlock (Old *old, gconstpointer data)
{
  KaiDatabase *db;

  check_hidden (old, FALSE);
  db = open_unlocked (old);
  check_all (old, db);
  check_figures (old, db);
  check_hidden (old, TRUE);
  kai_database_close (db);
  check_hidden (old, TRUE);
  /* And again, as on any other day. */
  db = open_unlocked (old);
  check_all (old, db);
  kai_database_close (db);
  check_hidden (old, TRUE);
}

/* Somebody reads while it is sealed: it is sealed all the same, and what is left in the files goes the next time. */
static void
test_reader_in_the_way (Old *old, gconstpointer data)
{
  KaiDatabase *reader = open_locked (old);
  g_autofree char *due = NULL, *still_due = NULL;
  KaiDatabase *db;

  g_assert_true (kai_database_begin_read (reader, NULL));
  g_assert_cmpint (kai_database_get_int (reader, 0, NULL, "SELECT count(*) FROM notice", NULL), ==,
                   22);
  db = open_locked (old);
  sqlite3_busy_timeout (kai_database_get_handle (db), 50);
  store_test_unlock (db);
  g_assert_true (kai_vault_store_seal_old (db, NULL));
  check_all (old, db);
  due = kai_database_dup_setting (db, "vault_rewrite");
  g_assert_cmpstr (due, ==, "1");
  g_assert_true (kai_database_commit (reader, NULL));
  kai_database_close (reader);
  kai_database_close (db);
  db = open_unlocked (old);
  still_due = kai_database_dup_setting (db, "vault_rewrite");
  g_assert_null (still_due);
  check_all (old, db);
  check_hidden (old, TRUE);
  kai_database_close (db);
  check_hidden (old, TRUE);
}

/* Everything opens; a value that was changed or put into another row does not. */
static void
test_check (Old *old, gconstpointer data)
{
  KaiDatabase *db = open_unlocked (old);
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_vault_store_check_sealed (db, problems, 20, &error));
  g_assert_cmpuint (problems->len, ==, 0);
  store_test_run (
      db, "UPDATE notice SET sealed = (SELECT sealed FROM notice WHERE id = 2) WHERE id = 1");
  store_test_run (db, "UPDATE ebill SET file = content WHERE id = 1");
  store_test_run (db, "UPDATE outbox SET body = zeroblob (100) WHERE body IS NOT NULL");
  g_assert_true (kai_vault_store_check_sealed (db, problems, 20, &error));
  g_assert_cmpuint (problems->len, ==, 3);
  for (guint i = 0; i < problems->len; i++)
    g_assert_cmpstr (((KaiProblem *)problems->pdata[i])->code, ==, "sealed-damaged");
  store_test_run (db, "UPDATE notice SET sealed = x'01'");
  g_ptr_array_set_size (problems, 0);
  g_assert_true (kai_vault_store_check_sealed (db, problems, 5, &error));
  g_assert_cmpuint (problems->len, ==, 7);
  kai_database_set_vault (db, NULL);
  g_ptr_array_set_size (problems, 0);
  g_assert_true (kai_vault_store_check_sealed (db, problems, 5, &error));
  g_assert_cmpuint (problems->len, ==, 0);
  kai_database_close (db);
}

/* Looked at without a key first: nothing personal is shown, nothing is lost. */
static void
test_locked_first (Old *old, gconstpointer data)
{
  KaiDatabase *db = open_locked (old);
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) notices = kai_notice_store_list (db, &filter, &error);
  g_autoptr (GPtrArray) ebills = kai_ebill_store_list (db, NULL, 0, &error);
  g_autoptr (GPtrArray) messages = kai_outbox_list_open (db, 0, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (notices->len, ==, 22);
  for (guint i = 0; i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];

      g_assert_cmpstr (notice->payer_name, ==, "");
      g_assert_cmpstr (notice->payer_id, ==, "");
      g_assert_cmpstr (notice->mobile, ==, "");
      g_assert_cmpint (notice->amount, >, 0);
    }
  g_assert_cmpuint (ebills->len, ==, 2);
  g_assert_cmpstr (((KaiEbillRecord *)ebills->pdata[0])->payer_name, ==, "");
  g_assert_cmpuint (messages->len, >, 0);
  g_assert_null (kai_outbox_next (db, G_MAXINT64, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  kai_database_close (db);
  db = open_unlocked (old);
  check_all (old, db);
  kai_database_close (db);
  check_hidden (old, TRUE);
}

/* The other key of another store does not open this one, and what it was sealed with is remembered. */
static void
test_other_key (Old *old, gconstpointer data)
{
  KaiDatabase *db = open_unlocked (old);
  g_autoptr (GBytes) key = kai_vault_make_key ();
  g_autoptr (KaiVault) other = kai_vault_new (key);
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_vault_store_check_key (db, &error));
  kai_database_set_vault (db, other);
  g_assert_false (kai_vault_store_check_key (db, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (kai_notice_store_load (db, 1, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
  kai_database_close (db);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/vault-migrate/unlock", Old, NULL, set_up, test_unlock, tear_down);
  g_test_add ("/vault-migrate/reader-in-the-way", Old, NULL, set_up, test_reader_in_the_way,
              tear_down);
  g_test_add ("/vault-migrate/check", Old, NULL, set_up, test_check, tear_down);
  g_test_add ("/vault-migrate/locked-first", Old, NULL, set_up, test_locked_first, tear_down);
  g_test_add ("/vault-migrate/other-key", Old, NULL, set_up, test_other_key, tear_down);
  return g_test_run ();
}
