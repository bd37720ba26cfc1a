/* The stock of bills, as the store has it: joined ranges. */
#include "stock/kai-stock-page.h"
#include "store/kai-stock.h"
#include <glib/gi18n-lib.h>

struct _KaiStockPage
{
  GtkBox parent_instance;

  /* Template */
  GtkStack *stack;
  GtkTreeView *view;
  GtkListStore *store;
  GtkLabel *totals_label;

  /* Owned */
  KaiSession *session;
};

G_DEFINE_FINAL_TYPE (KaiStockPage, kai_stock_page, GTK_TYPE_BOX)

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

static void
reload (KaiStockPage *self)
{
  g_autoptr (GPtrArray) ranges =
      kai_stock_list (kai_session_get_database (self->session), NULL, NULL);
  g_autofree char *count = NULL;
  g_autofree char *text = NULL;
  gint64 free_bills = 0;

  gtk_list_store_clear (self->store);
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
}

void
kai_stock_page_set_session (KaiStockPage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  gtk_list_store_clear (self->store);
  if (!session)
    return;
  g_signal_connect_object (session, "changed", G_CALLBACK (reload), self, G_CONNECT_SWAPPED);
  reload (self);
}

static void
kai_stock_page_dispose (GObject *object)
{
  KaiStockPage *self = KAI_STOCK_PAGE (object);

  if (self->session)
    kai_stock_page_set_session (self, NULL);
  G_OBJECT_CLASS (kai_stock_page_parent_class)->dispose (object);
}

static void
kai_stock_page_class_init (KaiStockPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kai_stock_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/stock/kai-stock-page.ui");
  gtk_widget_class_bind_template_child (widget_class, KaiStockPage, stack);
  gtk_widget_class_bind_template_child (widget_class, KaiStockPage, view);
  gtk_widget_class_bind_template_child (widget_class, KaiStockPage, store);
  gtk_widget_class_bind_template_child (widget_class, KaiStockPage, totals_label);
}

static void
kai_stock_page_init (KaiStockPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
