/* One XML part of a workbook through a push parser: no DTD, no entities, no network, limits on what is
 * unpacked. The handlers see only elements of the spreadsheet's own namespaces. */
#include "import/kai-workbook-private.h"

#include "import/kai-workbook-scan.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define CHUNK (64 * 1024)

/* Both flavours of ISO/IEC 29500 (transitional, strict), the package's relationships, XML Spreadsheet 2003. */
static const char *const namespaces[] = {
  "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
  "http://purl.oclc.org/ooxml/spreadsheetml/main",
  "http://schemas.openxmlformats.org/package/2006/relationships",
  "urn:schemas-microsoft-com:office:spreadsheet",
  "urn:schemas-microsoft-com:office:excel",
};

static const char *const relationship_namespaces[] = {
  "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
  "http://purl.oclc.org/ooxml/officeDocument/relationships",
};

gboolean
kai_part_wants_namespace (const char *uri)
{
  for (gsize i = 0; uri && i < G_N_ELEMENTS (namespaces); i++)
    if (strcmp (uri, namespaces[i]) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_ours (KaiPart *part, const xmlChar *uri)
{
  if (uri == part->known)
    return uri != NULL;
  if (!kai_part_wants_namespace ((const char *)uri))
    return FALSE;
  part->known = uri;
  return TRUE;
}

static void
on_start (void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
          int n_namespaces, const xmlChar **ns, int n_attributes, int n_defaulted,
          const xmlChar **attributes)
{
  KaiPart *part = data;
  KaiAttributes list = { attributes, n_attributes };

  if (!part->error && !part->stopped && is_ours (part, uri))
    part->handlers->start (part, (const char *)name, &list);
}

static void
on_end (void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
  KaiPart *part = data;

  if (!part->error && !part->stopped && part->handlers->end && is_ours (part, uri))
    part->handlers->end (part, (const char *)name);
}

static void
on_text (void *data, const xmlChar *text, int length)
{
  KaiPart *part = data;

  if (!part->error && !part->stopped && part->handlers->text)
    part->handlers->text (part, (const char *)text, length);
}

void
kai_part_fail_document_type (KaiPart *part)
{
  kai_part_fail (part, _ ("The workbook holds a document type declaration, which a spreadsheet "
                          "program never writes. It was refused for safety; get the file anew "
                          "from where it came from."));
}

static void
on_doctype (void *data, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
  kai_part_fail_document_type (data);
}

void
kai_part_fail (KaiPart *part, const char *format, ...)
{
  va_list args;

  if (part->error)
    return;
  va_start (args, format);
  part->error = g_error_new_valist (KAI_DATA_ERROR, KAI_DATA_ERROR_UNREADABLE, format, args);
  va_end (args);
  if (part->xml)
    xmlStopParser (part->xml);
}

void
kai_part_fail_damaged (KaiPart *part)
{
  kai_part_fail (
      part,
      _ ("The workbook is damaged (part “%s”). Open it in a spreadsheet program, save it "
         "as .xlsx and try again."),
      part->name);
}

void
kai_part_stop (KaiPart *part)
{
  part->stopped = TRUE;
  if (part->xml)
    xmlStopParser (part->xml);
}

const char *
kai_attributes_find (const KaiAttributes *attributes, const char *name, int *length)
{
  for (int i = 0; i < attributes->n; i++)
    {
      const xmlChar **attribute = attributes->list + 5 * i;

      if (attribute[1] == NULL && attribute[0][0] == (xmlChar)name[0]
          && strcmp ((const char *)attribute[0], name) == 0)
        {
          *length = attribute[4] - attribute[3];
          return (const char *)attribute[3];
        }
    }
  return NULL;
}

char *
kai_attributes_dup (const KaiAttributes *attributes, const char *name)
{
  int length;
  const char *value = kai_attributes_find (attributes, name, &length);

  return value ? g_strndup (value, length) : NULL;
}

int
kai_attributes_int (const KaiAttributes *attributes, const char *name, int max)
{
  int length, number = 0;
  const char *value = kai_attributes_find (attributes, name, &length);

  if (!value)
    return -1;
  if (length < 1 || length > 9)
    return -2;
  for (int i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (value[i]))
        return -2;
      number = number * 10 + (value[i] - '0');
    }
  return number <= max ? number : -2;
}

char *
kai_attributes_dup_relationship (const KaiAttributes *attributes)
{
  for (int i = 0; i < attributes->n; i++)
    {
      const xmlChar **attribute = attributes->list + 5 * i;

      if (strcmp ((const char *)attribute[0], "id") != 0 || attribute[2] == NULL)
        continue;
      for (gsize k = 0; k < G_N_ELEMENTS (relationship_namespaces); k++)
        if (strcmp ((const char *)attribute[2], relationship_namespaces[k]) == 0)
          return g_strndup ((const char *)attribute[3], attribute[4] - attribute[3]);
    }
  return NULL;
}

gboolean
kai_attributes_true (const KaiAttributes *attributes, const char *name)
{
  g_autofree char *value = kai_attributes_dup (attributes, name);

  return value && (strcmp (value, "1") == 0 || strcmp (value, "true") == 0);
}

static void
start_general (KaiPart *part)
{
  xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC,
                        .startElementNs = on_start,
                        .endElementNs = on_end,
                        .characters = on_text,
                        .cdataBlock = on_text,
                        .ignorableWhitespace = on_text,
                        .internalSubset = on_doctype };

  part->xml = xmlCreatePushParserCtxt (&sax, part, NULL, 0, NULL);
  /* NOENT: attributes come with &amp; decoded; other entities cannot exist without a DTD. */
  xmlCtxtUseOptions (part->xml,
                     XML_PARSE_NOENT | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

static gboolean
part_push (KaiPart *part, const char *bytes, int length, gboolean last)
{
  gboolean ok;

  /* The beginning decides which parser reads it. */
  if (!part->scan && !part->xml && kai_scan_can_read (bytes, (gsize)length))
    part->scan = kai_scan_new (part);
  else if (!part->scan && !part->xml)
    start_general (part);
  if (part->scan)
    ok = kai_scan_push (part->scan, bytes, (gsize)length, last);
  else
    ok = xmlParseChunk (part->xml, bytes, length, last) == 0 && (!last || part->xml->wellFormed);
  return ok && !part->error && !part->stopped;
}

/* What came of it, after the last chunk. */
static gboolean
part_finish (KaiPart *part, gboolean well_formed, GError **error)
{
  if (!part->error && !part->stopped && !well_formed)
    kai_part_fail_damaged (part);
  if (part->xml && part->xml->myDoc)
    xmlFreeDoc (part->xml->myDoc);
  if (part->xml)
    xmlFreeParserCtxt (part->xml);
  g_clear_pointer (&part->scan, kai_scan_free);
  if (part->error)
    {
      g_propagate_error (error, part->error);
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_bomb (const zip_stat_t *stat, zip_int64_t unpacked)
{
  return unpacked > KAI_WORKBOOK_MAX_PART
         || (unpacked > KAI_WORKBOOK_RATIO_FLOOR
             && unpacked / KAI_WORKBOOK_MAX_RATIO > (zip_int64_t)stat->comp_size);
}

static void
push_entry (KaiPart *part, zip_file_t *file, const zip_stat_t *stat, int *progress,
            GCancellable *cancellable)
{
  g_autofree char *chunk = g_malloc (CHUNK);
  zip_int64_t total = 0, n;

  while ((n = zip_fread (file, chunk, CHUNK)) > 0)
    {
      total += n;
      if (is_bomb (stat, total))
        {
          kai_part_fail (part,
                         _ ("The workbook unpacks to far more than a list can hold (part “%s”) and "
                            "was refused. Copy the rows into a new workbook."),
                         part->name);
          return;
        }
      g_atomic_int_set (progress, (int)(total * 1000 / MAX (total, (zip_int64_t)stat->size)));
      if (g_cancellable_set_error_if_cancelled (cancellable, &part->error)
          || !part_push (part, chunk, (int)n, FALSE))
        return;
    }
  if (n < 0)
    kai_part_fail_damaged (part);
}

zip_int64_t
kai_workbook_locate_part (zip_t *zip, const char *name)
{
  zip_int64_t index = zip_name_locate (zip, name, 0);
  g_autofree char *other = NULL;

  /* Names of parts do not differ in case. */
  if (index < 0)
    index = zip_name_locate (zip, name, ZIP_FL_NOCASE);
  if (index >= 0 || !strchr (name, '/'))
    return index;
  other = g_strdelimit (g_strdup (name), "/", '\\');
  return zip_name_locate (zip, other, ZIP_FL_NOCASE);
}

gboolean
kai_workbook_parse_part (KaiWorkbook *workbook, const char *name, const KaiPartHandlers *handlers,
                         gpointer data, GCancellable *cancellable, GError **error)
{
  KaiPart part;
  zip_stat_t stat;
  zip_file_t *file = NULL;
  gboolean well_formed;

  zip_int64_t index = kai_workbook_locate_part (workbook->zip, name);

  if (index >= 0 && zip_stat_index (workbook->zip, (zip_uint64_t)index, 0, &stat) == 0
      && (stat.valid & ZIP_STAT_COMP_SIZE))
    file = zip_fopen_index (workbook->zip, (zip_uint64_t)index, 0);
  if (!file)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The workbook is damaged: its part “%s” is missing or cannot be "
                             "unpacked. Get the file anew and try again."),
                          name);
  part = (KaiPart){ .name = name, .handlers = handlers, .data = data };
  push_entry (&part, file, &stat, &workbook->progress, cancellable);
  zip_fclose (file);
  well_formed = !part.error && !part.stopped && part_push (&part, "", 0, TRUE);
  return part_finish (&part, well_formed, error);
}

gboolean
kai_workbook_parse_bytes (const char *bytes, gsize length, const char *name,
                          const KaiPartHandlers *handlers, gpointer data, GError **error)
{
  KaiPart part;
  gboolean go_on = TRUE;

  part = (KaiPart){ .name = name, .handlers = handlers, .data = data };
  for (gsize at = 0; go_on && at < length; at += CHUNK)
    go_on = part_push (&part, bytes + at, (int)MIN (CHUNK, length - at), FALSE);
  go_on = go_on && part_push (&part, "", 0, TRUE);
  return part_finish (&part, go_on, error);
}
