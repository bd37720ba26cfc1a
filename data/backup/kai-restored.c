/* The rules of a restored store, and how a copied one is known. */
#include "backup/kai-restored.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/kai-audit-log.h"
#include "store/kai-files.h"
#include "values/kai-error.h"

#define WORD_BYTES 16
#define DESK_ID_BYTES 8

static char *
make_word (gsize n)
{
  g_autofree guchar *bytes = g_malloc (n);
  GString *text = g_string_new (NULL);

  if (RAND_bytes (bytes, (int)n) != 1)
    g_error ("the system gives no random numbers");
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

/* ---- the rules ---- */

static gboolean
close_leases (KaiDatabase *db, GError **error)
{
  return kai_database_run (db, error,
                           "INSERT INTO code_given_up (lease_id, first, last, next)"
                           " SELECT id, next, last, next FROM code_lease WHERE next <= last",
                           NULL)
         && kai_database_run (db, error, "UPDATE code_lease SET next = last + 1 WHERE next <= last",
                              NULL);
}

static gboolean
note_restore (KaiDatabase *db, KaiRestoredCause cause, gint64 saved_at, GError **error)
{
  g_autofree char *desk_id = kai_database_dup_setting (db, "desk_id");
  g_autofree char *fresh = make_word (DESK_ID_BYTES);

  return kai_database_run (
             db, error,
             "INSERT INTO store_restore (at, cause, saved_at, desk_id, asked_leases, next_notice,"
             " last_notice, asked_ebills, done_at) SELECT ?, ?, ?, ?, 0, 0,"
             " coalesce (max (id), 0), 0, 0 FROM notice",
             "ltlt", g_get_real_time () / G_USEC_PER_SEC,
             cause == KAI_RESTORED_BACKUP ? "backup" : "copy", saved_at, desk_id)
         && kai_database_set_setting (db, "desk_id", fresh, error);
}

static gboolean
write_line (KaiDatabase *db, const char *user, KaiRestoredCause cause, gint64 saved_at,
            gint64 numbers, GError **error)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_utc (saved_at);
  g_autofree char *when = at ? g_date_time_format (at, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("");
  g_autofree char *subject =
      g_strconcat (cause == KAI_RESTORED_BACKUP ? "backup:" : "copy:", when, NULL);
  g_autofree char *outcome = g_strdup_printf ("%" G_GINT64_FORMAT " numbers given up", numbers);

  return kai_audit_log_add (db, user, "store.restore", subject, outcome, error);
}

static gboolean
apply (KaiDatabase *db, const char *user, KaiRestoredCause cause, gint64 saved_at, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 numbers = kai_database_get_int (
      db, 0, &local,
      "SELECT coalesce (sum (last + 1 - next), 0) FROM code_lease WHERE next <= last", NULL);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return note_restore (db, cause, saved_at, error) && close_leases (db, error)
         && kai_database_run (db, error,
                              "UPDATE outbox SET next_try_at = 0 WHERE state = 'waiting'", NULL)
         /* Wherever it came from: from now on its place is here. */
         && kai_database_set_setting (db, "store_word", "", error)
         && kai_database_set_setting (db, "store_word_before", NULL, error)
         && kai_database_set_setting (db, "store_place", NULL, error)
         && write_line (db, user, cause, saved_at, numbers, error);
}

gboolean
kai_restored_apply (KaiDatabase *db, const char *user, KaiRestoredCause cause, gint64 saved_at,
                    GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  if (!apply (db, user, cause, saved_at, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  return kai_database_commit (db, error);
}

gboolean
kai_restored_is_open (KaiDatabase *db)
{
  return kai_database_get_int (
             db, 0, NULL, "SELECT EXISTS (SELECT 1 FROM store_restore WHERE done_at = 0)", NULL)
         != 0;
}

/* ---- copies ---- */

/* The file beside the store, locked while its word and the store's are changed together. -1 on failure. */
static int
open_word_file (KaiDatabase *db, GError **error)
{
  g_autofree char *path = g_build_filename (kai_database_get_dir (db), "store.id", NULL);
  int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd >= 0 && flock (fd, LOCK_EX) == 0)
    return fd;
  kai_files_fail (error, path, errno);
  if (fd >= 0)
    close (fd);
  return -1;
}

static char *
read_word (int fd)
{
  char text[2 * WORD_BYTES + 1] = "";
  gssize got = pread (fd, text, sizeof text - 1, 0);

  return g_strdup (got == sizeof text - 1 ? text : "");
}

static gboolean
write_word (int fd, const char *word)
{
  gsize size = strlen (word);

  return pwrite (fd, word, size, 0) == (gssize)size && fdatasync (fd) == 0;
}

/* Where the store lies: another machine, or another file on this one, is another place. */
static char *
find_place (KaiDatabase *db)
{
  g_autofree char *machine = NULL;
  g_autofree char *text = NULL;
  const char *path = sqlite3_db_filename (kai_database_get_handle (db), "main");
  struct stat status;

  if (!g_file_get_contents ("/etc/machine-id", &machine, NULL, NULL))
    machine = g_strdup ("");
  if (!path || stat (path, &status) != 0)
    return g_strdup ("");
  text = g_strdup_printf ("kaipiao %s %" G_GUINT64_FORMAT, g_strstrip (machine),
                          (guint64)status.st_ino);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* The store first, its file after: when a program dies in between, the file holds the word that it held, which the store still knows. A store that is older than the
 * file's word knows neither. */
static gboolean
change_word (KaiDatabase *db, int fd, const char *place, GError **error)
{
  g_autofree char *word = make_word (WORD_BYTES);
  g_autofree char *before = read_word (fd);
  gboolean ok;

  if (!kai_database_begin (db, error))
    return FALSE;
  ok = kai_database_set_setting (db, "store_word_before", before, error)
       && kai_database_set_setting (db, "store_word", word, error)
       && (!place || kai_database_set_setting (db, "store_place", place, error));
  if (!ok)
    {
      kai_database_rollback (db);
      return FALSE;
    }
  if (!kai_database_commit (db, error))
    return FALSE;
  /* Not written, it holds the word before. */
  (void)write_word (fd, word);
  return TRUE;
}

static gboolean
is_known (KaiDatabase *db, int fd, const char *place)
{
  g_autofree char *now = kai_database_dup_setting (db, "store_word");
  g_autofree char *before = kai_database_dup_setting (db, "store_word_before");
  g_autofree char *there = kai_database_dup_setting (db, "store_place");
  g_autofree char *word = read_word (fd);

  if (!now)
    return !*word; /* without a word in the file: a new one, or the first start with this version */
  if (!*now)
    return TRUE; /* just restored */
  return g_strcmp0 (there, place) == 0
         && (g_str_equal (word, now) || (before && *before && g_str_equal (word, before)));
}

/* Nothing ever came of a store without numbers and messages: what would be given up or asked about? */
static gboolean
has_history (KaiDatabase *db)
{
  return kai_database_get_int (db, 0, NULL,
                               "SELECT EXISTS (SELECT 1 FROM code_lease)"
                               " OR EXISTS (SELECT 1 FROM outbox)",
                               NULL)
         != 0;
}

/* The time of the last line of the log is of when a copy is. */
static gint64
last_change (KaiDatabase *db)
{
  return kai_database_get_int (db, 0, NULL, "SELECT at FROM audit_log ORDER BY id DESC LIMIT 1",
                               NULL);
}

gboolean
kai_restored_check_copy (KaiDatabase *db, const char *user, gboolean *found, GError **error)
{
  int fd = open_word_file (db, error);
  g_autofree char *place = NULL;
  g_autoptr (GError) local = NULL;
  gboolean ok = TRUE;

  *found = FALSE;
  if (fd < 0)
    return FALSE;
  place = find_place (db);
  if (!is_known (db, fd, place) && has_history (db))
    {
      *found = TRUE;
      ok = kai_restored_apply (db, user, KAI_RESTORED_COPY, last_change (db), error);
    }
  /* On a full disk what is there can still be read: the word stays what it was. */
  if (ok && !change_word (db, fd, place, &local)
      && !g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      ok = FALSE;
    }
  close (fd);
  return ok;
}

void
kai_restored_leave (KaiDatabase *db, int changes)
{
  g_autoptr (GError) error = NULL;
  int fd;

  if (kai_database_in_transaction (db)
      || sqlite3_total_changes (kai_database_get_handle (db)) == changes)
    return;
  fd = open_word_file (db, &error);
  if (fd < 0)
    return;
  (void)change_word (db, fd, NULL, &error);
  close (fd);
}
