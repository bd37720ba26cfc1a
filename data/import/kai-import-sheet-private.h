#pragma once

#include "import/kai-import-pool.h"
#include "import/kai-import-private.h"
#include "import/kai-import-sheet.h"
#include "import/kai-import-term.h"

G_BEGIN_DECLS

/* What the parts of the grid share. */

#define KAI_SHEET_MAX_COLUMNS 256
#define KAI_SHEET_MAX_CODES 64
#define KAI_ROW_MAX_ITEMS 99

typedef struct
{
  char *header; /* as shown */
  char *name;   /* as compared: see kai_import_clean_header */
  KaiColumnUse use;
  KaiField field;
  char item[13]; /* code, "" to be chosen */
  KaiColumnGuess guess;
  int confidence;
  gboolean foreign_unit; /* 万元: never taken for yuan */
  const KaiItem
      *known; /* of an ITEM column, NULL = to be chosen; set by kai_import_index_columns */
  KaiTextId item_id;
} KaiSheetColumn;

typedef struct
{
  int number;
  guint8 kind;   /* KaiRowKind */
  guint8 result; /* KaiRowResult */
  guint8 ticked;
  guint8 mark;                    /* KaiMark, of the row */
  guint64 problem_at, warning_at; /* bit per column; bit 63: any further one, or none */
  guint64 problems, warnings;     /* bit per code */
} KaiSheetRow;

/* One change of a cell (column >= 0) or of a row's kind (-1). */
typedef struct
{
  int row, column;
  guint32 before, after;
} KaiSheetChange;

typedef struct
{
  const KaiItem *item; /* NULL unknown */
  KaiTextId code;      /* as given, normalised */
  gint64 quantity;
  KaiMoney amount; /* -1 not given */
  int column;      /* where the amount stands, -1 */
} KaiRowItem;

/* A row as the rules see it. */
typedef struct
{
  int row;
  KaiTextId value[KAI_N_FIELDS]; /* normalised, 0 = empty or refused */
  KaiPayerKind payer_kind;
  KaiMoney late_fee;
  KaiMoney total; /* of the total column, -1 none */
  int n_items;
  KaiRowItem items[KAI_ROW_MAX_ITEMS];
  guint32 faults;    /* bit per KaiField that the reading of the cells complained about */
  gboolean doubtful; /* not certain to be in order: let the rules themselves look at it */
} KaiParsedRow;

typedef struct
{
  char *text;
  KaiLedgerAnswer answer;
  int *rows; /* of the notice */
  int n_rows;
} KaiSheetNote;

struct _KaiImportSheet
{
  char *path, *hash, *sheet_name, *origin, *batch, *batch_note, *shape;
  char *part;              /* name of a sheet that is not the first list of its file, else "" */
  GPtrArray *other_sheets; /* char*: names of those that look like lists, too */
  int sheet_number, header_row, n_sheets;
  KaiImportKind kind;
  gboolean is_form;
  gboolean has_sections; /* the classes come from rows between the pupils or from a title */
  gboolean origin_mixed;
  KaiBaseData *base;         /* items only */
  GHashTable *items_by_name; /* normalised name → KaiItem, NULL value = several */

  KaiImportPool *pool;
  int n_columns;
  KaiSheetColumn *columns;
  int field_column[KAI_N_FIELDS];
  int total_column, n_item_columns;
  int item_columns[KAI_SHEET_MAX_COLUMNS];
  KaiTextId constant[KAI_N_FIELDS];
  char *doubled; /* header that stands twice */

  GArray *cells;              /* KaiTextId, row by row */
  GArray *rows;               /* KaiSheetRow */
  int n_blank;                /* rows left out altogether */
  int n_hidden, first_hidden; /* rows that are hidden in the file; number of the first */
  GArray *merges;             /* KaiMerge that reach over several rows */
  char *note;                 /* of the reader, about the file */

  gboolean checked;
  char *codes[KAI_SHEET_MAX_CODES];
  guint n_codes;
  KaiRowIndex *groups;   /* rows that are one notice */
  KaiRowIndex *students; /* student, item, term */
  KaiRowIndex *ids;      /* identity number: for another name under the same number */
  KaiTextId word_person, word_organisation;
  struct
  {
    KaiTextId id;
    const KaiItem *item;
  } item_cache[64];
  KaiTextId term_given, term_plain;         /* the last one that was looked at */
  GPtrArray *file_problems, *file_warnings; /* KaiProblem, of the file as a whole */

  KaiImportLookup lookup;
  gpointer lookup_data;
  GDestroyNotify lookup_destroy;
  GHashTable *answers;      /* first row of a notice → KaiLedgerAnswer */
  GHashTable *results;      /* row key → KaiRowResult text */
  GHashTable *result_texts; /* row → char* */
  GHashTable *key_rows;     /* row key → first row + 1 of those handed out */

  GPtrArray *undo, *redo; /* GArray of KaiSheetChange */
  KaiImportChanged changed;
  gpointer changed_data;

  KaiImportView view;
  char *view_code, *view_text;
  int sort_column;
  gboolean sort_descending;
  GArray *order;  /* int: rows of the view */
  int *positions; /* of each row, -1; made with order */
  int n_positions;
  gboolean order_valid;
};

static inline KaiSheetRow *
kai_sheet_row (KaiImportSheet *sheet, int row)
{
  return &g_array_index (sheet->rows, KaiSheetRow, row);
}

static inline KaiTextId
kai_sheet_cell (KaiImportSheet *sheet, int row, int column)
{
  return g_array_index (sheet->cells, KaiTextId, (gsize)row * sheet->n_columns + column);
}

static inline KaiTextId *
kai_sheet_cell_place (KaiImportSheet *sheet, int row, int column)
{
  return &g_array_index (sheet->cells, KaiTextId, (gsize)row * sheet->n_columns + column);
}

/* ---- kai-import-sheet.c ---- */
KaiImportSheet *kai_import_sheet_new_empty (const char *path, const KaiBaseData *base);

/* ---- kai-import-others.c ---- */
/* After the sheet was read: the others, and whether it is the first of them. */
void kai_import_find_other_sheets (KaiImportSheet *sheet, KaiWorkbook *workbook,
                                   const KaiBaseData *base);

/* ---- kai-import-header.c ---- */
typedef struct
{
  int number; /* in the file */
  int n;
  KaiTextId *cells;
} KaiHeadRow;

/* ---- kai-import-sections.c ---- */
/* The class that a row between the pupils, or above the header, names; NULL when it names none. Caller frees. */
char *kai_import_dup_section (const char *cell);
/* Gives a list of pupils without a column for the class one, made of such rows. After the columns were guessed. */
void kai_import_take_sections (KaiImportSheet *sheet, GPtrArray *head);
/* Whether the row is one of those. */
gboolean kai_import_is_section_row (KaiImportSheet *sheet, int row);

/* Without spaces, stars, line breaks, and what stands in brackets; upper case. *unit: what stood in brackets. Caller frees. */
char *kai_import_clean_header (const char *text, char **unit);
/* Finds the header among @head; makes the columns. *first_data: index of the first row below. FALSE when nothing looks like a list. */
gboolean kai_import_find_header (KaiImportSheet *sheet, GPtrArray *head, int forced_kind,
                                 int *first_data, char **missing);
/* Guesses what each column is, by name, then by what stands in the first rows. */
void kai_import_guess_columns (KaiImportSheet *sheet);
/* Indexes of the columns by field. */
void kai_import_index_columns (KaiImportSheet *sheet);

/* ---- kai-import-rows.c ---- */
/* Which rows are none of the list: totals, headers, examples, notes. */
void kai_sheet_classify_rows (KaiImportSheet *sheet);
/* Cells merged over several rows stand in each of them, where that cannot double an amount. */
void kai_sheet_spread_merges (KaiImportSheet *sheet);
gboolean kai_import_is_total_word (const char *text);

/* ---- kai-import-match.c ---- */
/* Best field for a cleaned header: its confidence, 0 = none. *use may be FIELD, TOTAL, IGNORED (known to be nothing of ours). */
int kai_import_match_name (const char *name, KaiColumnUse *use, KaiField *field);
/* Known to be nothing of ours only by both lines together: 身份证号 below 家长. */
gboolean kai_import_is_ignored_across (const char *together, const char *own);
/* The unit's item that a header names: confidence, 0 = none, *item "" when there are several. */
int kai_import_match_item (const KaiBaseData *base, const char *name, const KaiItem **item);
/* TRUE when it is worded like a charge (…费). */
gboolean kai_import_is_charge_word (const char *name);
/* TRUE when the cell is more likely a value than a heading. */
gboolean kai_import_is_value (const KaiCell *cell);

/* ---- kai-import-parse.c ---- */
/* The cell of @field, or the constant where it is empty. */
KaiCell kai_sheet_field_cell (KaiImportSheet *sheet, int row, KaiField field);
/* A cell of an item column that says that nothing is charged: 0, -, /, 无. */
gboolean kai_import_is_nothing (const KaiCell *cell);
void kai_sheet_parse_row (KaiImportSheet *sheet, int row, KaiParsedRow *parsed);
const KaiItem *kai_sheet_find_item (KaiImportSheet *sheet, KaiTextId word);
KaiPayerKind kai_sheet_guess_payer_kind (const char *id, const char *name); /* 0 = cannot be told */
gboolean kai_sheet_group_key (KaiImportSheet *sheet, const KaiParsedRow *parsed, KaiRowKey *key);
/* The keys of student, item and term (or of payer, item and amount) of each item; number of keys. */
int kai_sheet_student_keys (KaiImportSheet *sheet, const KaiParsedRow *parsed, KaiRowKey *keys);
gboolean kai_sheet_id_key (const KaiParsedRow *parsed, KaiRowKey *key);

/* ---- kai-import-rules.c: the slow way, with sentences ---- */
typedef struct _KaiSink KaiSink;
struct _KaiSink
{
  /* Takes @problem. @column -1: none. */
  void (*take) (KaiSink *sink, int row, int column, gboolean warning, KaiProblem *problem);
};
/* All rules for the rows of one notice (ascending), each problem to the sink. */
void kai_sheet_check_group (KaiImportSheet *sheet, const int *rows, int n, KaiSink *sink);
/* The notice of these rows, without checking; items and sums filled in. */
KaiNotice *kai_sheet_build_notice (KaiImportSheet *sheet, const int *rows, int n);
/* SM3 over the content and @occurrence. Caller frees; NULL when the system lacks SM3. */
char *kai_sheet_build_row_key (KaiImportSheet *sheet, const KaiNotice *notice, int occurrence);
int kai_sheet_column_of (KaiImportSheet *sheet, KaiField field);
const char *kai_sheet_name_of (KaiImportSheet *sheet, KaiField field);

/* ---- kai-import-check.c ---- */
void kai_sheet_mark_rows (KaiImportSheet *sheet, const int *rows, int n); /* whole groups */
/* Rows of the notice that @row belongs to, ascending; caller unrefs. */
GArray *kai_sheet_group_rows (KaiImportSheet *sheet, int row);
void kai_sheet_index_row (KaiImportSheet *sheet, int row, gboolean add);
guint64 kai_sheet_code_bit (KaiImportSheet *sheet, const char *code);
void kai_sheet_check_file (KaiImportSheet *sheet);
void kai_sheet_notify (KaiImportSheet *sheet, int first, int n);

/* ---- kai-import-issue.c ---- */
/* Asks the ledger about the notices of these rows (@rows NULL: all) and marks what it knows of. */
gboolean kai_sheet_ask_ledger (KaiImportSheet *sheet, const int *rows, int n, GError **error);

/* ---- kai-import-origin.c ---- */
/* From the column 批次 of a workbook of bad rows: how many notices of the batch are of the same payer and item but of rows that are not in it. */
int kai_sheet_count_elsewhere (KaiImportSheet *sheet, GArray *rows);
/* How many rows of each payer and item were issued (caller unrefs), and the number of those that @row would be taken for. */
GHashTable *kai_import_sheet_count_issued (KaiImportSheet *sheet);
int kai_import_sheet_find_issued (KaiImportSheet *sheet, GHashTable *counts, int row);

G_END_DECLS
