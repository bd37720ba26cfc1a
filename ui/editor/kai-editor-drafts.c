/* Nothing typed is lost: it is written to the store while it is typed, and comes back after a crash, a lock or a refusal. */
#include "editor/kai-editor-private.h"
#include "find/kai-hit-row.h"
#include "kai-command.h"
#include "kai-format.h"
#include "store/kai-draft-store.h"
#include "store/kai-notice-store.h"
#include "sync/kai-desk-review.h"
#include <glib/gi18n-lib.h>

/* After the last letter; leaving the page, the window or the session writes at once. */
#define KEEP_MS 400
#define MAX_REFUSED 50

/* What a line of the list stands for. */
typedef struct
{
  gint64 draft_id, notice_id, review_id;
} Target;

static GQuark
target_quark (void)
{
  return g_quark_from_static_string ("kai-draft-target");
}

static KaiDatabase *
get_db (KaiEditorPage *self)
{
  return kai_session_get_database (self->session);
}

static const char *
get_user (KaiEditorPage *self)
{
  return kai_desk_get_user_code (kai_session_get_desk (self->session));
}

/* ---- Keeping ---- */

void
kai_editor_drafts_keep (KaiEditorPage *self)
{
  g_autoptr (KaiForm) form = NULL;
  g_autoptr (GError) error = NULL;
  gboolean pending = self->keep_id != 0;

  g_clear_handle_id (&self->keep_id, g_source_remove);
  if (!pending || !self->session || !kai_database_get_vault (get_db (self)))
    return;
  form = kai_editor_form_dup (self);
  if (kai_form_is_empty (form) && self->notice_id == 0 && self->review_id == 0)
    {
      if (self->draft_id != 0)
        kai_draft_store_remove (get_db (self), self->draft_id, &error);
      self->draft_id = 0;
    }
  else
    kai_draft_store_save_for (get_db (self), get_user (self), self->notice_id, self->review_id,
                              &self->draft_id, form, &error);
  if (error)
    kai_editor_report (self, TRUE, error->message);
}

static gboolean
on_keep_cb (gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);

  kai_editor_payer_check_duplicate (self);
  kai_editor_form_update (self, FALSE);
  kai_editor_drafts_keep (self);
  return G_SOURCE_REMOVE;
}

void
kai_editor_drafts_touch (KaiEditorPage *self)
{
  if (!self->session || self->filling)
    return;
  g_clear_handle_id (&self->keep_id, g_source_remove);
  self->keep_id = g_timeout_add (KEEP_MS, on_keep_cb, self);
  g_clear_pointer (&self->cleared, kai_form_free);
  gtk_widget_hide (self->undo_button);
}

void
kai_editor_drafts_drop (KaiEditorPage *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_handle_id (&self->keep_id, g_source_remove);
  if (self->session && self->draft_id != 0
      && !kai_draft_store_remove (get_db (self), self->draft_id, &error))
    kai_editor_report (self, TRUE, error->message);
  self->draft_id = 0;
  kai_editor_drafts_forget_origin (self);
  kai_editor_drafts_update (self);
}

/* ---- Where it comes from ---- */

void
kai_editor_drafts_forget_origin (KaiEditorPage *self)
{
  self->notice_id = 0;
  self->review_id = 0;
  g_clear_pointer (&self->origin_field, g_free);
  g_clear_pointer (&self->origin_reason, g_free);
  g_clear_pointer (&self->origin_form, kai_form_free);
  gtk_widget_hide (self->origin_box);
  kai_command_set_enabled (G_ACTION_MAP (self->actions), "give-up", FALSE,
                           _ ("Only a notice that was refused or sent back can be given up."));
}

/* Says why it came back, and where. */
void
kai_editor_drafts_show_origin (KaiEditorPage *self)
{
  g_autofree char *text = NULL;

  if (self->notice_id == 0 && self->review_id == 0)
    {
      gtk_widget_hide (self->origin_box);
      return;
    }
  text = g_strdup_printf (self->notice_id != 0 ? _ ("The finance server refused this notice: %s")
                                               : _ ("The reviewer sent this notice back: %s"),
                          self->origin_reason ? self->origin_reason : "");
  gtk_label_set_text (self->origin_label, text);
  gtk_widget_show (self->origin_box);
  kai_command_set_enabled (G_ACTION_MAP (self->actions), "give-up", TRUE, NULL);
}

/* A refused notice with what was typed for it; a draft of it may hold more. FALSE when there is nothing to correct any more. */
static gboolean
load_refused (KaiEditorPage *self, gint64 id, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (get_db (self), id, error);
  KaiDesk *desk = kai_session_get_desk (self->session);

  if (!notice)
    return FALSE;
  if (!kai_desk_can_correct (notice))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           _ ("This notice was dealt with already."));
      return FALSE;
    }
  self->notice_id = id;
  self->origin_field = kai_desk_dup_refusal_field (desk, notice);
  self->origin_reason =
      g_strdup (*notice->refusal_text ? notice->refusal_text : notice->refusal_code);
  self->origin_form = kai_form_new_for_notice (notice);
  return TRUE;
}

static gboolean
load_sent_back (KaiEditorPage *self, gint64 id, GError **error)
{
  g_autoptr (KaiReview) review = kai_review_store_load (get_db (self), id, error);

  if (!review)
    return FALSE;
  if (!review->notice || review->state != KAI_REVIEW_SENT_BACK)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           _ ("This notice was dealt with already."));
      return FALSE;
    }
  self->review_id = id;
  self->origin_reason = g_strdup (review->reason);
  self->origin_form = kai_form_new_for_notice (review->notice);
  return TRUE;
}

/* ---- Opening ---- */

static void
open_target (KaiEditorPage *self, const Target *target)
{
  g_autoptr (KaiDraft) draft = NULL;
  g_autoptr (GError) error = NULL;
  gint64 notice_id = target->notice_id, review_id = target->review_id;
  gboolean ok = TRUE;

  kai_editor_drafts_keep (self);
  if (target->draft_id != 0)
    {
      draft = kai_draft_store_load (get_db (self), target->draft_id, &error);
      ok = draft != NULL;
      notice_id = draft ? draft->notice_id : 0;
      review_id = draft ? draft->review_id : 0;
    }
  kai_editor_drafts_forget_origin (self);
  self->draft_id = draft ? draft->id : 0;
  if (notice_id != 0)
    ok = load_refused (self, notice_id, &error);
  else if (review_id != 0)
    ok = load_sent_back (self, review_id, &error);
  if (!ok)
    {
      /* The draft stays what was typed, without the notice that is no more. */
      kai_editor_report (self, TRUE, error->message);
      kai_editor_drafts_forget_origin (self);
    }
  if (draft || self->origin_form)
    {
      kai_editor_say (self, NULL);
      kai_editor_form_show (self, draft ? draft->form : self->origin_form);
      /* What the fields make of it is what has to change. */
      if (!draft && self->origin_form)
        {
          kai_form_free (self->origin_form);
          self->origin_form = kai_editor_form_dup (self);
        }
    }
  kai_editor_drafts_show_origin (self);
  kai_editor_form_update (self, FALSE);
  kai_editor_show_form (self);
}

void
kai_editor_page_correct (KaiEditorPage *self, gint64 notice_id)
{
  Target target = { 0, notice_id, 0 };

  if (!self->session)
    return;
  if (kai_database_get_vault (get_db (self)))
    {
      g_autoptr (GPtrArray) drafts = kai_draft_store_list (get_db (self), get_user (self), NULL);

      for (guint i = 0; drafts && i < drafts->len; i++)
        if (((KaiDraft *)drafts->pdata[i])->notice_id == notice_id)
          target.draft_id = ((KaiDraft *)drafts->pdata[i])->id;
    }
  open_target (self, &target);
}

void
kai_editor_drafts_restore (KaiEditorPage *self)
{
  g_autoptr (GPtrArray) drafts = NULL;
  g_autofree char *time = NULL;
  g_autofree char *text = NULL;
  const KaiDraft *last;
  Target target = { 0 };

  if (!kai_database_get_vault (get_db (self)))
    return;
  drafts = kai_draft_store_list (get_db (self), get_user (self), NULL);
  kai_editor_drafts_update (self);
  if (!drafts || drafts->len == 0)
    return;
  last = drafts->pdata[0];
  target.draft_id = last->id;
  time = kai_format_time (last->updated_at);
  text = g_strdup_printf (_ ("What you typed on %s was kept and is here again."), time);
  open_target (self, &target);
  kai_editor_say (self, text);
}

/* ---- The list ---- */

static void
add_row (KaiEditorPage *self, const char *icon, const char *title, const char *detail,
         const Target *target)
{
  KaiHitRow *row = kai_hit_row_new (icon, title, detail, NULL);

  g_object_set_qdata_full (G_OBJECT (row), target_quark (), g_memdup2 (target, sizeof *target),
                           g_free);
  gtk_container_add (GTK_CONTAINER (self->drafts_list), GTK_WIDGET (row));
}

static char *
describe_form (const KaiForm *form, gint64 time)
{
  g_autofree char *when = kai_format_time (time);
  const KaiFormItem *item = form->items->len > 0 ? form->items->pdata[0] : NULL;

  return g_strdup_printf ("%s  %s", when, item ? item->item : "");
}

static int
add_drafts (KaiEditorPage *self, GHashTable *seen)
{
  g_autoptr (GPtrArray) drafts = kai_draft_store_list (get_db (self), get_user (self), NULL);
  int n = 0;

  for (guint i = 0; drafts && i < drafts->len; i++)
    {
      const KaiDraft *draft = drafts->pdata[i];
      g_autofree char *detail = describe_form (draft->form, draft->updated_at);
      Target target = { draft->id, 0, 0 };

      g_hash_table_add (seen, GSIZE_TO_POINTER ((gsize)draft->notice_id));
      if (draft->id == self->draft_id)
        continue;
      add_row (self, "document-edit-symbolic",
               *draft->form->payer ? draft->form->payer : _ ("(no name yet)"), detail, &target);
      n++;
    }
  return n;
}

static int
add_refused (KaiEditorPage *self, GHashTable *seen)
{
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GPtrArray) notices = NULL;
  int n = 0;

  filter.server = KAI_SERVER_REFUSED;
  filter.limit = MAX_REFUSED;
  notices = kai_notice_store_list (get_db (self), &filter, NULL);
  for (guint i = 0; notices && i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];
      Target target = { 0, notice->id, 0 };
      g_autofree char *detail = g_strdup_printf (_ ("Refused: %s"), notice->refusal_text);

      if (!kai_desk_can_correct (notice)
          || g_hash_table_contains (seen, GSIZE_TO_POINTER ((gsize)notice->id)))
        continue;
      add_row (self, "dialog-error-symbolic", notice->payer_name, detail, &target);
      n++;
    }
  return n;
}

static int
add_sent_back (KaiEditorPage *self)
{
  g_autoptr (GPtrArray) reviews = kai_review_store_list (get_db (self), KAI_REVIEW_SENT_BACK,
                                                         get_user (self), MAX_REFUSED, NULL);
  int n = 0;

  for (guint i = 0; reviews && i < reviews->len; i++)
    {
      const KaiReview *review = reviews->pdata[i];
      Target target = { 0, 0, review->id };
      g_autofree char *detail = g_strdup_printf (_ ("Sent back: %s"), review->reason);

      if (!review->notice)
        continue;
      add_row (self, "mail-reply-sender-symbolic", review->notice->payer_name, detail, &target);
      n++;
    }
  return n;
}

void
kai_editor_drafts_update (KaiEditorPage *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autofree char *text = NULL;
  int n = 0;

  kai_hit_rows_clear (self->drafts_list);
  if (self->session && kai_database_get_vault (get_db (self)))
    {
      n = add_sent_back (self);
      n += add_drafts (self, seen);
      n += add_refused (self, seen);
    }
  text = n > 0 ? g_strdup_printf (_ ("Drafts (%d)"), n) : g_strdup (_ ("Drafts"));
  gtk_label_set_text (self->drafts_label, text);
}

void
kai_editor_on_draft_activated_cb (KaiEditorPage *self, GtkListBoxRow *row)
{
  const Target *found = g_object_get_qdata (G_OBJECT (row), target_quark ());
  Target target = found ? *found : (Target){ 0 };

  gtk_popover_popdown (self->drafts_popover);
  if (found && self->session)
    open_target (self, &target);
}

void
kai_editor_page_open_draft (KaiEditorPage *self, gint64 draft_id, gint64 review_id)
{
  Target target = { draft_id, 0, review_id };

  /* It is in the form already. */
  if (!self->session || (draft_id != 0 && draft_id == self->draft_id))
    return;
  open_target (self, &target);
}

/* ---- Commands ---- */

void
kai_editor_put_aside (KaiEditorPage *self)
{
  if (self->keep_id == 0)
    self->keep_id = g_timeout_add (KEEP_MS, on_keep_cb, self);
  kai_editor_drafts_keep (self);
  self->draft_id = 0;
  kai_editor_drafts_forget_origin (self);
  kai_editor_form_clear (self);
  kai_editor_drafts_update (self);
  kai_editor_say (self, _ ("Put aside: it is among the drafts."));
  kai_editor_show_form (self);
}

void
kai_editor_give_up (KaiEditorPage *self)
{
  KaiDesk *desk = kai_session_get_desk (self->session);
  g_autoptr (GError) error = NULL;
  gboolean ok = self->notice_id != 0 ? kai_desk_give_up (desk, self->notice_id, "", &error)
                                     : kai_desk_withdraw (desk, self->review_id, &error);

  if (!ok)
    {
      kai_editor_report (self, TRUE, error->message);
      return;
    }
  kai_editor_drafts_drop (self);
  kai_editor_form_clear (self);
  kai_editor_say (self, _ ("The notice is given up. Nothing was sent."));
  kai_session_committed (self->session);
}

/* Only after clearing, and until something else is typed. */
void
kai_editor_undo (KaiEditorPage *self)
{
  g_autoptr (KaiForm) form = g_steal_pointer (&self->cleared);

  if (!form)
    return;
  kai_editor_form_show (self, form);
  kai_editor_say (self, NULL);
  kai_editor_drafts_touch (self);
}

static void
on_popover_cb (KaiEditorPage *self)
{
  kai_editor_drafts_keep (self);
  kai_editor_drafts_update (self);
}

static void
on_leave_cb (KaiEditorPage *self)
{
  kai_editor_drafts_keep (self);
}

void
kai_editor_drafts_connect (KaiEditorPage *self)
{
  g_signal_connect_object (self->drafts_popover, "show", G_CALLBACK (on_popover_cb), self,
                           G_CONNECT_SWAPPED);
  /* Another page, a lock, or the end of the window. */
  g_signal_connect_object (self, "unmap", G_CALLBACK (on_leave_cb), self, G_CONNECT_SWAPPED);
}
