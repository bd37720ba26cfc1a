/* How fast a workbook is read: 100,000 rows of the education form, read and checked, against the floor (unpacking the
 * sheet) and against a bare parser that only counts cells, in the same run. Prints one line per measure. */
#include "import/kai-import.h"
#include "import/kai-workbook.h"

#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <string.h>
#include <sys/resource.h>
#include <zip.h>

#define ROWS 100000
#define SHEET "xl/worksheets/sheet1.xml"

static double
seconds (gint64 since)
{
  return (double)(g_get_monotonic_time () - since) / G_USEC_PER_SEC;
}

static long
peak_mb (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

static char *
make_identity (int i)
{
  static const int weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
  char text[32];
  int sum = 0, sequence = i / 1008 + 101;

  /* 200 could end in 000, which an import takes for a rounded number. */
  g_snprintf (text, sizeof text, "320684%04d%02d%02d%03d", 2009 + i % 3, 1 + i / 3 % 12,
              1 + i / 36 % 28, sequence == 200 ? 201 : sequence);
  for (int k = 0; k < 17; k++)
    sum += (text[k] - '0') * weights[k];
  text[17] = "10X98765432"[sum % 11];
  text[18] = '\0';
  return g_strdup (text);
}

static void
write_workbook (const char *path)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < ROWS; i++)
    {
      char **row = g_new0 (char *, 13);

      row[0] = g_strdup_printf ("%d", i + 1);
      row[1] = g_strdup_printf ("学生%d", i);
      row[2] = make_identity (i);
      row[3] = g_strdup ("高一");
      row[4] = g_strdup_printf ("高一(%d)班", i / 50 + 1);
      row[5] = g_strdup_printf ("S%07d", i);
      row[6] = g_strdup_printf ("139%08d", i);
      row[7] = g_strdup ("320600000001");
      row[8] = g_strdup ("学费");
      row[9] = g_strdup ("1");
      row[10] = g_strdup ("980.00");
      row[11] = g_strdup ("2026-2027-1");
      g_ptr_array_add (rows, row);
    }
  if (!kai_import_write_rows (KAI_IMPORT_EDUCATION, rows, path, &error))
    g_error ("%s", error->message);
}

/* ---- The floors ---- */

typedef gboolean (*Sink) (gpointer data, const char *bytes, int n);

static void
unpack (const char *path, Sink sink, gpointer data)
{
  zip_t *zip = zip_open (path, ZIP_RDONLY, NULL);
  zip_file_t *file = zip ? zip_fopen (zip, SHEET, 0) : NULL;
  g_autofree char *chunk = g_malloc (65536);
  zip_int64_t n;

  if (!file)
    g_error ("no sheet in %s", path);
  while ((n = zip_fread (file, chunk, 65536)) > 0 && sink (data, chunk, (int)n))
    ;
  zip_fclose (file);
  zip_discard (zip);
}

static gboolean
count_bytes (gpointer data, const char *bytes, int n)
{
  *(gint64 *)data += n;
  return TRUE;
}

static void
count_cell (void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_ns,
            const xmlChar **ns, int n, int n_defaulted, const xmlChar **attributes)
{
  if (name[0] == 'c' && name[1] == '\0')
    ++*(gint64 *)data;
}

static gboolean
push (gpointer data, const char *bytes, int n)
{
  return xmlParseChunk (data, bytes, n, 0) == 0;
}

static gint64
count_cells (const char *path)
{
  xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC, .startElementNs = count_cell };
  gint64 cells = 0;
  xmlParserCtxtPtr xml = xmlCreatePushParserCtxt (&sax, &cells, NULL, 0, NULL);

  unpack (path, push, xml);
  xmlParseChunk (xml, NULL, 0, 1);
  xmlFreeParserCtxt (xml);
  return cells;
}

static gboolean
count_row (int row, const KaiCell *cells, int n, gpointer data)
{
  *(gint64 *)data += n;
  return TRUE;
}

static KaiBaseData *
make_base (void)
{
  KaiBaseData *base = kai_base_data_new ();
  KaiItem *item = g_new0 (KaiItem, 1);

  item->code = g_strdup ("320600000001");
  item->name = g_strdup ("学费");
  item->unit_of_measure = g_strdup ("学期");
  item->bill_type = g_strdup ("");
  item->standard = KAI_STANDARD_FIXED;
  item->min = item->max = 98000;
  g_ptr_array_add (base->items, item);
  return base;
}

static double
measure_read (const char *path, double floor, double bare)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiWorkbook) workbook = NULL;
  gint64 start = g_get_monotonic_time (), cells = 0;
  double took;

  workbook = kai_workbook_open (path, &error);
  if (!workbook || !kai_workbook_read (workbook, 0, count_row, &cells, NULL, &error))
    g_error ("%s", error->message);
  took = seconds (start);
  g_print ("read       %6.3f s  %8.0f rows/s  %" G_GINT64_FORMAT
           " cells  %4.1f x unpack  %4.2f x bare parser  peak %ld MB\n",
           took, ROWS / took, cells, took / floor, took / bare, peak_mb ());
  return took;
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = g_dir_make_tmp ("kaipiao-bench-XXXXXX", NULL);
  g_autofree char *path = argc > 1 ? g_strdup (argv[1]) : g_build_filename (dir, "b.xlsx", NULL);
  g_autoptr (KaiBaseData) base = make_base ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiImport) import = NULL;
  double floor, bare, took;
  gint64 start, n = 0;

  if (argc > 2) /* FILE --write: so that the memory of writing does not count */
    {
      write_workbook (path);
      return 0;
    }
  if (argc == 1)
    {
      char *child[] = { argv[0], path, (char *)"--write", NULL };

      if (!g_spawn_sync (NULL, child, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, NULL, &error))
        g_error ("%s", error->message);
    }
  start = g_get_monotonic_time ();
  unpack (path, count_bytes, &n);
  floor = seconds (start);
  g_print ("unpack     %6.3f s  %" G_GINT64_FORMAT " bytes (floor)\n", floor, n);
  start = g_get_monotonic_time ();
  n = count_cells (path);
  bare = seconds (start);
  g_print ("bare count %6.3f s  %" G_GINT64_FORMAT " cells\n", bare, n);
  measure_read (path, floor, bare);
  start = g_get_monotonic_time ();
  import = kai_import_read (path, -1, 0, base, NULL, &error);
  if (!import)
    g_error ("%s", error->message);
  took = seconds (start);
  g_print ("import     %6.3f s  %8.0f rows/s  good %d  bad %d  %4.1f x unpack  peak %ld MB\n", took,
           ROWS / took, import->good, import->bad, took / floor, peak_mb ());
  if (argc == 1)
    g_unlink (path);
  g_rmdir (dir);
  return import->good == ROWS ? 0 : 1;
}
