/* Opens an .xlsx: the zip and its limits, the way from the package to its sheets, the file's hash.
 * The whole file is read into memory first, so that hash and content are those of one moment. */
#include "import/kai-workbook-private.h"

#include "values/kai-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE (256 * 1024) /* bytes, from which on a thread of its own is worth while */

/* ---- Relationships: id or type → part ---- */

typedef struct
{
  char *id;
  char *type; /* last component: "worksheet", "officeDocument" */
  char *part; /* path in the zip, "" when it points out of the file or is malformed */
} Relationship;

typedef struct
{
  const char *folder; /* that targets are relative to: "xl/" or "" */
  GPtrArray *list;
} RelationshipsState;

static void
relationship_free (Relationship *relationship)
{
  g_free (relationship->id);
  g_free (relationship->type);
  g_free (relationship->part);
  g_free (relationship);
}

/* Targets are paths inside the package, relative or from its root; nothing that climbs out of it, no URLs. */
static char *
resolve_target (const char *folder, const char *target)
{
  g_auto (GStrv) steps = NULL;
  g_autofree char *path = NULL, *plain = NULL;
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  if (target && strlen (target) <= 255)
    plain = g_uri_unescape_string (target, "/\\");
  if (!plain || strpbrk (plain, ":\\"))
    return g_strdup ("");
  path = plain[0] == '/' ? g_strdup (plain + 1) : g_strconcat (folder, plain, NULL);
  steps = g_strsplit (path, "/", -1);
  for (char **step = steps; *step; step++)
    if (strcmp (*step, "..") == 0 && kept->len > 0)
      g_ptr_array_set_size (kept, (int)kept->len - 1);
    else if (**step == '\0' || strcmp (*step, "..") == 0)
      return g_strdup ("");
    else if (strcmp (*step, ".") != 0)
      g_ptr_array_add (kept, *step);
  g_ptr_array_add (kept, NULL);
  return g_strjoinv ("/", (char **)kept->pdata);
}

static void
relationships_start (KaiPart *part, const char *name, const KaiAttributes *attributes)
{
  RelationshipsState *state = part->data;
  g_autofree char *target = NULL, *type = NULL, *mode = NULL;
  Relationship *relationship;

  if (strcmp (name, "Relationship") != 0)
    return;
  if (state->list->len >= KAI_WORKBOOK_MAX_ENTRIES)
    {
      kai_part_fail_damaged (part);
      return;
    }
  type = kai_attributes_dup (attributes, "Type");
  target = kai_attributes_dup (attributes, "Target");
  mode = kai_attributes_dup (attributes, "TargetMode");
  relationship = g_new0 (Relationship, 1);
  relationship->id = kai_attributes_dup (attributes, "Id");
  relationship->type = g_strdup (type && strrchr (type, '/') ? strrchr (type, '/') + 1 : "");
  relationship->part =
      g_strcmp0 (mode, "External") == 0 ? g_strdup ("") : resolve_target (state->folder, target);
  g_ptr_array_add (state->list, relationship);
}

/* Relationships of @part ("" = of the package). */
static GPtrArray *
load_relationships (KaiWorkbook *workbook, const char *part, GError **error)
{
  static const KaiPartHandlers handlers = { relationships_start, NULL, NULL };
  const char *slash = strrchr (part, '/');
  g_autofree char *folder = g_strndup (part, slash ? slash + 1 - part : 0);
  g_autofree char *name = g_strconcat (folder, "_rels/", part + strlen (folder), ".rels", NULL);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)relationship_free);
  RelationshipsState state = { folder, list };

  if (!kai_workbook_parse_part (workbook, name, &handlers, &state, NULL, error))
    return NULL;
  return g_steal_pointer (&list);
}

static const char *
part_by_type (GPtrArray *relationships, const char *type)
{
  for (guint i = 0; i < relationships->len; i++)
    {
      const Relationship *relationship = relationships->pdata[i];

      if (strcmp (relationship->type, type) == 0)
        return relationship->part;
    }
  return NULL;
}

static const Relationship *
relationship_by_id (GPtrArray *relationships, const char *id)
{
  for (guint i = 0; id && i < relationships->len; i++)
    {
      const Relationship *relationship = relationships->pdata[i];

      if (g_strcmp0 (relationship->id, id) == 0)
        return relationship;
    }
  return NULL;
}

/* ---- workbook.xml: the sheets in the order of their tabs, and the epoch ---- */

typedef struct
{
  KaiWorkbook *workbook;
  GPtrArray *relationships;
} WorkbookState;

static void
sheet_free (KaiSheet *sheet)
{
  g_free (sheet->name);
  g_free (sheet->part);
  g_free (sheet);
}

KaiSheet *
kai_workbook_add_sheet (KaiWorkbook *workbook, const char *name, const char *part, gboolean hidden)
{
  KaiSheet *sheet = g_new0 (KaiSheet, 1);

  sheet->name = g_strdup (name ? name : "");
  sheet->part = g_strdup (part);
  sheet->hidden = hidden;
  g_ptr_array_add (workbook->sheets, sheet);
  return sheet;
}

static void
workbook_start (KaiPart *part, const char *name, const KaiAttributes *attributes)
{
  WorkbookState *state = part->data;
  g_autofree char *id = NULL;
  g_autofree char *title = NULL, *shown = NULL;
  const Relationship *target;

  if (strcmp (name, "workbookPr") == 0)
    state->workbook->date_1904 = kai_attributes_true (attributes, "date1904");
  if (strcmp (name, "sheet") != 0)
    return;
  id = kai_attributes_dup_relationship (attributes);
  target = relationship_by_id (state->relationships, id);
  /* Chart and macro sheets hold no rows. */
  if (target && (strcmp (target->type, "chartsheet") == 0 || strstr (target->type, "acrosheet")))
    return;
  if (!target || strcmp (target->type, "worksheet") != 0 || target->part[0] == '\0'
      || state->workbook->sheets->len >= KAI_WORKBOOK_MAX_SHEETS)
    {
      kai_part_fail_damaged (part);
      return;
    }
  title = kai_attributes_dup (attributes, "name");
  shown = kai_attributes_dup (attributes, "state");
  kai_workbook_add_sheet (state->workbook, title, target->part,
                          shown && strcmp (shown, "visible") != 0);
}

static gboolean
load_sheets (KaiWorkbook *workbook, GError **error)
{
  static const KaiPartHandlers handlers = { workbook_start, NULL, NULL };
  g_autoptr (GPtrArray) package = load_relationships (workbook, "", error);
  g_autoptr (GPtrArray) relationships = NULL;
  WorkbookState state = { .workbook = workbook };
  const char *main_part;

  if (!package)
    return FALSE;
  main_part = part_by_type (package, "officeDocument");
  if (!main_part || !*main_part)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is not a workbook: nothing in it says where its sheets are. "
                             "Save the list as .xlsx in a spreadsheet program and try again."));
  relationships = load_relationships (workbook, main_part, error);
  if (!relationships)
    return FALSE;
  if (part_by_type (relationships, "vbaProject"))
    workbook->note = g_strdup (_ ("The workbook holds macros. They were not run."));
  state.relationships = relationships;
  if (!kai_workbook_parse_part (workbook, main_part, &handlers, &state, NULL, error))
    return FALSE;
  if (workbook->sheets->len == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The workbook has no sheet with cells. Choose the file that holds the "
                             "list."));
  /* A workbook without text or styles has no such part; one that points outside has none either. */
  workbook->strings_part = g_strdup (part_by_type (relationships, "sharedStrings"));
  workbook->styles_part = g_strdup (part_by_type (relationships, "styles"));
  return TRUE;
}

/* ---- The zip ---- */

static gboolean
has_entry (zip_t *zip, const char *name)
{
  return kai_workbook_locate_part (zip, name) >= 0;
}

gboolean
kai_workbook_fail_opendocument (GError **error)
{
  return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                        _ ("The file is an OpenDocument file (.ods). Open it in a spreadsheet "
                           "program, save it as .xlsx and try again."));
}

/* A zip, but another program's. */
static gboolean
check_is_workbook (zip_t *zip, GError **error)
{
  if (has_entry (zip, "xl/workbook.bin"))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is a binary workbook (.xlsb). Open it in a spreadsheet "
                             "program, save it as .xlsx and try again."));
  if (has_entry (zip, "content.xml") && has_entry (zip, "mimetype"))
    return kai_workbook_fail_opendocument (error);
  if (has_entry (zip, "Index/Document.iwa") || has_entry (zip, "Index.zip"))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file was made by Apple Numbers. Export it there as an Excel "
                             "workbook (.xlsx) and choose that file."));
  if (has_entry (zip, "word/document.xml") || has_entry (zip, "ppt/presentation.xml"))
    return kai_data_fail (
        error, KAI_DATA_ERROR_UNREADABLE,
        _ ("The file is a text document or a presentation and not a workbook. Copy "
           "the list into a spreadsheet and save that as .xlsx."));
  if (!has_entry (zip, "_rels/.rels"))
    return kai_data_fail (
        error, KAI_DATA_ERROR_UNREADABLE,
        _ ("The file is a zip archive and not a workbook. Unpack it and choose the "
           "workbook in it."));
  return TRUE;
}

static gboolean
check_entries (zip_t *zip, GError **error)
{
  zip_int64_t n = zip_get_num_entries (zip, 0);
  zip_uint64_t total = 0;

  if (n > KAI_WORKBOOK_MAX_ENTRIES)
    return kai_data_fail (
        error, KAI_DATA_ERROR_UNREADABLE,
        _ ("The workbook has more parts than any list needs and was refused. Copy "
           "the rows into a new workbook."));
  for (zip_int64_t i = 0; i < n; i++)
    {
      zip_stat_t stat;

      if (zip_stat_index (zip, (zip_uint64_t)i, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE))
        return kai_data_fail (
            error, KAI_DATA_ERROR_UNREADABLE,
            _ ("The workbook is damaged: its list of parts cannot be read. Get the "
               "file anew and try again."));
      if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
        return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                              _ ("The file is an archive with a password. Unpack it and choose the "
                                 "workbook in it."));
      if (stat.size > (zip_uint64_t)KAI_WORKBOOK_MAX_TOTAL
          || (total += stat.size) > (zip_uint64_t)KAI_WORKBOOK_MAX_TOTAL)
        return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                              _ ("The workbook unpacks to far more than a list can hold and was "
                                 "refused. Copy the rows into a new workbook."));
    }
  return TRUE;
}

static gboolean
open_zip (KaiWorkbook *workbook, GError **error)
{
  gsize length;
  const void *bytes = g_bytes_get_data (workbook->bytes, &length);
  zip_source_t *source = zip_source_buffer_create (bytes, length, 0, NULL);

  if (source)
    workbook->zip = zip_open_from_source (source, ZIP_RDONLY, NULL);
  if (!workbook->zip)
    {
      zip_source_free (source);
      return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                            _ ("The workbook is damaged or was not copied completely. Get the file "
                               "anew and try again."));
    }
  return check_entries (workbook->zip, error) && check_is_workbook (workbook->zip, error);
}

char *
kai_workbook_hash (const void *bytes, gsize length)
{
  static const char digits[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int n = 0;
  char *text;

  if (EVP_Digest (bytes, length, digest, &n, EVP_sm3 (), NULL) != 1)
    return NULL;
  text = g_malloc (2 * n + 1);
  for (unsigned int i = 0; i < n; i++)
    {
      text[2 * i] = digits[digest[i] >> 4];
      text[2 * i + 1] = digits[digest[i] & 15];
    }
  text[2 * n] = '\0';
  return text;
}

/* ---- Open and close ---- */

static gboolean
fail_too_large (GError **error)
{
  return kai_data_fail (
      error, KAI_DATA_ERROR_UNREADABLE,
      _ ("The file is larger than %d MB, more than a list needs. Copy the rows into "
         "a new workbook and try again."),
      KAI_WORKBOOK_MAX_FILE >> 20);
}

static gboolean
fail_file (const char *path, int saved_errno, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);

  if (saved_errno == EISDIR)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("“%s” is a folder. Choose the workbook in it."), name);
  if (saved_errno == ENOENT)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("There is no file “%s”. Check its name and folder, or whether it was "
                             "moved."),
                          name);
  if (saved_errno == EACCES)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("You may not read the file “%s”. Ask whoever it belongs to, or copy "
                             "it to a folder of your own."),
                          name);
  if (saved_errno == EINVAL)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("“%s” is a device or a pipe and not a file. Choose a workbook."),
                          name);
  return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                        _ ("The file “%s” cannot be read: %s. Check its name and whether you may "
                           "open it."),
                        name, g_strerror (saved_errno));
}

/* Whole regular files only: a pipe or device would block or never end. */
static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *chunk = g_malloc (1 << 16);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info;
  gssize n = -1;
  int saved_errno = errno;

  if (fd < 0)
    {
      fail_file (path, saved_errno, error);
      return NULL;
    }
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    saved_errno = S_ISDIR (info.st_mode) ? EISDIR : EINVAL;
  else
    do
      {
        n = read (fd, chunk, 1 << 16);
        saved_errno = errno;
        if (n > 0)
          g_byte_array_append (bytes, chunk, (guint)n);
      }
    while (bytes->len <= KAI_WORKBOOK_MAX_FILE && (n > 0 || (n < 0 && saved_errno == EINTR)));
  close (fd);
  if (n < 0)
    fail_file (path, saved_errno, error);
  else if (bytes->len > KAI_WORKBOOK_MAX_FILE)
    fail_too_large (error);
  else
    return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  return NULL;
}

KaiWorkbook *
kai_workbook_new_bare (void)
{
  KaiWorkbook *workbook = g_new0 (KaiWorkbook, 1);

  workbook->sheets = g_ptr_array_new_with_free_func ((GDestroyNotify)sheet_free);
  workbook->strings.text = g_string_new (NULL);
  workbook->strings.offsets = g_array_new (FALSE, FALSE, sizeof (guint32));
  workbook->styles = g_byte_array_new ();
  workbook->merges = g_array_new (FALSE, FALSE, sizeof (KaiMerge));
  return workbook;
}

static gboolean
open_xlsx (KaiWorkbook *workbook, GError **error)
{
  workbook->reader = kai_workbook_read_xlsx;
  return open_zip (workbook, error) && load_sheets (workbook, error);
}

static gboolean
open_format (KaiWorkbook *workbook, GError **error)
{
  switch (workbook->format)
    {
    case KAI_WORKBOOK_XLSX:
      return open_xlsx (workbook, error);
    case KAI_WORKBOOK_XLS:
      return kai_workbook_open_xls (workbook, error);
    case KAI_WORKBOOK_TEXT:
      return kai_workbook_open_text (workbook, error);
    case KAI_WORKBOOK_HTML:
      return kai_workbook_open_html (workbook, error);
    case KAI_WORKBOOK_SHEETML:
    default:
      return kai_workbook_open_sheetml (workbook, error);
    }
}

KaiWorkbook *
kai_workbook_open_bytes (GBytes *bytes, GError **error)
{
  g_autoptr (KaiWorkbook) workbook = kai_workbook_new_bare ();
  gsize length;
  const char *start = g_bytes_get_data (bytes, &length);

  workbook->bytes = g_bytes_ref (bytes);
  if (length > KAI_WORKBOOK_MAX_FILE)
    {
      fail_too_large (error);
      return NULL;
    }
  if (!kai_workbook_sniff (start, length, &workbook->format, error)
      || !open_format (workbook, error))
    return NULL;
  workbook->hash = kai_workbook_hash (start, length);
  if (!workbook->hash)
    {
      kai_data_fail (error, KAI_DATA_ERROR_IO,
                     _ ("The hash function SM3 is missing from this system's OpenSSL. Install the "
                        "package libssl3 of the distribution."));
      return NULL;
    }
  return g_steal_pointer (&workbook);
}

KaiWorkbook *
kai_workbook_open (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (path, error);

  return bytes ? kai_workbook_open_bytes (bytes, error) : NULL;
}

void
kai_workbook_close (KaiWorkbook *workbook)
{
  if (!workbook)
    return;
  if (workbook->zip)
    zip_discard (workbook->zip);
  g_clear_pointer (&workbook->bytes, g_bytes_unref);
  g_ptr_array_unref (workbook->sheets);
  g_string_free (workbook->strings.text, TRUE);
  g_array_unref (workbook->strings.offsets);
  g_byte_array_unref (workbook->styles);
  g_array_unref (workbook->merges);
  if (workbook->backend)
    workbook->backend_free (workbook->backend);
  g_free (workbook->note);
  g_free (workbook->strings_part);
  g_free (workbook->styles_part);
  g_free (workbook->hash);
  g_free (workbook);
}

int
kai_workbook_get_n_sheets (KaiWorkbook *workbook)
{
  return (int)workbook->sheets->len;
}

const char *
kai_workbook_get_sheet_name (KaiWorkbook *workbook, int sheet)
{
  g_return_val_if_fail (sheet >= 0 && (guint)sheet < workbook->sheets->len, NULL);
  return ((KaiSheet *)workbook->sheets->pdata[sheet])->name;
}

const char *
kai_workbook_get_hash (KaiWorkbook *workbook)
{
  return workbook->hash;
}

KaiWorkbookFormat
kai_workbook_get_format (KaiWorkbook *workbook)
{
  return workbook->format;
}

const char *
kai_workbook_get_note (KaiWorkbook *workbook)
{
  return workbook->note ? workbook->note : "";
}

gboolean
kai_workbook_is_sheet_hidden (KaiWorkbook *workbook, int sheet)
{
  g_return_val_if_fail (sheet >= 0 && (guint)sheet < workbook->sheets->len, FALSE);
  return ((KaiSheet *)workbook->sheets->pdata[sheet])->hidden;
}

gboolean
kai_workbook_is_row_hidden (KaiWorkbook *workbook)
{
  return workbook->row_hidden;
}

const KaiMerge *
kai_workbook_get_merges (KaiWorkbook *workbook, int *n)
{
  *n = (int)workbook->merges->len;
  return (const KaiMerge *)workbook->merges->data;
}

double
kai_workbook_get_progress (KaiWorkbook *workbook)
{
  return g_atomic_int_get (&workbook->progress) / 1000.0;
}

gboolean
kai_workbook_read (KaiWorkbook *workbook, int sheet, KaiRowFunc func, gpointer data,
                   GCancellable *cancellable, GError **error)
{
  gboolean large;

  g_return_val_if_fail (sheet >= 0 && (guint)sheet < workbook->sheets->len, FALSE);
  large = g_bytes_get_size (workbook->bytes) > LARGE;
  return kai_rows_run (workbook, sheet, large, func, data, cancellable, error);
}

char *
kai_cell_dup_display (const KaiCell *cell)
{
  char shown[G_ASCII_DTOSTR_BUF_SIZE];
  double value;

  if (cell->kind != KAI_CELL_NUMBER)
    return g_strdup (cell->text);
  value = g_ascii_strtod (cell->text, NULL);
  if (cell->whole_digits > 0 && value >= 0 && value < 1e15)
    {
      g_autofree char *zeros = NULL;

      g_ascii_formatd (shown, sizeof shown, "%.0f", value);
      zeros = g_strnfill (MAX (0, cell->whole_digits - (int)strlen (shown)), '0');
      return g_strconcat (zeros, shown, NULL);
    }
  if (value > -1e11 && value < 1e11)
    return g_strdup (g_ascii_formatd (shown, sizeof shown, "%.11g", value));
  return g_strdup (g_ascii_formatd (shown, sizeof shown, "%.5E", value));
}
