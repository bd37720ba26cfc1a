#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One thing that needs attention: how urgent (icon and word), what, since when; leads somewhere. */
#define KAI_TYPE_ATTENTION_ROW (kai_attention_row_get_type ())
G_DECLARE_FINAL_TYPE (KaiAttentionRow, kai_attention_row, KAI, ATTENTION_ROW, GtkListBoxRow)

typedef enum
{
  KAI_URGENCY_INFO,
  KAI_URGENCY_WARNING,
  KAI_URGENCY_ERROR,
} KaiUrgency;

/* @target: where it leads (see KaiHomePage). */
GtkWidget *kai_attention_row_new (KaiUrgency urgency, const char *target, const char *title,
                                  const char *detail);
const char *kai_attention_row_get_target (KaiAttentionRow *self);
KaiUrgency kai_attention_row_get_urgency (KaiAttentionRow *self);
const char *kai_attention_row_get_title (KaiAttentionRow *self);

G_END_DECLS
