#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a column of a list can hold. */
typedef enum
{
  KAI_FIELD_SEQUENCE, /* 序号: rows with the same one are one notice */
  KAI_FIELD_PAYER,
  KAI_FIELD_PAYER_KIND,
  KAI_FIELD_ID,
  KAI_FIELD_GRADE,
  KAI_FIELD_CLASS,
  KAI_FIELD_STUDENT_NO,
  KAI_FIELD_MOBILE,
  KAI_FIELD_ITEM,
  KAI_FIELD_ITEM_NAME,
  KAI_FIELD_QUANTITY,
  KAI_FIELD_AMOUNT,
  KAI_FIELD_LATE_FEE,
  KAI_FIELD_TERM,
  KAI_FIELD_MEMO,
  KAI_N_FIELDS
} KaiField;

typedef enum
{
  KAI_IMPORT_NOTICES,
  KAI_IMPORT_EDUCATION
} KaiImportKind;
const char *kai_import_kind_to_string (KaiImportKind kind); /* "notices", "education" */
gboolean kai_import_kind_parse (const char *word, KaiImportKind *out);

/* Stable words for the command line and for layouts that are remembered: "sequence", "payer", "payer_kind", "id", "grade", "class",
 * "student_no", "mobile", "item", "item_name", "quantity", "amount", "late_fee", "term", "memo"; borrowed. parse also knows the headers of
 * both forms and every word of synonyms.tsv. */
const char *kai_field_to_string (KaiField field);
gboolean kai_field_parse (const char *word, KaiField *out);
/* The header of the form of @kind (学生姓名 …), in Chinese like the form; where the form has no such column that of the other; borrowed. */
const char *kai_field_get_header (KaiImportKind kind, KaiField field);
/* TRUE when a list of @kind is not complete without it. */
gboolean kai_field_is_required (KaiImportKind kind, KaiField field);
/* TRUE when the form of @kind has the column at all: a list of organisations has no class. */
gboolean kai_field_is_known (KaiImportKind kind, KaiField field);

G_END_DECLS
