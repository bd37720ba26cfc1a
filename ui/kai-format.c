/* How times, states and messages look on screen; small helpers that every page uses. */
#include "kai-format.h"
#include "messages/kai-message-name.h"
#include <glib/gi18n-lib.h>
#include <string.h>

char *
kai_format_time (gint64 utc_seconds)
{
  g_autoptr (GDateTime) time = NULL;

  if (utc_seconds == 0)
    return g_strdup ("");
  time = g_date_time_new_from_unix_local (utc_seconds);
  return time ? g_date_time_format (time, "%Y-%m-%d %H:%M") : g_strdup ("");
}

char *
kai_format_age (gint64 seconds)
{
  gint64 n;

  if (seconds < 60)
    return g_strdup (_ ("less than a minute"));
  if (seconds < 3600)
    {
      n = seconds / 60;
      return g_strdup_printf (ngettext ("%d minute", "%d minutes", n), (int)n);
    }
  if (seconds < 86400)
    {
      n = seconds / 3600;
      return g_strdup_printf (ngettext ("%d hour", "%d hours", n), (int)n);
    }
  n = MIN (seconds / 86400, 99999);
  return g_strdup_printf (ngettext ("%d day", "%d days", n), (int)n);
}

char *
kai_format_payment_code (const char *code)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; code[i]; i++)
    {
      if (i > 0 && i % 4 == 0)
        g_string_append_c (text, ' ');
      g_string_append_c (text, code[i]);
    }
  return g_string_free (text, FALSE);
}

const char *
kai_format_item (const KaiBaseData *base, const char *typed)
{
  const char *end = strchr (typed, ' ');
  g_autofree char *code = end ? g_strndup (typed, (gsize)(end - typed)) : g_strdup (typed);
  const KaiItem *item = kai_base_data_find_item (base, code);

  return item ? item->name : typed;
}

const char *
kai_format_message_name (const char *msg_no)
{
  const char *name = kai_message_name (msg_no);

  return name ? name : msg_no;
}

char *
kai_format_ebill (const KaiNotice *notice)
{
  if (notice->ebill_number[0] != '\0')
    return notice->ebill_sync == KAI_SYNC_ACCEPTED
               ? g_strdup (notice->ebill_number)
               : g_strdup_printf ("%s (%s)", notice->ebill_number,
                                  kai_sync_state_label (notice->ebill_sync));
  if (notice->has_ebill)
    return g_strdup (notice->ebill_sync == KAI_SYNC_REFUSED ? _ ("Swap refused") : _ ("Swapping…"));
  return g_strdup ("");
}

const char *
kai_notice_state_icon (KaiNoticeState state)
{
  switch (state)
    {
    case KAI_NOTICE_PAID:
      return "emblem-ok-symbolic";
    case KAI_NOTICE_VOID:
      return "window-close-symbolic";
    case KAI_NOTICE_LAPSED:
      return "appointment-missed-symbolic";
    case KAI_NOTICE_UNPAID:
    default:
      return "content-loading-symbolic";
    }
}

const char *
kai_sync_state_icon (KaiSyncState state)
{
  switch (state)
    {
    case KAI_SYNC_ACCEPTED:
      return "object-select-symbolic";
    case KAI_SYNC_REFUSED:
      return "dialog-error-symbolic";
    case KAI_SYNC_UNKNOWN:
      return "dialog-question-symbolic";
    case KAI_SYNC_DRAFT:
      return "document-edit-symbolic";
    default:
      return "mail-send-symbolic";
    }
}

void
kai_set_accessible_name (GtkWidget *widget, const char *name)
{
  atk_object_set_name (gtk_widget_get_accessible (widget), name);
}

void
kai_set_accessible_description (GtkWidget *widget, const char *text)
{
  atk_object_set_description (gtk_widget_get_accessible (widget), text);
}

void
kai_relate_description (GtkWidget *widget, GtkWidget *describing)
{
  AtkObject *object = gtk_widget_get_accessible (widget);
  AtkObject *by = gtk_widget_get_accessible (describing);

  atk_object_add_relationship (object, ATK_RELATION_DESCRIBED_BY, by);
  atk_object_add_relationship (by, ATK_RELATION_DESCRIPTION_FOR, object);
}

void
kai_focus_next (GtkWidget *widget)
{
  GtkWidget *top = gtk_widget_get_toplevel (widget);

  if (GTK_IS_WINDOW (top))
    g_signal_emit_by_name (top, "move-focus", GTK_DIR_TAB_FORWARD);
}
