/* A charge item being typed: found by code or name, the amount follows a fixed standard until the clerk types another. */
#include "editor/kai-item-row.h"
#include "editor/kai-suggest.h"
#include "kai-format.h"
#include "model/kai-lookup.h"
#include "values/kai-codes.h"
#include "values/kai-text.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct _KaiItemRow
{
  GtkBox parent_instance;

  /* Template */
  KaiField *item_field, *quantity_field, *amount_field;
  GtkEntry *item_entry, *quantity_entry, *amount_entry;
  GtkLabel *standard_label;

  /* Owned */
  GtkListStore *items;

  gint64 fixed;            /* fen for one, -1 where there is no fixed standard */
  gboolean amount_is_ours; /* the amount was computed here, not typed */
  gboolean computing;
};

G_DEFINE_FINAL_TYPE (KaiItemRow, kai_item_row, GTK_TYPE_BOX)

enum
{
  EDITED,
  TYPED,
  LEFT,
  DONE,
  REMOVE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static char *
format_standard (const KaiItem *item)
{
  g_autofree char *min = kai_money_to_display (item->min);
  g_autofree char *max = kai_money_to_display (item->max);

  switch (item->standard)
    {
    case KAI_STANDARD_FIXED:
      return g_strdup_printf (_ ("¥ %s each %s"), min, item->unit_of_measure);
    case KAI_STANDARD_RANGE:
      if (item->max == 0)
        return g_strdup_printf (_ ("from ¥ %s each %s"), min, item->unit_of_measure);
      return g_strdup_printf (_ ("¥ %s to %s each %s"), min, max, item->unit_of_measure);
    case KAI_STANDARD_FREE:
    default:
      return g_strdup (_ ("any amount"));
    }
}

GtkListStore *
kai_item_row_build_model (const KaiBaseData *base)
{
  GtkListStore *store = gtk_list_store_new (KAI_ITEM_N_COLUMNS, G_TYPE_STRING, G_TYPE_STRING,
                                            G_TYPE_STRING, G_TYPE_STRING, G_TYPE_INT64);

  for (guint i = 0; i < base->items->len; i++)
    {
      const KaiItem *item = base->items->pdata[i];
      g_autofree char *label = g_strdup_printf ("%s %s", item->code, item->name);
      g_autofree char *standard = format_standard (item);
      gint64 fixed = item->standard == KAI_STANDARD_FIXED ? item->min : -1;

      gtk_list_store_insert_with_values (store, NULL, -1, KAI_ITEM_COLUMN_CODE, item->code,
                                         KAI_ITEM_COLUMN_NAME, item->name, KAI_ITEM_COLUMN_LABEL,
                                         label, KAI_ITEM_COLUMN_STANDARD, standard,
                                         KAI_ITEM_COLUMN_FIXED, fixed, -1);
    }
  return store;
}

/* More than fit on the screen help nobody. */
#define MAX_SUGGESTIONS 30

/* What the unit may collect and the clerk may mean: part of code or name, or initials. */
static GPtrArray *
suggest_cb (const char *typed, gpointer data)
{
  KaiItemRow *self = KAI_ITEM_ROW (data);
  GtkTreeModel *model = GTK_TREE_MODEL (self->items);
  g_autofree char *folded = kai_lookup_fold (typed);
  GPtrArray *suggestions = kai_suggestions_new ();
  GtkTreeIter iter;
  gboolean more;

  for (more = gtk_tree_model_get_iter_first (model, &iter);
       more && *folded && suggestions->len < MAX_SUGGESTIONS;
       more = gtk_tree_model_iter_next (model, &iter))
    {
      g_autofree char *label = NULL;
      g_autofree char *standard = NULL;
      char *code = NULL;

      gtk_tree_model_get (model, &iter, KAI_ITEM_COLUMN_CODE, &code, KAI_ITEM_COLUMN_LABEL, &label,
                          KAI_ITEM_COLUMN_STANDARD, &standard, -1);
      /* What is chosen already needs no list. */
      if (g_str_equal (label, typed))
        {
          g_ptr_array_set_size (suggestions, 0);
          g_free (code);
          break;
        }
      if (kai_lookup_fits_folded (label, folded))
        g_ptr_array_add (suggestions, kai_suggestion_new (label, standard, code, g_free));
      else
        g_free (code);
    }
  return suggestions;
}

/* The item that is meant: its code, name or label in full, or, when @loose, the only one whose label has the text. */
static gboolean
find_item (KaiItemRow *self, gboolean loose, GtkTreeIter *found)
{
  GtkTreeModel *model = GTK_TREE_MODEL (self->items);
  g_autofree char *typed = kai_text_normalise_name (gtk_entry_get_text (self->item_entry));
  g_autofree char *code = kai_text_normalise_code (typed);
  g_autofree char *folded = kai_lookup_fold (typed);
  GtkTreeIter iter;
  gboolean more;
  int hits = 0;

  for (more = gtk_tree_model_get_iter_first (model, &iter); more && typed[0] != '\0';
       more = gtk_tree_model_iter_next (model, &iter))
    {
      g_autofree char *item_code = NULL;
      g_autofree char *name = NULL;
      g_autofree char *label = NULL;

      gtk_tree_model_get (model, &iter, KAI_ITEM_COLUMN_CODE, &item_code, KAI_ITEM_COLUMN_NAME,
                          &name, KAI_ITEM_COLUMN_LABEL, &label, -1);
      if (g_str_equal (item_code, code) || g_str_equal (name, typed) || g_str_equal (label, typed))
        {
          *found = iter;
          return TRUE;
        }
      if (loose && kai_lookup_fits_folded (label, folded))
        {
          *found = iter;
          hits++;
        }
    }
  return hits == 1;
}

static void
compute_amount (KaiItemRow *self)
{
  g_autofree char *typed = kai_text_normalise_code (gtk_entry_get_text (self->quantity_entry));
  g_autofree char *text = NULL;
  gint64 quantity;
  KaiMoney amount;

  if (!self->amount_is_ours && gtk_entry_get_text_length (self->amount_entry) > 0)
    return;
  if (self->fixed >= 0 && g_ascii_string_to_signed (typed, 10, 1, 99999999, &quantity, NULL)
      && kai_money_multiply (self->fixed, quantity, &amount))
    text = kai_money_to_display (amount);
  self->computing = TRUE;
  gtk_entry_set_text (self->amount_entry, text ? text : "");
  self->computing = FALSE;
  self->amount_is_ours = TRUE;
}

static void
look_up (KaiItemRow *self, gboolean loose)
{
  g_autofree char *standard = NULL;
  g_autofree char *label = NULL;
  GtkTreeIter iter;

  self->fixed = -1;
  if (find_item (self, loose, &iter))
    gtk_tree_model_get (GTK_TREE_MODEL (self->items), &iter, KAI_ITEM_COLUMN_STANDARD, &standard,
                        KAI_ITEM_COLUMN_LABEL, &label, KAI_ITEM_COLUMN_FIXED, &self->fixed, -1);
  gtk_label_set_text (self->standard_label, standard ? standard : "");
  if (loose && label && !g_str_equal (label, gtk_entry_get_text (self->item_entry)))
    gtk_entry_set_text (self->item_entry, label);
  compute_amount (self);
}

static void
on_item_changed_cb (KaiItemRow *self)
{
  look_up (self, FALSE);
  g_signal_emit (self, signals[EDITED], 0);
}

static void
on_quantity_changed_cb (KaiItemRow *self)
{
  compute_amount (self);
  g_signal_emit (self, signals[TYPED], 0, self->quantity_field);
}

/* Standards are checked as the amount is typed. */
static void
on_amount_changed_cb (KaiItemRow *self)
{
  if (self->computing)
    return;
  self->amount_is_ours = gtk_entry_get_text_length (self->amount_entry) == 0;
  g_signal_emit (self, signals[TYPED], 0, self->amount_field);
}

static void
on_item_activate_cb (KaiItemRow *self)
{
  look_up (self, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->quantity_entry));
}

static void
on_suggestion_taken_cb (KaiItemRow *self, gpointer code)
{
  gtk_entry_set_text (self->item_entry, code);
  look_up (self, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->quantity_entry));
}

static void
on_quantity_activate_cb (KaiItemRow *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->amount_entry));
}

static void
on_amount_activate_cb (KaiItemRow *self)
{
  g_signal_emit (self, signals[DONE], 0);
}

static gboolean
on_item_left_cb (GtkWidget *entry, GdkEvent *event, gpointer data)
{
  KaiItemRow *self = KAI_ITEM_ROW (data);

  look_up (self, TRUE);
  g_signal_emit (self, signals[LEFT], 0, self->item_field);
  return GDK_EVENT_PROPAGATE;
}

static gboolean
on_quantity_left_cb (GtkWidget *entry, GdkEvent *event, gpointer data)
{
  KaiItemRow *self = KAI_ITEM_ROW (data);

  g_signal_emit (self, signals[LEFT], 0, self->quantity_field);
  return GDK_EVENT_PROPAGATE;
}

static gboolean
on_amount_left_cb (GtkWidget *entry, GdkEvent *event, gpointer data)
{
  KaiItemRow *self = KAI_ITEM_ROW (data);

  g_signal_emit (self, signals[LEFT], 0, self->amount_field);
  return GDK_EVENT_PROPAGATE;
}

static void
on_remove_clicked_cb (KaiItemRow *self)
{
  g_signal_emit (self, signals[REMOVE], 0);
}

KaiItemRow *
kai_item_row_new (GtkListStore *items)
{
  KaiItemRow *self = g_object_new (KAI_TYPE_ITEM_ROW, NULL);

  kai_item_row_set_model (self, items);
  return self;
}

void
kai_item_row_set_model (KaiItemRow *self, GtkListStore *items)
{
  g_set_object (&self->items, items);
  look_up (self, FALSE);
  kai_suggest_look_again (kai_suggest_of (self->item_entry));
}

void
kai_item_row_set_texts (KaiItemRow *self, const KaiFormItem *item)
{
  gtk_entry_set_text (self->quantity_entry, item->quantity);
  gtk_entry_set_text (self->item_entry, item->item);
  /* A code becomes what it stands for; anything else stays as it was typed. */
  if (kai_item_code_is_valid (item->item))
    look_up (self, TRUE);
  /* An amount that was left to the standard follows it again. */
  if (*item->amount)
    gtk_entry_set_text (self->amount_entry, item->amount);
}

void
kai_item_row_add_texts (KaiItemRow *self, KaiForm *form)
{
  kai_form_add_item (form, gtk_entry_get_text (self->item_entry),
                     gtk_entry_get_text (self->quantity_entry),
                     self->amount_is_ours ? "" : gtk_entry_get_text (self->amount_entry));
}

gboolean
kai_item_row_is_empty (KaiItemRow *self)
{
  return gtk_entry_get_text_length (self->item_entry) == 0
         && gtk_entry_get_text_length (self->amount_entry) == 0;
}

static void
add_problem (GPtrArray *problems, guint index, const char *field, const char *code,
             const char *sentence)
{
  g_autofree char *key = g_strdup_printf ("items[%u].%s", index, field);

  g_ptr_array_add (problems, kai_problem_new (0, key, code, "%s", sentence));
}

void
kai_item_row_add_to (KaiItemRow *self, KaiNotice *notice, guint index, GPtrArray *problems)
{
  g_autofree char *typed_quantity =
      kai_text_normalise_code (gtk_entry_get_text (self->quantity_entry));
  const char *typed_amount = gtk_entry_get_text (self->amount_entry);
  g_autofree char *code = NULL;
  g_autoptr (GError) error = NULL;
  KaiMoney amount = -1;
  gint64 quantity = 0;
  GtkTreeIter iter;

  if (find_item (self, TRUE, &iter))
    gtk_tree_model_get (GTK_TREE_MODEL (self->items), &iter, KAI_ITEM_COLUMN_CODE, &code, -1);
  else if (gtk_entry_get_text_length (self->item_entry) == 0)
    add_problem (problems, index, "code", "missing",
                 _ ("Choose the charge item: type part of its name or its code."));
  else
    add_problem (problems, index, "code", "unknown-item",
                 _ ("This is not one charge item of your unit. Type more of its name or code and "
                    "choose it from the list."));
  if (!g_ascii_string_to_signed (typed_quantity, 10, 1, 99999999, &quantity, NULL))
    add_problem (problems, index, "quantity", "bad-quantity",
                 _ ("The quantity is a whole number from 1 to 99999999."));
  if (!kai_text_is_blank (typed_amount) && !kai_money_parse (typed_amount, &amount, &error))
    add_problem (problems, index, "amount", "bad-amount", error->message);
  kai_notice_add_item (notice, code ? code : "", quantity, amount);
}

KaiField *
kai_item_row_get_field (KaiItemRow *self, const char *name)
{
  if (g_str_equal (name, "code"))
    return self->item_field;
  if (g_str_equal (name, "quantity"))
    return self->quantity_field;
  return g_str_equal (name, "amount") ? self->amount_field : NULL;
}

void
kai_item_row_focus (KaiItemRow *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->item_entry));
}

/* Not in dispose: the focus leaves the entries while they go, and the item is looked up once more. */
static void
kai_item_row_finalize (GObject *object)
{
  g_clear_object (&KAI_ITEM_ROW (object)->items);
  G_OBJECT_CLASS (kai_item_row_parent_class)->finalize (object);
}

static void
kai_item_row_class_init (KaiItemRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_FIELD);
  G_OBJECT_CLASS (klass)->finalize = kai_item_row_finalize;
  signals[EDITED] = g_signal_new ("edited", KAI_TYPE_ITEM_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  signals[TYPED] = g_signal_new ("typed", KAI_TYPE_ITEM_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, KAI_TYPE_FIELD);
  signals[LEFT] = g_signal_new ("left", KAI_TYPE_ITEM_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, KAI_TYPE_FIELD);
  signals[DONE] = g_signal_new ("done", KAI_TYPE_ITEM_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
  signals[REMOVE] = g_signal_new ("remove-item", KAI_TYPE_ITEM_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/editor/kai-item-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KaiItemRow, item_field);
  gtk_widget_class_bind_template_child (widget_class, KaiItemRow, quantity_field);
  gtk_widget_class_bind_template_child (widget_class, KaiItemRow, amount_field);
  gtk_widget_class_bind_template_child (widget_class, KaiItemRow, item_entry);
  gtk_widget_class_bind_template_child (widget_class, KaiItemRow, quantity_entry);
  gtk_widget_class_bind_template_child (widget_class, KaiItemRow, amount_entry);
  gtk_widget_class_bind_template_child (widget_class, KaiItemRow, standard_label);
  gtk_widget_class_bind_template_callback (widget_class, on_item_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_item_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_item_left_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_quantity_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_quantity_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_quantity_left_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_amount_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_amount_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_amount_left_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_remove_clicked_cb);
}

static void
kai_item_row_init (KaiItemRow *self)
{
  self->items = gtk_list_store_new (KAI_ITEM_N_COLUMNS, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING,
                                    G_TYPE_STRING, G_TYPE_INT64);
  self->fixed = -1;
  self->amount_is_ours = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (kai_suggest_attach (self->item_entry, suggest_cb, self), "taken",
                           G_CALLBACK (on_suggestion_taken_cb), self, G_CONNECT_SWAPPED);
}
