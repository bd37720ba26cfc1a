/* The fields of a message for people: walked over in the document as it came, so that a broken message shows what it has. What the catalogue says is about people is masked,
 * and so is everything that it does not know. */
#include "transport/kai-inspector-private.h"

#include "messages/kai-catalogue-private.h"
#include "messages/kai-message-private.h"
#include "messages/kai-xml.h"
#include "security/kai-signature-value.h"
#include "security/kai-xml-signature-private.h"
#include "transport/kai-soap.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_FIELDS 20000
#define MAX_VALUE 400 /* characters of a value that are shown */
#define MAX_DOCUMENT (8 * 1024 * 1024)
#define MIN_SECRET_NAME 2 /* characters */
#define MIN_SECRET_NUMBER 5
#define MAX_REQUEST_SECRETS 300 /* each costs a search in every field of the answer */
#define STARS "********************"

typedef struct
{
  const KaiCatalogue *catalogue;
  gboolean show;
  KaiInspection *report;
  GPtrArray *
      secrets; /* personal values of the record and of those around it: other fields may repeat them */
} Walk;

/* A node whose text has been dealt with; the others are hidden at the end. */
static void
mark (xmlNode *node)
{
  node->_private = node;
}

/* ---- Masks ---- */

static GRegex *
get_number_regex (void)
{
  static GRegex *regex;

  if (g_once_init_enter (&regex))
    g_once_init_leave (&regex,
                       g_regex_new ("(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|(?:\\+?86)?1[3-9][0-9]{9})"
                                    "(?![0-9A-Za-z])",
                                    G_REGEX_OPTIMIZE, 0, NULL));
  return regex;
}

char *
kai_inspector_scrub (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  char *out = g_regex_replace_literal (get_number_regex (), valid, -1, 0, STARS, 0, NULL);

  return out ? out : g_strdup ("");
}

static char *
mask_name (const char *text)
{
  glong n = g_utf8_strlen (text, -1);
  g_autofree char *first = g_utf8_substring (text, 0, n > 1 ? 1 : 0);

  return g_strconcat (first, "**", NULL);
}

/* The last four characters tell two numbers from each other and say nothing about a person. */
static char *
mask_number (const char *text)
{
  glong n = g_utf8_strlen (text, -1);

  return n >= 10 ? g_strconcat ("****", g_utf8_offset_to_pointer (text, n - 4), NULL)
                 : g_strdup ("****");
}

static char *
describe_hidden (const char *text)
{
  glong n = g_utf8_strlen (text, -1);

  return g_strdup_printf (ngettext ("(%ld character, hidden)", "(%ld characters, hidden)", n), n);
}

static char *
describe_document (const char *base64)
{
  g_autoptr (GBytes) bytes = kai_base64_decode (base64, MAX_DOCUMENT);
  gsize size = bytes ? g_bytes_get_size (bytes) : 0;
  const char *data = bytes ? g_bytes_get_data (bytes, NULL) : "";
  const char *kind = _ ("data");

  if (!bytes)
    return describe_hidden (base64);
  if (size > 0 && *data == '<')
    kind = "XML";
  else if (size > 4 && memcmp (data, "\x89PNG", 4) == 0)
    kind = "PNG";
  else if (size > 4 && memcmp (data, "PK\3\4", 4) == 0)
    kind = "ZIP";
  return g_strdup_printf (_ ("(%s, %ld bytes)"), kind, (long)size);
}

static char *
replace_all (char *text, const char *what)
{
  g_autofree char *owned = text;
  g_auto (GStrv) parts = NULL;

  if (!strstr (text, what))
    return g_steal_pointer (&owned);
  parts = g_strsplit (text, what, -1);
  return g_strjoinv ("**", parts);
}

/* Text that is not personal by itself, but may repeat what is. */
static char *
mask_plain (const Walk *walk, const KaiFieldSpec *field, const char *text)
{
  gboolean is_text = field->type == KAI_TYPE_GBSTRING || field->max > 1000;
  gboolean is_too_long = field->max >= 0 && strlen (text) > (gsize)field->max;
  char *out;

  /* What breaks the field's type may be anything. */
  if (field->type != KAI_TYPE_GBSTRING && !g_str_is_ascii (text))
    return describe_hidden (text);
  out = is_text || is_too_long ? kai_inspector_scrub (text) : g_strdup (text);
  for (guint i = 0; i < walk->secrets->len; i++)
    out = replace_all (out, walk->secrets->pdata[i]);
  return out;
}

/* What stands in the place of @text; caller frees. */
static char *
mask (const Walk *walk, const KaiFieldSpec *field, const char *text)
{
  if (!*text)
    return g_strdup ("");
  if (field && field->holds == KAI_HOLDS_DOCUMENT)
    return describe_document (text);
  if (walk->show)
    return g_strdup (text);
  if (!field || field->holds == KAI_HOLDS_TEXT || field->holds == KAI_HOLDS_VOUCHER)
    return describe_hidden (text);
  if (field->holds == KAI_HOLDS_NAME)
    return mask_name (text);
  if (field->holds == KAI_HOLDS_NUMBER)
    return mask_number (text);
  return mask_plain (walk, field, text);
}

static char *
shorten (char *text)
{
  glong n = g_utf8_strlen (text, -1);
  g_autofree char *owned = text;
  g_autofree char *head = NULL;

  if (n <= MAX_VALUE)
    return g_steal_pointer (&owned);
  head = g_utf8_substring (text, 0, MAX_VALUE);
  return g_strdup_printf (_ ("%s… (%ld characters)"), head, n);
}

/* ---- Fields ---- */

static void
field_free (KaiInspectionField *field)
{
  g_free (field->path);
  g_free (field->tag);
  g_free (field->name);
  g_free (field->value);
  g_free (field);
}

/* Takes @value; NULL for a heading. */
static void
add_field (Walk *walk, GPtrArray *fields, const char *path, const char *tag, const char *name,
           char *value, int depth, gboolean is_hidden)
{
  KaiInspectionField *field;

  if (fields->len >= MAX_FIELDS)
    {
      walk->report->fields_left_out++;
      g_free (value);
      return;
    }
  field = g_new0 (KaiInspectionField, 1);
  field->path = g_strdup (path);
  field->tag = g_strdup (tag);
  field->name = g_strdup (name ? name : "");
  field->is_heading = value == NULL;
  field->value = value ? shorten (value) : g_strdup ("");
  field->depth = depth;
  field->is_hidden = is_hidden;
  g_ptr_array_add (fields, field);
}

static char *
dup_text (xmlNode *node)
{
  xmlChar *text = xmlNodeGetContent (node);
  char *copy = g_strdup (text ? (const char *)text : "");

  xmlFree (text);
  return copy;
}

static void
set_text (xmlNode *node, const char *text)
{
  while (node->children)
    {
      xmlNode *child = node->children;

      xmlUnlinkNode (child);
      xmlFreeNode (child);
    }
  xmlNodeAddContent (node, BAD_CAST text);
  mark (node);
}

static xmlNode *
next_element (xmlNode *node)
{
  while (node && node->type != XML_ELEMENT_NODE)
    node = node->next;
  return node;
}

static const KaiSpecNode *
find_spec (const KaiSpecNode *parent, xmlNode *element)
{
  return parent && parent->by_tag && !element->ns
             ? g_hash_table_lookup (parent->by_tag, element->name)
             : NULL;
}

static void walk_children (Walk *walk, xmlNode *element, const KaiSpecNode *parent,
                           const char *path, int depth);

/* ---- Personal values that another field may repeat ---- */

static void
collect_secrets (Walk *walk, xmlNode *element, const KaiSpecNode *parent)
{
  for (xmlNode *child = next_element (element->children); child; child = next_element (child->next))
    {
      const KaiSpecNode *node = find_spec (parent, child);
      g_autofree char *text = NULL;

      if (!node || node->kind == KAI_SPEC_LIST)
        continue;
      if (node->kind == KAI_SPEC_GROUP)
        {
          collect_secrets (walk, child, node);
          continue;
        }
      if (node->field->holds != KAI_HOLDS_NAME && node->field->holds != KAI_HOLDS_NUMBER)
        continue;
      text = dup_text (child);
      if (g_utf8_strlen (text, -1)
          >= (node->field->holds == KAI_HOLDS_NAME ? MIN_SECRET_NAME : MIN_SECRET_NUMBER))
        g_ptr_array_add (walk->secrets, g_steal_pointer (&text));
    }
}

static void
walk_record (Walk *walk, xmlNode *element, const KaiSpecNode *list, const char *path, int depth)
{
  guint around = walk->secrets->len;

  if (!walk->show)
    collect_secrets (walk, element, list);
  walk_children (walk, element, list, path, depth);
  g_ptr_array_set_size (walk->secrets, (int)around);
}

/* An answer may repeat what the request said of people. */
static void
collect_from_request (Walk *walk, GBytes *request)
{
  g_autoptr (xmlDoc) doc =
      kai_xml_parse (g_bytes_get_data (request, NULL), g_bytes_get_size (request), NULL);
  xmlNode *cfx = doc ? kai_inspector_find_cfx (xmlDocGetRootElement (doc)) : NULL;
  xmlNode *number = kai_xml_child (kai_xml_child (cfx, NULL, "HEAD"), NULL, "MsgNo");
  xmlNode *mof = kai_xml_child (kai_xml_child (cfx, NULL, "MSG"), NULL, "MOF");
  g_autofree char *text = number ? dup_text (number) : g_strdup ("");
  const KaiMessageSpec *spec = kai_catalogue_get (walk->catalogue, text);

  for (xmlNode *body = spec && mof ? next_element (mof->children) : NULL;
       body && walk->secrets->len < MAX_REQUEST_SECRETS; body = next_element (body->next))
    {
      g_autoptr (GBytes) bytes = kai_message_voucher_bytes (body, NULL);
      g_autoptr (xmlDoc) inner =
          bytes ? kai_xml_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL)
                : NULL;

      if (inner)
        collect_secrets (walk, xmlDocGetRootElement (inner), spec->root);
    }
}

/* ---- Vouchers inside fields ---- */

/* The number in the field beside it. */
static const KaiMessageSpec *
find_inner_message (const Walk *walk, xmlNode *leaf)
{
  xmlNode *number = kai_xml_child (leaf->parent, NULL, "MsgNo");
  g_autofree char *text = number ? dup_text (number) : NULL;

  return text ? kai_catalogue_get (walk->catalogue, text) : NULL;
}

/* The document's root takes the place of the text it came from. */
static void
put_in_place (Walk *walk, xmlNode *leaf, xmlDoc *inner)
{
  xmlNode *copy;

  if (walk->show)
    return;
  copy = xmlDocCopyNode (xmlDocGetRootElement (inner), leaf->doc, 1);
  set_text (leaf, "");
  if (copy)
    xmlAddChild (leaf, copy);
}

/* What was masked in @from is marked in the copy too. */
static void
mark_copy (xmlNode *from, xmlNode *to)
{
  if (from->_private)
    mark (to);
  for (from = from->children, to = to->children; from && to; from = from->next, to = to->next)
    mark_copy (from, to);
}

static void
embed (Walk *walk, xmlNode *leaf, xmlDoc *inner)
{
  put_in_place (walk, leaf, inner);
  if (!walk->show && leaf->last && leaf->last->type == XML_ELEMENT_NODE)
    mark_copy (xmlDocGetRootElement (inner), leaf->last);
}

static gboolean
walk_inner_voucher (Walk *walk, xmlNode *leaf, const KaiSpecNode *node, const char *path, int depth)
{
  const KaiMessageSpec *spec = find_inner_message (walk, leaf);
  g_autofree char *text = dup_text (leaf);
  g_autoptr (GBytes) bytes = kai_base64_decode (text, MAX_DOCUMENT);
  g_autoptr (xmlDoc) inner =
      bytes ? kai_xml_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL) : NULL;

  if (!inner || !kai_xml_is (xmlDocGetRootElement (inner), NULL, "Voucher"))
    return FALSE;
  add_field (walk, walk->report->fields, path, node->tag, node->field->name_zh, NULL, depth, FALSE);
  walk_record (walk, xmlDocGetRootElement (inner), spec ? spec->root : NULL, path, depth + 1);
  embed (walk, leaf, inner);
  return TRUE;
}

/* ---- The walk ---- */

static void
walk_leaf (Walk *walk, xmlNode *leaf, const KaiSpecNode *node, const char *path, int depth)
{
  const KaiFieldSpec *field = node ? node->field : NULL;
  g_autofree char *text = dup_text (leaf);
  g_autofree char *shown = NULL;
  gboolean is_hidden;

  if (field && field->holds == KAI_HOLDS_VOUCHER
      && walk_inner_voucher (walk, leaf, node, path, depth))
    return;
  shown = mask (walk, field, text);
  is_hidden = strcmp (shown, text) != 0;
  if (!walk->show)
    set_text (leaf, shown);
  add_field (walk, walk->report->fields, path, (const char *)leaf->name,
             field ? field->name_zh : NULL, g_steal_pointer (&shown), depth, is_hidden);
}

static void
walk_list (Walk *walk, xmlNode *element, const KaiSpecNode *list, const char *path, int depth)
{
  guint n = 0;

  for (xmlNode *item = next_element (element->children); item; item = next_element (item->next))
    {
      gboolean is_item = kai_xml_is (item, NULL, list->item);
      g_autofree char *item_path = g_strdup_printf ("%s/%s/%u", path, item->name, ++n);
      g_autofree char *tag = g_strdup_printf ("%s %u", item->name, n);

      add_field (walk, walk->report->fields, item_path, tag, NULL, NULL, depth, FALSE);
      walk_record (walk, item, is_item ? list : NULL, item_path, depth + 1);
    }
}

static void
walk_children (Walk *walk, xmlNode *element, const KaiSpecNode *parent, const char *path, int depth)
{
  for (xmlNode *child = next_element (element->children); child; child = next_element (child->next))
    {
      const KaiSpecNode *node = find_spec (parent, child);
      g_autofree char *child_path = g_strconcat (path, "/", child->name, NULL);

      if (node && node->kind == KAI_SPEC_LIST)
        walk_list (walk, child, node, child_path, depth);
      else if (next_element (child->children))
        {
          add_field (walk, walk->report->fields, child_path, (const char *)child->name,
                     node && node->field ? node->field->name_zh : NULL, NULL, depth, FALSE);
          walk_children (walk, child, node && node->kind == KAI_SPEC_GROUP ? node : NULL,
                         child_path, depth + 1);
        }
      else
        walk_leaf (walk, child, node && node->kind == KAI_SPEC_LEAF ? node : NULL, child_path,
                   depth);
    }
}

/* One VoucherBody. */
static void
walk_body (Walk *walk, xmlNode *body, const KaiMessageSpec *spec, guint n)
{
  xmlNode *voucher = kai_xml_child (body, NULL, "Voucher");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = kai_message_voucher_bytes (body, &error);
  g_autoptr (xmlDoc) inner =
      bytes ? kai_xml_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error)
            : NULL;
  g_autofree char *path = g_strdup_printf ("%u", n);
  g_autofree char *tag = g_strdup_printf ("Voucher %u", n);

  mark (body);
  add_field (walk, walk->report->fields, path, tag, NULL, inner ? NULL : g_strdup (error->message),
             0, inner == NULL);
  if (!inner)
    return;
  walk_record (walk, xmlDocGetRootElement (inner), spec ? spec->root : NULL, path, 1);
  embed (walk, voucher, inner);
}

static void
walk_cfx (Walk *walk, xmlNode *cfx)
{
  const KaiMessageSpec *head_spec = kai_catalogue_get (walk->catalogue, "*");
  const KaiMessageSpec *spec = kai_catalogue_get (walk->catalogue, walk->report->number);
  xmlNode *head = kai_xml_child (cfx, NULL, "HEAD");
  xmlNode *msg = kai_xml_child (cfx, NULL, "MSG");
  xmlNode *mof = msg ? kai_xml_child (msg, NULL, "MOF") : NULL;
  xmlNode *count = mof ? kai_xml_child (mof, NULL, "VoucherCount") : NULL;

  if (head)
    {
      add_field (walk, walk->report->fields, "HEAD", "HEAD", NULL, NULL, 0, FALSE);
      walk_record (walk, head, head_spec->root, "HEAD", 1);
    }
  if (count)
    mark (count);
  for (xmlNode *body = mof ? next_element (mof->children) : NULL; body;
       body = next_element (body->next))
    if (kai_xml_is (body, NULL, "VoucherBody"))
      walk_body (walk, body, spec, ++walk->report->n_vouchers);
}

/* ---- Headers and faults ---- */

/* Other headers of WS-Addressing than ours may hold anything. */
static char *
mask_header (const Walk *walk, xmlNode *node, const char *text)
{
  static const char *const ours[] = { "MessageID", "To", "Action", "RelatesTo", NULL };

  if (walk->show)
    return g_strdup (text);
  return g_strv_contains (ours, (const char *)node->name) && g_str_is_ascii (text)
             ? kai_inspector_scrub (text)
             : describe_hidden (text);
}

static void
read_headers (Walk *walk, xmlNode *envelope)
{
  xmlNode *header = kai_xml_child (envelope, KAI_SOAP_NS, "Header");

  for (xmlNode *node = header ? next_element (header->children) : NULL; node;
       node = next_element (node->next))
    if (node->ns && xmlStrEqual (node->ns->href, BAD_CAST KAI_WSA_NS))
      {
        g_autofree char *text = g_strstrip (dup_text (node));
        g_autofree char *shown = mask_header (walk, node, text);
        gboolean is_hidden = strcmp (shown, text) != 0;

        if (!walk->show)
          set_text (node, shown);
        add_field (walk, walk->report->headers, (const char *)node->name, (const char *)node->name,
                   NULL, g_steal_pointer (&shown), 0, is_hidden);
      }
}

static void
mask_fault (xmlNode *envelope)
{
  xmlNode *body = kai_xml_child (envelope, KAI_SOAP_NS, "Body");
  xmlNode *fault = body ? kai_xml_child (body, KAI_SOAP_NS, "Fault") : NULL;
  xmlNode *sentence = fault ? kai_xml_child (fault, NULL, "faultstring") : NULL;
  xmlNode *code = fault ? kai_xml_child (fault, NULL, "faultcode") : NULL;
  xmlNode *detail = fault ? kai_xml_child (fault, NULL, "detail") : NULL;
  xmlNode *result = detail ? kai_xml_child (detail, KAI_EXCHANGE_NS, "Result") : NULL;
  xmlNode *parts[] = { sentence, code, result };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i])
      {
        g_autofree char *text = dup_text (parts[i]);
        g_autofree char *shown = kai_inspector_scrub (text);

        set_text (parts[i], shown);
      }
}

/* The head's fields that stand at the top of the report; not ours when they are no codes. */
static void
mask_head_words (KaiInspection *report)
{
  char **words[] = { &report->number, &report->msg_id, &report->msg_ref, &report->fault_code };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      char *shown;

      if (!*words[i])
        continue;
      shown = g_str_is_ascii (*words[i]) ? kai_inspector_scrub (*words[i])
                                         : describe_hidden (*words[i]);
      g_free (*words[i]);
      *words[i] = shown;
    }
}

/* ---- What nobody has looked at ---- */

/* Parts of signature and certificate, which hold no data of a message. */
static gboolean
is_security (const xmlNode *node)
{
  static const char *const names[] = { "BinarySecurityToken", "Created",          "Expires",
                                       "DigestValue",         "SignatureValue",   "X509Certificate",
                                       "X509IssuerName",      "X509SerialNumber", NULL };

  return node->ns && node->ns->href
         && (xmlStrEqual (node->ns->href, BAD_CAST DS_NS)
             || xmlStrEqual (node->ns->href, BAD_CAST WSSE_NS)
             || xmlStrEqual (node->ns->href, BAD_CAST WSU_NS))
         && g_strv_contains (names, (const char *)node->name);
}

static void
hide_attributes (xmlNode *node)
{
  for (xmlAttr *attribute = node->properties; attribute; attribute = attribute->next)
    {
      xmlChar *value = xmlNodeListGetString (node->doc, attribute->children, 1);
      g_autofree char *shown = kai_inspector_scrub (value ? (const char *)value : "");

      /* Ids and algorithms are short words; anything longer in an attribute is not ours. */
      if (strlen (shown) > 100)
        {
          char *hidden = describe_hidden (shown);

          g_free (shown);
          shown = hidden;
        }
      if (g_strcmp0 (shown, (const char *)value) != 0)
        xmlSetNsProp (node, attribute->ns, attribute->name, BAD_CAST shown);
      xmlFree (value);
    }
}

static void
hide_rest (xmlNode *node, gboolean is_known)
{
  xmlNode *next;

  if (node->type == XML_ELEMENT_NODE)
    {
      is_known = node->_private != NULL || is_security (node);
      hide_attributes (node);
    }
  else if (node->type == XML_TEXT_NODE ? !is_known && !xmlIsBlankNode (node) : TRUE)
    {
      g_autofree char *text = dup_text (node);
      g_autofree char *hidden = describe_hidden (text);

      xmlNodeSetContent (node, BAD_CAST hidden);
    }
  for (xmlNode *child = node->type == XML_ELEMENT_NODE ? node->children : NULL; child; child = next)
    {
      next = child->next;
      hide_rest (child, is_known);
    }
}

void
kai_inspector_read_fields (KaiInspection *report, xmlDoc *doc, xmlNode *cfx,
                           const KaiInspectorOptions *options)
{
  g_autoptr (GPtrArray) secrets = g_ptr_array_new_with_free_func (g_free);
  Walk walk = { options->catalogue, options->show_personal, report, secrets };
  xmlNode *root = xmlDocGetRootElement (doc);

  g_ptr_array_set_free_func (report->fields, (GDestroyNotify)field_free);
  g_ptr_array_set_free_func (report->headers, (GDestroyNotify)field_free);
  if (!walk.show && options->request)
    collect_from_request (&walk, options->request);
  read_headers (&walk, root);
  if (!walk.show)
    mask_head_words (report);
  if (cfx)
    walk_cfx (&walk, cfx);
  if (walk.show)
    return;
  mask_fault (root);
  hide_rest (root, FALSE);
}
