#pragma once

#include "import/kai-workbook.h"

#include <libxml/parser.h>
#include <zip.h>

G_BEGIN_DECLS

/* What the files of the workbook reader share. A workbook is a zip of XML parts; each part goes through one push
 * parser (kai-workbook-part.c) into the handlers of the strings, the styles or a sheet. */

#define KAI_WORKBOOK_MAX_FILE (128 * 1024 * 1024)               /* bytes of the .xlsx */
#define KAI_WORKBOOK_MAX_ENTRIES 10000                          /* parts in the zip */
#define KAI_WORKBOOK_MAX_PART (G_GINT64_CONSTANT (768) << 20)   /* bytes of one part, unpacked */
#define KAI_WORKBOOK_MAX_TOTAL (G_GINT64_CONSTANT (1536) << 20) /* bytes of all parts, unpacked */
#define KAI_WORKBOOK_MAX_RATIO 200 /* unpacked : packed, above the next line */
#define KAI_WORKBOOK_RATIO_FLOOR (8 * 1024 * 1024)
#define KAI_WORKBOOK_MAX_STRINGS (192 * 1024 * 1024) /* bytes of all shared strings */
#define KAI_WORKBOOK_MAX_SHEETS 1000
#define KAI_WORKBOOK_MAX_STYLES 65536
#define KAI_WORKBOOK_MAX_ROWS 1048576
#define KAI_WORKBOOK_MAX_COLUMNS 512     /* that may hold anything */
#define KAI_WORKBOOK_SHEET_COLUMNS 16384 /* that a sheet has */
#define KAI_WORKBOOK_MAX_TEXT 32767      /* characters in a cell */
#define KAI_WORKBOOK_MAX_MERGES 65536    /* kept; more are not told */

/* All shared strings behind one another, each with its NUL. */
typedef struct
{
  GString *text;
  GArray *offsets; /* guint32 */
} KaiStrings;

typedef struct
{
  char *name;
  char *part; /* path in the zip, or NULL */
  gboolean hidden;
} KaiSheet;
KaiSheet *kai_workbook_add_sheet (KaiWorkbook *workbook, const char *name, const char *part,
                                  gboolean hidden);

typedef struct _KaiRows KaiRows;

/* One for each kind of file: runs through the sheet and fills @rows. FALSE with @error set, or when @rows was stopped. */
typedef gboolean (*KaiSheetReader) (KaiWorkbook *workbook, int sheet, KaiRows *rows,
                                    GCancellable *cancellable, GError **error);

struct _KaiWorkbook
{
  KaiWorkbookFormat format;
  KaiSheetReader reader;
  char *note;          /* or NULL */
  GArray *merges;      /* KaiMerge, of the sheet read last */
  gboolean row_hidden; /* of the row that the callback sees */
  int progress;        /* per mille, atomic */
  gpointer backend;    /* of the kinds that are no zip */
  GDestroyNotify backend_free;
  GBytes *bytes;
  zip_t *zip;
  char *hash;
  GPtrArray *sheets;  /* KaiSheet */
  char *strings_part; /* or NULL */
  char *styles_part;  /* or NULL */
  gboolean date_1904;
  gboolean loaded; /* strings and styles */
  KaiStrings strings;
  GByteArray *styles; /* per cell style: KAI_STYLE_DATE, or digits that numbers are padded to */
};

#define KAI_STYLE_DATE 0xff

/* ---- Rows on their way to the callback (kai-workbook-rows.c) ---- */

/* Runs @reader over the sheet and hands its rows to @func in this thread, while a large sheet is read in another one. */
gboolean kai_rows_run (KaiWorkbook *workbook, int sheet, gboolean large, KaiRowFunc func,
                       gpointer data, GCancellable *cancellable, GError **error);
/* For the readers: begin a row (numbers ascend), add its cells from left to right, end it. FALSE with a sentence when a limit is passed;
 * kai_rows_end_row without one when nobody wants more rows. */
gboolean kai_rows_begin_row (KaiRows *rows, int row, gboolean hidden, GError **error);
/* @text of @length bytes, copied. */
gboolean kai_rows_add_cell (KaiRows *rows, int column, KaiCellKind kind, const char *text,
                            gsize length, GError **error);
/* @text stays where it is until the workbook is closed, and is no longer than a cell may be. */
gboolean kai_rows_add_shared (KaiRows *rows, int column, const char *text, GError **error);
/* What more is known of the cell that was added last. */
void kai_rows_set_stored (KaiRows *rows, const char *number);
void kai_rows_set_whole_digits (KaiRows *rows, int digits);
gboolean kai_rows_end_row (KaiRows *rows);
void kai_rows_add_merge (KaiRows *rows, const KaiMerge *merge);

typedef struct _KaiPart KaiPart;

/* SAX2 attributes as libxml2 hands them over. */
typedef struct
{
  const xmlChar **list;
  int n;
} KaiAttributes;

typedef struct
{
  /* Elements of the spreadsheet namespaces (and package relationships) only. */
  void (*start) (KaiPart *part, const char *name, const KaiAttributes *attributes);
  void (*end) (KaiPart *part, const char *name);
  void (*text) (KaiPart *part, const char *text, int length);
} KaiPartHandlers;

struct _KaiPart
{
  const char *name;
  const KaiPartHandlers *handlers;
  gpointer data;         /* of the handlers */
  struct _KaiScan *scan; /* one of the two */
  xmlParserCtxtPtr xml;
  const xmlChar *known; /* last namespace that was ours: libxml2 interns them */
  gboolean stopped;     /* a handler has enough */
  GError *error;        /* of a handler */
};

/* Parses a part of the zip. FALSE with UNREADABLE, or cancelled. */
gboolean kai_workbook_parse_part (KaiWorkbook *workbook, const char *name,
                                  const KaiPartHandlers *handlers, gpointer data,
                                  GCancellable *cancellable, GError **error);
/* The same for bytes in memory (fuzzing, tests). */
gboolean kai_workbook_parse_bytes (const char *bytes, gsize length, const char *name,
                                   const KaiPartHandlers *handlers, gpointer data, GError **error);
/* From a handler: stops with a sentence / without an error. */
void kai_part_fail (KaiPart *part, const char *format, ...) G_GNUC_PRINTF (2, 3);
void kai_part_fail_damaged (KaiPart *part);
void kai_part_stop (KaiPart *part);
/* Value of the attribute without a namespace, not NUL-terminated; NULL when it is not there. */
const char *kai_attributes_find (const KaiAttributes *attributes, const char *name, int *length);
char *kai_attributes_dup (const KaiAttributes *attributes,
                          const char *name); /* NULL when not there */
/* Non-negative decimal; -1 when not there, -2 when malformed or over @max. */
int kai_attributes_int (const KaiAttributes *attributes, const char *name, int max);
/* The r:id of a sheet in either flavour of the format; caller frees. */
char *kai_attributes_dup_relationship (const KaiAttributes *attributes);
gboolean kai_attributes_true (const KaiAttributes *attributes, const char *name);

/* _x000D_ and the like → the character they stand for, in place. */
void kai_workbook_decode_escapes (GString *text);

gboolean kai_workbook_load_strings (KaiWorkbook *workbook, GCancellable *cancellable,
                                    GError **error);
gboolean kai_workbook_load_styles (KaiWorkbook *workbook, GCancellable *cancellable,
                                   GError **error);
/* TRUE when a number format shows a day (1900-based numbers are then read as days). */
gboolean kai_workbook_format_is_date (const char *format);
/* How many digits "00000000" pads to; 0 when it does not. */
int kai_workbook_format_whole_digits (const char *format);
/* "yyyy-mm-dd[ HH:MM:SS]" of a serial day, FALSE when it is none (caller keeps the number). */
#define KAI_WORKBOOK_DATE_SIZE 32
gboolean kai_workbook_serial_to_date (const char *number, gboolean date_1904,
                                      char date[KAI_WORKBOOK_DATE_SIZE]);
/* Whether it is a decimal as a spreadsheet stores it: sign, digits, point, exponent. */
gboolean kai_workbook_is_decimal (const char *text);

/* The readers. */
gboolean kai_workbook_read_xlsx (KaiWorkbook *workbook, int sheet, KaiRows *rows,
                                 GCancellable *cancellable, GError **error);
/* One sheet's XML instead of the part (fuzzing). */
gboolean kai_workbook_read_sheet_xml (KaiWorkbook *workbook, GBytes *xml, KaiRowFunc func,
                                      gpointer data, GError **error);
/* The file is kept in @workbook->bytes. FALSE with a sentence. */
gboolean kai_workbook_open_text (KaiWorkbook *workbook, GError **error);
gboolean kai_workbook_open_html (KaiWorkbook *workbook, GError **error);
gboolean kai_workbook_open_sheetml (KaiWorkbook *workbook, GError **error);
gboolean kai_workbook_open_xls (KaiWorkbook *workbook, GError **error);

/* Text of unknown encoding → UTF-8: byte order marks, UTF-16 without one, UTF-8, GB18030, GBK with its euro sign. NULL with a sentence. *name =
 * of the encoding, static. Caller frees. */
char *kai_workbook_decode (const char *bytes, gsize length, gsize *out_length, const char **name,
                           GError **error);

/* Says what the bytes are. FALSE with a sentence when they are nothing that is read; an .xlsx is only known to be a zip. */
gboolean kai_workbook_sniff (const char *bytes, gsize length, KaiWorkbookFormat *format,
                             GError **error);

/* Index of a part in the zip, -1 when it is not there; also where a program has written other cases, or its own kind of slashes. */
zip_int64_t kai_workbook_locate_part (zip_t *zip, const char *name);
/* FALSE with the sentence for OpenDocument files, in a zip or in one XML file. */
gboolean kai_workbook_fail_opendocument (GError **error);

/* SM3 in hexadecimal; NULL when the system has none. Caller frees. */
char *kai_workbook_hash (const void *bytes, gsize length);

KaiWorkbook *kai_workbook_open_bytes (GBytes *bytes, GError **error);
/* Without a zip, for one sheet's XML (fuzzing). */
KaiWorkbook *kai_workbook_new_bare (void);

G_END_DECLS
