/* The pane beside the list: all that is known about one notice. */
#include "notices/kai-notice-details.h"
#include "kai-format.h"
#include "store/kai-audit-log.h"
#include "store/kai-ebill-store.h"
#include "store/kai-notice-life.h"
#include "store/kai-notice-store.h"
#include "values/kai-codes.h"
#include "widgets/kai-qr-view.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define HISTORY_LIMIT 50

struct _KaiNoticeDetails
{
  GtkStack parent_instance;

  /* Template */
  GtkLabel *code_label, *state_label, *amount_label, *capitals_label, *refusal_label;
  GtkLabel *check_code_label, *payer_label, *payer_id_label, *mobile_label, *issued_label;
  GtkLabel *valid_label, *clerk_label, *paid_on_label, *channel_label, *trace_label;
  GtkLabel *ebill_label, *sync_label, *memo_label, *void_reason_label;
  GtkImage *state_image;
  KaiQrView *qr_view;
  GtkListStore *item_store, *history_store;
  GtkWidget *show_button, *correct_button;

  /* Owned */
  KaiSession *session; /* NULL while nothing is shown */
  gint64 id;           /* of the notice that is shown */
  gboolean personal;   /* its identity and mobile number are readable */
};

G_DEFINE_FINAL_TYPE (KaiNoticeDetails, kai_notice_details, GTK_TYPE_STACK)

enum
{
  CORRECT_NOTICE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* A fact without a value takes no room. */
static void
set_fact (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text);
  gtk_widget_set_visible (GTK_WIDGET (label), text[0] != '\0');
}

static void
show_refusal (KaiNoticeDetails *self, KaiSession *session, const KaiNotice *notice)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (notice->refusal_text[0] != '\0')
    g_string_append_printf (text, _ ("Refused by the finance server (%s): %s"),
                            notice->refusal_code, notice->refusal_text);
  if (notice->has_ebill && notice->ebill_sync == KAI_SYNC_REFUSED)
    {
      g_autoptr (KaiEbillRecord) ebill =
          kai_ebill_store_find_by_notice (kai_session_get_database (session), notice->id, NULL);

      if (ebill)
        g_string_append_printf (text, _ ("%sThe swap was refused (%s): %s"), text->len ? "\n" : "",
                                ebill->refusal_code, ebill->refusal_text);
    }
  gtk_label_set_text (self->refusal_label, text->str);
  gtk_widget_set_visible (GTK_WIDGET (self->refusal_label), text->len > 0);
  gtk_widget_set_visible (self->correct_button, kai_desk_can_correct (notice));
}

static void
show_head (KaiNoticeDetails *self, KaiSession *session, const KaiNotice *notice)
{
  g_autofree char *code = kai_format_payment_code (notice->payment_code);
  g_autofree char *amount = kai_money_to_display (notice->amount);
  g_autofree char *yuan = g_strdup_printf (_ ("¥ %s"), amount);
  g_autofree char *capitals = kai_money_to_capitals (notice->amount);
  g_autofree char *url = NULL;

  if (notice->payment_code[0] != '\0' && notice->state == KAI_NOTICE_UNPAID)
    url = kai_desk_dup_pay_url (kai_session_get_desk (session), notice);
  gtk_label_set_text (self->code_label, code[0] ? code : _ ("No payment code yet"));
  gtk_label_set_text (self->state_label, kai_notice_state_label (notice->state));
  gtk_image_set_from_icon_name (self->state_image, kai_notice_state_icon (notice->state),
                                GTK_ICON_SIZE_MENU);
  gtk_label_set_text (self->amount_label, yuan);
  gtk_label_set_text (self->capitals_label, capitals);
  kai_qr_view_set_text (self->qr_view, url);
  gtk_widget_set_visible (GTK_WIDGET (self->qr_view), url && url[0] != '\0');
  show_refusal (self, session, notice);
}

/* A notice on paper that the server does not have cannot be paid. */
static char *
describe_sync (const KaiNotice *notice)
{
  const char *label = kai_sync_state_label (notice->sync);

  if (kai_notice_is_known_to_server (notice) || notice->sync == KAI_SYNC_REFUSED
      || notice->state == KAI_NOTICE_VOID)
    return g_strdup (label);
  return g_strdup_printf (_ ("%s: the finance server does not know it yet"), label);
}

static void
show_facts (KaiNoticeDetails *self, const KaiNotice *notice)
{
  g_autofree char *id =
      self->personal ? g_strdup (notice->payer_id) : kai_mask_id (notice->payer_id);
  g_autofree char *mobile =
      self->personal ? g_strdup (notice->mobile) : kai_mask_mobile (notice->mobile);
  g_autofree char *issued = kai_format_time (notice->created_at);
  g_autofree char *valid = kai_day_to_iso (notice->valid_until);
  g_autofree char *paid = kai_format_time (notice->paid_at);
  g_autofree char *ebill = kai_format_ebill (notice);
  g_autofree char *known = describe_sync (notice);
  g_autofree char *class_name =
      g_strdup_printf ("%s %s %s", notice->payer_name, notice->grade, notice->class_name);

  set_fact (self->check_code_label, notice->check_code);
  set_fact (self->payer_label, g_strchomp (class_name));
  set_fact (self->payer_id_label, id);
  set_fact (self->mobile_label, mobile);
  set_fact (self->issued_label, issued);
  set_fact (self->valid_label, notice->state == KAI_NOTICE_UNPAID ? valid : "");
  set_fact (self->clerk_label, notice->clerk_name[0] ? notice->clerk_name : notice->clerk_code);
  set_fact (self->paid_on_label, paid);
  set_fact (self->channel_label, kai_pay_channel_label (notice->pay_channel));
  set_fact (self->trace_label, notice->trace_no);
  set_fact (self->ebill_label, ebill);
  set_fact (self->sync_label, known);
  set_fact (self->memo_label, notice->memo);
  set_fact (self->void_reason_label, notice->void_reason);
  gtk_widget_set_visible (self->show_button,
                          !self->personal && (notice->payer_id[0] || notice->mobile[0]));
}

static void
show_items (KaiNoticeDetails *self, const KaiNotice *notice)
{
  gtk_list_store_clear (self->item_store);
  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];
      g_autofree char *amount = kai_money_to_display (item->amount);
      g_autofree char *quantity =
          g_strdup_printf ("× %" G_GINT64_FORMAT " %s", item->quantity, item->unit_of_measure);

      gtk_list_store_insert_with_values (self->item_store, NULL, -1, 0,
                                         item->name[0] ? item->name : item->code, 1, quantity, 2,
                                         amount, -1);
    }
  if (notice->late_fee != 0)
    {
      g_autofree char *late_fee = kai_money_to_display (notice->late_fee);

      gtk_list_store_insert_with_values (self->item_store, NULL, -1, 0, _ ("Late fee"), 2, late_fee,
                                         -1);
    }
}

typedef struct
{
  gint64 at;
  char *what, *tip;
} Event;

static void
event_free (Event *event)
{
  g_free (event->what);
  g_free (event->tip);
  g_free (event);
}

/* Takes the strings. */
static void
add_event (GPtrArray *events, gint64 at, char *what, char *tip)
{
  Event *event = g_new0 (Event, 1);

  *event = (Event){ .at = at, .what = what, .tip = tip };
  g_ptr_array_add (events, event);
}

static void
add_log (GPtrArray *events, KaiSession *session, const KaiNotice *notice)
{
  g_autofree char *subject = g_strconcat ("notice:", notice->payment_code, NULL);
  g_autoptr (GPtrArray) lines = NULL;

  if (notice->payment_code[0] == '\0')
    return;
  lines = kai_audit_log_list (kai_session_get_database (session), subject, HISTORY_LIMIT, NULL);
  for (guint i = 0; lines && i < lines->len; i++)
    {
      const KaiAuditLine *line = lines->pdata[i];
      g_autofree char *outcome = kai_format_outcome (line->outcome);

      add_event (events, line->at,
                 g_strdup_printf ("%s: %s", kai_format_action_name (line->action), outcome),
                 g_strdup (line->user));
    }
}

static const char *
message_state (const KaiNoticeMessage *message)
{
  switch (message->state)
    {
    case KAI_OUTBOX_ANSWERED:
      /* Undone before it left. */
      return message->attempts == 0 ? _ ("taken back, never sent") : _ ("answered");
    case KAI_OUTBOX_REFUSED:
      return _ ("refused");
    case KAI_OUTBOX_HELD:
      return _ ("held back");
    case KAI_OUTBOX_WAITING:
    default:
      return message->attempts > 0 ? _ ("sent, no answer yet") : _ ("waiting");
    }
}

static void
add_messages (GPtrArray *events, KaiSession *session, const KaiNotice *notice)
{
  g_autoptr (GPtrArray) messages = kai_notice_life_list_messages (
      kai_session_get_database (session), notice->id, HISTORY_LIMIT, NULL);

  for (guint i = 0; messages && i < messages->len; i++)
    {
      const KaiNoticeMessage *message = messages->pdata[i];
      gint64 at = message->last_try_at ? message->last_try_at : message->created_at;

      add_event (events, at,
                 g_strdup_printf (_ ("Message “%s”: %s"), kai_format_message_name (message->msg_no),
                                  message_state (message)),
                 g_strdup_printf (
                     ngettext ("%s, sent %d time", "%s, sent %d times", (gulong)message->attempts),
                     message->msg_no, message->attempts));
    }
}

static int
compare_newest_first (gconstpointer a, gconstpointer b)
{
  const Event *x = *(Event *const *)a;
  const Event *y = *(Event *const *)b;

  return x->at > y->at ? -1 : x->at < y->at;
}

/* Everything that ever happened to it: the log and the messages, in one order. */
static void
show_history (KaiNoticeDetails *self, KaiSession *session, const KaiNotice *notice)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify)event_free);

  gtk_list_store_clear (self->history_store);
  add_log (events, session, notice);
  add_messages (events, session, notice);
  g_ptr_array_sort (events, compare_newest_first);
  for (guint i = 0; i < events->len; i++)
    {
      const Event *event = events->pdata[i];
      g_autofree char *at = kai_format_time (event->at);
      g_autofree char *tip = g_strdup_printf ("%s\n%s\n%s", at, event->what, event->tip);

      gtk_list_store_insert_with_values (self->history_store, NULL, -1, 0, at + strlen ("2026-"), 1,
                                         event->what, 2, tip, -1);
    }
}

static void
on_correct_clicked_cb (KaiNoticeDetails *self)
{
  g_signal_emit (self, signals[CORRECT_NOTICE], 0, self->id);
}

/* Who looked at what is written down; without that nothing is shown. */
static void
on_show_clicked_cb (KaiNoticeDetails *self)
{
  KaiDatabase *db = kai_session_get_database (self->session);
  g_autoptr (KaiNotice) notice = kai_notice_store_load (db, self->id, NULL);
  g_autofree char *subject = notice ? g_strconcat ("notice:", notice->payment_code, NULL) : NULL;
  g_autoptr (GError) error = NULL;

  if (!notice)
    return;
  if (!kai_audit_log_add (db, kai_desk_get_user_code (kai_session_get_desk (self->session)),
                          "notice.show-personal", subject, "ok", &error))
    {
      gtk_label_set_text (self->refusal_label, error->message);
      gtk_widget_show (GTK_WIDGET (self->refusal_label));
      return;
    }
  self->personal = TRUE;
  show_facts (self, notice);
  show_history (self, self->session, notice);
}

void
kai_notice_details_show (KaiNoticeDetails *self, KaiSession *session, gint64 id)
{
  g_autoptr (KaiNotice) notice = NULL;

  if (session && id != 0)
    notice = kai_notice_store_load (kai_session_get_database (session), id, NULL);
  /* Another notice, or another clerk: hidden again. */
  if (id != self->id || session != self->session)
    self->personal = FALSE;
  self->id = notice ? id : 0;
  g_set_object (&self->session, session);
  if (notice)
    {
      show_head (self, session, notice);
      show_facts (self, notice);
      show_items (self, notice);
      show_history (self, session, notice);
    }
  gtk_stack_set_visible_child_name (GTK_STACK (self), notice ? "notice" : "none");
}

static void
kai_notice_details_dispose (GObject *object)
{
  g_clear_object (&KAI_NOTICE_DETAILS (object)->session);
  G_OBJECT_CLASS (kai_notice_details_parent_class)->dispose (object);
}

static void
kai_notice_details_class_init (KaiNoticeDetailsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_QR_VIEW);
  G_OBJECT_CLASS (klass)->dispose = kai_notice_details_dispose;
  signals[CORRECT_NOTICE] =
      g_signal_new ("correct-notice", KAI_TYPE_NOTICE_DETAILS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/cn/kaipiao/Kaipiao/ui/notices/kai-notice-details.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiNoticeDetails, name)
  BIND (code_label);
  BIND (state_label);
  BIND (amount_label);
  BIND (capitals_label);
  BIND (refusal_label);
  BIND (check_code_label);
  BIND (payer_label);
  BIND (payer_id_label);
  BIND (mobile_label);
  BIND (issued_label);
  BIND (valid_label);
  BIND (clerk_label);
  BIND (paid_on_label);
  BIND (channel_label);
  BIND (trace_label);
  BIND (ebill_label);
  BIND (sync_label);
  BIND (memo_label);
  BIND (void_reason_label);
  BIND (state_image);
  BIND (qr_view);
  BIND (item_store);
  BIND (history_store);
  BIND (show_button);
  BIND (correct_button);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_show_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_correct_clicked_cb);
}

static void
kai_notice_details_init (KaiNoticeDetails *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
