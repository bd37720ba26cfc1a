#pragma once

#include "model/kai-ebill.h"
#include "model/kai-notice.h"
#include <cairo.h>

G_BEGIN_DECLS

#define KAI_PRINT_ERROR (kai_print_error_quark ())
GQuark kai_print_error_quark (void);
typedef enum
{
  KAI_PRINT_ERROR_NO_TEMPLATE,
  KAI_PRINT_ERROR_TEMPLATE, /* a template file is broken: says line and what */
  KAI_PRINT_ERROR_WRITE,    /* PDF cannot be written: full, read only */
  KAI_PRINT_ERROR_FONT,     /* no Chinese font */
} KaiPrintError;

/* What is printed on one form: named fields and a table of items. Made here from a notice or an e-bill. */
typedef struct _KaiPrintForm KaiPrintForm;
void kai_print_form_free (KaiPrintForm *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiPrintForm, kai_print_form_free)
/* @pay_url stands in the QR code; @unit may be NULL. */
KaiPrintForm *kai_print_form_new_for_notice (const KaiNotice *notice, const KaiUnit *unit,
                                             const char *pay_url);
KaiPrintForm *kai_print_form_new_for_ebill (const KaiEbill *ebill, const char *url);

/* A template: millimetres, XML, compiled in (printing/templates/NAME.xml) or a file of the site. */
typedef struct _KaiTemplate KaiTemplate;
KaiTemplate *kai_template_load (const char *name,
                                GError **error); /* "notice", "ebill", or a path */
void kai_template_free (KaiTemplate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiTemplate, kai_template_free)
const char *kai_template_get_title (const KaiTemplate *self); /* translated; borrowed */
double kai_template_get_width (const KaiTemplate *self);      /* mm */
double kai_template_get_height (const KaiTemplate *self);     /* mm */
typedef struct
{
  const char *name;
  const char *title;
} KaiTemplateInfo;
const KaiTemplateInfo *kai_template_list (guint *n); /* compiled-in ones */

/* The one draw function for preview, PDF and printer. Origin at the form's upper left corner; user units are points (72/inch). @page from 0. */
int kai_template_count_pages (const KaiTemplate *self,
                              const KaiPrintForm *form); /* long item tables go on */
void kai_template_draw (const KaiTemplate *self, const KaiPrintForm *form, int page, cairo_t *cr);

/* A job: forms with their templates, in order. */
typedef struct _KaiPrintJob KaiPrintJob;
KaiPrintJob *kai_print_job_new (const char *title);
void kai_print_job_free (KaiPrintJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiPrintJob, kai_print_job_free)
void kai_print_job_add (KaiPrintJob *job, KaiTemplate *template_,
                        KaiPrintForm *form); /* takes form, borrows the template */
/* Called after each form by the thread that writes, with the forms that are drawn and all of them; FALSE stops it. */
typedef gboolean (*KaiPrintProgress) (int done, int total, gpointer data);
void kai_print_job_set_progress (KaiPrintJob *job, KaiPrintProgress func, gpointer data);
/* Written beside @path and renamed when whole: an old file stays as it was on failure, and when it was stopped
 * (G_IO_ERROR_CANCELLED). */
gboolean kai_print_job_write_pdf (KaiPrintJob *job, const char *path, int *pages, GError **error);

/* QR code as a path of squares in a @size × @size points box; FALSE when the text is too long. */
gboolean kai_qr_draw (cairo_t *cr, const char *text, double x, double y, double size);

G_END_DECLS
