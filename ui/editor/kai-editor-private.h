#pragma once

#include "editor/kai-editor-page.h"
#include "editor/kai-item-row.h"
#include "widgets/kai-qr-view.h"

/* Shared by kai-editor-page.c (what happens) and kai-editor-form.c (fields ↔ notice). */
struct _KaiEditorPage
{
  GtkStack parent_instance;

  /* Template: form */
  GtkLabel *saved_label, *id_label, *warnings_label, *total_label, *capitals_label, *summary_label;
  GtkToggleButton *person_radio, *organisation_radio;
  KaiField *payer_kind_field, *payer_field, *id_field, *mobile_field, *late_fee_field, *memo_field;
  KaiField *items_field;
  GtkEntry *payer_entry, *id_entry, *mobile_entry, *late_fee_entry, *memo_entry;
  GtkContainer *items_box;
  GtkWidget *save_button;
  /* Template: result */
  KaiQrView *result_qr;
  GtkLabel *result_code_label, *result_amount_label, *result_text_label;
  GtkWidget *next_button;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  GtkListStore *items;
  KaiNotice *issued;   /* shown as the result; NULL while the form is shown */
  GHashTable *touched; /* KaiField*: the clerk has been there, its problem may be shown */
  gboolean filling;    /* the form is being filled by the program */
  gboolean show_all;   /* saving was refused: every problem is shown until the form is cleared */
};

/* A notice made of what is typed, checked; problems with fields that cannot be read come first. Caller unrefs. */
KaiNotice *kai_editor_form_read (KaiEditorPage *self, GPtrArray *problems);
void kai_editor_form_clear (KaiEditorPage *self);
void kai_editor_form_fill (KaiEditorPage *self, const KaiNotice *notice);
/* Total, capitals, warnings, and the problems of the fields that were touched (@all: of every field, from now on). Returns the first field
 * that shows a problem, NULL when none does. */
KaiField *kai_editor_form_update (KaiEditorPage *self, gboolean all);
KaiItemRow *kai_editor_form_add_row (KaiEditorPage *self);
void kai_editor_form_remove_row (KaiEditorPage *self, KaiItemRow *row);
/* A row that was added and never used is no item; one row stays. */
void kai_editor_form_drop_empty_rows (KaiEditorPage *self);
void kai_editor_form_kind_changed (KaiEditorPage *self);
