/* Pages a second: 500 notices to a PDF, against a bare cairo loop that shows as many strings of the same sizes with
 * prepared layouts, in the same run. */
#include "kai-printing.h"

#include <cairo-pdf.h>
#include <glib/gstdio.h>
#include <pango/pangocairo.h>

#define PAGES 500
/* Texts on a notice with two items: titles, values, table. */
#define STRINGS 58

static KaiPrintForm *
make_form (int i)
{
  static const KaiUnit unit = {
    .code = (char *)"320684001",
    .name = (char *)"南通市海门区第一实验小学",
    .account_name = (char *)"南通市海门区财政局非税收入财政专户",
    .account = (char *)"1111822609000012345",
    .account_bank = (char *)"中国工商银行股份有限公司海门支行",
  };
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autofree char *code = g_strdup_printf ("320684210100%08d", i);
  g_autofree char *name = g_strdup_printf ("学生%04d", i);
  g_autofree char *url = g_strdup_printf ("https://pay.example.test/pay/%s", code);

  kai_notice_set (&notice->payment_code, code);
  kai_notice_set (&notice->check_code, "8K3A");
  kai_notice_set (&notice->unit_code, unit.code);
  kai_notice_set (&notice->payer_name, name);
  kai_notice_set (&notice->mobile, "13812345678");
  kai_notice_set (&notice->memo, "请于开学前缴清");
  kai_notice_set (&notice->clerk_name, "王小明");
  notice->payer_kind = KAI_PAYER_PERSON;
  notice->bill_date = 20261121;
  notice->valid_until = 20261201;
  for (int k = 0; k < 2; k++)
    {
      KaiNoticeItem *item = kai_notice_add_item (notice, "103042705001", 1, 10000 + i);

      kai_notice_set (&item->name, k ? "住宿费" : "普通高中学费");
      kai_notice_set (&item->unit_of_measure, "学期");
    }
  g_assert_true (kai_notice_sum (notice));
  return kai_print_form_new_for_notice (notice, &unit, url);
}

static double
bare_loop (const char *path)
{
  gint64 start = g_get_monotonic_time ();
  cairo_surface_t *surface = cairo_pdf_surface_create (path, 595.3, 419.5);
  cairo_t *cr = cairo_create (surface);
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoFontDescription *font = pango_font_description_from_string ("Noto Sans CJK SC 9");

  pango_layout_set_font_description (layout, font);
  for (int page = 0; page < PAGES; page++)
    {
      for (int i = 0; i < STRINGS; i++)
        {
          g_autofree char *text = g_strdup_printf ("缴款人学费%d", page * STRINGS + i);

          pango_layout_set_text (layout, text, -1);
          cairo_move_to (cr, 20 + i % 3 * 180, 20 + i / 3 * 18);
          pango_cairo_show_layout (cr, layout);
        }
      cairo_show_page (cr);
    }
  pango_font_description_free (font);
  g_object_unref (layout);
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  cairo_surface_destroy (surface);
  return PAGES / ((g_get_monotonic_time () - start) / 1e6);
}

static double
notices (const char *path)
{
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (KaiTemplate) template_ = kai_template_load ("notice", &error);
  g_autoptr (KaiPrintJob) job = kai_print_job_new ("Benchmark");
  int pages = 0;

  g_assert_no_error (error);
  for (int i = 0; i < PAGES; i++)
    kai_print_job_add (job, template_, make_form (i));
  if (!kai_print_job_write_pdf (job, path, &pages, &error))
    g_error ("%s", error->message);
  g_assert_cmpint (pages, ==, PAGES);
  return pages / ((g_get_monotonic_time () - start) / 1e6);
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("kaipiao-bench-XXXXXX", &error);
  g_autofree char *path = NULL;
  double ours, bare;

  g_assert_no_error (error);
  path = g_build_filename (dir, "bench.pdf", NULL);
  /* Once before the clock: fonts are loaded for both. */
  bare_loop (path);
  bare = bare_loop (path);
  ours = notices (path);
  g_print ("printing: %.0f pages/s (%d notices), bare cairo with as many strings: %.0f pages/s\n",
           ours, PAGES, bare);
  g_unlink (path);
  g_rmdir (dir);
  return 0;
}
