/* The list against an earlier term's, and who has not paid: loaded from the ledger in a thread. */
#include "import/kai-roster-view-private.h"
#include "kai-store-ref.h"
#include <glib/gi18n-lib.h>

typedef struct
{
  KaiStoreRef *store;
  gboolean unpaid, lapsed;
  char *term, *against; /* @against: the one that was chosen, NULL for the last */
  char **terms;
  GPtrArray *before, *list;
} Load;

static void
load_free (Load *load)
{
  kai_store_ref_free (load->store);
  g_free (load->term);
  g_free (load->against);
  g_strfreev (load->terms);
  g_clear_pointer (&load->before, g_ptr_array_unref);
  g_clear_pointer (&load->list, g_ptr_array_unref);
  g_free (load);
}

static gboolean
load_rows (Load *load, KaiDatabase *db, GError **error)
{
  KaiUnpaidFilter filter = { .lapsed = load->lapsed };

  if (load->unpaid)
    {
      load->list = kai_unpaid_list (db, &filter, error);
      return load->list != NULL;
    }
  load->terms = kai_roster_list_terms (db, load->term, error);
  if (!load->terms)
    return FALSE;
  if (!load->against || !g_strv_contains ((const char *const *)load->terms, load->against))
    {
      g_free (load->against);
      load->against = g_strdup (load->terms[0]);
    }
  load->before = load->against ? kai_roster_load_term (db, load->against, error)
                               : g_ptr_array_new_with_free_func ((GDestroyNotify)kai_notice_unref);
  return load->before != NULL;
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Load *load = data;
  GError *error = NULL;
  KaiDatabase *db = kai_store_ref_open (load->store, &error);
  gboolean done = db && load_rows (load, db, &error);

  g_clear_pointer (&db, kai_database_close);
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
kai_roster_view_compare (KaiRosterView *self)
{
  g_clear_pointer (&self->roster, kai_roster_free);
  self->roster = kai_roster_compare (self->before, self->now,
                                     gtk_toggle_button_get_active (self->promote_check));
}

static void
on_loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  KaiRosterView *self = KAI_ROSTER_VIEW (source);
  Load *load = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean done = g_task_propagate_boolean (G_TASK (result), &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->loading)
    return; /* signed out meanwhile, or asked for anew */
  g_clear_object (&self->loading);
  if (!done)
    {
      gtk_label_set_text (self->sum_label, "");
      kai_roster_view_update_actions (self);
      kai_roster_view_report (self, TRUE, error->message);
      return;
    }
  self->against = g_steal_pointer (&load->against);
  self->terms = g_steal_pointer (&load->terms);
  self->before = g_steal_pointer (&load->before);
  self->list = g_steal_pointer (&load->list);
  if (!self->unpaid)
    kai_roster_view_compare (self);
  kai_roster_view_show_loaded (self);
}

void
kai_roster_view_empty (KaiRosterView *self)
{
  g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  gtk_tree_view_set_model (self->view, NULL);
  g_array_set_size (self->shown, 0);
  g_clear_pointer (&self->roster, kai_roster_free);
  g_clear_pointer (&self->before, g_ptr_array_unref);
  g_clear_pointer (&self->list, g_ptr_array_unref);
  g_clear_pointer (&self->against, g_free);
  g_clear_pointer (&self->terms, g_strfreev);
}

void
kai_roster_view_load (KaiRosterView *self)
{
  g_autoptr (GTask) task = NULL;
  Load *load = g_new0 (Load, 1);

  kai_roster_view_empty (self);
  self->loading = g_cancellable_new ();
  load->store = kai_store_ref_new (kai_session_get_database (self->session));
  load->unpaid = self->unpaid;
  load->lapsed = gtk_toggle_button_get_active (self->lapsed_check);
  load->against = g_strdup (self->wanted);
  load->term = g_strdup (self->now ? kai_roster_find_term (self->now) : "");
  gtk_label_set_text (self->sum_label, _ ("This is being put together…"));
  kai_roster_view_update_actions (self);
  task = g_task_new (self, self->loading, on_loaded_cb, NULL);
  g_task_set_task_data (task, load, (GDestroyNotify)load_free);
  g_task_run_in_thread (task, load_thread);
}
