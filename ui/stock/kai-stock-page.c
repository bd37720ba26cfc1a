/* The stock of bills, as the store has it: joined ranges. The form beside it offers the movements that the state of the chosen
 * range allows, with its numbers filled in. */
#include "stock/kai-stock-page.h"

#include "kai-command.h"
#include "kai-format.h"
#include "store/kai-stock.h"
#include "widgets/kai-wrap-box.h"

#include <glib/gi18n-lib.h>

struct _KaiStockPage
{
  GtkBox parent_instance;

  /* Template */
  GtkStack *stack;
  GtkTreeView *view;
  GtkListStore *store;
  GtkTreeSelection *selection;
  GtkLabel *totals_label, *chosen_label, *count_label, *problem_label, *life_label;
  GtkComboBox *kind_combo, *holder_combo;
  GtkEntry *first_entry, *last_entry, *reason_entry;
  GtkWidget *form, *holder_combo_label;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  GPtrArray *ranges; /* KaiStockRange, in the order of the rows; NULL when signed out */
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (KaiStockPage, kai_stock_page, GTK_TYPE_BOX)

enum
{
  REPORT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static char *
holder_name (KaiSession *session, const char *code)
{
  const KaiBaseData *base = kai_session_get_base_data (session);
  const KaiUser *user = kai_base_data_find_user (base, code);
  const KaiUnit *unit = kai_base_data_find_unit (base, code);
  const char *name = user ? user->name : unit ? unit->name : NULL;

  for (guint i = 0; !name && i < base->holders->len; i++)
    if (g_str_equal (((KaiUser *)base->holders->pdata[i])->code, code))
      name = ((KaiUser *)base->holders->pdata[i])->name;
  return name ? g_strdup_printf ("%s %s", code, name) : g_strdup (code);
}

static void
add_range (KaiStockPage *self, const KaiStockRange *range)
{
  const KaiBillType *type =
      kai_base_data_find_bill_type (kai_session_get_base_data (self->session), range->type);
  g_autofree char *holder = holder_name (self->session, range->holder);
  g_autofree char *first = kai_number_range_format (range->range.first, range->range.width);
  g_autofree char *last = kai_number_range_format (range->range.last, range->range.width);
  g_autofree char *count =
      g_strdup_printf ("%" G_GINT64_FORMAT, kai_number_range_count (&range->range));

  gtk_list_store_insert_with_values (self->store, NULL, -1, 0, type ? type->name : range->type, 1,
                                     type ? type->version_name : range->version, 2, holder, 3,
                                     kai_stock_state_label (range->state), 4, first, 5, last, 6,
                                     count, -1);
}

/* ---- The form ---- */

/* Borrowed; NULL when nothing is chosen. */
static const KaiStockRange *
get_chosen (KaiStockPage *self)
{
  GtkTreeIter iter;
  g_autoptr (GtkTreePath) path = NULL;
  int row;

  if (!self->ranges || !gtk_tree_selection_get_selected (self->selection, NULL, &iter))
    return NULL;
  path = gtk_tree_model_get_path (GTK_TREE_MODEL (self->store), &iter);
  row = gtk_tree_path_get_indices (path)[0];
  return row < (int)self->ranges->len ? self->ranges->pdata[row] : NULL;
}

static const char *
move_label (KaiMoveKind kind)
{
  switch (kind)
    {
    case KAI_MOVE_RECEIVE:
      return _ ("Take in");
    case KAI_MOVE_DISTRIBUTE:
      return _ ("Hand out");
    case KAI_MOVE_VOID:
      return _ ("Void");
    case KAI_MOVE_RETURN:
      return _ ("Return");
    case KAI_MOVE_WRITE_OFF:
      return _ ("Write off");
    case KAI_MOVE_USE:
    default:
      return _ ("Use");
    }
}

/* What a state allows, the most usual first (see kai-stock.h). */
static const KaiMoveKind *
kinds_of (KaiStockState state, guint *n)
{
  static const KaiMoveKind to_take_in[] = { KAI_MOVE_RECEIVE };
  static const KaiMoveKind free_bills[] = { KAI_MOVE_DISTRIBUTE, KAI_MOVE_VOID, KAI_MOVE_RETURN };
  static const KaiMoveKind used[] = { KAI_MOVE_WRITE_OFF, KAI_MOVE_VOID };
  static const KaiMoveKind voided[] = { KAI_MOVE_RETURN, KAI_MOVE_WRITE_OFF };
  static const KaiMoveKind returned[] = { KAI_MOVE_RETURN };
  const struct
  {
    const KaiMoveKind *kinds;
    guint n;
  } table[] = {
    [KAI_STOCK_TO_TAKE_IN] = { to_take_in, G_N_ELEMENTS (to_take_in) },
    [KAI_STOCK_FREE] = { free_bills, G_N_ELEMENTS (free_bills) },
    [KAI_STOCK_USED] = { used, G_N_ELEMENTS (used) },
    [KAI_STOCK_VOID] = { voided, G_N_ELEMENTS (voided) },
    [KAI_STOCK_RETURNED] = { returned, G_N_ELEMENTS (returned) },
    [KAI_STOCK_WRITTEN_OFF] = { NULL, 0 },
  };

  *n = table[state].n;
  return table[state].kinds;
}

static gboolean
get_kind (KaiStockPage *self, KaiMoveKind *out)
{
  const char *id = gtk_combo_box_get_active_id (self->kind_combo);

  return id && kai_move_kind_parse (id, out);
}

/* NULL when the movement can be made; else the sentence. Caller frees. */
static char *
dup_problem (KaiStockPage *self, KaiNumberRange *range)
{
  const KaiStockRange *chosen = get_chosen (self);
  const char *first = gtk_entry_get_text (self->first_entry);
  const char *last = gtk_entry_get_text (self->last_entry);
  g_autofree char *reason = g_strstrip (g_strdup (gtk_entry_get_text (self->reason_entry)));
  g_autoptr (GError) error = NULL;
  KaiMoveKind kind;

  if (!chosen)
    return g_strdup (_ ("Choose a range in the list first."));
  if (!get_kind (self, &kind))
    return g_strdup (_ ("Nothing more can be done with bills in this state."));
  if (!kai_number_range_parse (first, last[0] ? last : first, range, &error))
    return g_strdup (error->message);
  if (range->width != chosen->range.width || range->first < chosen->range.first
      || range->last > chosen->range.last)
    return g_strdup (_ ("These numbers are not in the chosen range. Choose another one in the list "
                        "or correct the numbers."));
  if (kind == KAI_MOVE_DISTRIBUTE && !gtk_combo_box_get_active_id (self->holder_combo))
    return g_strdup (_ ("Choose to whom the bills go."));
  if (kind == KAI_MOVE_VOID && reason[0] == '\0')
    return g_strdup (_ ("Write why the bills are void."));
  return NULL;
}

/* One movement in a line: when, what, from whom to whom, and what the bureau said. */
static void
append_movement (KaiStockPage *self, GString *text, const KaiStockMovement *movement)
{
  g_autofree char *at = kai_format_time (movement->at);
  g_autofree char *from = holder_name (self->session, movement->from);
  g_autofree char *to = holder_name (self->session, movement->to);

  g_string_append_printf (text, "%s%s  %s  %s → %s", text->len > 0 ? "\n" : "", at,
                          move_label (movement->kind), from, to);
  if (*movement->reason)
    g_string_append_printf (text, "  %s", movement->reason);
  if (movement->sync != KAI_SYNC_ACCEPTED)
    g_string_append_printf (text, "  (%s)", kai_sync_state_label (movement->sync));
}

/* Where the form names one number: everything that ever happened to it. */
static void
show_life (KaiStockPage *self)
{
  const KaiStockRange *chosen = get_chosen (self);
  const char *first = gtk_entry_get_text (self->first_entry);
  const char *last = gtk_entry_get_text (self->last_entry);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) life = NULL;

  if (chosen && *first && (*last == '\0' || g_str_equal (first, last)))
    life = kai_stock_history (kai_session_get_database (self->session), chosen->type, first, NULL);
  for (guint i = 0; life && i < life->len; i++)
    append_movement (self, text, life->pdata[i]);
  gtk_label_set_text (self->life_label, text->str);
  gtk_widget_set_visible (GTK_WIDGET (self->life_label), text->len > 0);
}

static void
check_form (KaiStockPage *self)
{
  KaiNumberRange range = { 0 };
  g_autofree char *problem = dup_problem (self, &range);
  g_autofree char *count = NULL;
  int n = problem ? 0 : (int)MIN (kai_number_range_count (&range), G_MAXINT);

  if (n > 0)
    count = g_strdup_printf (ngettext ("%d bill", "%d bills", n), n);
  gtk_label_set_text (self->count_label, count ? count : "");
  gtk_label_set_text (self->problem_label, problem ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem_label), problem && get_chosen (self));
  show_life (self);
  kai_command_set_enabled (G_ACTION_MAP (self->actions), "move", problem == NULL, problem);
}

static void
on_form_changed_cb (KaiStockPage *self)
{
  if (!self->filling)
    check_form (self);
}

static void
on_kind_changed_cb (KaiStockPage *self)
{
  KaiMoveKind kind;
  gboolean to_whom = get_kind (self, &kind) && kind == KAI_MOVE_DISTRIBUTE;

  gtk_widget_set_visible (GTK_WIDGET (self->holder_combo), to_whom);
  gtk_widget_set_visible (self->holder_combo_label, to_whom);
  on_form_changed_cb (self);
}

static void
fill_kinds (KaiStockPage *self, const KaiStockRange *range)
{
  guint n = 0;
  const KaiMoveKind *kinds = range ? kinds_of (range->state, &n) : NULL;

  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self->kind_combo));
  for (guint i = 0; i < n; i++)
    gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self->kind_combo),
                               kai_move_kind_to_string (kinds[i]), move_label (kinds[i]));
  gtk_combo_box_set_active (self->kind_combo, n > 0 ? 0 : -1);
}

static void
show_chosen (KaiStockPage *self)
{
  const KaiStockRange *range = get_chosen (self);
  g_autofree char *first =
      range ? kai_number_range_format (range->range.first, range->range.width) : g_strdup ("");
  g_autofree char *last =
      range ? kai_number_range_format (range->range.last, range->range.width) : g_strdup ("");
  const KaiBillType *type =
      range ? kai_base_data_find_bill_type (kai_session_get_base_data (self->session), range->type)
            : NULL;

  self->filling = TRUE;
  fill_kinds (self, range);
  gtk_entry_set_text (self->first_entry, first);
  gtk_entry_set_text (self->last_entry, last);
  gtk_entry_set_text (self->reason_entry, "");
  gtk_label_set_text (self->chosen_label, type ? type->name : range ? range->type : "");
  gtk_widget_set_sensitive (self->form, range != NULL);
  self->filling = FALSE;
  on_kind_changed_cb (self);
}

static void
on_selection_changed_cb (KaiStockPage *self)
{
  if (!self->filling && self->session)
    show_chosen (self);
}

static void
fill_holders (KaiStockPage *self)
{
  const KaiBaseData *base = kai_session_get_base_data (self->session);
  GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->holder_combo);
  GPtrArray *lists[] = { base->users, base->holders };

  gtk_combo_box_text_remove_all (combo);
  for (guint l = 0; l < G_N_ELEMENTS (lists); l++)
    for (guint i = 0; i < lists[l]->len; i++)
      {
        const KaiUser *holder = lists[l]->pdata[i];
        g_autofree char *label = g_strdup_printf ("%s %s", holder->code, holder->name);

        /* Somebody may be in both lists. */
        if (l == 0 || !kai_base_data_find_user (base, holder->code))
          gtk_combo_box_text_append (combo, holder->code, label);
      }
}

static void
on_entry_activate_cb (KaiStockPage *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "move", NULL);
}

/* The bureau has no code among the holders: it is known by its node. */
static char *
dup_target (KaiStockPage *self, const KaiStockRange *chosen, KaiMoveKind kind)
{
  const KaiUnit *unit = kai_desk_get_unit (kai_session_get_desk (self->session));

  if (kind == KAI_MOVE_DISTRIBUTE)
    return g_strdup (gtk_combo_box_get_active_id (self->holder_combo));
  if (kind == KAI_MOVE_RETURN && unit)
    return g_strconcat ("F", unit->region, NULL);
  return g_strdup (chosen->holder);
}

static void
on_move_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiStockPage *self = KAI_STOCK_PAGE (data);
  const KaiStockRange *chosen = get_chosen (self);
  KaiStockMove move = { .user = "" };
  g_autofree char *problem = dup_problem (self, &move.range);
  g_autofree char *reason = g_strstrip (g_strdup (gtk_entry_get_text (self->reason_entry)));
  g_autofree char *to = NULL;
  g_autofree char *sentence = NULL;
  g_autoptr (GError) error = NULL;
  int n;

  if (problem || !get_kind (self, &move.kind))
    return;
  to = dup_target (self, chosen, move.kind);
  move.type = chosen->type;
  move.version = chosen->version;
  move.from = chosen->holder;
  move.to = to;
  move.reason = reason;
  n = (int)MIN (kai_number_range_count (&move.range), G_MAXINT);
  if (kai_desk_move_stock (kai_session_get_desk (self->session), &move, &error) == 0)
    {
      g_signal_emit (self, signals[REPORT], 0, TRUE, error->message);
      return;
    }
  sentence = g_strdup_printf (ngettext ("%s: %d bill. The finance bureau is told.",
                                        "%s: %d bills. The finance bureau is told.", n),
                              move_label (move.kind), n);
  kai_session_committed (self->session);
  g_signal_emit (self, signals[REPORT], 0, FALSE, sentence);
}

static const GActionEntry entries[] = {
  { .name = "move", .activate = on_move_cb },
};

/* ---- The list ---- */

/* The same range again, or the one that holds its first number now. */
static void
choose_again (KaiStockPage *self, const char *type, gint64 first)
{
  for (guint i = 0; i < self->ranges->len; i++)
    {
      const KaiStockRange *range = self->ranges->pdata[i];

      if (g_strcmp0 (range->type, type) == 0 && range->range.first <= first
          && range->range.last >= first)
        {
          g_autoptr (GtkTreePath) path = gtk_tree_path_new_from_indices ((int)i, -1);

          gtk_tree_selection_select_path (self->selection, path);
          return;
        }
    }
}

static void
reload (KaiStockPage *self)
{
  const KaiStockRange *chosen = get_chosen (self);
  g_autofree char *type = chosen ? g_strdup (chosen->type) : NULL;
  gint64 first = chosen ? chosen->range.first : 0;
  GPtrArray *ranges = kai_stock_list (kai_session_get_database (self->session), NULL, NULL);
  g_autofree char *count = NULL;
  g_autofree char *text = NULL;
  gint64 free_bills = 0;

  self->filling = TRUE;
  gtk_list_store_clear (self->store);
  g_clear_pointer (&self->ranges, g_ptr_array_unref);
  self->ranges = ranges;
  for (guint i = 0; ranges && i < ranges->len; i++)
    {
      const KaiStockRange *range = ranges->pdata[i];

      add_range (self, range);
      if (range->state == KAI_STOCK_FREE)
        free_bills += kai_number_range_count (&range->range);
    }
  gtk_stack_set_visible_child_name (self->stack, ranges && ranges->len > 0 ? "list" : "empty");
  count = g_strdup_printf ("%" G_GINT64_FORMAT, free_bills);
  text = g_strdup_printf (_ ("Free bills: %s"), count);
  gtk_label_set_text (self->totals_label, ranges && ranges->len > 0 ? text : "");
  if (ranges && type)
    choose_again (self, type, first);
  self->filling = FALSE;
  show_chosen (self);
}

void
kai_stock_page_set_session (KaiStockPage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  self->filling = TRUE;
  gtk_list_store_clear (self->store);
  self->filling = FALSE;
  g_clear_pointer (&self->ranges, g_ptr_array_unref);
  g_set_object (&self->session, session);
  if (!session)
    return;
  fill_holders (self);
  g_signal_connect_object (session, "base-data-changed", G_CALLBACK (fill_holders), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "changed", G_CALLBACK (reload), self, G_CONNECT_SWAPPED);
  reload (self);
}

static int
find_range (KaiStockPage *self, const char *type, const KaiNumberRange *number)
{
  for (guint i = 0; self->ranges && i < self->ranges->len; i++)
    {
      const KaiStockRange *range = self->ranges->pdata[i];

      if (g_str_equal (range->type, type) && range->range.width == number->width
          && range->range.first <= number->first && range->range.last >= number->first)
        return (int)i;
    }
  return -1;
}

void
kai_stock_page_show_number (KaiStockPage *self, const char *type, const char *number)
{
  g_autoptr (GtkTreePath) path = NULL;
  KaiNumberRange range;
  int row;

  if (!self->session || !kai_number_range_parse (number, number, &range, NULL))
    return;
  row = find_range (self, type, &range);
  if (row < 0)
    return;
  path = gtk_tree_path_new_from_indices (row, -1);
  gtk_tree_view_set_cursor (self->view, path, NULL, FALSE);
  gtk_tree_view_scroll_to_cell (self->view, path, NULL, FALSE, 0, 0);
  gtk_entry_set_text (self->first_entry, number);
  gtk_entry_set_text (self->last_entry, number);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

GActionGroup *
kai_stock_page_get_actions (KaiStockPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

static void
kai_stock_page_dispose (GObject *object)
{
  KaiStockPage *self = KAI_STOCK_PAGE (object);

  if (self->session)
    kai_stock_page_set_session (self, NULL);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_stock_page_parent_class)->dispose (object);
}

static void
kai_stock_page_class_init (KaiStockPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  G_OBJECT_CLASS (klass)->dispose = kai_stock_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/stock/kai-stock-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiStockPage, name)
  BIND (stack);
  BIND (view);
  BIND (selection);
  BIND (store);
  BIND (totals_label);
  BIND (chosen_label);
  BIND (count_label);
  BIND (problem_label);
  BIND (life_label);
  BIND (kind_combo);
  BIND (holder_combo);
  BIND (holder_combo_label);
  BIND (first_entry);
  BIND (last_entry);
  BIND (reason_entry);
  BIND (form);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_selection_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_kind_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_form_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_activate_cb);
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_STOCK_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
}

static void
kai_stock_page_init (KaiStockPage *self)
{
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "stock", G_ACTION_GROUP (self->actions));
  gtk_widget_init_template (GTK_WIDGET (self));
  check_form (self);
  kai_command_explain (GTK_WIDGET (self), "stock", G_ACTION_MAP (self->actions));
}
