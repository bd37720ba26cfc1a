#pragma once

#include "model/kai-form.h"
#include "values/kai-problem.h"
#include "widgets/kai-field.h"

G_BEGIN_DECLS

/* One charge item in the editor. Signals: "edited" (something was typed), "typed"
 * (KaiField*: the same, in a field that is checked while typing), "left" (KaiField*: the focus left that field),
 * "done" (Enter in the last field), "remove-item". */
#define KAI_TYPE_ITEM_ROW (kai_item_row_get_type ())
G_DECLARE_FINAL_TYPE (KaiItemRow, kai_item_row, KAI, ITEM_ROW, GtkBox)

/* Columns of the model that completion works on; made by kai_item_row_build_model. */
enum
{
  KAI_ITEM_COLUMN_CODE,
  KAI_ITEM_COLUMN_NAME,
  KAI_ITEM_COLUMN_LABEL,    /* "code name": what stands in the entry */
  KAI_ITEM_COLUMN_STANDARD, /* for people */
  KAI_ITEM_COLUMN_FIXED,    /* gint64 fen where the standard is fixed, else -1 */
  KAI_ITEM_N_COLUMNS
};
/* What the unit may collect; empty without base data. */
GtkListStore *kai_item_row_build_model (const KaiBaseData *base);

KaiItemRow *kai_item_row_new (GtkListStore *items);
/* After base data changed; what is typed stays. */
void kai_item_row_set_model (KaiItemRow *self, GtkListStore *items);
/* As typed, and back; an amount that only follows a fixed standard is "". */
void kai_item_row_set_texts (KaiItemRow *self, const KaiFormItem *item);
void kai_item_row_add_texts (KaiItemRow *self, KaiForm *form);
gboolean kai_item_row_is_empty (KaiItemRow *self);
/* Adds what is typed to @notice, and a problem for each field that cannot be read at all. */
void kai_item_row_add_to (KaiItemRow *self, KaiNotice *notice, guint index, GPtrArray *problems);
/* @name: "code", "quantity", "amount"; NULL for another. */
KaiField *kai_item_row_get_field (KaiItemRow *self, const char *name);
void kai_item_row_focus (KaiItemRow *self);

G_END_DECLS
