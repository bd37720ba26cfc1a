#pragma once

#include "model/kai-notice.h"

G_BEGIN_DECLS

/* What stands in the fields of a notice that is being written, as it was typed: nothing is read, normalised or refused. Drafts, templates and
 * forms that come back after a refusal are this. Text fields are owned and non-NULL. */
typedef struct
{
  char *item; /* code, name or part of either */
  char *quantity;
  char *amount;
} KaiFormItem;

typedef struct
{
  KaiPayerKind kind;
  char *payer, *id, *mobile, *late_fee, *memo, *term;
  GPtrArray *items; /* KaiFormItem, owned; may be empty */
} KaiForm;

KaiForm *kai_form_new (void);
void kai_form_free (KaiForm *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiForm, kai_form_free)
KaiForm *kai_form_copy (const KaiForm *form);
/* Borrowed. */
KaiFormItem *kai_form_add_item (KaiForm *form, const char *item, const char *quantity,
                                const char *amount);
/* Leaves out items with neither item nor amount. */
void kai_form_drop_empty_items (KaiForm *form);
/* The fields from which @notice would be read again: codes of items, amounts with two decimals. */
KaiForm *kai_form_new_for_notice (const KaiNotice *notice);
/* Nothing that a person typed would be lost with it: white space and a quantity alone do not count. */
gboolean kai_form_is_empty (const KaiForm *form);
gboolean kai_form_equal (const KaiForm *a, const KaiForm *b);

/* A form as bytes to be sealed, and back. Text that is not UTF-8 is made so. NULL with DAMAGED when @bytes are no form. */
GBytes *kai_form_to_bytes (const KaiForm *form);
KaiForm *kai_form_from_bytes (GBytes *bytes, GError **error);

/* One notice, all that is needed to issue it, as bytes to be sealed, and back (not: state, numbers, e-bill). NULL with DAMAGED. */
GBytes *kai_notice_to_bytes (const KaiNotice *notice);
KaiNotice *kai_notice_from_bytes (GBytes *bytes, GError **error);

G_END_DECLS
