/* Which notices the list shows: the two rows of filters, periods, and what the lines of the home page lead to. */
#include "notices/kai-notices-page-private.h"

#include "kai-format.h"
#include "store/kai-notice-batches.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SETTLE_MS 300
#define MANY_BATCHES 50
#define LARGEST_CHANNEL 99

/* ---- Periods ---- */

typedef struct
{
  KaiDay from, to;
} Period;

/* The school year has two terms: from September to January, from February to August. */
static Period
term_of (KaiDay day)
{
  int year = day / 10000, month = day / 100 % 100;

  if (month >= 9)
    return (Period){ year * 10000 + 901, (year + 1) * 10000 + 131 };
  if (month == 1)
    return (Period){ (year - 1) * 10000 + 901, year * 10000 + 131 };
  return (Period){ year * 10000 + 201, year * 10000 + 831 };
}

static Period
named_period (const char *name, KaiDay today)
{
  if (g_strcmp0 (name, "today") == 0)
    return (Period){ today, today };
  if (g_strcmp0 (name, "week") == 0)
    {
      KaiDay monday = kai_day_add (today, 1 - kai_day_weekday (today));

      return (Period){ monday, kai_day_add (monday, 6) };
    }
  if (g_strcmp0 (name, "month") == 0)
    {
      KaiDay first = today / 100 * 100 + 1;
      KaiDay next = kai_day_add (first, 31) / 100 * 100 + 1;

      return (Period){ first, kai_day_add (next, -1) };
    }
  if (g_strcmp0 (name, "term") == 0)
    return term_of (today);
  if (g_strcmp0 (name, "year") == 0)
    return (Period){ today / 10000 * 10000 + 101, today / 10000 * 10000 + 1231 };
  return (Period){ 0, 0 };
}

/* 0 for nothing or for what is no day; the entry says so. */
static KaiDay
read_day (GtkEntry *entry)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_entry_get_text (entry)));
  g_autoptr (GError) error = NULL;
  KaiDay day = 0;
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (entry));

  if (text[0] != '\0' && !kai_day_parse (text, &day, &error))
    {
      day = 0;
      gtk_style_context_add_class (style, "error");
      gtk_entry_set_icon_from_icon_name (entry, GTK_ENTRY_ICON_PRIMARY, "dialog-warning-symbolic");
      gtk_entry_set_icon_tooltip_text (entry, GTK_ENTRY_ICON_PRIMARY, error->message);
      kai_set_accessible_description (GTK_WIDGET (entry), error->message);
      return 0;
    }
  gtk_style_context_remove_class (style, "error");
  gtk_entry_set_icon_from_icon_name (entry, GTK_ENTRY_ICON_PRIMARY, NULL);
  kai_set_accessible_description (GTK_WIDGET (entry), "");
  return day;
}

static void
show_day (GtkEntry *entry, KaiDay day)
{
  g_autofree char *text = kai_day_to_iso (day);

  gtk_entry_set_text (entry, text);
  read_day (entry);
}

/* The days of a named period can be read in the entries, and made one's own by changing them. */
static void
show_period (KaiNoticesPage *self)
{
  const char *name = gtk_combo_box_get_active_id (self->period_combo);
  Period period = named_period (name, kai_day_today ());
  gboolean filling = self->filling;

  if (g_strcmp0 (name, "own") == 0)
    return;
  self->filling = TRUE;
  show_day (self->from_entry, period.from);
  show_day (self->to_entry, period.to);
  self->filling = filling;
}

/* ---- Reading ---- */

static void
read_period (KaiNoticesPage *self, KaiNoticeFilter *filter)
{
  const char *name = gtk_combo_box_get_active_id (self->period_combo);
  Period period = named_period (name, kai_day_today ());

  if (g_strcmp0 (name, "own") == 0)
    period = (Period){ read_day (self->from_entry), read_day (self->to_entry) };
  filter->from = period.from;
  filter->to = period.to;
}

static void
read_state (KaiNoticesPage *self, KaiNoticeFilter *filter)
{
  const char *state = gtk_combo_box_get_active_id (self->state_combo);
  const char *swap = gtk_combo_box_get_active_id (self->swap_combo);
  const char *server = gtk_combo_box_get_active_id (self->server_combo);
  KaiNoticeState wanted;

  if (g_strcmp0 (state, "lapsing") == 0)
    filter->lapses_by = kai_day_add (kai_day_today (), self->lapse_days);
  else if (state && kai_notice_state_parse (state, &wanted))
    filter->state = wanted;
  if (g_strcmp0 (swap, "none") == 0)
    filter->swap = KAI_SWAP_NONE;
  else if (g_strcmp0 (swap, "done") == 0)
    filter->swap = KAI_SWAP_DONE;
  if (g_strcmp0 (server, "waiting") == 0)
    filter->server = KAI_SERVER_WAITING;
  else if (g_strcmp0 (server, "refused") == 0)
    filter->server = KAI_SERVER_REFUSED;
}

static const char *
chosen_or_null (GtkComboBox *combo)
{
  const char *id = gtk_combo_box_get_active_id (combo);

  return id && !g_str_equal (id, "any") ? id : NULL;
}

static gboolean
leaves_out (const KaiNoticeFilter *filter)
{
  return filter->state != -1 || filter->swap != KAI_SWAP_ANY || filter->from != 0 || filter->to != 0
         || filter->text || filter->batch_id || filter->clerk_code
         || filter->server != KAI_SERVER_ANY || filter->pay_channel != 0 || filter->group
         || filter->lapses_by != 0;
}

gboolean
kai_notices_page_read_filter (KaiNoticesPage *self, KaiNoticeFilter *filter)
{
  const char *text = gtk_entry_get_text (self->search_entry);
  const char *group = gtk_entry_get_text (self->group_entry);
  const char *channel = gtk_combo_box_get_active_id (self->channel_combo);

  *filter = (KaiNoticeFilter)KAI_NOTICE_FILTER_ALL;
  read_state (self, filter);
  read_period (self, filter);
  filter->text = text[0] != '\0' ? text : NULL;
  filter->group = group[0] != '\0' ? group : NULL;
  filter->pay_channel = channel ? atoi (channel) : 0;
  filter->clerk_code = chosen_or_null (self->clerk_combo);
  filter->batch_id = chosen_or_null (self->batch_combo);
  filter->sort = self->sort;
  filter->ascending = self->ascending;
  return leaves_out (filter);
}

/* ---- Choosing ---- */

static void
fill_channels (KaiNoticesPage *self)
{
  GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->channel_combo);

  for (int i = 1; i <= LARGEST_CHANNEL; i++)
    {
      const char *label = kai_pay_channel_label (i);
      g_autofree char *id = g_strdup_printf ("%d", i);

      /* "Other" is not one channel. */
      if (g_str_equal (label, kai_pay_channel_label (LARGEST_CHANNEL)))
        break;
      gtk_combo_box_text_append (combo, id, label);
    }
}

static void
fill_clerks (KaiNoticesPage *self)
{
  const KaiBaseData *base = kai_session_get_base_data (self->session);

  for (guint i = 0; i < base->users->len; i++)
    {
      const KaiUser *user = base->users->pdata[i];

      gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self->clerk_combo), user->code, user->name);
    }
}

static void
fill_batches (KaiNoticesPage *self)
{
  g_autoptr (GPtrArray) batches =
      kai_notice_batches_list (kai_session_get_database (self->session), MANY_BATCHES, NULL);

  for (guint i = 0; batches && i < batches->len; i++)
    {
      const KaiNoticeBatch *batch = batches->pdata[i];
      g_autofree char *time = kai_format_time (batch->created_at);
      g_autofree char *label = g_strdup_printf (_ ("Workbook of %s"), time);

      gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self->batch_combo), batch->batch_id, label);
    }
}

static void
empty_combo (GtkComboBox *combo, const char *any)
{
  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (combo));
  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), "any", any);
}

void
kai_notices_page_fill_filters (KaiNoticesPage *self)
{
  g_autofree char *clerk = g_strdup (gtk_combo_box_get_active_id (self->clerk_combo));
  g_autofree char *batch = g_strdup (gtk_combo_box_get_active_id (self->batch_combo));

  if (!self->session)
    return;
  self->filling = TRUE;
  if (gtk_tree_model_iter_n_children (gtk_combo_box_get_model (self->channel_combo), NULL) <= 1)
    fill_channels (self);
  empty_combo (self->clerk_combo, _ ("All clerks"));
  fill_clerks (self);
  empty_combo (self->batch_combo, _ ("All batches"));
  fill_batches (self);
  if (!gtk_combo_box_set_active_id (self->clerk_combo, clerk))
    gtk_combo_box_set_active_id (self->clerk_combo, "any");
  if (!gtk_combo_box_set_active_id (self->batch_combo, batch))
    gtk_combo_box_set_active_id (self->batch_combo, "any");
  self->filling = FALSE;
}

static void
show_all (KaiNoticesPage *self)
{
  gtk_entry_set_text (self->search_entry, "");
  gtk_entry_set_text (self->group_entry, "");
  gtk_combo_box_set_active_id (self->state_combo, "any");
  gtk_combo_box_set_active_id (self->swap_combo, "any");
  gtk_combo_box_set_active_id (self->period_combo, "all");
  gtk_combo_box_set_active_id (self->channel_combo, "0");
  gtk_combo_box_set_active_id (self->server_combo, "any");
  gtk_combo_box_set_active_id (self->clerk_combo, "any");
  gtk_combo_box_set_active_id (self->batch_combo, "any");
  show_period (self);
}

void
kai_notices_page_clear_filter (KaiNoticesPage *self)
{
  self->filling = TRUE;
  show_all (self);
  self->filling = FALSE;
  kai_notices_page_load_first (self);
}

/* What a filter hides in the second row is shown, so that nobody wonders where notices went. */
static void
reveal_more (KaiNoticesPage *self)
{
  g_action_group_change_action_state (G_ACTION_GROUP (self->actions), "more-filters",
                                      g_variant_new_boolean (TRUE));
}

void
kai_notices_page_show_batch (KaiNoticesPage *self, const char *batch_id)
{
  GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->batch_combo);
  g_autoptr (GtkTreePath) first = gtk_tree_path_new_first ();

  if (!self->session)
    return;
  kai_notices_page_fill_filters (self);
  self->filling = TRUE;
  show_all (self);
  /* One that is too old for the list of workbooks can be shown all the same. */
  if (!gtk_combo_box_set_active_id (self->batch_combo, batch_id))
    {
      gtk_combo_box_text_append (combo, batch_id, batch_id);
      gtk_combo_box_set_active_id (self->batch_combo, batch_id);
    }
  reveal_more (self);
  self->filling = FALSE;
  kai_notices_page_load_first (self);
  if (kai_notice_model_get_length (self->model) > 0)
    gtk_tree_view_set_cursor (self->view, first, NULL, FALSE);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

void
kai_notices_page_show_preset (KaiNoticesPage *self, const char *preset)
{
  const struct
  {
    const char *preset, *state, *swap, *server;
  } presets[] = {
    { "unpaid", "unpaid", "any", "any" },   { "lapsing", "lapsing", "any", "any" },
    { "lapsed", "lapsed", "any", "any" },   { "unswapped", "paid", "none", "any" },
    { "waiting", "any", "any", "waiting" }, { "drafts", "any", "any", "waiting" },
    { "refused", "any", "any", "refused" },
  };

  self->filling = TRUE;
  show_all (self);
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    if (g_str_equal (presets[i].preset, preset))
      {
        gtk_combo_box_set_active_id (self->state_combo, presets[i].state);
        gtk_combo_box_set_active_id (self->swap_combo, presets[i].swap);
        gtk_combo_box_set_active_id (self->server_combo, presets[i].server);
        if (!g_str_equal (presets[i].server, "any"))
          reveal_more (self);
      }
  self->filling = FALSE;
  kai_notices_page_load_first (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

void
kai_notices_page_set_defaults (KaiNoticesPage *self, const char *state, const char *period,
                               int lapse_days)
{
  self->filling = TRUE;
  self->lapse_days = lapse_days;
  if (!gtk_combo_box_set_active_id (self->state_combo, state))
    gtk_combo_box_set_active_id (self->state_combo, "any");
  if (g_str_equal (period, "own") || !gtk_combo_box_set_active_id (self->period_combo, period))
    gtk_combo_box_set_active_id (self->period_combo, "all");
  show_period (self);
  self->filling = FALSE;
  kai_notices_page_load_first (self);
}

/* ---- Callbacks ---- */

static void
on_filter_changed_cb (KaiNoticesPage *self)
{
  if (self->filling || !self->session)
    return;
  show_period (self);
  if (g_strcmp0 (gtk_combo_box_get_active_id (self->period_combo), "own") == 0
      && !gtk_revealer_get_reveal_child (self->more_revealer))
    {
      reveal_more (self);
      gtk_widget_grab_focus (GTK_WIDGET (self->from_entry));
    }
  kai_notices_page_load_first (self);
}

static void
on_dates_changed_cb (KaiNoticesPage *self)
{
  if (self->filling || !self->session)
    return;
  self->filling = TRUE;
  gtk_combo_box_set_active_id (self->period_combo, "own");
  self->filling = FALSE;
  /* A date that is being typed is no date until it is whole. */
  if ((strlen (gtk_entry_get_text (self->from_entry)) >= 8
       || gtk_entry_get_text_length (self->from_entry) == 0)
      && (strlen (gtk_entry_get_text (self->to_entry)) >= 8
          || gtk_entry_get_text_length (self->to_entry) == 0))
    kai_notices_page_load_first (self);
}

static void
on_dates_activate_cb (KaiNoticesPage *self)
{
  kai_notices_page_load_first (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static gboolean
on_group_settled_cb (gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);

  self->group_id = 0;
  kai_notices_page_load_first (self);
  return G_SOURCE_REMOVE;
}

static void
on_group_changed_cb (KaiNoticesPage *self)
{
  g_clear_handle_id (&self->group_id, g_source_remove);
  if (!self->filling && self->session)
    self->group_id = g_timeout_add (SETTLE_MS, on_group_settled_cb, self);
}

/* ---- Calendar ---- */

static void
open_calendar (KaiNoticesPage *self, GtkEntry *entry)
{
  KaiDay day = read_day (entry);

  if (day == 0)
    day = kai_day_today ();
  self->calendar_entry = entry;
  gtk_calendar_select_month (self->calendar, (guint)(day / 100 % 100 - 1), (guint)(day / 10000));
  gtk_calendar_select_day (self->calendar, (guint)(day % 100));
  gtk_popover_set_relative_to (self->calendar_popover, GTK_WIDGET (entry));
  gtk_popover_popup (self->calendar_popover);
  gtk_widget_grab_focus (GTK_WIDGET (self->calendar));
}

static void
take_calendar_day (KaiNoticesPage *self)
{
  guint year, month, day;

  gtk_calendar_get_date (self->calendar, &year, &month, &day);
  if (self->calendar_entry && day > 0)
    show_day (self->calendar_entry, (KaiDay)(year * 10000 + (month + 1) * 100 + day));
  gtk_popover_popdown (self->calendar_popover);
}

static void
on_calendar_day_cb (KaiNoticesPage *self)
{
  take_calendar_day (self);
}

static gboolean
on_calendar_key_cb (GtkWidget *calendar, GdkEventKey *event, KaiNoticesPage *self)
{
  if (event->keyval != GDK_KEY_Return && event->keyval != GDK_KEY_KP_Enter)
    return GDK_EVENT_PROPAGATE;
  take_calendar_day (self);
  return GDK_EVENT_STOP;
}

static void
on_date_icon_cb (GtkEntry *entry, GtkEntryIconPosition position, GdkEvent *event,
                 KaiNoticesPage *self)
{
  if (position == GTK_ENTRY_ICON_SECONDARY)
    open_calendar (self, entry);
}

static gboolean
on_date_key_cb (GtkEntry *entry, GdkEventKey *event, KaiNoticesPage *self)
{
  if (event->keyval != GDK_KEY_Down)
    return GDK_EVENT_PROPAGATE;
  open_calendar (self, entry);
  return GDK_EVENT_STOP;
}

void
kai_notices_page_bind_filter_callbacks (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, on_filter_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_dates_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_dates_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_group_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_calendar_day_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_calendar_key_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_date_icon_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_date_key_cb);
}
