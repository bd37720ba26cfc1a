/* Voiding: a reason, no further question, and for a short while the way back. */
#include "notices/kai-notices-page-private.h"

#include "kai-command.h"
#include "sync/kai-desk-undo.h"

#include <glib/gi18n-lib.h>

/* So long the message to the finance server is kept back. Long enough to see a slip, short enough not to matter. */
#define UNDO_SECONDS 15
/* One takes this long at most: with very many the messages are kept back until the last one can be undone, too. */
#define VOID_MS 50

static void
close_bar (KaiNoticesPage *self)
{
  gtk_revealer_set_reveal_child (self->void_revealer, FALSE);
  gtk_entry_set_text (self->void_entry, "");
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
on_void_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  guint hidden = self->hidden->len, n = kai_notices_page_count_selected (self);
  g_autofree char *text =
      hidden > 0 ? g_strdup_printf (ngettext ("Void %d notice, %d of them not shown? Reason:",
                                              "Void %d notices, %d of them not shown? Reason:", n),
                                    (int)n, (int)hidden)
                 : g_strdup_printf (
                     ngettext ("Void %d notice? Reason:", "Void %d notices? Reason:", n), (int)n);

  gtk_label_set_text (self->void_label, text);
  gtk_revealer_set_reveal_child (self->void_revealer, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->void_entry));
}

static void
on_void_changed_cb (KaiNoticesPage *self)
{
  g_autofree char *reason = g_strstrip (g_strdup (gtk_entry_get_text (self->void_entry)));

  kai_command_set_enabled (G_ACTION_MAP (self->actions), "confirm-void", reason[0] != '\0',
                           _ ("Write why the notices are void."));
}

/* ---- The way back ---- */

static void
end_undo (KaiNoticesPage *self)
{
  g_clear_handle_id (&self->undo_id, g_source_remove);
  g_array_set_size (self->voided, 0);
  kai_command_set_enabled (G_ACTION_MAP (self->actions), "undo-void", FALSE,
                           _ ("The voiding is on its way to the finance server, or nothing was "
                              "voided just now."));
}

void
kai_notices_page_forget_undo (KaiNoticesPage *self)
{
  end_undo (self);
}

static gboolean
on_undo_over_cb (gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);

  self->undo_id = 0;
  end_undo (self);
  kai_notices_page_report_with_action (self, "", "", "");
  if (self->session && kai_session_get_worker (self->session))
    kai_sync_worker_poke (kai_session_get_worker (self->session));
  return G_SOURCE_REMOVE;
}

static char *
dup_void_sentence (int done)
{
  return g_strdup_printf (ngettext ("%d notice is void.", "%d notices are void.", done), done);
}

static void
begin_undo (KaiNoticesPage *self, int done)
{
  g_autofree char *sentence = dup_void_sentence (done);

  self->undo_id = g_timeout_add_seconds (UNDO_SECONDS, on_undo_over_cb, self);
  kai_command_set_enabled (G_ACTION_MAP (self->actions), "undo-void", TRUE, NULL);
  kai_notices_page_report_with_action (self, sentence, _ ("_Undo"), "notices.undo-void");
}

/* ---- Both, for many ---- */

typedef struct
{
  char *reason;
  int seconds; /* how long the messages are kept back */
  int done;
} Voiding;

static void
voiding_free (gpointer data)
{
  Voiding *voiding = data;

  g_free (voiding->reason);
  g_free (voiding);
}

static gboolean
undo_step (KaiNoticesPage *self, GPtrArray *notices, gpointer data, GError **error)
{
  Voiding *voiding = data;

  for (guint i = 0; i < notices->len; i++)
    {
      if (!kai_desk_undo_void (kai_session_get_desk (self->session),
                               ((KaiNotice *)notices->pdata[i])->id, error))
        return FALSE;
      voiding->done++;
    }
  return TRUE;
}

static char *
describe_undo (KaiNoticesPage *self, gpointer data, const GError *error)
{
  int done = ((Voiding *)data)->done;

  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_strdup (error->message);
  return g_strdup_printf (
      ngettext ("%d notice is unpaid again.", "%d notices are unpaid again.", done), done);
}

static void
finish_undo (KaiNoticesPage *self, gpointer data)
{
  if (((Voiding *)data)->done > 0)
    kai_session_committed (self->session);
}

static void
on_undo_void_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const KaiNoticesWork work = { N_ ("Undoing the voiding"), undo_step, describe_undo,
                                       finish_undo };
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  GArray *ids = g_array_copy (self->voided);

  end_undo (self);
  kai_notices_page_work (self, &work, ids, g_new0 (Voiding, 1), voiding_free);
}

/* Stops at the first one that cannot be voided; those before it are void. */
static gboolean
void_step (KaiNoticesPage *self, GPtrArray *notices, gpointer data, GError **error)
{
  KaiDesk *desk = kai_session_get_desk (self->session);
  Voiding *voiding = data;

  for (guint i = 0; i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];

      if (notice->state != KAI_NOTICE_UNPAID)
        continue;
      if (!kai_desk_void_later (desk, notice->payment_code, voiding->reason, voiding->seconds,
                                error))
        return FALSE;
      g_array_append_val (self->voided, notice->id);
      voiding->done++;
    }
  return TRUE;
}

static char *
describe_void (KaiNoticesPage *self, gpointer data, const GError *error)
{
  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_strdup (error->message);
  return dup_void_sentence (((Voiding *)data)->done);
}

static void
finish_void (KaiNoticesPage *self, gpointer data)
{
  int done = ((Voiding *)data)->done;

  if (done == 0)
    return;
  begin_undo (self, done);
  kai_session_changed (self->session);
}

static void
on_confirm_void_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const KaiNoticesWork work = { N_ ("Voiding notices"), void_step, describe_void,
                                       finish_void };
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  GArray *ids = kai_notices_page_dup_selected_ids (self);
  Voiding *voiding = g_new0 (Voiding, 1);

  voiding->reason = g_strstrip (g_strdup (gtk_entry_get_text (self->void_entry)));
  voiding->seconds = UNDO_SECONDS + (int)((gint64)ids->len * VOID_MS / 1000);
  end_undo (self);
  close_bar (self);
  kai_notices_page_work (self, &work, ids, voiding, voiding_free);
}

static void
on_cancel_void_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  close_bar (KAI_NOTICES_PAGE (data));
}

static void
on_void_activate_cb (KaiNoticesPage *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "confirm-void", NULL);
}

static gboolean
on_void_key_cb (GtkWidget *entry, GdkEventKey *event, gpointer data)
{
  if (event->keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  close_bar (KAI_NOTICES_PAGE (data));
  return GDK_EVENT_STOP;
}

void
kai_notices_page_install_void (KaiNoticesPage *self)
{
  static const GActionEntry entries[] = {
    { .name = "void", .activate = on_void_cb },
    { .name = "confirm-void", .activate = on_confirm_void_cb },
    { .name = "cancel-void", .activate = on_cancel_void_cb },
    { .name = "undo-void", .activate = on_undo_void_cb },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  on_void_changed_cb (self);
  end_undo (self);
  g_signal_connect_swapped (self->void_entry, "activate", G_CALLBACK (on_void_activate_cb), self);
  g_signal_connect_swapped (self->void_entry, "changed", G_CALLBACK (on_void_changed_cb), self);
  g_signal_connect_after (self->void_entry, "key-press-event", G_CALLBACK (on_void_key_cb), self);
}
