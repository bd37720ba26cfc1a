/* Batch issue and education import: issuing. The work is done in a thread (KaiBatchIssue); what became of each row is written into
 * the grid as it becomes known. */
#include "import/kai-import-page-private.h"
#include "kai-format.h"
#include "store/kai-import-store.h"
#include "store/kai-notice-store.h"
#include <glib/gi18n-lib.h>

/* Notices that are looked up after one change of the store; it changes again when more are answered. */
#define LOOK_AT_ONCE 500

static KaiRowResult
to_row_result (KaiBatchOutcome outcome)
{
  switch (outcome)
    {
    case KAI_BATCH_SKIPPED:
      return KAI_ROW_ISSUED_BEFORE;
    case KAI_BATCH_ACCEPTED:
      return KAI_ROW_ACCEPTED;
    case KAI_BATCH_REFUSED:
      return KAI_ROW_REFUSED;
    default:
      return KAI_ROW_ISSUED;
    }
}

/* What has no answer yet is looked at again when the store changes. */
static void
note_waiting (KaiImportPage *self, const KaiBatchResult *result)
{
  if (result->outcome == KAI_BATCH_SAVED && result->id != 0)
    {
      gint64 *id = g_new (gint64, 1);

      *id = result->id;
      g_hash_table_replace (self->waiting, g_strdup (result->row_key), id);
    }
  else
    g_hash_table_remove (self->waiting, result->row_key);
}

static void
take_results (KaiImportPage *self)
{
  g_autoptr (GPtrArray) results = kai_batch_issue_take_results (self->issue);

  for (guint i = 0; i < results->len; i++)
    {
      const KaiBatchResult *result = g_ptr_array_index (results, i);

      kai_import_sheet_note_result (self->sheet, result->row_key, to_row_result (result->outcome),
                                    result->payment_code, result->sentence);
      note_waiting (self, result);
    }
}

/* The rows that @keys say with what the store knows of @ids now; TRUE when something is new. */
static gboolean
note_answers (KaiImportPage *self, GPtrArray *keys, GArray *ids)
{
  g_autoptr (GPtrArray) notices =
      kai_notice_store_load_many (kai_session_get_database (self->session),
                                  (const gint64 *)(gpointer)ids->data, ids->len, NULL);
  gboolean changed = FALSE;

  for (guint i = 0; notices && i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];
      KaiRowResult result = KAI_ROW_ACCEPTED;

      if (!notice || (notice->sync != KAI_SYNC_ACCEPTED && notice->sync != KAI_SYNC_REFUSED))
        continue;
      if (notice->sync == KAI_SYNC_REFUSED)
        result = KAI_ROW_REFUSED;
      kai_import_sheet_note_result (self->sheet, keys->pdata[i], result, notice->payment_code,
                                    notice->refusal_text);
      g_hash_table_remove (self->waiting, keys->pdata[i]);
      changed = TRUE;
    }
  return changed;
}

void
kai_import_page_look_again (KaiImportPage *self)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  GHashTableIter iter;
  gpointer key, id;

  if (!self->sheet || self->issue || self->reading)
    return;
  g_hash_table_iter_init (&iter, self->waiting);
  while (ids->len < LOOK_AT_ONCE && g_hash_table_iter_next (&iter, &key, &id))
    {
      g_ptr_array_add (keys, g_strdup (key));
      g_array_append_vals (ids, id, 1);
    }
  if (ids->len > 0 && note_answers (self, keys, ids))
    kai_import_page_show_changes (self);
}

static char *
dup_time_left (int seconds)
{
  if (seconds < 60)
    return g_strdup_printf (ngettext ("%d second left", "%d seconds left", seconds), seconds);
  return g_strdup_printf (ngettext ("%d minute left", "%d minutes left", (seconds + 59) / 60),
                          (seconds + 59) / 60);
}

static void
show_progress (KaiImportPage *self)
{
  const KaiBatchProgress *progress = kai_batch_issue_get_progress (self->issue);
  int done = progress->skipped + progress->accepted + progress->refused;
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, _ ("%d of %d saved, %d accepted"),
                          progress->saved + progress->skipped, progress->total, progress->accepted);
  if (progress->refused > 0)
    g_string_append_printf (text, _ (", %d refused"), progress->refused);
  if (progress->paused)
    g_string_append_printf (text, " – %s", _ ("paused"));
  else if (progress->cancelled)
    g_string_append_printf (text, " – %s", _ ("stopping"));
  else if (*progress->sentence)
    g_string_append_printf (text, " – %s", progress->sentence);
  else if (progress->rate > 0 && progress->seconds_left >= 0)
    {
      g_autofree char *left = dup_time_left (progress->seconds_left);

      g_string_append_printf (text, _ (", %.0f a second, %s"), progress->rate, left);
    }
  gtk_progress_bar_set_text (self->progress, text->str);
  /* The text of a bar is drawn only: a screen reader knows no more of it than the share. */
  atk_object_set_description (gtk_widget_get_accessible (GTK_WIDGET (self->progress)), text->str);
  gtk_progress_bar_set_fraction (
      self->progress, progress->total > 0 ? MIN (1.0, (double)done / progress->total) : 0);
  gtk_button_set_label (self->pause_button, progress->paused ? _ ("Go on") : _ ("Pause"));
  kai_set_accessible_name (GTK_WIDGET (self->pause_button),
                           progress->paused ? _ ("Go on") : _ ("Pause"));
}

static void
on_progress_cb (KaiImportPage *self)
{
  take_results (self);
  show_progress (self);
  kai_import_page_show_counts (self);
  kai_session_changed (self->session);
}

static char *
dup_outcome (const KaiBatchProgress *progress)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text,
                          ngettext ("%d notice is saved", "%d notices are saved", progress->saved),
                          progress->saved);
  g_string_append_printf (text, _ (", %d accepted by the finance server"), progress->accepted);
  if (progress->refused > 0)
    g_string_append_printf (text, _ (", %d refused: see the rows"), progress->refused);
  if (progress->skipped > 0)
    g_string_append_printf (text, _ (", %d left out because they were issued before"),
                            progress->skipped);
  if (progress->saved > progress->accepted + progress->refused)
    g_string_append (text, _ (". What is not answered yet is sent again by itself"));
  g_string_append (text, _ ("."));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
on_finished_cb (KaiImportPage *self, const GError *error)
{
  g_autoptr (KaiBatchIssue) issue = NULL;
  g_autofree char *sentence = NULL;

  take_results (self);
  issue = g_steal_pointer (&self->issue);
  g_signal_handlers_disconnect_by_data (issue, self);
  sentence = error ? g_strdup (error->message) : dup_outcome (kai_batch_issue_get_progress (issue));
  gtk_stack_set_visible_child_name (self->issue_stack, "ready");
  kai_import_grid_set_frozen (self->grid, FALSE);
  kai_import_page_show_counts (self);
  kai_import_page_show_row (self);
  kai_import_page_report (self, error != NULL, sentence);
  kai_import_page_tell_done (self, sentence);
  kai_session_committed (self->session);
}

void
kai_import_page_issue (KaiImportPage *self, int limit)
{
  KaiDatabase *db = kai_session_get_database (self->session);
  KaiDesk *desk = kai_session_get_desk (self->session);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) notices = NULL;
  const char *batch;

  /* What the columns hold is kept for the next list with the same headers; that it cannot be kept stops nothing. */
  (void)kai_import_store_remember (db, self->sheet, NULL);
  batch = kai_import_store_begin (db, self->sheet, &error);
  if (batch)
    notices = kai_import_sheet_build_notices (self->sheet, limit, TRUE, &error);
  if (!notices)
    {
      kai_import_page_report (self, TRUE, error->message);
      return;
    }
  self->issue =
      kai_batch_issue_new (kai_desk_get_connection (desk),
                           kai_session_get_worker (self->session) ? kai_desk_get_key (desk) : NULL);
  g_signal_connect_object (self->issue, "progress", G_CALLBACK (on_progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->issue, "finished", G_CALLBACK (on_finished_cb), self,
                           G_CONNECT_SWAPPED);
  kai_import_grid_set_frozen (self->grid, TRUE);
  kai_batch_issue_start (self->issue, notices, batch);
  gtk_stack_set_visible_child_name (self->issue_stack, "busy");
  show_progress (self);
  kai_import_page_update_actions (self);
}

void
kai_import_page_pause (KaiImportPage *self)
{
  if (kai_batch_issue_get_progress (self->issue)->paused)
    kai_batch_issue_resume (self->issue);
  else
    kai_batch_issue_pause (self->issue);
  show_progress (self);
}

void
kai_import_page_stop (KaiImportPage *self)
{
  kai_batch_issue_cancel (self->issue);
  show_progress (self);
}

void
kai_import_page_forget_issue (KaiImportPage *self)
{
  if (!self->issue)
    return;
  g_signal_handlers_disconnect_by_data (self->issue, self);
  kai_batch_issue_cancel (self->issue);
  g_clear_object (&self->issue);
  gtk_stack_set_visible_child_name (self->issue_stack, "ready");
  kai_import_grid_set_frozen (self->grid, FALSE);
}

void
kai_import_page_hold (KaiImportPage *self)
{
  if (self->issue && !kai_batch_issue_get_progress (self->issue)->paused)
    kai_batch_issue_pause (self->issue);
}
