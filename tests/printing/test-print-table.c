/* Lists on paper: as many pages as they need, each class on its own where that is asked for. */
#include "kai-print-table.h"
#include "kai-printing.h"
#include "kai-test.h"

static int
print (int n, int group, const char *path, GError **error)
{
  static const char *const headers[] = { "班级", "姓名", "金额", NULL };
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  int pages = -1;

  for (int i = 0; i < n; i++)
    {
      g_autofree char *class_name = g_strdup_printf ("%d班", i / 10);
      const char *cells[] = { class_name,
                              i == 3 ? "很长很长很长很长很长很长很长很长的名字𠮷" : "张三",
                              "980.00", NULL };

      g_ptr_array_add (rows, g_strdupv ((char **)cells));
    }
  return kai_print_table_write_pdf (path, "未缴名单", headers, rows, group, &pages, error) ? pages
                                                                                           : -1;
}

static void
test_pages (void)
{
  static const struct
  {
    int rows, group, pages;
  } cases[] = { { 0, -1, 1 }, { 1, -1, 1 }, { 30, -1, 1 }, { 100, -1, 3 }, { 30, 0, 3 } };
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "t.pdf", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *content = NULL;

      g_assert_cmpint (print (cases[i].rows, cases[i].group, path, &error), ==, cases[i].pages);
      g_assert_no_error (error);
      g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
      g_assert_true (g_str_has_prefix (content, "%PDF-"));
    }
}

static void
test_unwritable (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "no", "t.pdf", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (print (1, -1, path, &error), ==, -1);
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/print-table/pages", test_pages);
  g_test_add_func ("/print-table/unwritable", test_unwritable);
  return g_test_run ();
}
