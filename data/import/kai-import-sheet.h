#pragma once

#include "import/kai-import-field.h"
#include "import/kai-workbook.h"
#include "model/kai-notice.h"
#include "values/kai-problem.h"

G_BEGIN_DECLS

/* A list that was read from any workbook or text file, as a grid that can be checked and mended: what batch issue and education import
 * show, and what kaipiaoctl import works on. Rows and columns count from 0; the row numbers that a person sees are those of the file
 * (kai_import_sheet_get_number). Rows are held compactly: 100,000 rows of 12 columns in under 30 MB. Problems are not kept but found again
 * when they are asked for; per row there are only marks.
 *
 * Not thread-safe, but tied to no thread: read it in a worker, hand it over, use it from one place at a time. */
typedef struct _KaiImportSheet KaiImportSheet;

typedef struct
{
  int kind;     /* KaiImportKind, -1 = found by the headers */
  int sheet;    /* 1 = the first; 0 = the first that looks like a list */
  int max_rows; /* 0 = as many as a sheet has */
} KaiImportOptions;
#define KAI_IMPORT_OPTIONS_ANY                                                                     \
  {                                                                                                \
    .kind = -1                                                                                     \
  }

/* Reads the file, finds the header and guesses what each column is. Nothing is checked yet: look at the columns, apply what was remembered, set
 * constants, then call kai_import_sheet_check. @base is copied. Errors: UNREADABLE (the file), INVALID (no such sheet, nothing that looks like
 * a list: the sentence names what is missing), G_IO_ERROR_CANCELLED. */
KaiImportSheet *kai_import_sheet_read (const char *path, const KaiImportOptions *options,
                                       const KaiBaseData *base, GCancellable *cancellable,
                                       GError **error);
void kai_import_sheet_free (KaiImportSheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiImportSheet, kai_import_sheet_free)

const char *kai_import_sheet_get_path (KaiImportSheet *sheet);
/* SM3 of the file; of file and sheet where it is not the first list in it. */
const char *kai_import_sheet_get_hash (KaiImportSheet *sheet);
/* Name of the sheet where it is not the first list of its file, else "". */
const char *kai_import_sheet_get_part (KaiImportSheet *sheet);
/* From 1; 0 before one was found. */
int kai_import_sheet_get_sheet (KaiImportSheet *sheet);
const char *kai_import_sheet_get_sheet_name (KaiImportSheet *sheet);
KaiImportKind kai_import_sheet_get_kind (KaiImportSheet *sheet);
/* Guesses the columns anew for the other kind. */
void kai_import_sheet_set_kind (KaiImportSheet *sheet, KaiImportKind kind);
/* The headers are exactly those of our own form: nothing was guessed. */
gboolean kai_import_sheet_is_form (KaiImportSheet *sheet);

/* ---- Columns ---- */

typedef enum
{
  KAI_COLUMN_IGNORED,
  KAI_COLUMN_FIELD, /* holds @field */
  KAI_COLUMN_ITEM, /* amounts of one charge item: each cell that is not empty is an item of the row */
  KAI_COLUMN_TOTAL,   /* must agree with the items of the row */
  KAI_COLUMN_REASONS, /* 错误, 批次: written by us, for people */
} KaiColumnUse;

typedef enum
{
  KAI_GUESS_NONE,
  KAI_GUESS_NAME,    /* by the header */
  KAI_GUESS_CONTENT, /* by what stands below it */
  KAI_GUESS_REMEMBERED,
  KAI_GUESS_CHOSEN, /* by a person */
} KaiColumnGuess;

typedef struct
{
  KaiColumnUse use;
  KaiField field;   /* when use is FIELD */
  const char *item; /* item code when use is ITEM, "" = still to be chosen; borrowed */
  KaiColumnGuess guess;
  int confidence; /* 0 … 100 */
} KaiImportColumn;

/* Stable words: "ignore", "total", "reasons", "item:CODE" ("item:" = to be chosen) or that of the field. Caller frees. */
char *kai_import_column_to_string (const KaiImportColumn *column);
const char *kai_column_guess_to_string (KaiColumnGuess guess); /* "none", "name", "content", … */

int kai_import_sheet_get_n_columns (KaiImportSheet *sheet);
/* As it stands in the file (several header lines joined by a space); the letters of the column where it has none. Borrowed. */
const char *kai_import_sheet_get_header (KaiImportSheet *sheet, int column);
/* Row number of the (last) header line in the file; 0 = the list has none. */
int kai_import_sheet_get_header_row (KaiImportSheet *sheet);
KaiImportColumn kai_import_sheet_get_column (KaiImportSheet *sheet, int column);
/* Which column holds @field, -1 = none. */
int kai_import_sheet_find_column (KaiImportSheet *sheet, KaiField field);
/* @word as of kai_import_column_to_string, a header of the form, or the name or code of a charge item. A field that another column had moves here.
 * The grid must be checked again. INVALID when the word is none of these. */
gboolean kai_import_sheet_set_column (KaiImportSheet *sheet, int column, const char *word,
                                      GError **error);
/* The column with that header (spaces and stars ignored), letters ("C") or number from 1; -1 = none. */
int kai_import_sheet_find_header (KaiImportSheet *sheet, const char *text);

/* A value for every row, where the file has no such column (item, term, payer kind …) or the cell is empty; NULL or "" removes it. INVALID when the
 * value cannot be one of @field. The grid must be checked again. */
gboolean kai_import_sheet_set_constant (KaiImportSheet *sheet, KaiField field, const char *value,
                                        GError **error);
const char *kai_import_sheet_get_constant (KaiImportSheet *sheet, KaiField field); /* "" none */
/* Headers of the fields that have neither column nor constant and without which nothing can be issued, joined by 、; NULL when none. Caller
 * frees. */
char *kai_import_sheet_list_missing (KaiImportSheet *sheet);

/* INVALID with a sentence when something is missing, or a header stands twice so that nobody knows which column counts. Ask before checking. */
gboolean kai_import_sheet_require_complete (KaiImportSheet *sheet, GError **error);

/* The layout as text (columns and constants), to be remembered under the shape: the same headers in the same order. Caller frees. */
char *kai_import_sheet_dup_layout (KaiImportSheet *sheet);
const char *kai_import_sheet_get_shape (KaiImportSheet *sheet); /* SM3, hexadecimal */
/* FALSE when it does not fit; then nothing was changed. */
gboolean kai_import_sheet_apply_layout (KaiImportSheet *sheet, const char *layout);

/* ---- Rows and cells ---- */

typedef enum
{
  KAI_ROW_DATA,
  KAI_ROW_BLANK,
  KAI_ROW_HEADER, /* the header once more, e.g. at the top of each printed page */
  KAI_ROW_TOTAL,
  KAI_ROW_EXAMPLE,
  KAI_ROW_NOTE, /* nothing of a notice in it: a running number, who made the list */
} KaiRowKind;

typedef enum
{
  KAI_ROW_OPEN,
  KAI_ROW_ISSUED_BEFORE, /* a notice was made of it by an earlier run */
  KAI_ROW_ISSUED,        /* saved here, waits for the server */
  KAI_ROW_ACCEPTED,
  KAI_ROW_REFUSED, /* by the server; can be mended and issued again */
} KaiRowResult;

typedef enum
{
  KAI_MARK_NONE,
  KAI_MARK_WARNING,
  KAI_MARK_PROBLEM
} KaiMark;

int kai_import_sheet_get_n_rows (KaiImportSheet *sheet);
int kai_import_sheet_get_number (KaiImportSheet *sheet, int row); /* of the file, from 1 */
KaiRowKind kai_import_sheet_get_row_kind (KaiImportSheet *sheet, int row);
/* Takes a row that was set aside as data after all, or sets one aside (BLANK, HEADER, TOTAL, EXAMPLE, NOTE). Can be undone. */
void kai_import_sheet_set_row_kind (KaiImportSheet *sheet, int row, KaiRowKind kind);
const char *kai_row_kind_label (KaiRowKind kind); /* translated; "" for data */

/* Borrowed, valid as long as the sheet; "" when empty. */
const char *kai_import_sheet_get_text (KaiImportSheet *sheet, int row, int column);
KaiCellKind kai_import_sheet_get_cell_kind (KaiImportSheet *sheet, int row, int column);
/* A row of which a notice was made cannot be changed (FALSE everywhere below). */
gboolean kai_import_sheet_is_locked (KaiImportSheet *sheet, int row);

KaiMark kai_import_sheet_get_mark (KaiImportSheet *sheet, int row, int column);
KaiMark kai_import_sheet_get_row_mark (KaiImportSheet *sheet, int row);
/* All sentences about the cell, one a line; NULL when there are none. Caller frees. */
char *kai_import_sheet_dup_cell_sentences (KaiImportSheet *sheet, int row, int column);
/* All about the row with the header before each, one a line; NULL when there are none. Caller frees. */
char *kai_import_sheet_dup_row_sentences (KaiImportSheet *sheet, int row);
/* Adds KaiProblem (row = number in the file, field = header of the column); either array may be NULL. */
void kai_import_sheet_list_row (KaiImportSheet *sheet, int row, GPtrArray *problems,
                                GPtrArray *warnings);
/* Those of all rows, after those of the file as a whole (row = that of the header). */
void kai_import_sheet_list_all (KaiImportSheet *sheet, GPtrArray *problems, GPtrArray *warnings);
/* What is to be said of the file as a whole: unknown columns, totals that do not agree, rows set aside, imported before. */
void kai_import_sheet_list_file (KaiImportSheet *sheet, GPtrArray *problems, GPtrArray *warnings);

/* ---- Checking ---- */

/* Every row with all its problems. Until it has been called after reading or after a change of the columns, nothing has marks. FALSE only when
 * cancelled: the sheet then still is to be checked. */
gboolean kai_import_sheet_check (KaiImportSheet *sheet, GCancellable *cancellable, GError **error);
gboolean kai_import_sheet_is_checked (KaiImportSheet *sheet);

typedef struct
{
  int rows;        /* data rows */
  int good, bad;   /* of these; good may have warnings */
  int warned;      /* good ones with a warning */
  int ticked;      /* good, ticked and open: what would be issued */
  int aside;       /* rows set aside */
  int issued;      /* ISSUED_BEFORE, ISSUED, ACCEPTED */
  int refused;     /* by the server */
  KaiMoney amount; /* of the ticked ones */
} KaiImportCounts;
KaiImportCounts kai_import_sheet_get_counts (KaiImportSheet *sheet);

/* A code of problems or warnings and in how many rows it stands; most frequent first. */
typedef struct
{
  const char *code;  /* borrowed */
  const char *label; /* translated, a few words; borrowed */
  gboolean warning;
  int rows;
} KaiImportCode;
GArray *kai_import_sheet_list_codes (KaiImportSheet *sheet); /* KaiImportCode; caller unrefs */

/* Told after every change of cells, marks, ticks or results: rows [first, first + n) must be drawn again; n = -1: all. */
typedef void (*KaiImportChanged) (KaiImportSheet *sheet, int first, int n, gpointer data);
void kai_import_sheet_set_listener (KaiImportSheet *sheet, KaiImportChanged func, gpointer data);

/* ---- Mending: each is one step of undo; only what the change touches is checked again ---- */

/* FALSE when nothing was changed (locked, the same text). */
gboolean kai_import_sheet_set_text (KaiImportSheet *sheet, int row, int column, const char *text);
/* Text of a spreadsheet's clipboard: tabs between cells, lines between rows, quotes around cells that hold either. It goes down the rows of the view
 * (below) from position @position, rightwards from @column; cells outside the grid and locked rows are left out. One value fills @n_rows positions when
 * it is a single cell (0 or 1 = just the one). Number of cells changed. */
int kai_import_sheet_paste (KaiImportSheet *sheet, int position, int column, int n_rows,
                            const char *text);
/* The value of the topmost of @n positions of the view goes into the others. Number of cells changed. */
int kai_import_sheet_fill_down (KaiImportSheet *sheet, int position, int n, int column);
/* In @column, or in all when it is -1; @whole: the cell must be equal, else every occurrence. In data rows of the view only. Number of cells
 * changed. */
int kai_import_sheet_replace (KaiImportSheet *sheet, int column, const char *find,
                              const char *replacement, gboolean whole);
/* Tabs and lines as of paste. Caller frees. */
char *kai_import_sheet_copy (KaiImportSheet *sheet, int position, int n_rows, int column,
                             int n_columns);
gboolean kai_import_sheet_can_undo (KaiImportSheet *sheet);
gboolean kai_import_sheet_can_redo (KaiImportSheet *sheet);
/* Row of the first change that was taken back or made again, -1 when there was none. */
int kai_import_sheet_undo (KaiImportSheet *sheet);
int kai_import_sheet_redo (KaiImportSheet *sheet);

/* ---- Ticks: what is to be issued. All data rows are ticked at first; rows of one notice are ticked together. ---- */

gboolean kai_import_sheet_get_tick (KaiImportSheet *sheet, int row);
void kai_import_sheet_set_tick (KaiImportSheet *sheet, int row, gboolean tick);
/* All rows of the view. */
void kai_import_sheet_tick_view (KaiImportSheet *sheet, gboolean tick);

/* ---- View: which rows are shown, in which order. It is made anew only by these calls: a row that was just mended does not run away. ---- */

typedef enum
{
  KAI_VIEW_ALL, /* data rows and those set aside */
  KAI_VIEW_DATA,
  KAI_VIEW_BAD,
  KAI_VIEW_WARNED,
  KAI_VIEW_GOOD,
  KAI_VIEW_TICKED,
  KAI_VIEW_ASIDE,
  KAI_VIEW_ISSUED,
  KAI_VIEW_REFUSED,
} KaiImportView;

/* @code: only rows with that problem or warning, NULL = all; @text: only rows with a cell that contains it, NULL or "" = all. */
void kai_import_sheet_set_filter (KaiImportSheet *sheet, KaiImportView view, const char *code,
                                  const char *text);
/* By a column (numbers by value, text by the locale), -1 = order of the file, -2 = worst rows first. */
void kai_import_sheet_set_sort (KaiImportSheet *sheet, int column, gboolean descending);
int kai_import_sheet_get_n_view (KaiImportSheet *sheet);
int kai_import_sheet_get_view_row (KaiImportSheet *sheet, int position);
int kai_import_sheet_find_position (KaiImportSheet *sheet, int row); /* -1 when not shown */
/* The next (@step 1) or previous (-1) cell with a problem in the view after position and column; -1 as position begins before the first or after the last. FALSE at
 * the end. */
gboolean kai_import_sheet_next_problem (KaiImportSheet *sheet, int step, int *position,
                                        int *column);

/* ---- Issuing ---- */

/* The notices of the good, ticked, open rows in the order of the file, class by class when @by_class; at most @limit (0 = all). With row_key. Rows
 * with the same 序号 are one notice. Each notice's id is 0; kai_import_sheet_note_result finds its rows by the row_key. */
GPtrArray *kai_import_sheet_build_notices (KaiImportSheet *sheet, int limit, gboolean by_class,
                                           GError **error);
/* Of all data rows, whatever is wrong with them: who is on the list, not who could be issued. Without row keys. */
GPtrArray *kai_import_sheet_build_all (KaiImportSheet *sheet, GError **error);
/* The notice that row would be (with the other rows of the same 序号), for a preview; NULL without error when something of it cannot be read. Caller unrefs. */
KaiNotice *kai_import_sheet_build_row (KaiImportSheet *sheet, int row, GError **error);
/* Of the first @n notices that are good, ticked or made of earlier: how many are still open. Who asks twice for the first three gets three. */
int kai_import_sheet_count_open_among (KaiImportSheet *sheet, int n);
/* Notices (not rows) that an earlier run has made of the list; counts no further than @most. */
int kai_import_sheet_count_issued_before (KaiImportSheet *sheet, int most);
/* Row keys of all data rows that could be issued, in the order of the file (KaiNotice with payer, items and row_key). What the ledger is asked about. */
GPtrArray *kai_import_sheet_list_issuable (KaiImportSheet *sheet, GError **error);
/* What became of the notice with that row key. @code: payment code, "" none; @sentence: why it was refused, "" else. */
void kai_import_sheet_note_result (KaiImportSheet *sheet, const char *row_key, KaiRowResult result,
                                   const char *payment_code, const char *sentence);
KaiRowResult kai_import_sheet_get_result (KaiImportSheet *sheet, int row);
const char *kai_row_result_label (KaiRowResult result); /* translated; "" while open */
/* Payment code or the refusal's sentence; "" while open. Borrowed. */
const char *kai_import_sheet_get_result_text (KaiImportSheet *sheet, int row);

/* What the store knows of a notice that would be made (kai-import-store.h attaches this to a sheet). Asked by kai_import_sheet_check about all rows that could
 * be issued, and after an edit about the rows it touched. */
typedef enum
{
  KAI_LEDGER_NEW,
  KAI_LEDGER_SAME_ROW, /* a notice was made of this very row: it is left out, and that is no problem */
  KAI_LEDGER_ISSUED,  /* the same payer has a notice for the same item and term: a problem */
  KAI_LEDGER_SIMILAR, /* the same payer owes the same item and amount already, unpaid: a warning */
} KaiLedgerState;

typedef struct
{
  /* What the sheet says: so many notices of the batch are of the same payer and item, but of rows that are not in this file (a workbook of bad rows). */
  int elsewhere;
  KaiLedgerState state;
  KaiDay day;            /* of that notice */
  char payment_code[24]; /* "" when it has none yet */
} KaiLedgerAnswer;

typedef gboolean (*KaiImportLookup) (GPtrArray *notices, KaiLedgerAnswer *answers, gpointer data,
                                     GError **error);
/* NULL: what was found out so far stays. */
void kai_import_sheet_set_ledger (KaiImportSheet *sheet, KaiImportLookup lookup, gpointer data,
                                  GDestroyNotify destroy);
/* Asks about all rows that could be issued and are still open. */
gboolean kai_import_sheet_ask_ledger (KaiImportSheet *sheet, GError **error);
/* The batch that the rows belong to; part of the row keys of notices (an education row is the same in whatever file it comes). NULL = a new
 * one, not made yet. @note: what a person should know of it (imported before, goes on with that batch), NULL = nothing. */
void kai_import_sheet_set_batch (KaiImportSheet *sheet, const char *batch_id, const char *note);
const char *kai_import_sheet_get_batch (KaiImportSheet *sheet); /* "" = none yet */

/* ---- Files ---- */

/* The bad rows as they stand in the grid, with a column 错误 that says why and a column 批次 with @batch_id (NULL = none), to be mended and imported.
 * Whatever the source was, the columns keep their headers, and the layout is found again. Errors: those of writing. */
gboolean kai_import_sheet_write_bad (KaiImportSheet *sheet, const char *batch_id, const char *path,
                                     GError **error);
/* Every row with its result: header columns, then 结果, 缴款识别码, 原因. */
gboolean kai_import_sheet_write_results (KaiImportSheet *sheet, const char *path, GError **error);
/* The batch that a file of bad rows belongs to, "" = none. Borrowed. */
const char *kai_import_sheet_get_origin (KaiImportSheet *sheet);

G_END_DECLS
