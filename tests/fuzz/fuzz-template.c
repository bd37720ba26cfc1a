/* A site's template: read, and drawn when it was taken. */
#include "kai-print-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (KaiTemplate) template_ = kai_template_parse ("fuzz", (const char *)data, size, NULL);
  g_autoptr (KaiNotice) notice = NULL;
  g_autoptr (KaiPrintForm) form = NULL;
  cairo_surface_t *surface;
  cairo_t *cr;

  if (!template_)
    return 0;
  notice = kai_notice_new ();
  notice->state = KAI_NOTICE_VOID;
  kai_notice_set (&notice->payer_name, "欧阳明月");
  kai_notice_add_item (notice, "103042705001", 1, 100);
  form = kai_print_form_new_for_notice (notice, NULL, NULL);
  surface = cairo_recording_surface_create (CAIRO_CONTENT_COLOR_ALPHA, NULL);
  cr = cairo_create (surface);
  kai_template_draw (template_, form, 0, cr);
  g_assert (cairo_status (cr) == CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  return 0;
}
