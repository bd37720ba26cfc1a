/* The PDF as other programs see it: text, fonts, places in millimetres, the QR code as a camera reads it. */
#include "kai-print-private.h"
#include "kai-test.h"
#include "print-sample.h"

typedef struct
{
  char *dir;
  char *path;
  int pages;
} Paper;

static void
paper_clear (Paper *paper)
{
  kai_test_remove_dir (paper->dir);
  g_free (paper->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Paper, paper_clear)

/* What the program says on its standard output; it must succeed. */
static char *
run (const char *program, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  const char *word;
  va_list args;

  g_ptr_array_add (argv, (gpointer)program);
  va_start (args, program);
  while ((word = va_arg (args, const char *)))
    g_ptr_array_add (argv, (gpointer)word);
  va_end (args);
  g_ptr_array_add (argv, NULL);
  process =
      g_subprocess_newv ((const char *const *)argv->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));
  return output;
}

static Paper
print (const char *name, KaiPrintForm *form)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiTemplate) template_ = kai_template_load (name, &error);
  g_autoptr (KaiPrintJob) job = kai_print_job_new ("缴款通知书 11 月");
  Paper paper = { .dir = kai_test_make_dir () };

  g_assert_no_error (error);
  paper.path = g_build_filename (paper.dir, "form.pdf", NULL);
  kai_print_job_add (job, template_, form);
  g_assert_true (kai_print_job_write_pdf (job, paper.path, &paper.pages, &error));
  g_assert_no_error (error);
  return paper;
}

static Paper
print_notice (int items, KaiNoticeState state)
{
  g_autoptr (KaiNotice) notice = sample_notice (items);

  notice->state = state;
  return print ("notice", kai_print_form_new_for_notice (notice, sample_unit (), SAMPLE_URL));
}

static Paper
print_ebill (int items)
{
  g_autoptr (KaiEbill) ebill = sample_ebill (items);

  return print ("ebill", kai_print_form_new_for_ebill (ebill, SAMPLE_URL));
}

static char *
without_spaces (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, " ", -1);

  return g_strjoinv ("", parts);
}

/* Spaces do not count: pdftotext makes them from distances. */
static void
assert_says (const char *text, const char *words)
{
  g_autofree char *all = without_spaces (text);
  g_autofree char *wanted = without_spaces (words);

  if (!strstr (all, wanted))
    g_error ("no “%s” in: %s", words, text);
}

static void
test_notice_text (void)
{
  g_auto (Paper) paper = print_notice (2, KAI_NOTICE_UNPAID);
  g_autofree char *text = run ("pdftotext", "-layout", paper.path, "-", NULL);

  assert_says (text, "非税收入一般缴款书（缴款通知书）");
  assert_says (text, "3206 8421 0100 0538 4867");
  assert_says (text, SAMPLE_CODE);
  assert_says (text, "8K3A");
  assert_says (text, "𠮷龘㛃");
  assert_says (text, "320684********123X");
  assert_says (text, "138****5678");
  assert_says (text, "贰佰零壹元壹角整");
  assert_says (text, "￥201.10");
  assert_says (text, "扫码缴款");
  assert_says (text, "第 1 页 共 1 页");
  g_assert_null (strstr (text, SAMPLE_ID));
  g_assert_null (strstr (text, SAMPLE_MOBILE));
  g_assert_null (strstr (text, "作废"));
}

static void
test_ebill_text (void)
{
  g_auto (Paper) paper = print_ebill (2);
  g_autofree char *text = run ("pdftotext", "-layout", paper.path, "-", NULL);
  static const char *const words[] = { "江苏省非税收入统一票据（电子）",
                                       "32060126",
                                       "0000012345",
                                       "a1B2c3",
                                       "2026年11月21日",
                                       "欧阳明月",
                                       "贰佰元",
                                       "￥200.10",
                                       "320684********123X",
                                       "复核人：李四",
                                       "开票人：王小明" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    assert_says (text, words[i]);
  g_assert_null (strstr (text, SAMPLE_ID));
}

static void
test_void_mark (void)
{
  g_auto (Paper) paper = print_notice (1, KAI_NOTICE_VOID);
  g_autofree char *text = run ("pdftotext", "-raw", paper.path, "-", NULL);
  g_autofree char *stem = g_build_filename (paper.dir, "page", NULL);
  g_autofree char *png = g_strconcat (stem, ".png", NULL);
  g_autofree char *pixel = NULL;

  assert_says (text, "作");
  /* The void notice has no code to pay with: its place is white. */
  g_free (run ("pdftoppm", "-r", "50", "-png", "-singlefile", paper.path, stem, NULL));
  pixel = run ("convert", png, "-crop", "60x60+332+9", "-format", "%[fx:minima]", "info:", NULL);
  g_assert_cmpfloat (g_ascii_strtod (pixel, NULL), >, 0.99);
  g_free (pixel);
  /* The mark is red and large. */
  pixel = run ("convert", png, "-crop", "140x110+140+110", "-fuzz", "12%", "-fill", "black",
               "+opaque", "#f3a6ab", "-fill", "white", "-opaque", "#f3a6ab", "-format",
               "%[fx:mean]", "info:", NULL);
  g_assert_cmpfloat (g_ascii_strtod (pixel, NULL), >, 0.05);
}

static void
test_metadata (void)
{
  g_auto (Paper) paper = print_notice (1, KAI_NOTICE_UNPAID);
  g_autofree char *info = run ("pdfinfo", paper.path, NULL);

  g_assert_true (g_regex_match_simple ("Title: +缴款通知书 11 月", info, 0, 0));
  /* 210 × 148 mm in points. */
  g_assert_true (g_regex_match_simple ("Page size: +595.276 x 419.528 pts", info, 0, 0));
}

static void
test_page_count (gconstpointer data)
{
  static const int pages[][2] = { { 1, 1 }, { 20, 4 }, { 60, 10 } };
  int i = GPOINTER_TO_INT (data);
  g_auto (Paper) paper = print_notice (pages[i][0], KAI_NOTICE_UNPAID);
  g_autofree char *info = run ("pdfinfo", paper.path, NULL);
  g_autofree char *text = run ("pdftotext", "-layout", paper.path, "-", NULL);
  g_autofree char *expected = g_strdup_printf ("Pages: +%d\n", pages[i][1]);
  g_autofree char *last = g_strdup_printf ("第 %d 页 共 %d 页", pages[i][1], pages[i][1]);
  g_auto (GStrv) rows = NULL;

  g_assert_cmpint (paper.pages, ==, pages[i][1]);
  g_assert_true (g_regex_match_simple (expected, info, 0, 0));
  assert_says (text, last);
  /* Every item stands on one of the pages. */
  rows = g_strsplit (text, "103042705001", -1);
  g_assert_cmpuint (g_strv_length (rows) - 1, ==, pages[i][0]);
}

static void
test_fonts (gconstpointer data)
{
  g_auto (Paper) paper = data ? print_ebill (2) : print_notice (2, KAI_NOTICE_UNPAID);
  g_autofree char *table = run ("pdffonts", paper.path, NULL);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (table), "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), >, 2);
  for (guint i = 2; lines[i]; i++)
    {
      /* Simplified Chinese shapes, embedded, subset, with a way back to Unicode. */
      assert_says (lines[i], "CJKsc");
      g_assert_nonnull (strstr (lines[i], " yes yes yes "));
    }
}

static void
test_qr (gconstpointer data)
{
  g_auto (Paper) paper = data ? print_ebill (2) : print_notice (2, KAI_NOTICE_UNPAID);
  g_autofree char *stem = g_build_filename (paper.dir, "page", NULL);
  g_autofree char *png = g_strconcat (stem, ".png", NULL);
  g_autofree char *read = NULL;

  g_free (run ("pdftoppm", "-r", "200", "-png", "-singlefile", paper.path, stem, NULL));
  read = run ("zbarimg", "-q", "--nodbus", "--raw", png, NULL);
  g_assert_cmpstr (g_strchomp (read), ==, SAMPLE_URL);
}

/* ---- Places ---- */

typedef struct
{
  double left, top, right, bottom; /* mm */
  char *text;
} Word;

static void
word_clear (gpointer data)
{
  g_free (((Word *)data)->text);
}

static GArray *
read_words (const Paper *paper)
{
  GArray *words = g_array_new (FALSE, FALSE, sizeof (Word));
  g_autofree char *boxes = run ("pdftotext", "-bbox", paper->path, "-", NULL);
  g_auto (GStrv) lines = g_strsplit (boxes, "\n", -1);

  g_array_set_clear_func (words, word_clear);
  for (guint i = 0; lines[i]; i++)
    {
      g_auto (GStrv) parts = g_strsplit_set (lines[i], "\"<>", -1);
      Word word;

      if (g_strv_length (parts) < 12 || !strstr (parts[1], "word xMin"))
        continue;
      word.left = g_ascii_strtod (parts[2], NULL) / KAI_POINTS_PER_MM;
      word.top = g_ascii_strtod (parts[4], NULL) / KAI_POINTS_PER_MM;
      word.right = g_ascii_strtod (parts[6], NULL) / KAI_POINTS_PER_MM;
      word.bottom = g_ascii_strtod (parts[8], NULL) / KAI_POINTS_PER_MM;
      word.text = g_strdup (parts[10]);
      g_array_append_val (words, word);
    }
  g_assert_cmpuint (words->len, >, 10);
  return words;
}

static const Word *
find_word (GArray *words, const char *text)
{
  for (guint i = 0; i < words->len; i++)
    if (g_str_equal (g_array_index (words, Word, i).text, text))
      return &g_array_index (words, Word, i);
  g_error ("no word “%s”", text);
}

/* @x: left edge, or right edge where @right; @y: middle. */
typedef struct
{
  const char *text;
  double x, y;
  gboolean right;
} Place;

static void
check_places (const Paper *paper, const Place *places, guint n)
{
  g_autoptr (GArray) words = read_words (paper);

  for (guint i = 0; i < n; i++)
    {
      const Word *word = find_word (words, places[i].text);
      double x = places[i].right ? word->right : word->left;

      g_test_message ("%s: %.2f, %.2f", word->text, x, (word->top + word->bottom) / 2);
      g_assert_cmpfloat_with_epsilon (x, places[i].x, 0.5);
      g_assert_cmpfloat_with_epsilon ((word->top + word->bottom) / 2, places[i].y, 0.5);
    }
  for (guint i = 0; i < words->len; i++)
    {
      const Word *word = &g_array_index (words, Word, i);

      g_assert_cmpfloat (word->left, >=, 9);
      g_assert_cmpfloat (word->right, <=, 201);
      g_assert_cmpfloat (word->top, >=, 4);
      g_assert_cmpfloat (word->bottom, <=, 147);
    }
}

static void
test_notice_places (void)
{
  static const Place places[] = {
    { "3206", 29.5, 30.5, FALSE },
    { "8K3A", 23, 38.5, FALSE },
    { "𠮷龘㛃", 46, 46.5, FALSE },
    { "138****5678", 46, 60.5, FALSE },
    { "1111822609000012345", 133, 53.5, FALSE },
    { "贰佰零壹元壹角整", 42, 119, FALSE },
    { "￥201.10", 148, 119, FALSE },
    { "有效期至：2026年12月01日", 109, 38.5, FALSE },
  };
  g_auto (Paper) paper = print_notice (2, KAI_NOTICE_UNPAID);

  check_places (&paper, places, G_N_ELEMENTS (places));
}

static void
test_ebill_places (void)
{
  static const Place places[] = {
    { "票据号码：0000012345", 140, 31.75, FALSE },
    { "320684********123X", 48.5, 37.25, FALSE },
    { "交款人：欧阳明月", 10, 42.75, FALSE },
    { "￥200.10", 147, 93, FALSE },
  };
  g_autoptr (KaiEbill) ebill = sample_ebill (2);
  g_auto (Paper) paper = { 0 };

  /* The letters of the seals would be taken for parts of the words below them. */
  kai_notice_set (&ebill->unit_seal_name, "");
  kai_notice_set (&ebill->supervisor_seal_name, "");
  paper = print ("ebill", kai_print_form_new_for_ebill (ebill, SAMPLE_URL));
  check_places (&paper, places, G_N_ELEMENTS (places));
}

static void
test_table_cells (void)
{
  g_autoptr (KaiNotice) notice = sample_notice (3);
  g_auto (Paper) paper = { 0 };
  g_autoptr (GArray) words = NULL;
  int in_name = 0;

  for (guint i = 0; i < 3; i++)
    {
      KaiNoticeItem *item = g_ptr_array_index (notice->items, i);

      kai_notice_set (&item->name, "普通高中学费住宿费以及其他名称特别长的行政事业性收费项目名称"
                                   "需要换行才能放得下的项目普通高中学费住宿费以及其他名称特别长");
      item->amount = KAI_MONEY_MAX;
    }
  paper = print ("notice", kai_print_form_new_for_notice (notice, sample_unit (), SAMPLE_URL));
  words = read_words (&paper);
  for (guint i = 0; i < words->len; i++)
    {
      const Word *word = &g_array_index (words, Word, i);

      /* Rows stand from 71 to 89 mm; names from 40 to 110 mm, amounts from 172 to 200 mm. */
      if (word->top < 70 || word->bottom > 90)
        continue;
      if (g_str_equal (word->text, "999,999,999,999,999.99"))
        g_assert_cmpfloat (word->left, >=, 172);
      if (word->left > 39 && word->left < 110)
        {
          in_name++;
          g_assert_cmpfloat (word->left, >=, 40);
          g_assert_cmpfloat (word->right, <=, 110);
        }
    }
  g_assert_cmpint (in_name, >=, 6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/printing/pdf/notice/text", test_notice_text);
  g_test_add_func ("/printing/pdf/notice/places", test_notice_places);
  g_test_add_func ("/printing/pdf/notice/table-cells", test_table_cells);
  g_test_add_func ("/printing/pdf/notice/void-mark", test_void_mark);
  g_test_add_func ("/printing/pdf/notice/metadata", test_metadata);
  g_test_add_data_func ("/printing/pdf/notice/pages/1", GINT_TO_POINTER (0), test_page_count);
  g_test_add_data_func ("/printing/pdf/notice/pages/20", GINT_TO_POINTER (1), test_page_count);
  g_test_add_data_func ("/printing/pdf/notice/pages/60", GINT_TO_POINTER (2), test_page_count);
  g_test_add_data_func ("/printing/pdf/notice/fonts", NULL, test_fonts);
  g_test_add_data_func ("/printing/pdf/notice/qr", NULL, test_qr);
  g_test_add_func ("/printing/pdf/ebill/text", test_ebill_text);
  g_test_add_func ("/printing/pdf/ebill/places", test_ebill_places);
  g_test_add_data_func ("/printing/pdf/ebill/fonts", GINT_TO_POINTER (1), test_fonts);
  g_test_add_data_func ("/printing/pdf/ebill/qr", GINT_TO_POINTER (1), test_qr);
  return g_test_run ();
}
