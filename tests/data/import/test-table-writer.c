/* Tables for people: .csv and .xlsx. */
#include "import/kai-table-writer.h"

#include "import/kai-workbook.h"
#include "kai-test.h"
#include "values/kai-error.h"

#include <string.h>

static const char *const headers[] = { "名称", "金额", NULL };

static GPtrArray *
make_rows (const char *a, const char *b)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  const char *row[] = { a, b, NULL };

  g_ptr_array_add (rows, g_strdupv ((char **)row));
  return rows;
}

static const struct
{
  const char *cell, *csv;
} csv[] = {
  { "plain", "plain" },
  { "", "" },
  { "a,b", "\"a,b\"" },
  { "a\"b", "\"a\"\"b\"" },
  { "a\nb", "\"a\nb\"" },
  { "=1+1", "\"'=1+1\"" },
  { "+1", "\"'+1\"" },
  { "-1+1", "\"'-1+1\"" },
  { "@SUM", "\"'@SUM\"" },
  { "\t=1", "\"'\t=1\"" },
  { "＝1", "\"'＝1\"" },
  { "-12.50", "-12.50" },
  { "=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"" },
};

static void
test_csv (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "t.CSV", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (csv); i++)
    {
      g_autoptr (GPtrArray) rows = make_rows (csv[i].cell, "1.00");
      g_autofree char *text = NULL, *expected = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (kai_table_write (path, NULL, headers, rows, &error));
      g_assert_no_error (error);
      g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      expected = g_strdup_printf ("\xef\xbb\xbf名称,金额\r\n%s,1.00\r\n", csv[i].csv);
      g_assert_cmpstr (text, ==, expected);
    }
}

static gboolean
append_row (int row, const KaiCell *cells, int n, gpointer data)
{
  for (int i = 0; i < n; i++)
    g_string_append_printf (data, "%d=%s|", cells[i].kind, cells[i].text);
  return TRUE;
}

static void
test_xlsx (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "t.xlsx", NULL);
  g_autoptr (GPtrArray) rows = make_rows ("=1+1", "-12.50");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (KaiWorkbook) workbook = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_table_write (path, "票据[库存]: 一个非常非常非常非常非常非常非常非常长的标题",
                                  headers, rows, &error));
  g_assert_no_error (error);
  workbook = kai_workbook_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_utf8_strlen (kai_workbook_get_sheet_name (workbook, 0), -1), <=, 31);
  g_assert_true (kai_workbook_read (workbook, 0, append_row, text, NULL, &error));
  g_assert_cmpstr (text->str, ==, "1=名称|1=金额|1==1+1|2=-12.5|");
}

/* Nothing is left behind, and what was there stays. */
static void
test_failures (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "t.xlsx", NULL);
  g_autofree char *other = g_build_filename (dir, "t.pdf", NULL);
  g_autofree char *nowhere = g_build_filename (dir, "no", "t.csv", NULL);
  g_autofree char *huge = g_strnfill (40000, 'x'), *kept = NULL;
  g_autoptr (GPtrArray) rows = make_rows (huge, "1.00");
  g_autoptr (GDir) listing = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "old", -1, NULL));
  g_assert_false (kai_table_write (path, "t", headers, rows, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "old");
  g_assert_false (kai_table_write (other, "t", headers, rows, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (kai_table_write (nowhere, "t", headers, rows, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_READ_ONLY);
  listing = g_dir_open (dir, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (listing), ==, "t.xlsx");
  g_assert_null (g_dir_read_name (listing));
}

typedef struct
{
  int left;
  gboolean fail;
} Counter;

static const char *const *
count_down_cb (gpointer data, GError **error)
{
  static const char *const row[] = { "name", "1.00", NULL };
  Counter *counter = data;

  if (counter->left-- > 0)
    return row;
  if (counter->fail)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "enough");
  return NULL;
}

/* Row by row; who gives up on the way leaves nothing. */
static void
test_rows (gconstpointer data)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, data, NULL);
  Counter counter = { 1000, TRUE };
  g_autoptr (GDir) listing = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (kai_table_write_rows (path, "t", headers, count_down_cb, &counter, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  listing = g_dir_open (dir, 0, NULL);
  g_assert_null (g_dir_read_name (listing));
  counter = (Counter){ 1000, FALSE };
  g_assert_true (kai_table_write_rows (path, "t", headers, count_down_cb, &counter, &error));
  g_assert_no_error (error);
  if (g_str_has_suffix (path, ".csv"))
    {
      g_autofree char *written = NULL;
      g_auto (GStrv) lines = NULL;

      g_assert_true (g_file_get_contents (path, &written, NULL, NULL));
      lines = g_strsplit (written, "\r\n", -1);
      g_assert_cmpuint (g_strv_length (lines), ==, 1002);
      g_assert_cmpstr (lines[1000], ==, "name,1.00");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/table-writer/csv", test_csv);
  g_test_add_func ("/table-writer/xlsx", test_xlsx);
  g_test_add_func ("/table-writer/failures", test_failures);
  g_test_add_data_func ("/table-writer/rows-csv", "t.csv", test_rows);
  g_test_add_data_func ("/table-writer/rows-xlsx", "t.xlsx", test_rows);
  return g_test_run ();
}
