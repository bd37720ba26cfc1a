#pragma once

#include "kai-printing.h"
#include <pango/pangocairo.h>

G_BEGIN_DECLS

/* What the files of printing/ share and nobody else needs. */

#define KAI_POINTS_PER_MM (72.0 / 25.4)
#define KAI_PRINT_FONT "Noto Sans CJK SC"

/* Sets @error and returns FALSE. */
gboolean kai_print_fail (GError **error, KaiPrintError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* ---- kai-print-form.c ---- */
typedef enum
{
  KAI_PRINT_COLUMN_CODE,
  KAI_PRINT_COLUMN_NAME,
  KAI_PRINT_COLUMN_UNIT,
  KAI_PRINT_COLUMN_QUANTITY,
  KAI_PRINT_COLUMN_STANDARD,
  KAI_PRINT_COLUMN_AMOUNT,
  KAI_PRINT_N_COLUMNS,
} KaiPrintColumn;

gboolean kai_print_field_is_known (const char *name);
/* "code", "name" … of an item column. */
gboolean kai_print_column_parse (const char *word, KaiPrintColumn *out);
/* "" when the form has no such field; borrowed. */
const char *kai_print_form_get (const KaiPrintForm *form, const char *name);
guint kai_print_form_count_rows (const KaiPrintForm *form);
const char *kai_print_form_get_cell (const KaiPrintForm *form, guint row, KaiPrintColumn column);

/* ---- kai-template.c ---- */
typedef enum
{
  KAI_ELEMENT_LINE,
  KAI_ELEMENT_BOX,
  KAI_ELEMENT_TEXT,
  KAI_ELEMENT_TABLE,
  KAI_ELEMENT_QR,
  KAI_ELEMENT_SEAL,
  KAI_ELEMENT_MARK,
} KaiElementKind;

typedef enum
{
  KAI_PAGES_ALL,
  KAI_PAGES_FIRST,
  KAI_PAGES_LAST,
  KAI_PAGES_NOT_LAST,
} KaiElementPages;

typedef enum
{
  KAI_SEAL_ROUND,
  KAI_SEAL_OVAL,
} KaiSealShape;

/* Literal text, or the name of a field where is_field. */
typedef struct
{
  gboolean is_field;
  char *text;
} KaiTextPart;

typedef struct
{
  KaiPrintColumn column;
  char *title;
  double w;
  PangoAlignment align;
} KaiTableColumn;

/* All lengths in millimetres, letter sizes in points. */
typedef struct
{
  KaiElementKind kind;
  KaiElementPages pages;
  double x, y, w, h; /* a line goes from x, y to x + w, y + h */
  double stroke;
  double red, green, blue, alpha;
  char *when; /* field that must not be empty, or NULL */
  char *font;
  double size;
  gboolean bold, wrap;
  PangoAlignment align;
  double valign; /* 0 top, 0.5 middle, 1 bottom */
  double angle;  /* degrees, of a mark */
  KaiSealShape seal;
  char *caption;    /* second line of a seal */
  GPtrArray *parts; /* KaiTextPart */
  GArray *columns;  /* KaiTableColumn, of a table */
  double row, header;
} KaiElement;

struct _KaiTemplate
{
  char *title;
  double width, height;
  GPtrArray *elements; /* KaiElement, drawn in this order */
  int rows_per_page;   /* of the table; 0 without one */
};

/* Reads a template from memory; @name stands in errors. */
KaiTemplate *kai_template_parse (const char *name, const char *xml, gsize length, GError **error);

/* ---- kai-seal.c ---- */
/* A red seal with @name around its upper half and @caption below, drawn in the box (points). */
void kai_seal_draw (cairo_t *cr, const KaiElement *element, const char *name, const char *caption);

/* ---- kai-print-job.c ---- */
/* Writes the whole PDF to @fd, which stays open; the part of kai_print_job_write_pdf that can meet a full disk. @path stands in errors only. */
gboolean kai_print_job_write_fd (KaiPrintJob *job, int fd, const char *path, int *pages,
                                 GError **error);
/* FONT when no font with Chinese characters is installed. */
gboolean kai_print_check_font (GError **error);

G_END_DECLS
