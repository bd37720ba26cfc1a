/* Reading templates: the ones that come with the program, and what is wrong with a site's own; drawing: no ink leaves
 * the box of an element, whatever the text. */
#include "kai-print-private.h"
#include "kai-test.h"
#include "print-sample.h"

static void
test_compiled_in (void)
{
  guint n = 0;
  const KaiTemplateInfo *list = kai_template_list (&n);

  g_assert_cmpuint (n, ==, 2);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiTemplate) template_ = kai_template_load (list[i].name, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (kai_template_get_title (template_), ==, list[i].title);
      g_assert_cmpfloat (kai_template_get_width (template_), ==, 210);
      g_assert_cmpint (template_->rows_per_page, ==, 6);
    }
}

static void
test_site_file (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "own.xml", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiTemplate) template_ = NULL;
  g_autoptr (KaiTemplate) missing = NULL;

  g_assert_true (g_file_set_contents (
      path, "<template title='自制' width='100' height='50'><line x='1' y='2' x2='9'/></template>",
      -1, NULL));
  template_ = kai_template_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (kai_template_get_title (template_), ==, "自制");
  g_assert_cmpfloat (kai_template_get_height (template_), ==, 50);

  missing = kai_template_load ("receipt", &error);
  g_assert_error (error, KAI_PRINT_ERROR, KAI_PRINT_ERROR_NO_TEMPLATE);
  g_clear_error (&error);
  missing = kai_template_load ("/nowhere/own.xml", &error);
  g_assert_error (error, KAI_PRINT_ERROR, KAI_PRINT_ERROR_NO_TEMPLATE);
  g_assert_nonnull (strstr (error->message, "/nowhere/own.xml"));
}

#define FORM(inside) "<template width='100' height='100'>\n" inside "\n</template>"

static const struct
{
  const char *name;
  const char *xml;
  const char *says; /* in the message */
} broken[] = {
  { "empty", "", "well-formed" },
  { "not-xml", "PK\003\004", "well-formed" },
  { "cut-off", "<template width='100' height='100'><text", "well-formed" },
  { "other-root", "<label/>", "“template”" },
  { "no-width", "<template height='100'/>", "“width”" },
  { "too-wide", "<template width='5000' height='100'/>", "“width”" },
  { "not-a-number", "<template width='nan' height='100'/>", "“width”" },
  { "infinite", "<template width='inf' height='100'/>", "“width”" },
  { "unknown-root-attribute", "<template width='100' height='100' unit='in'/>", "“unit”" },
  { "unknown-element", FORM ("<image/>"), "line 2: “image”" },
  { "unknown-attribute", FORM ("<box x='1' y='1' w='1' h='1' fill='red'/>"), "line 2: “box”" },
  { "missing-attribute", FORM ("<box x='1' y='1' w='1'/>"), "“h”" },
  { "outside", FORM ("<box x='60' y='1' w='50' h='5'/>"), "outside" },
  { "negative", FORM ("<box x='-1' y='1' w='50' h='5'/>"), "“x”" },
  { "bad-colour", FORM ("<line x='1' y='1' x2='2' color='red'/>"), "“color”" },
  { "bad-word", FORM ("<text x='1' y='1' w='9' h='9' align='middle'/>"), "left, center, right" },
  { "unknown-field", FORM ("<text x='1' y='1' w='9' h='9'>{password}</text>"), "“password”" },
  { "unknown-when", FORM ("<text x='1' y='1' w='9' h='9' when='x'/>"), "“x”" },
  { "qr-without-field", FORM ("<qr x='1' y='1' w='9' h='9'/>"), "no field" },
  { "qr-not-square", FORM ("<qr x='1' y='1' w='9' h='8' field='url'/>"), "as wide" },
  { "column-sum", FORM ("<table x='0' y='0' w='50' h='50'><cell column='name' w='40'/></table>"),
    "40 mm" },
  { "unknown-column", FORM ("<table x='0' y='0' w='50' h='50'><cell column='tax' w='50'/></table>"),
    "“tax”" },
  { "no-room",
    FORM (
        "<table x='0' y='0' w='50' h='9' row='6' header='6'><cell column='name' w='50'/></table>"),
    "no room" },
  { "two-tables",
    FORM ("<table x='0' y='0' w='50' h='50'><cell column='name' w='50'/></table>"
          "<table x='0' y='50' w='50' h='50'><cell column='name' w='50'/></table>"),
    "at most one" },
  { "entities",
    "<!DOCTYPE t [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;'>]>"
    "<template width='100' height='100'><text x='1' y='1' w='9' h='9'>&b;</text></template>",
    "document type" },
  { "external-entity",
    "<!DOCTYPE t [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"
    "<template width='100' height='100'><text x='1' y='1' w='9' h='9'>&a;</text></template>",
    "document type" },
};

static void
test_broken (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiTemplate) template_ =
      kai_template_parse ("own.xml", broken[i].xml, strlen (broken[i].xml), &error);

  g_assert_null (template_);
  g_assert_error (error, KAI_PRINT_ERROR, KAI_PRINT_ERROR_TEMPLATE);
  g_assert_nonnull (strstr (error->message, "own.xml"));
  if (!strstr (error->message, broken[i].says))
    g_error ("“%s” does not say “%s”", error->message, broken[i].says);
}

static void
test_limits (void)
{
  GString *xml = g_string_new ("<template width='100' height='100'>");
  g_autofree char *huge = g_strnfill (300 * 1024, ' ');
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 501; i++)
    g_string_append (xml, "<line x='1' y='1' x2='2'/>");
  g_string_append (xml, "</template>");
  g_assert_null (kai_template_parse ("many", xml->str, xml->len, &error));
  g_assert_error (error, KAI_PRINT_ERROR, KAI_PRINT_ERROR_TEMPLATE);
  g_clear_error (&error);
  g_assert_null (kai_template_parse ("huge", huge, strlen (huge), &error));
  g_assert_error (error, KAI_PRINT_ERROR, KAI_PRINT_ERROR_TEMPLATE);
  g_string_free (xml, TRUE);
}

/* ---- Ink ---- */

#define DOTS_PER_MM 6

/* The least box around everything dark on the page, mm; FALSE when the page is empty. */
static gboolean
measure_ink (const KaiTemplate *template_, const KaiPrintForm *form, int page, double box[4])
{
  int w = (int)template_->width * DOTS_PER_MM, h = (int)template_->height * DOTS_PER_MM;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, w, h);
  cairo_t *cr = cairo_create (surface);
  int left = w, top = h, right = -1, bottom = -1;

  cairo_scale (cr, DOTS_PER_MM / KAI_POINTS_PER_MM, DOTS_PER_MM / KAI_POINTS_PER_MM);
  kai_template_draw (template_, form, page, cr);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  for (int y = 0; y < h; y++)
    {
      const guchar *line =
          cairo_image_surface_get_data (surface) + y * cairo_image_surface_get_stride (surface);

      for (int x = 0; x < w; x++)
        if (line[x] > 40)
          {
            left = MIN (left, x);
            right = MAX (right, x);
            top = MIN (top, y);
            bottom = MAX (bottom, y);
          }
    }
  cairo_surface_destroy (surface);
  box[0] = (double)left / DOTS_PER_MM;
  box[1] = (double)top / DOTS_PER_MM;
  box[2] = (right + 1.0) / DOTS_PER_MM;
  box[3] = (bottom + 1.0) / DOTS_PER_MM;
  return right >= 0;
}

/* Draws each element of @name alone: its ink must lie within its box. Returns how many drew something. */
static int
check_elements (const char *name, const KaiPrintForm *form)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiTemplate) whole = kai_template_load (name, &error);
  int n = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < whole->elements->len; i++)
    {
      KaiElement *element = g_ptr_array_index (whole->elements, i);
      g_autoptr (GPtrArray) alone = g_ptr_array_new ();
      KaiTemplate one = *whole;
      double box[4];
      /* A stroke lies half outside; a dot of rounding. */
      double slack = element->stroke + 1.5 / DOTS_PER_MM;

      if (element->kind == KAI_ELEMENT_LINE)
        continue;
      g_ptr_array_add (alone, element);
      one.elements = alone;
      if (!measure_ink (&one, form, 0, box))
        continue;
      n++;
      if (box[0] < element->x - slack || box[1] < element->y - slack
          || box[2] > element->x + element->w + slack || box[3] > element->y + element->h + slack)
        g_error ("%s, element %u at %g, %g (%g × %g): ink at %g, %g … %g, %g", name, i, element->x,
                 element->y, element->w, element->h, box[0], box[1], box[2], box[3]);
    }
  return n;
}

static void
test_notice_ink (gconstpointer data)
{
  g_autoptr (KaiNotice) notice = sample_long_notice (GPOINTER_TO_INT (data));
  g_autoptr (KaiPrintForm) form = NULL;
  KaiUnit unit = *sample_unit ();

  unit.name = unit.account_name = unit.account = unit.account_bank = notice->payer_name;
  form = kai_print_form_new_for_notice (notice, &unit, SAMPLE_URL);
  g_assert_cmpint (check_elements ("notice", form), >, 30);
  notice->state = KAI_NOTICE_VOID;
  kai_print_form_free (g_steal_pointer (&form));
  form = kai_print_form_new_for_notice (notice, &unit, SAMPLE_URL);
  g_assert_cmpint (check_elements ("notice", form), >, 30);
}

static void
test_ebill_ink (gconstpointer data)
{
  g_autoptr (KaiEbill) ebill = sample_long_ebill (GPOINTER_TO_INT (data));
  g_autoptr (KaiPrintForm) form = kai_print_form_new_for_ebill (ebill, SAMPLE_URL);

  g_assert_cmpint (check_elements ("ebill", form), >, 30);
}

static void
test_pages (void)
{
  static const struct
  {
    int items, pages;
  } rows[] = { { 0, 1 }, { 1, 1 }, { 6, 1 }, { 7, 2 }, { 12, 2 }, { 20, 4 }, { 60, 10 } };
  g_autoptr (KaiTemplate) template_ = kai_template_load ("notice", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (KaiNotice) notice = sample_notice (rows[i].items);
      g_autoptr (KaiPrintForm) form = kai_print_form_new_for_notice (notice, NULL, NULL);

      g_assert_cmpint (kai_template_count_pages (template_, form), ==, rows[i].pages);
    }
}

static void
test_qr_too_long (void)
{
  g_autofree char *longest = g_strnfill (2300, 'x');
  g_autofree char *longer = g_strnfill (2400, 'x');
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 10, 10);
  cairo_t *cr = cairo_create (surface);

  g_assert_true (kai_qr_draw (cr, longest, 0, 0, 10));
  g_assert_false (kai_qr_draw (cr, longer, 0, 0, 10));
  g_assert_false (kai_qr_draw (cr, "", 0, 0, 10));
  g_assert_false (kai_qr_draw (cr, NULL, 0, 0, 10));
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

int
main (int argc, char **argv)
{
  static const int lengths[] = { 4, 100, 900 };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/printing/template/compiled-in", test_compiled_in);
  g_test_add_func ("/printing/template/site-file", test_site_file);
  g_test_add_func ("/printing/template/limits", test_limits);
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autofree char *path = g_strdup_printf ("/printing/template/broken/%s", broken[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_broken);
    }
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *notice = g_strdup_printf ("/printing/template/ink/notice/%d", lengths[i]);
      g_autofree char *ebill = g_strdup_printf ("/printing/template/ink/ebill/%d", lengths[i]);

      g_test_add_data_func (notice, GINT_TO_POINTER (lengths[i]), test_notice_ink);
      g_test_add_data_func (ebill, GINT_TO_POINTER (lengths[i]), test_ebill_ink);
    }
  g_test_add_func ("/printing/template/pages", test_pages);
  g_test_add_func ("/printing/template/qr-too-long", test_qr_too_long);
  return g_test_run ();
}
