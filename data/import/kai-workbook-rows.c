/* Rows on their way from a reader to the callback. They travel in batches, each with one piece of memory for its text, so that
 * a row costs no allocation; of a large sheet, one thread unpacks and parses while the caller's thread checks. */
#include "import/kai-workbook-private.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define BATCH_ROWS 256
#define BATCH_TEXT (128 * 1024)
#define BATCHES_AHEAD 24 /* that may wait for the caller's thread */

typedef struct
{
  KaiCellKind kind;
  int whole_digits;
  const char *shared; /* text that is not ours, or NULL */
  gsize offset;       /* into the batch's text */
  gsize stored;       /* the same + 1, 0 = none */
} RawCell;

typedef struct
{
  int row;
  gboolean hidden;
  guint first; /* cell */
  guint n;
} RawRow;

typedef struct
{
  GArray *rows;  /* RawRow */
  GArray *cells; /* RawCell */
  GString *text;
  gboolean last;
} Batch;

struct _KaiRows
{
  KaiWorkbook *workbook;
  int sheet;
  KaiRowFunc func;
  gpointer data;
  GCancellable *cancellable;
  Batch *batch;   /* being filled */
  RawRow row;     /* open */
  GArray *handed; /* KaiCell of the row that the callback sees */
  gboolean ok;
  GError *error;    /* of the reader */
  gboolean stopped; /* the callback wants no more */
  /* Only when the reader has its own thread */
  GMutex lock;
  GCond changed;
  GQueue full, empty; /* Batch */
  gboolean threaded;
};

static Batch *
batch_new (void)
{
  Batch *batch = g_new0 (Batch, 1);

  batch->rows = g_array_sized_new (FALSE, FALSE, sizeof (RawRow), BATCH_ROWS);
  batch->cells = g_array_new (FALSE, FALSE, sizeof (RawCell));
  batch->text = g_string_sized_new (4096);
  return batch;
}

static void
batch_free (Batch *batch)
{
  g_array_unref (batch->rows);
  g_array_unref (batch->cells);
  g_string_free (batch->text, TRUE);
  g_free (batch);
}

static void
batch_clear (Batch *batch)
{
  g_array_set_size (batch->rows, 0);
  g_array_set_size (batch->cells, 0);
  g_string_truncate (batch->text, 0);
  batch->last = FALSE;
}

/* ---- The caller's side ---- */

static gboolean
hand_over_row (KaiRows *rows, const Batch *batch, const RawRow *row)
{
  const RawCell *raw = &g_array_index (batch->cells, RawCell, row->first);
  KaiCell *cells;

  if (row->n > rows->handed->len)
    g_array_set_size (rows->handed, row->n);
  cells = (KaiCell *)rows->handed->data;
  for (guint i = 0; i < row->n; i++)
    {
      cells[i].kind = raw[i].kind;
      cells[i].whole_digits = raw[i].whole_digits;
      cells[i].text = raw[i].shared ? raw[i].shared : batch->text->str + raw[i].offset;
      cells[i].stored = raw[i].stored ? batch->text->str + raw[i].stored - 1 : NULL;
    }
  rows->workbook->row_hidden = row->hidden;
  return rows->func (row->row, cells, (int)row->n, rows->data);
}

/* FALSE when the callback wants no more. */
static gboolean
hand_over (KaiRows *rows, const Batch *batch)
{
  for (guint i = 0; i < batch->rows->len; i++)
    if (!hand_over_row (rows, batch, &g_array_index (batch->rows, RawRow, i)))
      return FALSE;
  return TRUE;
}

/* ---- The reader's side ---- */

/* Passes the batch on and gets an empty one; FALSE when nobody wants more. */
static gboolean
flush (KaiRows *rows, gboolean last)
{
  gboolean go_on;

  if (!rows->threaded)
    {
      rows->stopped = rows->stopped || !hand_over (rows, rows->batch);
      batch_clear (rows->batch);
      return !rows->stopped;
    }
  g_mutex_lock (&rows->lock);
  rows->batch->last = last;
  g_queue_push_tail (&rows->full, g_steal_pointer (&rows->batch));
  g_cond_signal (&rows->changed);
  while (!last && !rows->stopped && g_queue_get_length (&rows->full) >= BATCHES_AHEAD)
    g_cond_wait (&rows->changed, &rows->lock);
  go_on = !rows->stopped;
  if (!last)
    rows->batch = g_queue_pop_head (&rows->empty);
  g_mutex_unlock (&rows->lock);
  if (!last && !rows->batch)
    rows->batch = batch_new ();
  return go_on;
}

gboolean
kai_rows_begin_row (KaiRows *rows, int row, gboolean hidden, GError **error)
{
  if (row > KAI_WORKBOOK_MAX_ROWS)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The list has more than %d rows, more than a spreadsheet holds. "
                             "Divide it and try again."),
                          KAI_WORKBOOK_MAX_ROWS);
  rows->row = (RawRow){ .row = row, .hidden = hidden, .first = rows->batch->cells->len };
  return TRUE;
}

/* A blank that somebody left far to the right is no content. */
static gboolean
is_blank (const char *text, gsize length)
{
  gsize i = 0;

  while (i < length && g_ascii_isspace (text[i]))
    i++;
  return i == length;
}

static gboolean
add_cell (KaiRows *rows, int column, const RawCell *cell, GError **error)
{
  GArray *cells = rows->batch->cells;

  if (column >= KAI_WORKBOOK_MAX_COLUMNS)
    return kai_data_fail (
        error, KAI_DATA_ERROR_UNREADABLE,
        _ ("Row %d has content right of column %d. Delete the columns that do not "
           "belong to the list and try again."),
        rows->row.row, KAI_WORKBOOK_MAX_COLUMNS);
  while (cells->len < rows->row.first + (guint)column)
    {
      RawCell gap = { .kind = KAI_CELL_EMPTY, .shared = "" };

      g_array_append_val (cells, gap);
    }
  g_array_append_vals (cells, cell, 1);
  return TRUE;
}

gboolean
kai_rows_add_cell (KaiRows *rows, int column, KaiCellKind kind, const char *text, gsize length,
                   GError **error)
{
  GString *out = rows->batch->text;
  RawCell cell = { .kind = kind, .offset = out->len };

  if (length == 0)
    return TRUE;
  if (length > KAI_WORKBOOK_MAX_TEXT
      && (length > KAI_WORKBOOK_MAX_TEXT * 4
          || g_utf8_strlen (text, (gssize)length) > KAI_WORKBOOK_MAX_TEXT))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("A cell in row %d holds more than 32,767 characters, more than a "
                             "spreadsheet allows. Shorten it and try again."),
                          rows->row.row);
  if (column >= KAI_WORKBOOK_MAX_COLUMNS && is_blank (text, length))
    return TRUE;
  if (!add_cell (rows, column, &cell, error))
    return FALSE;
  g_string_append_len (out, text, (gssize)length);
  g_string_append_c (out, '\0');
  return TRUE;
}

gboolean
kai_rows_add_shared (KaiRows *rows, int column, const char *text, GError **error)
{
  RawCell cell = { .kind = KAI_CELL_TEXT, .shared = text };

  return text[0] == '\0' || (column >= KAI_WORKBOOK_MAX_COLUMNS && is_blank (text, strlen (text)))
         || add_cell (rows, column, &cell, error);
}

static RawCell *
last_cell (KaiRows *rows)
{
  return &g_array_index (rows->batch->cells, RawCell, rows->batch->cells->len - 1);
}

void
kai_rows_set_stored (KaiRows *rows, const char *number)
{
  last_cell (rows)->stored = rows->batch->text->len + 1;
  g_string_append_len (rows->batch->text, number, (gssize)strlen (number) + 1);
}

void
kai_rows_set_whole_digits (KaiRows *rows, int digits)
{
  last_cell (rows)->whole_digits = digits;
}

gboolean
kai_rows_end_row (KaiRows *rows)
{
  Batch *batch = rows->batch;

  rows->row.n = batch->cells->len - rows->row.first;
  if (rows->row.n > 0)
    g_array_append_val (batch->rows, rows->row);
  return (batch->rows->len < BATCH_ROWS && batch->text->len < BATCH_TEXT) || flush (rows, FALSE);
}

void
kai_rows_add_merge (KaiRows *rows, const KaiMerge *merge)
{
  if (rows->workbook->merges->len < KAI_WORKBOOK_MAX_MERGES)
    g_array_append_vals (rows->workbook->merges, merge, 1);
}

/* ---- Running ---- */

static gpointer
run_reader (gpointer data)
{
  KaiRows *rows = data;

  rows->ok =
      rows->workbook->reader (rows->workbook, rows->sheet, rows, rows->cancellable, &rows->error);
  flush (rows, TRUE);
  return NULL;
}

static void
run_threaded (KaiRows *rows)
{
  GThread *thread;
  gboolean last = FALSE, wanted = TRUE;

  g_mutex_init (&rows->lock);
  g_cond_init (&rows->changed);
  rows->threaded = TRUE;
  thread = g_thread_new ("workbook", run_reader, rows);
  while (!last)
    {
      Batch *batch;

      g_mutex_lock (&rows->lock);
      while (!(batch = g_queue_pop_head (&rows->full)))
        g_cond_wait (&rows->changed, &rows->lock);
      g_mutex_unlock (&rows->lock);
      last = batch->last;
      /* A reader that was cancelled hands over nothing more. */
      wanted = wanted && !g_cancellable_is_cancelled (rows->cancellable) && hand_over (rows, batch);
      batch_clear (batch);
      g_mutex_lock (&rows->lock);
      rows->stopped = !wanted;
      g_queue_push_tail (&rows->empty, batch);
      g_cond_signal (&rows->changed);
      g_mutex_unlock (&rows->lock);
    }
  g_thread_join (thread);
  g_queue_clear_full (&rows->full, (GDestroyNotify)batch_free);
  g_queue_clear_full (&rows->empty, (GDestroyNotify)batch_free);
  g_cond_clear (&rows->changed);
  g_mutex_clear (&rows->lock);
}

gboolean
kai_rows_run (KaiWorkbook *workbook, int sheet, gboolean large, KaiRowFunc func, gpointer data,
              GCancellable *cancellable, GError **error)
{
  KaiRows rows = {
    .workbook = workbook, .sheet = sheet, .func = func, .data = data, .cancellable = cancellable
  };

  g_array_set_size (workbook->merges, 0);
  g_atomic_int_set (&workbook->progress, 0);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  rows.batch = batch_new ();
  rows.handed = g_array_new (FALSE, FALSE, sizeof (KaiCell));
  if (large)
    run_threaded (&rows);
  else
    run_reader (&rows);
  g_clear_pointer (&rows.batch, batch_free);
  g_array_unref (rows.handed);
  g_atomic_int_set (&workbook->progress, 1000);
  workbook->row_hidden = FALSE;
  if (g_cancellable_is_cancelled (cancellable))
    {
      g_clear_error (&rows.error);
      return !g_cancellable_set_error_if_cancelled (cancellable, error);
    }
  /* What is wrong behind the row where the caller stopped is not his concern. */
  if (rows.stopped)
    g_clear_error (&rows.error);
  if (rows.error)
    g_propagate_error (error, rows.error);
  return rows.ok || rows.stopped;
}
