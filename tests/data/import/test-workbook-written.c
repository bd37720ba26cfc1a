/* One list as many programs write it: every file of tests/fixtures/workbooks/written must be read as FILE.txt beside it says. */
#include "import/kai-workbook.h"
#include "kai-test.h"

#include <string.h>

typedef struct
{
  GString *out;
  KaiWorkbook *workbook;
} Dump;

static void
append_cell (GString *out, const KaiCell *cell)
{
  static const char letters[] = "-TNDBE";
  g_auto (GStrv) lines = g_strsplit (cell->text, "\n", -1);
  g_autofree char *text = g_strjoinv ("\\n", lines);

  if (cell->kind == KAI_CELL_EMPTY)
    g_string_append (out, " -");
  else
    g_string_append_printf (out, " %c=%s", letters[cell->kind], text);
  if (cell->whole_digits > 0)
    g_string_append_printf (out, "/%d", cell->whole_digits);
}

static gboolean
append_row (int row, const KaiCell *cells, int n, gpointer data)
{
  Dump *dump = data;

  g_string_append_printf (dump->out, "%d%s:", row,
                          kai_workbook_is_row_hidden (dump->workbook) ? "h" : "");
  for (int i = 0; i < n; i++)
    append_cell (dump->out, cells + i);
  g_string_append_c (dump->out, '\n');
  return TRUE;
}

static void
append_sheet (Dump *dump, int sheet)
{
  g_autoptr (GError) error = NULL;
  KaiWorkbookFormat format = kai_workbook_get_format (dump->workbook);
  const KaiMerge *merges;
  int n;

  /* Text and web pages have no names of their own for a sheet. */
  if (format == KAI_WORKBOOK_TEXT || format == KAI_WORKBOOK_HTML)
    g_string_append_printf (dump->out, "sheet %d\n", sheet + 1);
  else
    g_string_append_printf (dump->out, "sheet %s%s\n",
                            kai_workbook_get_sheet_name (dump->workbook, sheet),
                            kai_workbook_is_sheet_hidden (dump->workbook, sheet) ? " hidden" : "");
  g_assert_true (kai_workbook_read (dump->workbook, sheet, append_row, dump, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (kai_workbook_get_progress (dump->workbook), ==, 1);
  merges = kai_workbook_get_merges (dump->workbook, &n);
  for (int i = 0; i < n; i++)
    g_string_append_printf (dump->out, "merge %d-%d %d-%d\n", merges[i].first_row,
                            merges[i].last_row, merges[i].first_column, merges[i].last_column);
}

static void
test_file (gconstpointer data)
{
  static const char *const formats[] = { "xlsx", "xls", "text", "html", "sheetml" };
  const char *path = data;
  g_autofree char *beside = g_strconcat (path, ".txt", NULL);
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiWorkbook) workbook = kai_workbook_open (path, &error);
  g_autoptr (GString) out = g_string_new (NULL);
  Dump dump = { out, workbook };

  g_assert_no_error (error);
  g_file_get_contents (beside, &expected, NULL, &error);
  g_assert_no_error (error);
  g_string_append_printf (out, "format %s\n", formats[kai_workbook_get_format (workbook)]);
  for (int i = 0; i < kai_workbook_get_n_sheets (workbook); i++)
    append_sheet (&dump, i);
  g_assert_cmpstr (out->str, ==, expected);
}

static void
test_display (void)
{
  static const struct
  {
    KaiCell cell;
    const char *shown;
  } rows[] = { { { KAI_CELL_TEXT, "0123", NULL, 0 }, "0123" },
               { { KAI_CELL_NUMBER, "123", NULL, 8 }, "00000123" },
               { { KAI_CELL_NUMBER, "123456789", NULL, 8 }, "123456789" },
               { { KAI_CELL_NUMBER, "980.50", NULL, 0 }, "980.5" },
               { { KAI_CELL_NUMBER, "13800138000", NULL, 0 }, "13800138000" },
               { { KAI_CELL_NUMBER, "320684201003071000", NULL, 0 }, "3.20684E+17" },
               { { KAI_CELL_NUMBER, "3.20684201003071E+17", NULL, 0 }, "3.20684E+17" } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *shown = kai_cell_dup_display (&rows[i].cell);

      g_assert_cmpstr (shown, ==, rows[i].shown);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_test_init (&argc, &argv, NULL);
  folder = kai_test_fixture ("workbooks/written");
  dir = g_dir_open (folder, 0, NULL);
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *beside = g_strconcat (path, ".txt", NULL);
      g_autofree char *test = g_strconcat ("/workbook/written/", name, NULL);

      if (!g_file_test (beside, G_FILE_TEST_EXISTS))
        continue;
      g_ptr_array_add (paths, g_steal_pointer (&path));
      g_test_add_data_func (test, paths->pdata[paths->len - 1], test_file);
    }
  g_assert_cmpuint (paths->len, >=, 25);
  g_test_add_func ("/workbook/display", test_display);
  return g_test_run ();
}
