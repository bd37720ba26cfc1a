/* The one XML entry point. Nothing reaches libxml2 before a linear scan has seen that the document is small, shallow, and has no DTD: libxml2 compares
 * attributes pairwise and recurses on depth, so its own limits bite too late. */
#define _GNU_SOURCE /* memmem */
#include "messages/kai-xml.h"
#include "messages/kai-net-error.h"

#include <glib/gi18n-lib.h>
#include <libxml/parser.h>
#include <string.h>

#define MAX_TAG_BYTES (64 * 1024)

static gboolean
refuse (GError **error, const char *why)
{
  return kai_net_fail (error, KAI_NET_ERROR_MALFORMED, _ ("The message cannot be read: %s"), why);
}

static gboolean
refuse_as (GError **error, const char *symbol, const char *why)
{
  return kai_net_fail_result (error, KAI_NET_ERROR_MALFORMED, symbol,
                              _ ("The message cannot be read: %s"), why);
}

/* ---- Scan before parsing: @p .. @end is valid UTF-8 ---- */

typedef struct
{
  const char *p, *end;
  guint nodes;
  int depth;
} Scan;

/* At @open: moves past the first @close after it. FALSE when it is not @open; *broken when it is never closed. */
static gboolean
skip_section (Scan *scan, const char *open, const char *close, gboolean *broken)
{
  gsize length = strlen (open);
  const char *found;

  if ((gsize)(scan->end - scan->p) < length || memcmp (scan->p, open, length) != 0)
    return FALSE;
  /* From behind @open: "<!-->" opens a comment and does not close it. */
  scan->p += length;
  found = memmem (scan->p, scan->end - scan->p, close, strlen (close));
  *broken = !found;
  scan->p = found ? found + strlen (close) : scan->end;
  return TRUE;
}

/* At the character after "<" of a start or end tag; moves past its ">". */
static gboolean
scan_tag (Scan *scan, GError **error)
{
  const char *start = scan->p;
  gboolean closing = scan->p < scan->end && *scan->p == '/';
  int attributes = 0;
  char quote = 0;

  for (; scan->p < scan->end && (quote || *scan->p != '>'); scan->p++)
    {
      if (scan->p - start > MAX_TAG_BYTES)
        return refuse_as (error, "too-large", _ ("one of its elements is far too long."));
      if (quote)
        quote = *scan->p == quote ? 0 : quote;
      else if (*scan->p == '"' || *scan->p == '\'')
        quote = *scan->p;
      else if (*scan->p == '=' && ++attributes > KAI_XML_MAX_ATTRIBUTES)
        return refuse_as (error, "too-many-attributes",
                          _ ("one of its elements has too many attributes."));
    }
  if (scan->p == scan->end)
    return refuse_as (error, "cut", _ ("it breaks off in the middle."));
  scan->nodes += (guint)attributes;
  if (closing)
    scan->depth--;
  else if (scan->p == start || scan->p[-1] != '/')
    scan->depth++;
  if (scan->depth > KAI_XML_MAX_DEPTH)
    return refuse_as (error, "too-deep", _ ("its elements are nested too deeply."));
  scan->p++;
  return TRUE;
}

static gboolean
scan_document (const char *text, gsize length, GError **error)
{
  Scan scan = { text, text + length, 0, 0 };

  while ((scan.p = memchr (scan.p, '<', scan.end - scan.p)))
    {
      gboolean broken = FALSE;

      scan.p++;
      /* An element and the text after it. */
      scan.nodes += 2;
      if (scan.nodes > KAI_XML_MAX_NODES)
        return refuse_as (error, "too-large", _ ("it has too many elements."));
      if (skip_section (&scan, "!--", "-->", &broken)
          || skip_section (&scan, "![CDATA[", "]]>", &broken)
          || skip_section (&scan, "?", "?>", &broken))
        {
          if (broken)
            return refuse_as (error, "cut", _ ("it breaks off in the middle."));
        }
      else if (scan.p < scan.end && *scan.p == '!')
        return refuse_as (error, "dtd",
                          _ ("it holds a document type definition, which is not allowed."));
      else if (!scan_tag (&scan, error))
        return FALSE;
    }
  return scan.depth <= 0 || refuse_as (error, "cut", _ ("it breaks off in the middle."));
}

/* ---- Encoding ---- */

/* The encoding in the XML declaration, NULL when there is none; caller frees. */
static char *
declared_encoding (const char *data, gsize length)
{
  const char *end, *p, *close;

  if (length < 6 || memcmp (data, "<?xml", 5) || !g_ascii_isspace (data[5]))
    return NULL;
  end = memmem (data, MIN (length, 256), "?>", 2);
  p = end ? memmem (data, end - data, "encoding", 8) : NULL;
  if (!p)
    return NULL;
  for (p += 8; p < end && (g_ascii_isspace (*p) || *p == '='); p++)
    ;
  if (p == end || (*p != '"' && *p != '\''))
    return NULL;
  close = memchr (p + 1, *p, end - p - 1);
  return close ? g_ascii_strup (p + 1, close - p - 1) : NULL;
}

/* The document as UTF-8: @data itself, or a converted copy that *owned holds. NULL with MALFORMED. */
static const char *
to_utf8 (const char *data, gsize *length, const char *encoding, char **owned, GError **error)
{
  static const char *const chinese[] = { "GBK", "GB2312", "GB18030", NULL };
  gsize written;

  if (encoding && g_strv_contains (chinese, encoding))
    {
      /* GBK holds GB2312, but not all of it is in glib's GB2312 table (pitfall of iconv). */
      *owned =
          g_convert (data, (gssize)*length, "UTF-8",
                     g_str_equal (encoding, "GB18030") ? "GB18030" : "GBK", NULL, &written, NULL);
      if (*owned)
        {
          *length = written;
          data = *owned;
        }
      else
        {
          refuse (error, _ ("its characters are not in the encoding that it names."));
          return NULL;
        }
    }
  else if (encoding && !g_str_equal (encoding, "UTF-8") && !g_str_equal (encoding, "US-ASCII"))
    {
      refuse (error, _ ("its encoding is neither UTF-8 nor GBK."));
      return NULL;
    }
  if (!g_utf8_validate_len (data, *length, NULL))
    {
      refuse (error, _ ("its characters are not in the encoding that it names."));
      return NULL;
    }
  return data;
}

/* NULL when the document is not well-formed, also by the rules of namespaces, which libxml2 alone would let pass. */
static xmlDoc *
parse (const char *text, gsize length)
{
  xmlParserCtxt *context = xmlNewParserCtxt ();
  xmlDoc *doc;

  if (!context)
    g_error ("Out of memory");
  doc = xmlCtxtReadMemory (context, text, (int)length, NULL, "UTF-8",
                           XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING
                               | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC);
  if (doc
      && (!context->nsWellFormed || doc->intSubset || doc->extSubset
          || !xmlDocGetRootElement (doc)))
    g_clear_pointer (&doc, xmlFreeDoc);
  xmlFreeParserCtxt (context);
  /* libxml2 keeps its last error a thread; it may quote the document. */
  xmlResetLastError ();
  return doc;
}

xmlDoc *
kai_xml_parse (const void *data, gsize length, GError **error)
{
  static gsize initialised;
  g_autofree char *owned = NULL;
  g_autofree char *encoding = NULL;
  const char *text = data;
  xmlDoc *doc;

  if (g_once_init_enter (&initialised))
    {
      xmlInitParser ();
      g_once_init_leave (&initialised, 1);
    }
  if (!text)
    return refuse (error, _ ("it is empty.")), NULL;
  if (length > KAI_XML_MAX_BYTES)
    return refuse_as (error, "too-large", _ ("it is too long.")), NULL;
  if (length >= 3 && !memcmp (text, "\xef\xbb\xbf", 3))
    {
      text += 3;
      length -= 3;
    }
  if (length == 0)
    return refuse (error, _ ("it is empty.")), NULL;
  encoding = declared_encoding (text, length);
  text = to_utf8 (text, &length, encoding, &owned, error);
  if (!text || !scan_document (text, length, error))
    return NULL;
  doc = parse (text, length);
  if (!doc)
    return refuse (error, _ ("it is not well-formed XML.")), NULL;
  if (encoding)
    {
      if (doc->encoding)
        xmlFree ((void *)doc->encoding);
      doc->encoding = xmlStrdup (BAD_CAST encoding);
    }
  return doc;
}

/* ---- Reading ---- */

gboolean
kai_xml_is (xmlNode *node, const char *ns, const char *name)
{
  if (!node || node->type != XML_ELEMENT_NODE || strcmp ((const char *)node->name, name))
    return FALSE;
  if (!ns)
    return node->ns == NULL;
  return node->ns && node->ns->href && !strcmp ((const char *)node->ns->href, ns);
}

xmlNode *
kai_xml_child (xmlNode *parent, const char *ns, const char *name)
{
  for (xmlNode *node = parent ? parent->children : NULL; node; node = node->next)
    if (kai_xml_is (node, ns, name))
      return node;
  return NULL;
}

xmlNode *
kai_xml_only_child (xmlNode *parent, const char *ns, const char *name, GError **error)
{
  xmlNode *found = kai_xml_child (parent, ns, name);

  if (!found)
    {
      kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                    _ ("The message cannot be read: its element %s is missing."), name);
      return NULL;
    }
  for (xmlNode *node = found->next; node; node = node->next)
    if (kai_xml_is (node, ns, name))
      {
        kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                      _ ("The message cannot be read: its element %s stands there twice."), name);
        return NULL;
      }
  return found;
}

char *
kai_xml_text (xmlNode *node, GError **error)
{
  xmlNode *child = node->children;
  GString *text;

  if (!child)
    return g_strdup ("");
  if (!child->next && child->type == XML_TEXT_NODE)
    return g_strdup (child->content ? (const char *)child->content : "");
  text = g_string_new (NULL);
  for (; child; child = child->next)
    {
      if (child->type != XML_TEXT_NODE && child->type != XML_CDATA_SECTION_NODE)
        {
          g_string_free (text, TRUE);
          kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                        _ ("The message cannot be read: its element %s holds more than text."),
                        (const char *)node->name);
          return NULL;
        }
      g_string_append (text, child->content ? (const char *)child->content : "");
    }
  return g_string_free (text, FALSE);
}

char *
kai_xml_attribute (xmlNode *node, const char *name)
{
  xmlChar *value = xmlGetNoNsProp (node, BAD_CAST name);
  char *copy = g_strdup ((const char *)value);

  xmlFree (value);
  return copy;
}

/* ---- Writing ---- */

static void
append_character (GString *out, const char *p, const char *next)
{
  gunichar c = g_utf8_get_char (p);

  switch (c)
    {
    case '&':
      g_string_append (out, "&amp;");
      break;
    case '<':
      g_string_append (out, "&lt;");
      break;
    case '>':
      g_string_append (out, "&gt;");
      break;
    case '"':
      g_string_append (out, "&quot;");
      break;
    case '\t':
    case '\n':
    case '\r':
      /* As references, or the reader's parser would change them. */
      g_string_append_printf (out, "&#%u;", c);
      break;
    default:
      if (c >= 0x20 && c != 0xfffe && c != 0xffff)
        g_string_append_len (out, p, next - p);
      break;
    }
}

void
kai_xml_append_escaped (GString *out, const char *text)
{
  g_autofree char *valid = NULL;

  if (!text)
    return;
  if (!g_utf8_validate (text, -1, NULL))
    text = valid = g_utf8_make_valid (text, -1);
  while (*text)
    {
      gsize plain = strcspn (text, "&<>\"\t\n\r\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f"
                                   "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e"
                                   "\x1f\xef");
      const char *next;

      g_string_append_len (out, text, (gssize)plain);
      text += plain;
      if (!*text)
        break;
      next = g_utf8_next_char (text);
      append_character (out, text, next);
      text = next;
    }
}
