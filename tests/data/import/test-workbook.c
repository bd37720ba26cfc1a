/* The workbook reader: what other programs write (tests/fixtures/workbooks), what nobody should, and damage. */
#include "import/kai-workbook-private.h"
#include "kai-test.h"
#include "values/kai-error.h"

#include <string.h>
#include <xlsxwriter.h>

/* ---- What is read: "row: kind=text kind=text", kinds T N D B E, "-" for empty ---- */

static gboolean
append_row (int row, const KaiCell *cells, int n, gpointer data)
{
  static const char letters[] = "-TNDBE";
  GString *out = data;

  g_string_append_printf (out, "%d:", row);
  for (int i = 0; i < n; i++)
    if (cells[i].kind == KAI_CELL_EMPTY)
      {
        g_assert_cmpstr (cells[i].text, ==, "");
        g_string_append (out, " -");
      }
    else
      g_string_append_printf (out, " %c=%s", letters[cells[i].kind], cells[i].text);
  g_string_append_c (out, '\n');
  return TRUE;
}

typedef struct
{
  const char *file;
  int sheet;
  const char *sheet_name;
  const char *expected;
} Reads;

static const Reads reads[] = {
  { "openpyxl.xlsx", 0, "名单",
    "1: T=文字 T=数 T=日期 T=真假 T=公式\n"
    "2: T=张三 N=12.5 D=2026-09-01 B=TRUE E=#FORMULA\n"
    "3: T=李四 N=320684199003070 D=2026-09-01 08:30:15 B=FALSE\n"
    "4: - N=45000.25 D=2023-03-15 06:00:00\n"
    "5: T=并\n" },
  { "openpyxl.xlsx", 1, "藏", "3: - T=有\n" },
  { "odd-cells.xlsx", 0, "A & B",
    "2: T=plain - T=rich text\n"
    "3: N=7 T=inline T=result\n"
    "7: - B=TRUE B=FALSE E=#N/A D=2026-09-01 08:30:00 N=3.2068419900307E+17\n"
    "8: - T=a\rb_x0041_ E=#FORMULA - T=bad\n"
    "1048576: T=<last> 𠮷\n" },
  { "odd-cells.xlsx", 1, "h", "" },
  { "dates-1900.xlsx", 0, "s",
    "1: N=46266 D=2026-09-01 D=2026-09-01 N=46266 N=46266 D=2026-09-01 D=2026-09-01 N=46266 "
    "N=46266\n"
    "2: D=1900-01-01 D=1900-02-28 N=60 D=1900-03-01 N=0.5 N=-3 D=2026-09-02 N=3000000\n" },
  { "dates-1904.xlsx", 0, "s", "1: D=1904-01-01 D=2026-09-01 12:00:00\n" },
  { "strict.xlsx", 0, "s", "1: D=2026-09-01 N=1\n" },
  { "prefixed.xlsx", 0, "s", "1: T=ok\n" },
  { "utf16.xlsx", 0, "s", "1: T=龘\n" },
  { "climbing-target.xlsx", 0, "s", "1: T=x\n" },
  { "case.xlsx", 0, "s", "1: T=x\n" },
  { "no-strings.xlsx", 0, "s", "1: N=5\n" },
  { "descriptors-zip64.xlsx", 0, "s", "1: T=x\n" },
  { "macros.xlsm", 0, "s", "1: T=x\n" },
};

static KaiWorkbook *
open_fixture (const char *file, GError **error)
{
  g_autofree char *name = g_build_filename ("workbooks", file, NULL);
  g_autofree char *path = kai_test_fixture (name);

  return kai_workbook_open (path, error);
}

static void
test_reads (gconstpointer data)
{
  const Reads *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiWorkbook) workbook = open_fixture (row->file, &error);
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_no_error (error);
  g_assert_cmpstr (kai_workbook_get_sheet_name (workbook, row->sheet), ==, row->sheet_name);
  g_assert_cmpuint (strlen (kai_workbook_get_hash (workbook)), ==, 64);
  /* Twice: strings and styles are loaded once. */
  for (int i = 0; i < 2; i++)
    {
      g_string_truncate (out, 0);
      g_assert_true (kai_workbook_read (workbook, row->sheet, append_row, out, NULL, &error));
      g_assert_cmpstr (out->str, ==, row->expected);
    }
}

/* ---- What is refused ---- */

static gboolean
ignore_row (int row, const KaiCell *cells, int n, gpointer data)
{
  return TRUE;
}

/* Opens and reads every sheet; the error if anything is wrong. */
static gboolean
try_bytes (GBytes *bytes, GError **error)
{
  g_autoptr (KaiWorkbook) workbook = kai_workbook_open_bytes (bytes, error);

  for (int i = 0; workbook && i < kai_workbook_get_n_sheets (workbook); i++)
    if (!kai_workbook_read (workbook, i, ignore_row, NULL, NULL, error))
      return FALSE;
  return workbook != NULL;
}

static void
assert_sentence (const GError *error)
{
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_UNREADABLE);
  g_assert_cmpuint (strlen (error->message), >, 20);
  g_assert_true (g_str_has_suffix (error->message, "."));
}

typedef struct
{
  const char *file;
  const char *word; /* in the sentence */
} Refused;

static const Refused refused[] = {
  { "bad-entities.xlsx", "document type" },
  { "bad-external.xlsx", "document type" },
  { "bad-undefined-entity.xlsx", "damaged" },
  { "bad-path.xlsx", "damaged" },
  { "bad-url.xlsx", "damaged" },
  { "bad-main-path.xlsx", "not a workbook" },
  { "bad-missing-part.xlsx", "missing" },
  { "bad-no-sheets.xlsx", "no sheet" },
  { "bad-row-order.xlsx", "damaged" },
  { "bad-row-number.xlsx", "damaged" },
  { "bad-cell-twice.xlsx", "damaged" },
  { "bad-cell-row.xlsx", "damaged" },
  { "bad-column.xlsx", "damaged" },
  { "bad-wide.xlsx", "512" },
  { "bad-string-index.xlsx", "damaged" },
  { "bad-xml.xlsx", "damaged" },
};

static GBytes *
load_fixture (const char *file)
{
  g_autofree char *name = g_build_filename ("workbooks", file, NULL);
  g_autofree char *path = kai_test_fixture (name);
  g_autoptr (GError) error = NULL;
  char *bytes;
  gsize length;

  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (bytes, length);
}

static void
test_refused (gconstpointer data)
{
  const Refused *row = data;
  g_autoptr (GBytes) bytes = load_fixture (row->file);
  g_autoptr (GError) error = NULL;

  g_assert_false (try_bytes (bytes, &error));
  assert_sentence (error);
  g_assert_nonnull (strstr (error->message, row->word));
}

/* Files of another kind under the name of a workbook. */
static const struct
{
  const char *bytes;
  gsize length; /* 0 = strlen */
  const char *word;
} others[] = {
  { "", 0, "empty" },
  { "<html><body><p>no list</p>", 0, "HTML" },
  { "\n <!DOCTYPE HTML><p>", 0, "HTML" },
  { "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"/>", 0,
    "no sheet" },
  { "<?xml version=\"1.0\"?><feed/>", 0, "XML" },
  { "MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", 0, "MHTML" },
  { " \r\n\t\n", 0, "empty" },
  { "a,b\n\x01\x02,c\n", 0, "damaged" },
  { "a,\"b\nc,d\n", 0, "quotation" },
  { "%PDF-1.7\n", 0, "PDF" },
  { "<?xml version=\"1.0\"?><office:document "
    "xmlns:office=\"urn:oasis:names:tc:opendocument\"><table/>",
    0, "OpenDocument" },
  { "ID;PSCALC3\r\nC;X1;Y1;K\"a\"\r\n", 0, "SYLK" },
  { "TABLE\r\n0,1\r\n\"EXCEL\"\r\n", 0, "DIF" },
  { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 W\0o\0r\0k\0b\0o\0o\0k\0", 25, ".xls" },
  { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 W\0o\0r\0k\0", 17, "damaged" },
  { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1  E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", 42,
    "password" },
  { "\x09\x08\x10\0\0\x06\x05\0", 8, ".xls" },
  { "\x89PNG\0\0", 6, "not a workbook" },
  { "PK\3\4", 0, "damaged" },
  { "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22, "zip" },
};

static void
test_others (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      gsize length = others[i].length ? others[i].length : strlen (others[i].bytes);
      g_autoptr (GBytes) bytes = g_bytes_new (others[i].bytes, length);
      g_autoptr (GError) error = NULL;

      if (try_bytes (bytes, &error))
        g_error ("row %d was read", (int)i);
      assert_sentence (error);
      if (!strstr (error->message, others[i].word))
        g_error ("row %d: “%s” has no “%s”", (int)i, error->message, others[i].word);
    }
}

static void
test_no_file (void)
{
  static const char *const paths[] = { "/nowhere/list.xlsx", "/", "/dev/null" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (kai_workbook_open (paths[i], &error));
      assert_sentence (error);
    }
}

/* Cut off anywhere, and with single bytes changed: a sentence or a correct reading, never a crash. */
static void
test_truncated (void)
{
  static const char *const files[] = { "openpyxl.xlsx", "odd-cells.xlsx" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GBytes) whole = load_fixture (files[i]);
      gsize length = g_bytes_get_size (whole);

      g_assert_true (try_bytes (whole, NULL));
      for (gsize cut = 3; cut < length; cut += cut < 64 || cut + 64 > length ? 1 : 7)
        {
          g_autoptr (GBytes) part = g_bytes_new_from_bytes (whole, 0, cut);
          g_autoptr (GError) error = NULL;

          g_assert_false (try_bytes (part, &error));
          assert_sentence (error);
        }
    }
}

static void
test_flipped (void)
{
  g_autoptr (GBytes) whole = load_fixture ("odd-cells.xlsx");
  gsize length;
  const guint8 *start = g_bytes_get_data (whole, &length);

  for (gsize at = 0; at < length; at++)
    {
      g_autofree guint8 *copy = g_memdup2 (start, length);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;

      copy[at] ^= 1u << (at % 8);
      bytes = g_bytes_new_static (copy, length);
      if (!try_bytes (bytes, &error))
        assert_sentence (error);
    }
}

/* libfreexl may crash or loop over such files: in its own process, and here it is a sentence. */
static void
test_damaged_xls (void)
{
  static const char *const files[] = { "written/gnumeric.xls", "written/libreoffice.xls" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GBytes) whole = load_fixture (files[i]);
      gsize length;
      const guint8 *start = g_bytes_get_data (whole, &length);

      for (gsize at = 0; at < length; at += 97)
        {
          g_autofree guint8 *copy = g_memdup2 (start, length);
          g_autoptr (GBytes) changed = NULL, cut = NULL;
          g_autoptr (GError) error = NULL;

          copy[at] ^= 0xff;
          changed = g_bytes_new_static (copy, length);
          if (!try_bytes (changed, &error))
            assert_sentence (error);
          g_clear_error (&error);
          cut = g_bytes_new_from_bytes (whole, 0, at);
          if (at >= 3 && !try_bytes (cut, &error))
            assert_sentence (error);
        }
    }
}

static void
test_note (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiWorkbook) macros = open_fixture ("macros.xlsm", &error);
  g_autoptr (KaiWorkbook) plain = open_fixture ("case.xlsx", &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (kai_workbook_get_note (macros), "macros"));
  g_assert_cmpstr (kai_workbook_get_note (plain), ==, "");
}

/* ---- Too much ---- */

/* The names of the parts under @folder as @slash separates them; @target is what the sheet is called where it is pointed at. */
static GBytes *
pack_as (const char *sheet, gsize length, const char *slash, const char *target,
         const char *sheet_name)
{
  static const char package[] =
      "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
      "<Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"w.xml\"/></Relationships>";
  static const char book[] =
      "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" "
      "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">"
      "<sheets><sheet name=\"s\" r:id=\"a\"/></sheets></workbook>";
  g_autofree char *book_relationships = g_strdup_printf (
      "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
      "<Relationship Id=\"a\" Type=\"x/worksheet\" Target=\"%s\"/></Relationships>",
      target);
  const struct
  {
    const char *name, *content;
    gsize length;
  } parts[] = { { "_rels/.rels", package, sizeof package - 1 },
                { "_rels/w.xml.rels", book_relationships, strlen (book_relationships) },
                { "w.xml", book, sizeof book - 1 },
                { sheet_name, sheet, length } };
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "made.xlsx", NULL);
  zip_t *zip = zip_open (path, ZIP_CREATE, NULL);
  char *bytes;

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *name = g_strdelimit (g_strdup (parts[i].name), "/", *slash);

      g_assert_cmpint (zip_file_add (zip, name,
                                     zip_source_buffer (zip, parts[i].content, parts[i].length, 0),
                                     0),
                       >=, 0);
    }
  g_assert_cmpint (zip_close (zip), ==, 0);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return g_bytes_new_take (bytes, length);
}

static GBytes *
pack (const char *sheet, gsize length)
{
  return pack_as (sheet, length, "/", "s.xml", "s.xml");
}

#define SHEET_START                                                                                \
  "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>"
#define CELL_START "<row><c t=\"inlineStr\"><is><t>"
#define SHEET_END "</t></is></c></row></sheetData></worksheet>"

/* What other programs than the known ones write around a sheet. */
static void
test_packages (void)
{
  static const char sheet[] =
      SHEET_START "<row r=\"2\"><c r=\"b2\" t=\"inlineStr\"><is><t>x" SHEET_END;
  static const struct
  {
    const char *slash, *target, *name;
    gboolean read;
  } packages[] = {
    { "/", "s.xml", "s.xml", TRUE },         { "\\", "t/s.xml", "t/s.xml", TRUE },
    { "/", "/t/s.xml", "t/s.xml", TRUE },    { "/", "./t/../s.xml", "s.xml", TRUE },
    { "/", "a%20b.xml", "a b.xml", TRUE },   { "/", "T/S.XML", "t/s.xml", TRUE },
    { "/", "%2e%2e/s.xml", "s.xml", FALSE }, { "/", "a%5cb.xml", "a/b.xml", FALSE },
    { "/", "a%2fs.xml", "a/s.xml", FALSE },  { "/", "x:s.xml", "s.xml", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (packages); i++)
    {
      g_autoptr (GBytes) bytes = pack_as (sheet, sizeof sheet - 1, packages[i].slash,
                                          packages[i].target, packages[i].name);
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiWorkbook) workbook = kai_workbook_open_bytes (bytes, &error);
      g_autoptr (GString) out = g_string_new (NULL);

      g_test_message ("package %d", (int)i);
      if (workbook)
        kai_workbook_read (workbook, 0, append_row, out, NULL, &error);
      g_assert_true ((error == NULL) == packages[i].read);
      g_assert_cmpstr (out->str, ==, packages[i].read ? "2: - T=x\n" : "");
    }
}

static void
test_bomb (void)
{
  g_autoptr (GString) sheet = g_string_new (SHEET_START);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize start = sheet->len;

  g_string_set_size (sheet, start + (40 << 20));
  memset (sheet->str + start, ' ', 40 << 20);
  g_string_append (sheet, "</sheetData></worksheet>");
  bytes = pack (sheet->str, sheet->len);
  g_assert_cmpuint (g_bytes_get_size (bytes), <, 200 * 1024);
  g_assert_false (try_bytes (bytes, &error));
  assert_sentence (error);
  g_assert_nonnull (strstr (error->message, "unpacks"));
}

/* 32,767 characters are a cell, one more is not; a megabyte is stopped early. */
static void
test_huge_cell (void)
{
  static const struct
  {
    const char *character;
    int n;
    gboolean ok;
  } rows[] = { { "x", 32767, TRUE },
               { "x", 32768, FALSE },
               { "龘", 32767, TRUE },
               { "龘", 32768, FALSE },
               { "x", 1 << 20, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GString) sheet = g_string_new (SHEET_START CELL_START);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;

      for (int k = 0; k < rows[i].n; k++)
        g_string_append (sheet, rows[i].character);
      g_string_append (sheet, SHEET_END);
      bytes = pack (sheet->str, sheet->len);
      g_assert_cmpint (try_bytes (bytes, &error), ==, rows[i].ok);
      if (!rows[i].ok)
        {
          assert_sentence (error);
          g_assert_nonnull (strstr (error->message, "32,767"));
        }
    }
}

/* ---- The rest of the contract ---- */

static gboolean
stop_at_first (int row, const KaiCell *cells, int n, gpointer data)
{
  ++*(int *)data;
  return FALSE;
}

static void
test_stop_and_cancel (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiWorkbook) workbook = open_fixture ("openpyxl.xlsx", &error);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  int rows = 0;

  g_assert_no_error (error);
  g_assert_true (kai_workbook_read (workbook, 0, stop_at_first, &rows, NULL, &error));
  g_assert_cmpint (rows, ==, 1);
  g_cancellable_cancel (cancellable);
  g_assert_false (kai_workbook_read (workbook, 0, stop_at_first, &rows, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (rows, ==, 1);
}

/* What libxlsxwriter writes, in both its modes. */
static void
test_libxlsxwriter (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "lxw.xlsx", NULL);

  for (int constant_memory = 0; constant_memory < 2; constant_memory++)
    {
      lxw_workbook_options options = { .constant_memory = constant_memory };
      lxw_workbook *out = workbook_new_opt (path, &options);
      lxw_worksheet *sheet = workbook_add_worksheet (out, "表");
      lxw_format *format = workbook_add_format (out);
      lxw_datetime day = { 2026, 9, 1, 0, 0, 0 };
      g_autoptr (KaiWorkbook) workbook = NULL;
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GError) error = NULL;

      format_set_num_format (format, "yyyy-mm-dd");
      worksheet_write_string (sheet, 0, 0, "  <甲>& ", NULL);
      worksheet_write_number (sheet, 0, 2, 980.5, NULL);
      worksheet_write_datetime (sheet, 1, 1, &day, format);
      worksheet_write_boolean (sheet, 1, 3, 1, NULL);
      worksheet_write_formula_num (sheet, 2, 0, "=1+1", NULL, 2);
      g_assert_cmpint (workbook_close (out), ==, LXW_NO_ERROR);
      workbook = kai_workbook_open (path, &error);
      g_assert_no_error (error);
      g_assert_true (kai_workbook_read (workbook, 0, append_row, text, NULL, &error));
      g_assert_cmpstr (text->str, ==,
                       "1: T=  <甲>&  - N=980.5\n2: - D=2026-09-01 - B=TRUE\n3: N=2\n");
    }
}

static void
test_formats (void)
{
  static const struct
  {
    const char *format;
    gboolean date;
  } rows[] = { { "General", FALSE },
               { "0.00", FALSE },
               { "@", FALSE },
               { "yyyy-mm-dd", TRUE },
               { "YYYY/M/D H:MM", TRUE },
               { "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", TRUE },
               { "\"day\"0", FALSE },
               { "0\\d", FALSE },
               { "_d0", FALSE },
               { "[Red]0.00", FALSE },
               { "h:mm:ss", FALSE },
               { "[h]:mm", FALSE },
               { "0;yyyy", FALSE },
               { "\"open", FALSE },
               { "[open", FALSE },
               { "0\\", FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (kai_workbook_format_is_date (rows[i].format) != rows[i].date)
      g_error ("format %s", rows[i].format);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (reads); i++)
    {
      g_autofree char *name =
          g_strdup_printf ("/workbook/reads/%s/%d", reads[i].file, reads[i].sheet);

      g_test_add_data_func (name, &reads[i], test_reads);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *name = g_strdup_printf ("/workbook/refused/%s", refused[i].file);

      g_test_add_data_func (name, &refused[i], test_refused);
    }
  g_test_add_func ("/workbook/others", test_others);
  g_test_add_func ("/workbook/no-file", test_no_file);
  g_test_add_func ("/workbook/truncated", test_truncated);
  g_test_add_func ("/workbook/flipped", test_flipped);
  g_test_add_func ("/workbook/damaged-xls", test_damaged_xls);
  g_test_add_func ("/workbook/note", test_note);
  g_test_add_func ("/workbook/packages", test_packages);
  g_test_add_func ("/workbook/bomb", test_bomb);
  g_test_add_func ("/workbook/huge-cell", test_huge_cell);
  g_test_add_func ("/workbook/stop-and-cancel", test_stop_and_cancel);
  g_test_add_func ("/workbook/libxlsxwriter", test_libxlsxwriter);
  g_test_add_func ("/workbook/formats", test_formats);
  return g_test_run ();
}
