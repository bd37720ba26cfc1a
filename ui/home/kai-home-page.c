/* The first page: what needs attention, today's figures. The counting is done in a thread, at most one at a time; what changes
 * meanwhile leads to one more count afterwards. */
#include "home/kai-home-page.h"

#include "home/kai-day-chart.h"
#include "home/kai-home-lines.h"
#include "kai-format.h"
#include "kai-store-ref.h"

#include <glib/gi18n-lib.h>

/* The store may change with every notice of a long import; nobody reads figures that fast. */
#define PAUSE_MS 1500
/* Days pass and things grow old while nothing happens. */
#define TICK_S 300

struct _KaiHomePage
{
  GtkBox parent_instance;

  /* Template */
  GtkStack *stack;
  GtkListBox *list;
  GtkLabel *error_label, *chart_title_label, *chart_text_label;
  GtkLabel *issued_count_label, *issued_amount_label, *paid_count_label, *paid_amount_label;
  GtkLabel *swapped_count_label, *swapped_amount_label, *voided_count_label, *voided_amount_label;
  GtkLabel *unpaid_count_label, *unpaid_amount_label;
  GtkLabel *codes_label, *certificate_label, *base_label;
  KaiDayChart *chart;

  /* Owned */
  KaiSession *session;
  GSettings *settings;
  GCancellable *cancellable; /* of the count that runs */
  gboolean stale;            /* count once more when it ends */
  gint64 started_at;         /* monotonic: the count that runs, or the last one */
  gint64 counted_at;         /* monotonic: when that ended */
  guint pause_id, tick_id;
  KaiAttention *attention;
  guint warnings;
};

G_DEFINE_FINAL_TYPE (KaiHomePage, kai_home_page, GTK_TYPE_BOX)

enum
{
  GO,
  COUNTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void count (KaiHomePage *self);

/* ---- Showing ---- */

static int
get_threshold (KaiHomePage *self, const char *key, int fallback)
{
  return self->settings ? g_settings_get_int (self->settings, key) : fallback;
}

static KaiHomeThresholds
get_thresholds (KaiHomePage *self)
{
  return (KaiHomeThresholds){ .lapse_days = get_threshold (self, "lapse-days", 3),
                              .low_codes = get_threshold (self, "low-codes", 50),
                              .low_stock = get_threshold (self, "low-stock", 50),
                              .certificate_days = get_threshold (self, "certificate-days", 30) };
}

static void
show_figure (GtkLabel *count_label, GtkLabel *amount_label, KaiFigure figure)
{
  g_autofree char *n = g_strdup_printf ("%lld", (long long)figure.count);
  g_autofree char *amount = kai_money_to_display (figure.amount);

  gtk_label_set_text (count_label, n);
  gtk_label_set_text (amount_label, amount);
}

static void
show_figures (KaiHomePage *self)
{
  const KaiAttention *a = self->attention;

  show_figure (self->issued_count_label, self->issued_amount_label, a->figures.issued);
  show_figure (self->paid_count_label, self->paid_amount_label, a->figures.paid);
  show_figure (self->swapped_count_label, self->swapped_amount_label, a->figures.swapped);
  show_figure (self->voided_count_label, self->voided_amount_label, a->figures.voided);
  show_figure (self->unpaid_count_label, self->unpaid_amount_label, a->unpaid);
}

static void
show_chart (KaiHomePage *self)
{
  gint64 issued = 0, paid = 0;
  g_autofree char *title = g_strdup_printf (
      ngettext ("The last %d day", "The last %d days", KAI_ATTENTION_DAYS), KAI_ATTENTION_DAYS);
  g_autofree char *text = NULL;

  for (guint i = 0; i < KAI_ATTENTION_DAYS; i++)
    {
      issued += self->attention->days[i].issued.count;
      paid += self->attention->days[i].paid.count;
    }
  text = g_strdup_printf (_ ("Outlined: issued (%lld). Filled: paid (%lld)."), (long long)issued,
                          (long long)paid);
  gtk_label_set_text (self->chart_title_label, title);
  gtk_label_set_text (self->chart_text_label, text);
  kai_day_chart_set_days (self->chart, self->attention->days);
}

static void
show_desk (KaiHomePage *self)
{
  gint64 fetched = kai_session_get_base_data (self->session)->fetched_at;
  int days = kai_home_certificate_days (self->session);
  g_autofree char *codes = g_strdup_printf (_ ("Payment codes left on this computer: %lld"),
                                            (long long)self->attention->codes_left);
  g_autofree char *certificate = NULL;
  g_autofree char *base = NULL;

  if (days == G_MAXINT)
    certificate = g_strdup (_ ("No certificate: you are working without a key"));
  else
    certificate = g_strdup_printf (
        ngettext ("Certificate: %d day left", "Certificate: %d days left", days), days);
  if (fetched != 0)
    {
      g_autofree char *time = kai_format_time (fetched);

      base = g_strdup_printf (_ ("Base data of %s"), time);
    }
  gtk_label_set_text (self->codes_label, codes);
  gtk_label_set_text (self->certificate_label, certificate);
  gtk_label_set_text (self->base_label, base ? base : _ ("No base data yet"));
}

static char *
dup_selected_target (KaiHomePage *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  return row ? g_strdup (kai_attention_row_get_target (KAI_ATTENTION_ROW (row))) : NULL;
}

static void
show_lines (KaiHomePage *self)
{
  const KaiHomeThresholds thresholds = get_thresholds (self);
  g_autoptr (GPtrArray) rows = kai_home_lines_build (self->session, self->attention, &thresholds);
  g_autofree char *selected = dup_selected_target (self);
  GtkWidget *focus = gtk_container_get_focus_child (GTK_CONTAINER (self->list));
  gboolean had_focus = focus && gtk_widget_has_focus (focus);

  gtk_container_foreach (GTK_CONTAINER (self->list), (GtkCallback)gtk_widget_destroy, NULL);
  self->warnings = 0;
  for (guint i = 0; i < rows->len; i++)
    {
      KaiAttentionRow *row = rows->pdata[i];

      gtk_list_box_insert (self->list, GTK_WIDGET (row), -1);
      if (kai_attention_row_get_urgency (row) != KAI_URGENCY_INFO)
        self->warnings++;
      if (g_strcmp0 (selected, kai_attention_row_get_target (row)) == 0
          && !gtk_list_box_get_selected_row (self->list))
        {
          gtk_list_box_select_row (self->list, GTK_LIST_BOX_ROW (row));
          if (had_focus)
            gtk_widget_grab_focus (GTK_WIDGET (row));
        }
    }
  gtk_stack_set_visible_child_name (self->stack, rows->len > 0 ? "list" : "empty");
}

/* ---- Counting ---- */

typedef struct
{
  KaiStoreRef *store;
  KaiAttentionQuery query;
} Request;

static void
request_free (Request *request)
{
  kai_store_ref_free (request->store);
  g_free (request);
}

static void
on_interrupt_cb (GCancellable *cancellable, gpointer data)
{
  sqlite3_interrupt (kai_database_get_handle (data));
}

static void
count_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  GError *error = NULL;
  g_autoptr (KaiDatabase) db = kai_store_ref_open (request->store, &error);
  KaiAttention *attention = NULL;

  if (db)
    {
      gulong id = g_cancellable_connect (cancellable, G_CALLBACK (on_interrupt_cb), db, NULL);

      attention = kai_attention_load (db, &request->query, &error);
      g_cancellable_disconnect (cancellable, id);
    }
  if (attention)
    g_task_return_pointer (task, attention, (GDestroyNotify)kai_attention_free);
  else
    g_task_return_error (task, error);
}

static void
take_attention (KaiHomePage *self, KaiAttention *attention)
{
  kai_attention_free (self->attention);
  self->attention = attention;
  self->counted_at = g_get_monotonic_time ();
  show_lines (self);
  show_figures (self);
  show_chart (self);
  show_desk (self);
  g_signal_emit (self, signals[COUNTED], 0);
}

static void
on_counted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (KaiHomePage) self = KAI_HOME_PAGE (data);
  g_autoptr (GError) error = NULL;
  KaiAttention *attention = g_task_propagate_pointer (G_TASK (result), &error);

  /* Of a session that has ended meanwhile. */
  if (g_task_get_cancellable (G_TASK (result)) != self->cancellable)
    {
      kai_attention_free (attention);
      return;
    }
  g_clear_object (&self->cancellable);
  if (attention)
    take_attention (self, attention);
  else
    {
      gtk_label_set_text (self->error_label, error->message);
      gtk_stack_set_visible_child_name (self->stack, "error");
    }
  if (self->stale)
    count (self);
}

static void
start_count (KaiHomePage *self)
{
  g_autoptr (GTask) task = NULL;
  Request *request = g_new0 (Request, 1);

  self->stale = FALSE;
  self->started_at = g_get_monotonic_time ();
  self->cancellable = g_cancellable_new ();
  request->store = kai_store_ref_new (kai_session_get_database (self->session));
  request->query.today = kai_day_today ();
  request->query.lapse_days = get_threshold (self, "lapse-days", 3);
  task = g_task_new (self, self->cancellable, on_counted_cb, g_object_ref (self));
  g_task_set_source_tag (task, start_count);
  g_task_set_task_data (task, request, (GDestroyNotify)request_free);
  g_task_run_in_thread (task, count_thread);
}

static gboolean
on_pause_over_cb (gpointer data)
{
  KaiHomePage *self = KAI_HOME_PAGE (data);

  self->pause_id = 0;
  if (self->session && !self->cancellable)
    start_count (self);
  return G_SOURCE_REMOVE;
}

/* Counting goes through the whole ledger: it may take a twentieth of the time at most, however often something changes. */
static gint64
get_pause_ms (KaiHomePage *self)
{
  return MAX (PAUSE_MS, (self->counted_at - self->started_at) / 1000 * 20);
}

/* At once, after the count that runs, or after a pause since the last one. */
static void
count (KaiHomePage *self)
{
  gint64 pause = get_pause_ms (self);
  gint64 since = (g_get_monotonic_time () - self->counted_at) / 1000;

  self->stale = TRUE;
  if (!self->session || self->cancellable || self->pause_id != 0)
    return;
  if (self->counted_at == 0 || since >= pause)
    start_count (self);
  else
    self->pause_id = g_timeout_add ((guint)(pause - since), on_pause_over_cb, self);
}

static gboolean
on_tick_cb (gpointer data)
{
  count (KAI_HOME_PAGE (data));
  return G_SOURCE_CONTINUE;
}

static void
on_row_activated_cb (KaiHomePage *self, GtkListBoxRow *row)
{
  g_signal_emit (self, signals[GO], 0, kai_attention_row_get_target (KAI_ATTENTION_ROW (row)));
}

/* ---- Public ---- */

void
kai_home_page_set_settings (KaiHomePage *self, GSettings *settings)
{
  const char *const signals_of[] = { "changed::lapse-days", "changed::low-codes",
                                     "changed::low-stock", "changed::certificate-days" };

  if (self->settings)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_set_object (&self->settings, settings);
  for (guint i = 0; settings && i < G_N_ELEMENTS (signals_of); i++)
    g_signal_connect_object (settings, signals_of[i], G_CALLBACK (count), self, G_CONNECT_SWAPPED);
}

static void
stop (KaiHomePage *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->pause_id, g_source_remove);
  g_clear_handle_id (&self->tick_id, g_source_remove);
  g_clear_pointer (&self->attention, kai_attention_free);
  self->stale = FALSE;
  self->counted_at = 0;
  self->warnings = 0;
}

/* What is said of them is true at once; what is counted comes when its time has come. */
static void
on_base_data_changed_cb (KaiHomePage *self)
{
  if (self->attention)
    {
      show_lines (self);
      show_desk (self);
      g_signal_emit (self, signals[COUNTED], 0);
    }
  count (self);
}

void
kai_home_page_set_session (KaiHomePage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  stop (self);
  gtk_container_foreach (GTK_CONTAINER (self->list), (GtkCallback)gtk_widget_destroy, NULL);
  gtk_stack_set_visible_child_name (self->stack, "loading");
  g_set_object (&self->session, session);
  if (!session)
    return;
  g_signal_connect_object (session, "changed", G_CALLBACK (count), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "base-data-changed", G_CALLBACK (on_base_data_changed_cb), self,
                           G_CONNECT_SWAPPED);
  self->tick_id = g_timeout_add_seconds (TICK_S, on_tick_cb, self);
  count (self);
}

guint
kai_home_page_count_lines (KaiHomePage *self, const char *target)
{
  g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (self->list));
  guint n = 0;

  for (GList *l = rows; l; l = l->next)
    n += g_strcmp0 (kai_attention_row_get_target (l->data), target) == 0;
  return n;
}

const KaiAttention *
kai_home_page_get_attention (KaiHomePage *self)
{
  return self->attention;
}

guint
kai_home_page_count_warnings (KaiHomePage *self)
{
  return self->warnings;
}

static void
kai_home_page_dispose (GObject *object)
{
  KaiHomePage *self = KAI_HOME_PAGE (object);

  if (self->session)
    kai_home_page_set_session (self, NULL);
  stop (self);
  kai_home_page_set_settings (self, NULL);
  G_OBJECT_CLASS (kai_home_page_parent_class)->dispose (object);
}

static void
class_init_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/home/kai-home-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiHomePage, name)
  BIND (stack);
  BIND (list);
  BIND (error_label);
  BIND (chart_title_label);
  BIND (chart_text_label);
  BIND (issued_count_label);
  BIND (issued_amount_label);
  BIND (paid_count_label);
  BIND (paid_amount_label);
  BIND (swapped_count_label);
  BIND (swapped_amount_label);
  BIND (voided_count_label);
  BIND (voided_amount_label);
  BIND (unpaid_count_label);
  BIND (unpaid_amount_label);
  BIND (codes_label);
  BIND (certificate_label);
  BIND (base_label);
  BIND (chart);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
}

static void
kai_home_page_class_init (KaiHomePageClass *klass)
{
  g_type_ensure (KAI_TYPE_DAY_CHART);
  G_OBJECT_CLASS (klass)->dispose = kai_home_page_dispose;
  signals[GO] = g_signal_new ("go", KAI_TYPE_HOME_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[COUNTED] = g_signal_new ("counted", KAI_TYPE_HOME_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  class_init_template (GTK_WIDGET_CLASS (klass));
}

static void
kai_home_page_init (KaiHomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
