/* The parser of a workbook's parts in UTF-8: a list of 100,000 rows has 2,400,000 elements, and this reads them three times as fast as the
 * general parser, which stays for the other encodings. It knows what a spreadsheet may hold and refuses all else: document types, entities but the
 * five of XML, anything that is not well-formed. Names and values are handed over where they lie in the buffer. */
#include "import/kai-workbook-private.h"

#include "import/kai-workbook-scan.h"

#include <string.h>

#define MAX_DEPTH 256
#define MAX_TOKEN (1 << 20) /* bytes of a tag or comment */
#define MAX_ATTRIBUTES 256

typedef struct
{
  gsize name; /* offset into names */
  gsize length;
  gboolean ours;         /* its namespace is one that the handlers want */
  gboolean default_ours; /* so is that of names without a prefix below it */
  guint bindings;        /* before it */
} Element;

typedef struct
{
  char *prefix;
  char *uri;
  gboolean ours;
} Binding;

struct _KaiScan
{
  KaiPart *part;
  GString *buffer; /* what is not yet worked off */
  gsize valid;     /* bytes of it that are UTF-8 */
  GArray *stack;   /* Element */
  GString *names;
  GArray *bindings; /* Binding */
  const xmlChar *attributes[5 * MAX_ATTRIBUTES];
  gboolean seen_root;
  gboolean failed; /* once is for ever */
};

static void
binding_clear (Binding *binding)
{
  g_free (binding->prefix);
  g_free (binding->uri);
}

KaiScan *
kai_scan_new (KaiPart *part)
{
  KaiScan *scan = g_new0 (KaiScan, 1);

  scan->part = part;
  scan->buffer = g_string_sized_new (128 * 1024);
  scan->stack = g_array_new (FALSE, FALSE, sizeof (Element));
  scan->names = g_string_new (NULL);
  scan->bindings = g_array_new (FALSE, FALSE, sizeof (Binding));
  g_array_set_clear_func (scan->bindings, (GDestroyNotify)binding_clear);
  return scan;
}

void
kai_scan_free (KaiScan *scan)
{
  g_string_free (scan->buffer, TRUE);
  g_array_unref (scan->stack);
  g_string_free (scan->names, TRUE);
  g_array_unref (scan->bindings);
  g_free (scan);
}

gboolean
kai_scan_can_read (const char *bytes, gsize length)
{
  g_autofree char *start = NULL;
  const char *encoding, *end;

  if (length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0)
    return TRUE;
  if (length < 2 || bytes[0] == '\0' || bytes[1] == '\0' || (guchar)bytes[0] >= 0xFE)
    return FALSE;
  if (length < 5 || memcmp (bytes, "<?xml", 5) != 0)
    return TRUE;
  start = g_ascii_strdown (bytes, (gssize)MIN (length, 256));
  end = strstr (start, "?>");
  encoding = g_strstr_len (start, end ? end - start : -1, "encoding");
  return !encoding || g_strstr_len (encoding, 24, "utf-8")
         || g_strstr_len (encoding, 24, "us-ascii");
}

/* ---- Characters ---- */

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* White space between tags is all that may stand outside of the root. */
static gboolean
all_blank (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!is_blank (text[i]))
      return FALSE;
  return TRUE;
}

/* FALSE when a control character stands there that XML has not. *ascii: nothing but ASCII. */
static gboolean
has_allowed_bytes (const char *text, gsize length, gboolean *ascii)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101), tops = ones * 0x80;
  gsize i = 0;

  for (; i + 8 <= length; i += 8)
    {
      guint64 eight;

      memcpy (&eight, text + i, 8);
      *ascii = *ascii && (eight & tops) == 0;
      if (((eight - ones * 0x20) & ~eight & tops) == 0)
        continue;
      for (int k = 0; k < 8; k++)
        if ((guchar)text[i + k] < 0x20 && !is_blank (text[i + k]))
          return FALSE;
    }
  for (; i < length; i++)
    {
      *ascii = *ascii && !(text[i] & 0x80);
      if ((guchar)text[i] < 0x20 && !is_blank (text[i]))
        return FALSE;
    }
  return TRUE;
}

/* The reference at @at ("&lt;" without its "&" is @length bytes) → UTF-8 in @to; bytes written, 0 when it is none. */
static int
decode_reference (const char *at, gsize length, char *to)
{
  static const struct
  {
    const char *name;
    char character;
  } named[] = { { "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "quot", '"' }, { "apos", '\'' } };
  guint64 value = 0;
  gsize i = 1, base = 10;

  for (gsize k = 0; k < G_N_ELEMENTS (named); k++)
    if (strlen (named[k].name) == length && memcmp (named[k].name, at, length) == 0)
      {
        *to = named[k].character;
        return 1;
      }
  if (length < 2 || at[0] != '#')
    return 0;
  if (at[1] == 'x')
    {
      base = 16;
      i = 2;
    }
  if (i == length || length > 10)
    return 0;
  for (; i < length; i++)
    {
      int digit = base == 16 ? g_ascii_xdigit_value (at[i]) : g_ascii_digit_value (at[i]);

      if (digit < 0)
        return 0;
      value = value * base + (guint)digit;
    }
  if (!g_unichar_validate ((gunichar)MIN (value, G_MAXUINT32))
      || (value < 0x20 && !strchr ("\t\n\r", (int)value)) || value == 0 || value == 0xFFFE
      || value == 0xFFFF)
    return 0;
  return g_unichar_to_utf8 ((gunichar)value, to);
}

/* References and line ends in place (never longer); the new length, -1 when a reference is none. */
static gssize
decode (char *text, gsize length)
{
  char *to = text;
  const char *from = text, *end = text + length;

  while (from < end)
    if (*from == '&')
      {
        const char *semicolon = memchr (from, ';', MIN ((gsize)(end - from), 14));
        int n = semicolon ? decode_reference (from + 1, semicolon - from - 1, to) : 0;

        if (n == 0)
          return -1;
        to += n;
        from = semicolon + 1;
      }
    else if (*from == '\r')
      {
        *to++ = '\n';
        from += from + 1 < end && from[1] == '\n' ? 2 : 1;
      }
    else
      *to++ = *from++;
  return to - text;
}

/* ---- Text ---- */

static Element *
open_element (KaiScan *scan)
{
  return scan->stack->len ? &g_array_index (scan->stack, Element, scan->stack->len - 1) : NULL;
}

static gboolean
give_text (KaiScan *scan, const char *text, gsize length)
{
  KaiPart *part = scan->part;

  if (!open_element (scan))
    return all_blank (text, length);
  if (length > 0 && part->handlers->text && !part->error && !part->stopped)
    part->handlers->text (part, text, (int)length);
  return TRUE;
}

/* @special: a reference or a line end is in it. */
static gboolean
take_text (KaiScan *scan, char *text, gsize length, gboolean special)
{
  gssize decoded = (gssize)length;

  if (special && !open_element (scan) && memchr (text, '&', length))
    return FALSE;
  if (special)
    decoded = decode (text, length);
  return decoded >= 0 && give_text (scan, text, (gsize)decoded);
}

/* ---- Tags ---- */

static gboolean
is_name_byte (char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= ':') || (c & 0x80)
         || c == '_' || c == '-' || c == '.';
}

static gboolean
is_name_start (char c)
{
  return g_ascii_isalpha (c) || c == '_' || (c & 0x80);
}

/* Names are short: this is faster than asking the C library. */
static char *
find_colon (const char *name)
{
  for (; *name != '\0'; name++)
    if (*name == ':')
      return (char *)name;
  return NULL;
}

/* A name at @p, ended by what may not be in one; its end, NULL when there is none. */
static char *
skip_name (char *p)
{
  if (!is_name_start (*p))
    return NULL;
  while (is_name_byte (*p))
    p++;
  return p;
}

static const Binding *
find_binding (KaiScan *scan, const char *prefix)
{
  for (guint i = scan->bindings->len; i > 0; i--)
    {
      const Binding *binding = &g_array_index (scan->bindings, Binding, i - 1);

      if (strcmp (binding->prefix, prefix) == 0)
        return binding;
    }
  return NULL;
}

static void
bind (KaiScan *scan, const char *prefix, const char *uri)
{
  Binding binding = { g_strdup (prefix), g_strdup (uri), kai_part_wants_namespace (uri) };

  g_array_append_val (scan->bindings, binding);
}

/* The attributes from @p to the end of the tag into scan->attributes: how many, -1 when they are malformed. Declarations of namespaces are kept
 * apart. */
static int
read_attributes (KaiScan *scan, char *p)
{
  int n = 0;

  for (;;)
    {
      char *name, *end, *value, *close, *colon;
      char quote;
      gboolean special = FALSE;
      gssize length;

      if (*p != '\0' && !is_blank (*p))
        return -1;
      while (is_blank (*p))
        p++;
      if (*p == '\0')
        return n;
      name = p;
      end = skip_name (p);
      if (!end)
        return -1;
      for (p = end; is_blank (*p);)
        p++;
      if (*p++ != '=')
        return -1;
      while (is_blank (*p))
        p++;
      quote = *p++;
      if (quote != '"' && quote != '\'')
        return -1;
      for (close = p; *close != quote && *close != '\0' && *close != '<'; close++)
        special |= *close == '&' || *close == '\r';
      if (*close != quote)
        return -1;
      *end = '\0';
      value = p;
      p = close + 1;
      *close = '\0';
      length = close - value;
      if (special && (length = decode (value, (gsize)length)) < 0)
        return -1;
      value[length] = '\0';
      if (*name == 'x' && g_str_has_prefix (name, "xmlns") && (name[5] == '\0' || name[5] == ':'))
        {
          bind (scan, name[5] ? name + 6 : "", value);
          continue;
        }
      if (n == MAX_ATTRIBUTES)
        return -1;
      colon = find_colon (name);
      if (colon)
        *colon = '\0';
      scan->attributes[5 * n] = (const xmlChar *)(colon ? colon + 1 : name);
      scan->attributes[5 * n + 1] = (const xmlChar *)(colon ? name : NULL);
      scan->attributes[5 * n + 2] = NULL;
      scan->attributes[5 * n + 3] = (const xmlChar *)value;
      scan->attributes[5 * n + 4] = (const xmlChar *)value + length;
      n++;
    }
}

/* The namespaces of attributes are known when all declarations of the tag were read. */
static gboolean
resolve_attributes (KaiScan *scan, int n)
{
  for (int i = 0; i < n; i++)
    if (scan->attributes[5 * i + 1])
      {
        const char *prefix = (const char *)scan->attributes[5 * i + 1];
        const Binding *binding = find_binding (scan, prefix);

        if (!binding && strcmp (prefix, "xml") != 0)
          return FALSE;
        scan->attributes[5 * i + 2] = (const xmlChar *)(binding ? binding->uri : NULL);
      }
  return TRUE;
}

static const char *
local_name (const char *name)
{
  const char *colon = find_colon (name);

  return colon ? colon + 1 : name;
}

/* Whether the element's namespace is wanted; -1 when its prefix was never declared. */
static int
find_namespace (KaiScan *scan, const Element *element, const char *name)
{
  const char *colon = find_colon (name);
  g_autofree char *prefix = NULL;
  const Binding *binding;

  if (!colon)
    return element->default_ours;
  prefix = g_strndup (name, colon - name);
  binding = find_binding (scan, prefix);
  return binding ? binding->ours : -1;
}

static gboolean
pop (KaiScan *scan, const char *name)
{
  KaiPart *part = scan->part;
  Element element = *open_element (scan);

  if (element.ours && part->handlers->end && !part->error && !part->stopped)
    part->handlers->end (part, local_name (name));
  scan->names->len = element.name;
  scan->stack->len--;
  if (scan->bindings->len > element.bindings)
    g_array_set_size (scan->bindings, element.bindings);
  return TRUE;
}

/* @tag: between the brackets, NUL-terminated. */
static gboolean
take_start (KaiScan *scan, char *tag, gsize length)
{
  KaiPart *part = scan->part;
  const Element *parent = open_element (scan);
  gboolean is_empty = length > 0 && tag[length - 1] == '/';
  Element element = { scan->names->len, 0, FALSE, parent && parent->default_ours,
                      scan->bindings->len };
  KaiAttributes list = { scan->attributes, 0 };
  char *end = skip_name (tag);
  int ours;

  if (!end || (!parent && scan->seen_root) || scan->stack->len >= MAX_DEPTH)
    return FALSE;
  scan->seen_root = TRUE;
  if (is_empty)
    tag[length - 1] = '\0';
  element.length = end - tag;
  g_string_append_len (scan->names, tag, (gssize)element.length);
  if (*end != '\0')
    list.n = read_attributes (scan, end);
  *end = '\0';
  if (list.n < 0)
    return FALSE;
  if (scan->bindings->len > element.bindings)
    {
      const Binding *binding = find_binding (scan, "");

      element.default_ours = binding && binding->ours;
    }
  ours = find_namespace (scan, &element, tag);
  if (ours < 0 || !resolve_attributes (scan, list.n))
    return FALSE;
  element.ours = ours;
  g_array_append_val (scan->stack, element);
  if (element.ours && !part->error && !part->stopped)
    part->handlers->start (part, local_name (tag), &list);
  return !is_empty || pop (scan, tag);
}

static gboolean
take_end (KaiScan *scan, char *tag, gsize length)
{
  const Element *element = open_element (scan);

  while (length > 0 && is_blank (tag[length - 1]))
    tag[--length] = '\0';
  if (!element || element->length != length
      || memcmp (scan->names->str + element->name, tag, length) != 0)
    return FALSE;
  return pop (scan, tag);
}

/* ---- Tokens ---- */

/* Behind the token that begins at @p with '<'; NULL when its end is not there yet. */
static char *
find_token_end (char *p, char *end)
{
  static const struct
  {
    const char *start, *close;
  } kinds[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" } };

  for (gsize i = 0; end - p > 1 && (p[1] == '!' || p[1] == '?') && i < G_N_ELEMENTS (kinds); i++)
    {
      gsize n = strlen (kinds[i].start);

      if ((gsize)(end - p) >= n && memcmp (p, kinds[i].start, n) == 0)
        {
          char *close = g_strstr_len (p + n, end - p - (gssize)n, kinds[i].close);

          return close ? close + strlen (kinds[i].close) : NULL;
        }
    }
  /* A bracket in a value is no end. */
  for (char *q = p + 1; q < end; q++)
    if (*q == '>')
      return q + 1;
    else if (*q == '"' || *q == '\'')
      {
        char quote = *q;

        for (q++; q < end && *q != quote; q++)
          ;
        if (q == end)
          return NULL;
      }
  return NULL;
}

static gboolean
take_token (KaiScan *scan, char *p, char *end)
{
  gsize length = end - p;

  if (p[1] == '?')
    return TRUE;
  if (p[1] == '!')
    {
      if (g_str_has_prefix (p, "<!--"))
        return TRUE;
      if (length >= 12 && g_str_has_prefix (p, "<![CDATA["))
        return open_element (scan) && give_text (scan, p + 9, length - 12);
      kai_part_fail_document_type (scan->part);
      return FALSE;
    }
  end[-1] = '\0';
  return p[1] == '/' ? take_end (scan, p + 2, length - 3) : take_start (scan, p + 1, length - 2);
}

/* How much of the text before @end can be handed over: not a reference or line end of which the rest is still to come. */
static char *
text_until (char *p, char *end)
{
  for (char *q = end; q > p && end - q < 14; q--)
    if (q[-1] == '&' && !memchr (q, ';', end - q))
      return q - 1;
  return end > p && end[-1] == '\r' ? end - 1 : end;
}

/* Works off what is there; FALSE when it is not well-formed. */
static gboolean
work (KaiScan *scan, gboolean last)
{
  char *start = scan->buffer->str, *p = start, *end = start + scan->valid;
  gboolean ok = TRUE;

  while (ok && p < end && !scan->part->error && !scan->part->stopped)
    {
      char *next;

      if (*p == '<')
        {
          next = find_token_end (p, end);
          /* "<!" may still become a comment; a document type is refused without waiting for its end. */
          if (!next && end - p > 9 && p[1] == '!' && p[2] != '-' && p[2] != '[')
            next = end;
          if (!next)
            {
              ok = end - p < MAX_TOKEN;
              break;
            }
          ok = take_token (scan, p, next);
        }
      else
        {
          gboolean special = FALSE;

          for (next = p; next < end && *next != '<'; next++)
            special |= *next == '&' || *next == '\r';
          if (next == end && !last)
            next = text_until (p, end);
          if (next == p)
            break;
          ok = take_text (scan, p, next - p, special);
        }
      p = next;
    }
  scan->valid -= p - start;
  g_string_erase (scan->buffer, 0, p - start);
  return ok;
}

static gboolean
push (KaiScan *scan, const char *bytes, gsize length, gboolean last)
{
  gboolean ascii = TRUE;
  const char *end;

  if (scan->buffer->len == 0 && !scan->seen_root && length >= 3
      && memcmp (bytes, "\xef\xbb\xbf", 3) == 0)
    {
      bytes += 3;
      length -= 3;
    }
  if (!has_allowed_bytes (bytes, length, &ascii))
    return FALSE;
  ascii = ascii && scan->valid == scan->buffer->len;
  g_string_append_len (scan->buffer, bytes, (gssize)length);
  end = scan->buffer->str + scan->buffer->len;
  if (!ascii
      && !g_utf8_validate_len (scan->buffer->str + scan->valid, scan->buffer->len - scan->valid,
                               &end)
      && (last || scan->buffer->str + scan->buffer->len - end > 3))
    return FALSE;
  scan->valid = end - scan->buffer->str;
  if (!work (scan, last))
    return FALSE;
  return !last || (scan->buffer->len == 0 && scan->seen_root && scan->stack->len == 0);
}

gboolean
kai_scan_push (KaiScan *scan, const char *bytes, gsize length, gboolean last)
{
  scan->failed = scan->failed || !push (scan, bytes, length, last);
  return !scan->failed;
}
