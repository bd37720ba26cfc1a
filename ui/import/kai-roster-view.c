/* The list against an earlier term's, and who has not paid: what is shown of it. */
#include "import/kai-roster-view-private.h"
#include "kai-command.h"
#include "kai-format.h"
#include "values/kai-money.h"
#include "widgets/kai-text-columns.h"
#include "widgets/kai-wrap-box.h"
#include <glib/gi18n-lib.h>

#define MAX_COLUMNS 8

G_DEFINE_FINAL_TYPE (KaiRosterView, kai_roster_view, GTK_TYPE_BOX)

enum
{
  REPORT,
  BACK,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

void
kai_roster_view_report (KaiRosterView *self, gboolean is_error, const char *sentence)
{
  g_signal_emit (self, signals[REPORT], 0, is_error, sentence);
}

char **
kai_roster_view_dup_cells (KaiRosterView *self, guint index)
{
  return self->unpaid ? kai_unpaid_dup_cells (self->list->pdata[index])
                      : kai_roster_change_dup_cells (self->roster->changes->pdata[index]);
}

char **
kai_roster_view_dup_headers (KaiRosterView *self)
{
  return self->unpaid ? kai_unpaid_dup_headers () : kai_roster_dup_headers ();
}

/* ---- What is shown ---- */

void
kai_roster_view_update_actions (KaiRosterView *self)
{
  static const char *const all[] = { "save", "print", "tell-sms", "tell-paper", "tell-phone" };
  const char *why = self->loading ? _ ("This is being put together.") : _ ("Nothing is shown.");
  gboolean enabled = !self->loading && self->shown->len > 0;
  int chosen = gtk_tree_selection_count_selected_rows (self->selection);
  int n = chosen > 0 ? chosen : (int)self->shown->len;
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    kai_command_set_enabled (G_ACTION_MAP (self->actions), all[i], enabled, why);
  gtk_widget_set_sensitive (self->tell_button, enabled);
  text = g_strdup_printf (
      ngettext ("%d payer. The finance server cannot send the message of a notice once more: send "
                "these texts with your own SMS service, or tell them yourself.",
                "%d payers. The finance server cannot send the message of a notice once more: "
                "send these texts with your own SMS service, or tell them yourself.",
                n),
      n);
  gtk_label_set_text (self->tell_label, text);
}

static void
on_selection_changed_cb (KaiRosterView *self)
{
  if (self->actions && self->shown)
    kai_roster_view_update_actions (self);
}

static void
show_columns (KaiRosterView *self)
{
  static const int widths[2][MAX_COLUMNS] = { { 120, 140, 140, 150, 150, 120, 120 },
                                              { 140, 120, 130, 130, 100, 200, 110, 200 } };
  g_auto (GStrv) headers = kai_roster_view_dup_headers (self);
  GtkTreeViewColumn *old;

  while ((old = gtk_tree_view_get_column (self->view, 0)))
    gtk_tree_view_remove_column (self->view, old);
  for (int i = 0; headers[i]; i++)
    {
      gboolean money = self->unpaid ? i == 4 : i >= 5;
      GtkCellRenderer *cell = gtk_cell_renderer_text_new ();
      GtkTreeViewColumn *column =
          gtk_tree_view_column_new_with_attributes (headers[i], cell, "text", i, NULL);

      g_object_set (cell, "xalign", money ? 1.0F : 0.0F, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
      gtk_tree_view_column_set_alignment (column, money ? 1.0F : 0.0F);
      gtk_tree_view_column_set_sizing (column, GTK_TREE_VIEW_COLUMN_FIXED);
      gtk_tree_view_column_set_resizable (column, TRUE);
      gtk_tree_view_append_column (self->view, column);
      kai_text_column_set_width (column, widths[self->unpaid][i]);
    }
  if (!self->unpaid)
    {
      /* What is left of the width: an amount belongs near its name. */
      old = gtk_tree_view_column_new ();
      gtk_tree_view_column_set_sizing (old, GTK_TREE_VIEW_COLUMN_FIXED);
      gtk_tree_view_append_column (self->view, old);
    }
  kai_set_accessible_name (GTK_WIDGET (self->view),
                           self->unpaid ? _ ("Not paid") : _ ("Changes since last term"));
}

static void
show_sums (KaiRosterView *self)
{
  g_autofree char *text = NULL;
  KaiMoney sum = 0;

  if (self->unpaid)
    {
      g_autofree char *amount = NULL;

      for (guint i = 0; i < self->shown->len; i++)
        kai_money_add (sum,
                       ((const KaiUnpaid *)self->list->pdata[g_array_index (self->shown, guint, i)])
                           ->notice->amount,
                       &sum);
      amount = kai_money_to_display (sum);
      text = g_strdup_printf (_ ("Not paid: %d notices, %s yuan."), (int)self->shown->len, amount);
    }
  else if (!self->against)
    text = g_strdup (_ ("The ledger has no earlier term: everybody is new."));
  else
    text = g_strdup_printf (_ ("Against %s: %d before, %d now, %d unchanged."), self->against,
                            self->roster->before, self->roster->now, self->roster->same);
  gtk_label_set_text (self->sum_label, text);
}

static gboolean
fits (KaiRosterView *self, guint index, const char *group, const char *term)
{
  if (self->unpaid)
    {
      const KaiUnpaid *unpaid = self->list->pdata[index];
      g_autofree char *class_name = kai_unpaid_dup_class (unpaid);

      return (!*group || g_str_equal (group + 1, class_name))
             && (!*term || g_str_equal (term + 1, unpaid->notice->term));
    }
  return !*group
         || g_str_equal (group + 1,
                         kai_roster_kind_to_string (
                             ((const KaiRosterChange *)self->roster->changes->pdata[index])->kind));
}

void
kai_roster_view_show_rows (KaiRosterView *self)
{
  g_autoptr (GtkListStore) store =
      gtk_list_store_new (MAX_COLUMNS, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING,
                          G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  const char *group = gtk_combo_box_get_active_id (self->group_combo);
  const char *term = self->unpaid ? gtk_combo_box_get_active_id (self->term_combo) : NULL;
  guint n = self->unpaid ? self->list->len : self->roster->changes->len;

  gtk_tree_view_set_model (self->view, NULL);
  g_array_set_size (self->shown, 0);
  for (guint i = 0; i < n; i++)
    {
      g_auto (GStrv) cells = NULL;
      GtkTreeIter iter;

      if (!fits (self, i, group ? group : "", term ? term : ""))
        continue;
      cells = kai_roster_view_dup_cells (self, i);
      gtk_list_store_append (store, &iter);
      for (int c = 0; cells[c]; c++)
        gtk_list_store_set (store, &iter, c, cells[c], -1);
      g_array_append_val (self->shown, i);
    }
  gtk_tree_view_set_model (self->view, GTK_TREE_MODEL (store));
  show_sums (self);
  kai_roster_view_update_actions (self);
}

static void
on_filter_changed_cb (KaiRosterView *self)
{
  if (!self->filling && (self->unpaid ? self->list != NULL : self->roster != NULL))
    kai_roster_view_show_rows (self);
}

/* ---- What can be chosen ---- */

static void
add_choice (GtkComboBox *combo, GHashTable *seen, const char *word, const char *label)
{
  /* A mark before it: the empty id means all, and a class may have no name. */
  g_autofree char *id = g_strconcat ("=", word, NULL);

  if (g_hash_table_contains (seen, id))
    return;
  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), id, *label ? label : _ ("(none)"));
  g_hash_table_add (seen, g_steal_pointer (&id));
}

static void
begin_choices (GtkComboBox *combo, const char *all)
{
  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (combo));
  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), "", all);
}

static void
end_choices (GtkComboBox *combo, const char *wanted)
{
  if (!wanted || !gtk_combo_box_set_active_id (combo, wanted))
    gtk_combo_box_set_active (combo, 0);
}

static void
fill_groups (KaiRosterView *self)
{
  g_autoptr (GHashTable) groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *group = g_strdup (gtk_combo_box_get_active_id (self->group_combo));

  begin_choices (self->group_combo, self->unpaid ? _ ("All classes") : _ ("All changes"));
  for (guint i = 0; self->unpaid && i < self->list->len; i++)
    {
      g_autofree char *class_name = kai_unpaid_dup_class (self->list->pdata[i]);

      add_choice (self->group_combo, groups, class_name, class_name);
    }
  for (KaiRosterKind kind = 0; !self->unpaid && kind < KAI_ROSTER_N_KINDS; kind++)
    add_choice (self->group_combo, groups, kai_roster_kind_to_string (kind),
                kai_roster_kind_label (kind));
  end_choices (self->group_combo, group);
}

/* Of the unpaid: only those of a term. Of changes: the earlier term they are changes from. */
static void
fill_terms (KaiRosterView *self)
{
  g_autoptr (GHashTable) terms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *term =
      self->unpaid ? g_strdup (gtk_combo_box_get_active_id (self->term_combo)) : NULL;
  const char *wanted = self->unpaid ? self->term : self->against;

  if (self->unpaid)
    begin_choices (self->term_combo, _ ("All terms"));
  else
    gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self->term_combo));
  for (guint i = 0; self->unpaid && i < self->list->len; i++)
    {
      const char *own = ((const KaiUnpaid *)self->list->pdata[i])->notice->term;

      add_choice (self->term_combo, terms, own, own);
    }
  for (int i = 0; !self->unpaid && self->terms && self->terms[i]; i++)
    add_choice (self->term_combo, terms, self->terms[i], self->terms[i]);
  if (!term && wanted && *wanted)
    term = g_strconcat ("=", wanted, NULL);
  end_choices (self->term_combo, term);
  gtk_widget_set_visible (GTK_WIDGET (self->term_combo),
                          self->unpaid || g_hash_table_size (terms) > 1);
}

void
kai_roster_view_show_loaded (KaiRosterView *self)
{
  self->filling = TRUE;
  fill_groups (self);
  fill_terms (self);
  self->filling = FALSE;
  kai_roster_view_show_rows (self);
}

static void
on_term_changed_cb (KaiRosterView *self)
{
  const char *chosen = gtk_combo_box_get_active_id (self->term_combo);

  if (self->unpaid)
    {
      on_filter_changed_cb (self);
      return;
    }
  if (self->filling || !self->session || !chosen || *chosen != '=')
    return;
  g_free (self->wanted);
  self->wanted = g_strdup (chosen + 1);
  kai_roster_view_load (self);
}

/* ---- Which of the two ---- */

static void
on_option_toggled_cb (KaiRosterView *self)
{
  if (self->filling || !self->session || self->loading)
    return;
  if (self->unpaid)
    {
      kai_roster_view_load (self);
      return;
    }
  if (!self->before)
    return;
  kai_roster_view_compare (self);
  kai_roster_view_show_rows (self);
}

static void
show_mode (KaiRosterView *self, gboolean unpaid)
{
  const char *term_name = unpaid ? _ ("Only of this term") : _ ("Compare with this term");

  kai_roster_view_empty (self);
  self->unpaid = unpaid;
  self->filling = TRUE;
  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self->group_combo));
  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self->term_combo));
  self->filling = FALSE;
  gtk_label_set_text (self->title_label, unpaid ? _ ("Not paid") : _ ("Changes since last term"));
  gtk_widget_set_visible (GTK_WIDGET (self->promote_check), !unpaid);
  gtk_widget_set_visible (GTK_WIDGET (self->lapsed_check), unpaid);
  gtk_widget_set_visible (GTK_WIDGET (self->term_combo), unpaid);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->term_combo), term_name);
  kai_set_accessible_name (GTK_WIDGET (self->term_combo), term_name);
  gtk_widget_set_visible (self->tell_button, unpaid);
  show_columns (self);
  kai_roster_view_load (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

void
kai_roster_view_show_changes (KaiRosterView *self, GPtrArray *now)
{
  g_return_if_fail (self->session);
  g_ptr_array_ref (now);
  g_clear_pointer (&self->now, g_ptr_array_unref);
  self->now = now;
  g_clear_pointer (&self->wanted, g_free);
  show_mode (self, FALSE);
}

void
kai_roster_view_show_unpaid (KaiRosterView *self, const char *term)
{
  g_return_if_fail (self->session);
  g_clear_pointer (&self->now, g_ptr_array_unref);
  g_free (self->term);
  self->term = g_strdup (term);
  show_mode (self, TRUE);
}

gboolean
kai_roster_view_is_loading (KaiRosterView *self)
{
  return self->loading != NULL;
}

void
kai_roster_view_set_session (KaiRosterView *self, KaiSession *session)
{
  g_set_object (&self->session, session);
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->now, g_ptr_array_unref);
  kai_roster_view_empty (self);
}

static gboolean
on_key_cb (GtkWidget *widget, GdkEventKey *event, gpointer data)
{
  if (event->keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  g_signal_emit (widget, signals[BACK], 0);
  return GDK_EVENT_STOP;
}

/* ---- GObject ---- */

static void
kai_roster_view_dispose (GObject *object)
{
  KaiRosterView *self = KAI_ROSTER_VIEW (object);

  if (self->view)
    kai_roster_view_set_session (self, NULL);
  self->view = NULL;
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_roster_view_parent_class)->dispose (object);
}

static void
kai_roster_view_finalize (GObject *object)
{
  KaiRosterView *self = KAI_ROSTER_VIEW (object);

  g_array_unref (self->shown);
  g_free (self->term);
  g_free (self->wanted);
  G_OBJECT_CLASS (kai_roster_view_parent_class)->finalize (object);
}

static void
kai_roster_view_class_init (KaiRosterViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  G_OBJECT_CLASS (klass)->dispose = kai_roster_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = kai_roster_view_finalize;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_ROSTER_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  signals[BACK] = g_signal_new ("back", KAI_TYPE_ROSTER_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/import/kai-roster-view.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiRosterView, name)
  BIND (title_label);
  BIND (sum_label);
  BIND (tell_label);
  BIND (promote_check);
  BIND (lapsed_check);
  BIND (term_combo);
  BIND (group_combo);
  BIND (tell_button);
  BIND (tell_popover);
  BIND (back_button);
  BIND (view);
  BIND (selection);
#undef BIND
#define CALLBACK(name) gtk_widget_class_bind_template_callback (widget_class, name)
  CALLBACK (on_option_toggled_cb);
  CALLBACK (on_filter_changed_cb);
  CALLBACK (on_term_changed_cb);
  CALLBACK (on_selection_changed_cb);
#undef CALLBACK
}

static void
kai_roster_view_init (KaiRosterView *self)
{
  self->shown = g_array_new (FALSE, FALSE, sizeof (guint));
  gtk_widget_init_template (GTK_WIDGET (self));
  kai_text_columns_follow (self->view);
  kai_roster_view_install_actions (self);
  g_signal_connect_after (self, "key-press-event", G_CALLBACK (on_key_cb), NULL);
  kai_roster_view_update_actions (self);
}
