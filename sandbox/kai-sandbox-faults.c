/* Faults on demand: what the network and the server do wrong, so that a client can be tried. */
#include "kai-sandbox.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  const char *kind;
  gboolean has_value; /* kind:VALUE[:MESSAGE[:TIMES]] instead of kind[:MESSAGE[:TIMES]] */
  gint64 min, max;
} FaultKind;

static const FaultKind fault_kinds[] = {
  { "drop-request", FALSE, 0, 0 },
  { "drop-answer", FALSE, 0, 0 },
  { "http-500", FALSE, 0, 0 },
  { "busy", TRUE, 1, 86400 },
  { "delay", TRUE, 1, 600000 },
  { "cut", TRUE, 0, 64 * 1024 * 1024 },
  { "clock", TRUE, -100 * 366 * 86400LL, 100 * 366 * 86400LL },
};

static gboolean
bad_spec (const char *spec, GError **error)
{
  return kai_data_fail (
      error, KAI_DATA_ERROR_INVALID,
      _ ("“%s” is not a fault. Write drop-request, drop-answer or http-500, "
         "delay:MS, busy:SECONDS or cut:BYTES, each with [:MESSAGE[:TIMES]] after it, or "
         "clock:SECONDS, or clear."),
      spec);
}

static const FaultKind *
find_kind (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fault_kinds); i++)
    if (g_str_equal (fault_kinds[i].kind, word))
      return &fault_kinds[i];
  return NULL;
}

static gboolean
is_message_number (const char *text)
{
  return g_str_equal (text, "*") || (strlen (text) == 4 && strspn (text, "0123456789") == 4);
}

static gboolean
clear_faults (KaiSandbox *self, GError **error)
{
  return kai_database_run (self->db, error, "DELETE FROM fault", "")
         && kai_database_set_setting (self->db, "clock", "0", error);
}

gboolean
kai_sandbox_add_fault (KaiSandbox *self, const char *spec, GError **error)
{
  g_auto (GStrv) words = g_strsplit (spec, ":", 5);
  guint n = g_strv_length (words), next = 1;
  const FaultKind *kind = n ? find_kind (words[0]) : NULL;
  gint64 value = 0, times = 1;
  const char *number = "*";

  if (n == 1 && g_str_equal (words[0], "clear"))
    return clear_faults (self, error);
  if (!kind)
    return bad_spec (spec, error);
  if (kind->has_value
      && (n < 2
          || !g_ascii_string_to_signed (words[next++], 10, kind->min, kind->max, &value, NULL)))
    return bad_spec (spec, error);
  if (g_str_equal (kind->kind, "clock"))
    return n == 2 ? kai_database_set_setting (self->db, "clock", words[1], error)
                  : bad_spec (spec, error);
  if (n > next && !is_message_number (number = words[next++]))
    return bad_spec (spec, error);
  if (n > next && !g_ascii_string_to_signed (words[next++], 10, 0, 1000000, &times, NULL))
    return bad_spec (spec, error);
  if (n > next)
    return bad_spec (spec, error);
  return kai_database_run (self->db, error,
                           "INSERT INTO fault (kind, value, number, remaining) VALUES (?, ?, ?, ?)",
                           "tltl", kind->kind, value, number, times);
}

static void
apply (KaiFaults *faults, const char *kind, gint64 value)
{
  if (g_str_equal (kind, "drop-request"))
    faults->drop_request = TRUE;
  else if (g_str_equal (kind, "drop-answer"))
    faults->drop_answer = TRUE;
  else if (g_str_equal (kind, "http-500"))
    faults->http_500 = TRUE;
  else if (g_str_equal (kind, "busy"))
    faults->busy = (int)value;
  else if (g_str_equal (kind, "delay"))
    faults->delay_ms = (int)value;
  else if (g_str_equal (kind, "cut"))
    faults->cut = (int)value;
}

/* The oldest fault of each kind that fits. */
static gboolean
read_faults (KaiSandbox *self, const char *number, KaiFaults *faults, GArray *ids, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      self->db,
      "SELECT min(id), kind, value FROM fault WHERE number = '*' OR number = ? GROUP BY kind",
      error);
  gboolean row;

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "t", number);
  while (kai_database_step (self->db, stmt, &row, error))
    {
      g_autofree char *kind = NULL;
      gint64 id;

      if (!row)
        return TRUE;
      id = sqlite3_column_int64 (stmt, 0);
      kind = kai_column_dup (stmt, 1);
      apply (faults, kind, sqlite3_column_int64 (stmt, 2));
      g_array_append_val (ids, id);
    }
  return FALSE;
}

/* remaining 0 stays for ever, 1 was the last time. */
static gboolean
count_down (KaiSandbox *self, GArray *ids, GError **error)
{
  for (guint i = 0; i < ids->len; i++)
    {
      gint64 id = g_array_index (ids, gint64, i);

      if (!kai_database_run (self->db, error, "DELETE FROM fault WHERE id = ? AND remaining = 1",
                             "l", id)
          || !kai_database_run (self->db, error,
                                "UPDATE fault SET remaining = remaining - 1 WHERE id = ? AND "
                                "remaining > 1",
                                "l", id))
        return FALSE;
    }
  return TRUE;
}

gboolean
kai_sandbox_take_faults (KaiSandbox *self, const char *number, KaiFaults *faults, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  *faults = (KaiFaults){ .cut = -1 };
  if (!read_faults (self, number, faults, ids, error))
    return FALSE;
  if (ids->len == 0)
    return TRUE;
  if (!kai_database_begin (self->db, error))
    return FALSE;
  if (!count_down (self, ids, error))
    {
      kai_database_rollback (self->db);
      return FALSE;
    }
  return kai_database_commit (self->db, error);
}
