#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A place for one entry (its child in the template) with what is wrong with it in small red letters below. The problem is
 * the accessible description of the child too. */
#define KAI_TYPE_FIELD (kai_field_get_type ())
G_DECLARE_FINAL_TYPE (KaiField, kai_field, KAI, FIELD, GtkBox)

/* NULL or "" removes it. */
void kai_field_set_problem (KaiField *self, const char *sentence);
const char *kai_field_get_problem (KaiField *self); /* "" when there is none; borrowed */

G_END_DECLS
