#pragma once

#include "editor/kai-editor-page.h"
#include "editor/kai-item-row.h"
#include "editor/kai-suggest.h"
#include "model/kai-form.h"
#include "store/kai-payer-store.h"
#include "widgets/kai-qr-view.h"

/* Shared by kai-editor-page.c (saving, what is shown after it), -form.c (fields ↔ form and notice), -drafts.c (what is kept and comes back),
 * -payer.c (who the payer is and what they had before) and -templates.c. */
struct _KaiEditorPage
{
  GtkStack parent_instance;

  /* Template: form */
  GtkLabel *saved_label, *id_label, *warnings_label, *total_label, *capitals_label, *summary_label;
  GtkLabel *account_label, *origin_label, *drafts_label;
  GtkWidget *undo_button, *origin_box;
  GtkToggleButton *person_radio, *organisation_radio;
  KaiField *payer_kind_field, *payer_field, *id_field, *mobile_field, *late_fee_field, *memo_field;
  KaiField *term_field, *items_field;
  GtkEntry *payer_entry, *id_entry, *mobile_entry, *late_fee_entry, *memo_entry, *term_entry;
  GtkContainer *items_box;
  GtkWidget *save_button;
  GtkMenuButton *templates_button, *drafts_button;
  GtkPopover *templates_popover, *drafts_popover;
  GtkListBox *templates_list, *drafts_list;
  KaiField *template_name_field;
  GtkEntry *template_name_entry;
  GtkComboBoxText *template_key_combo;
  /* Template: result */
  KaiQrView *result_qr;
  GtkLabel *result_title_label, *result_code_label, *result_amount_label, *result_text_label;
  GtkWidget *next_button;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  GtkListStore *items;
  KaiNotice *issued;   /* shown as the result; NULL while the form is shown */
  GHashTable *touched; /* KaiField*: the clerk has been there, its problem may be shown */
  gboolean filling;    /* the form is being filled by the program */
  gboolean show_all;   /* saving was refused: every problem is shown until the form is cleared */

  /* The draft that is being typed (kai-editor-drafts.c) */
  gint64 draft_id;      /* 0 before it is stored */
  gint64 notice_id;     /* the refused notice that is being corrected, 0 otherwise */
  gint64 review_id;     /* the notice that was sent back, 0 otherwise */
  char *origin_field;   /* the field that the server's reason is about, NULL */
  char *origin_reason;  /* the reason */
  KaiForm *origin_form; /* what was typed when it was refused */
  KaiForm *cleared;     /* for undo */
  guint keep_id;        /* waits to write the draft */
  char *duplicate;      /* sentence about a notice that is there already, NULL */
};

/* ---- kai-editor-form.c ---- */
/* A notice made of what is typed, checked; problems with fields that cannot be read come first. Caller unrefs. */
KaiNotice *kai_editor_form_read (KaiEditorPage *self, GPtrArray *problems);
/* What is typed. Caller frees. */
KaiForm *kai_editor_form_dup (KaiEditorPage *self);
void kai_editor_form_show (KaiEditorPage *self, const KaiForm *form);
void kai_editor_form_clear (KaiEditorPage *self);
/* Total, capitals, warnings, and the problems of the fields that were touched (@all: of every field, from now on). Returns the first field
 * that shows a problem, NULL when none does. */
KaiField *kai_editor_form_update (KaiEditorPage *self, gboolean all);
KaiItemRow *kai_editor_form_add_row (KaiEditorPage *self);
void kai_editor_form_remove_row (KaiEditorPage *self, KaiItemRow *row);
/* A row that was added and never used is no item; one row stays. */
void kai_editor_form_drop_empty_rows (KaiEditorPage *self);
void kai_editor_form_kind_changed (KaiEditorPage *self);
KaiField *kai_editor_form_find_field (KaiEditorPage *self, const char *key);

/* ---- kai-editor-drafts.c ---- */
/* Something was typed: it is written in a moment. */
void kai_editor_drafts_touch (KaiEditorPage *self);
/* Writes what is typed now, if it is not stored yet. */
void kai_editor_drafts_keep (KaiEditorPage *self);
/* The draft was issued or cleared. */
void kai_editor_drafts_drop (KaiEditorPage *self);
/* After signing in: the last one comes back into the form. */
void kai_editor_drafts_restore (KaiEditorPage *self);
void kai_editor_drafts_update (KaiEditorPage *self);
void kai_editor_drafts_show_origin (KaiEditorPage *self);
void kai_editor_drafts_forget_origin (KaiEditorPage *self);
void kai_editor_drafts_connect (KaiEditorPage *self);
void kai_editor_on_draft_activated_cb (KaiEditorPage *self, GtkListBoxRow *row);
void kai_editor_put_aside (KaiEditorPage *self);
void kai_editor_give_up (KaiEditorPage *self);
void kai_editor_undo (KaiEditorPage *self);

/* ---- kai-editor-payer.c ---- */
void kai_editor_payer_connect (KaiEditorPage *self);
/* Looks for a notice of the same payer, item and term; sets self->duplicate. */
void kai_editor_payer_check_duplicate (KaiEditorPage *self);
void kai_editor_copy_last_year (KaiEditorPage *self);
/* Handles "paste-clipboard" of an entry of the form. */
void kai_editor_watch_paste (KaiEditorPage *self, GtkEntry *entry);

/* ---- kai-editor-templates.c ---- */
void kai_editor_templates_connect (KaiEditorPage *self);
void kai_editor_templates_use_slot (KaiEditorPage *self, int slot);
void kai_editor_on_template_activated_cb (KaiEditorPage *self, GtkListBoxRow *row);
void kai_editor_on_save_template_cb (KaiEditorPage *self);

/* ---- kai-editor-page.c ---- */
void kai_editor_report (KaiEditorPage *self, gboolean is_error, const char *sentence);
void kai_editor_say (KaiEditorPage *self, const char *sentence); /* above the form; NULL hides */
void kai_editor_show_form (KaiEditorPage *self);
