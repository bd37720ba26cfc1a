/* Shows the report on one message. All that is masked was masked in the report. */
#include "inspector/kai-inspection-view.h"
#include "kai-format.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* Longer texts make the text view slow, above all in one line. */
#define MAX_TEXT (64 * 1024)
#define MAX_ROWS 5000

struct _KaiInspectionView
{
  GtkBox parent_instance;

  /* Template */
  GtkLabel *title_label, *signer_label;
  GtkStack *stack;
  GtkTreeView *fields_view, *checks_view;
  GtkListStore *fields_store, *checks_store;
  GtkTextBuffer *buffer;
};

G_DEFINE_FINAL_TYPE (KaiInspectionView, kai_inspection_view, GTK_TYPE_BOX)

static const char *
kind_text (KaiInspectionKind kind)
{
  switch (kind)
    {
    case KAI_INSPECTION_REQUEST:
      return _ ("Request");
    case KAI_INSPECTION_ANSWER:
      return _ ("Answer");
    case KAI_INSPECTION_FAULT:
      return _ ("Fault");
    case KAI_INSPECTION_MESSAGE:
      return _ ("Message without an envelope");
    case KAI_INSPECTION_UNREADABLE:
    default:
      return _ ("Not readable");
    }
}

static void
show_title (KaiInspectionView *self, const KaiInspection *report)
{
  const KaiInspectionCheck *failure = kai_inspection_get_failure (report);
  g_autofree char *size = g_format_size (report->size);
  g_autoptr (GString) text = g_string_new (kind_text (report->kind));
  g_autofree char *signer = NULL;
  g_autofree char *parts = g_strjoinv (", ", report->parts);

  if (*report->number)
    g_string_append_printf (text, " %s %s", report->number, report->meaning);
  if (*report->fault_sentence)
    g_string_append_printf (text, " %s: %s", report->fault_result, report->fault_sentence);
  g_string_append_printf (text, " · %s · ", size);
  if (failure)
    g_string_append_printf (text, _ ("FAILED: %s"), failure->title);
  else
    g_string_append (text, _ ("no check failed"));
  gtk_label_set_text (self->title_label, text->str);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->title_label), text->str);
  if (report->is_signed)
    signer = g_strdup_printf (_ ("Signed by %s, serial number %s, %s; covers %s"), report->signer,
                              report->serial, report->algorithm, parts);
  gtk_label_set_text (self->signer_label, signer ? signer : _ ("Not signed"));
}

static void
show_checks (KaiInspectionView *self, const KaiInspection *report)
{
  static const char *const icons[] = { "emblem-ok-symbolic", "dialog-error-symbolic",
                                       "content-loading-symbolic" };
  const char *const words[] = { _ ("passed"), _ ("FAILED"), _ ("not looked at") };

  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiInspectionCheck *check = report->checks->pdata[i];

      gtk_list_store_insert_with_values (self->checks_store, NULL, -1, 0, icons[check->state], 1,
                                         check->title, 2, words[check->state], 3, check->code, 4,
                                         check->sentence, -1);
    }
}

static void
add_fields (KaiInspectionView *self, const GPtrArray *fields)
{
  for (guint i = 0; i < MIN (fields->len, MAX_ROWS); i++)
    {
      const KaiInspectionField *field = fields->pdata[i];
      g_autofree char *space = g_strnfill ((gsize)field->depth * 4, ' ');
      g_autofree char *name = g_strconcat (space, *field->name ? field->name : field->tag, NULL);
      g_autofree char *value = g_strdelimit (g_strdup (field->value), "\r\n", ' ');

      gtk_list_store_insert_with_values (self->fields_store, NULL, -1, 0, name, 1, field->tag, 2,
                                         value, -1);
    }
}

static void
show_fields (KaiInspectionView *self, const KaiInspection *report)
{
  guint left = report->fields_left_out
               + (report->fields->len > MAX_ROWS ? report->fields->len - MAX_ROWS : 0);

  add_fields (self, report->headers);
  add_fields (self, report->fields);
  if (left > 0)
    {
      g_autofree char *more =
          g_strdup_printf (ngettext ("… and %u more field", "… and %u more fields", left), left);

      gtk_list_store_insert_with_values (self->fields_store, NULL, -1, 0, more, -1);
    }
}

static void
show_text (KaiInspectionView *self, const char *text)
{
  gsize length = strlen (text);
  const char *end = length > MAX_TEXT ? g_utf8_find_prev_char (text, text + MAX_TEXT) : NULL;

  gtk_text_buffer_set_text (self->buffer, text, end ? (int)(end - text) : (int)length);
  if (end)
    {
      GtkTextIter iter;

      gtk_text_buffer_get_end_iter (self->buffer, &iter);
      gtk_text_buffer_insert (self->buffer, &iter, "\n…", -1);
    }
}

void
kai_inspection_view_show (KaiInspectionView *self, const KaiInspection *report,
                          const char *sentence)
{
  /* Rows come faster while nobody looks. */
  gtk_tree_view_set_model (self->fields_view, NULL);
  gtk_list_store_clear (self->fields_store);
  gtk_list_store_clear (self->checks_store);
  gtk_text_buffer_set_text (self->buffer, "", 0);
  gtk_label_set_text (self->title_label, sentence ? sentence : "");
  gtk_label_set_text (self->signer_label, "");
  if (report)
    {
      show_title (self, report);
      show_checks (self, report);
      show_fields (self, report);
      show_text (self, report->text);
    }
  gtk_tree_view_set_model (self->fields_view, GTK_TREE_MODEL (self->fields_store));
}

static void
kai_inspection_view_class_init (KaiInspectionViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/cn/kaipiao/Kaipiao/ui/inspector/kai-inspection-view.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiInspectionView, name)
  BIND (title_label);
  BIND (signer_label);
  BIND (stack);
  BIND (fields_view);
  BIND (checks_view);
  BIND (fields_store);
  BIND (checks_store);
  BIND (buffer);
#undef BIND
}

static void
kai_inspection_view_init (KaiInspectionView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
