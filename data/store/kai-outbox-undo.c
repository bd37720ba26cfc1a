/* Taking back what nobody has heard yet. */
#include "store/kai-outbox-undo.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

#define UNSENT                                                                                     \
  " state = 'waiting' AND attempts = 0 AND msg_no = ?1 AND ?2 ="                                   \
  " (SELECT subject_id FROM outbox_subject WHERE outbox_id = outbox.id AND position = 0)"

static gboolean
was_changed (KaiDatabase *db, GError **error)
{
  if (kai_database_changes (db) > 0)
    return TRUE;
  return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                        _ ("It has been sent to the finance server already and cannot be taken "
                           "back."));
}

gboolean
kai_outbox_delay (KaiDatabase *db, const char *msg_no, gint64 subject, gint64 until, GError **error)
{
  return kai_database_run (db, error, "UPDATE outbox SET next_try_at = ?3 WHERE" UNSENT, "sll",
                           msg_no, subject, until)
         && was_changed (db, error);
}

gboolean
kai_outbox_take_back (KaiDatabase *db, const char *msg_no, gint64 subject, GError **error)
{
  return kai_database_run (db, error,
                           "UPDATE outbox SET state = 'answered', body = NULL WHERE" UNSENT, "sl",
                           msg_no, subject)
         && was_changed (db, error);
}

gboolean
kai_outbox_is_open (KaiDatabase *db, const char *msg_no, gint64 subject, gboolean *tried)
{
  gint64 attempts = kai_database_get_int (
      db, -1, NULL,
      "SELECT o.attempts FROM outbox_subject s JOIN outbox o ON o.id = s.outbox_id"
      " WHERE s.subject_id = ?2 AND o.msg_no = ?1 AND o.state <> 'answered'"
      " ORDER BY o.id DESC LIMIT 1",
      "sl", msg_no, subject);

  *tried = attempts > 0;
  return attempts >= 0;
}
