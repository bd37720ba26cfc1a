/* Reading a CFX message: from the verified node, and from nothing else. Every value is checked against the catalogue before anyone sees it. */
#include "messages/kai-message.h"
#include "messages/kai-message-private.h"
#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static gboolean
malformed (GError **error, const char *what)
{
  return kai_net_fail (error, KAI_NET_ERROR_MALFORMED, _ ("The message cannot be read: %s"), what);
}

/* ---- One record ---- */

typedef struct
{
  const KaiFieldPlace *place;
  GError **error;
} Reader;

static gboolean read_record (Reader *reader, xmlNode *element, const KaiSpecNode *list,
                             KaiRecord *record);

static gboolean
fail_twice (Reader *reader, xmlNode *element)
{
  return kai_net_fail (reader->error, KAI_NET_ERROR_FIELD,
                       _ ("Message %s, voucher %u: the field %s stands there twice."),
                       reader->place->number, reader->place->voucher, (const char *)element->name);
}

static gboolean
read_list (Reader *reader, xmlNode *element, const KaiSpecNode *list, KaiRecord *record)
{
  for (xmlNode *item = element->children; item; item = item->next)
    {
      if (item->type == XML_TEXT_NODE && xmlIsBlankNode (item))
        continue;
      if (!kai_xml_is (item, NULL, list->item))
        return kai_net_fail (reader->error, KAI_NET_ERROR_FIELD,
                             _ ("Message %s, voucher %u: the list %s holds something else."),
                             reader->place->number, reader->place->voucher, list->tag);
      if (!read_record (reader, item, list, kai_record_add (record, list->key)))
        return FALSE;
    }
  return TRUE;
}

/* A field that the catalogue does not know is kept when it holds only text, and is ignored otherwise. */
static void
keep_unknown (xmlNode *element, const char *prefix, KaiRecord *record)
{
  g_autofree char *key = *prefix ? g_strconcat (prefix, "/", element->name, NULL)
                                 : g_strdup ((const char *)element->name);
  char *text;

  if (kai_record_has (record, key))
    return;
  text = kai_xml_text (element, NULL);
  if (text)
    kai_record_take (record, key, text);
}

static gboolean
read_children (Reader *reader, xmlNode *element, const KaiSpecNode *parent, KaiRecord *record)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (xmlNode *child = element->children; child; child = child->next)
    {
      const KaiSpecNode *node;
      char *text;

      if (child->type == XML_TEXT_NODE && xmlIsBlankNode (child))
        continue;
      if (child->type != XML_ELEMENT_NODE || child->ns)
        return malformed (reader->error, _ ("a voucher holds more than fields."));
      node = g_hash_table_lookup (parent->by_tag, child->name);
      if (!node)
        {
          keep_unknown (child, parent->kind == KAI_SPEC_GROUP ? parent->key : "", record);
          continue;
        }
      if (!g_hash_table_add (seen, (gpointer)node))
        return fail_twice (reader, child);
      if (node->kind == KAI_SPEC_LIST)
        {
          if (!read_list (reader, child, node, record))
            return FALSE;
        }
      else if (node->kind == KAI_SPEC_GROUP)
        {
          if (!read_children (reader, child, node, record))
            return FALSE;
        }
      else
        {
          text = kai_xml_text (child, reader->error);
          if (!text)
            return FALSE;
          kai_record_take (record, node->key, text);
        }
    }
  return TRUE;
}

/* Values of one record; those of list items were checked when they were read. */
static gboolean
check_children (Reader *reader, const KaiSpecNode *parent, const KaiRecord *record)
{
  for (guint i = 0; i < parent->children->len; i++)
    {
      const KaiSpecNode *node = parent->children->pdata[i];

      if (node->kind == KAI_SPEC_LEAF
          && !kai_field_check (node->field, kai_record_get (record, node->key), -1, reader->place,
                               reader->error))
        return FALSE;
      if (node->kind == KAI_SPEC_GROUP
          && ((node->field && node->field->presence == 'M') || kai_spec_has_content (node, record))
          && !check_children (reader, node, record))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_record (Reader *reader, xmlNode *element, const KaiSpecNode *list, KaiRecord *record)
{
  return read_children (reader, element, list, record) && check_children (reader, list, record)
         && kai_field_check_conditions (list, record, reader->place, reader->error);
}

/* FALSE leaves in @record what could be read. */
static gboolean
read_voucher (const void *xml, gsize length, const KaiMessageSpec *spec, const KaiFieldPlace *place,
              KaiRecord *record, GError **error)
{
  g_autoptr (xmlDoc) doc = kai_xml_parse (xml, length, error);
  Reader reader = { place, error };

  if (!doc)
    return FALSE;
  if (!kai_xml_is (xmlDocGetRootElement (doc), NULL, "Voucher"))
    return malformed (error, _ ("there is no Voucher where one must be."));
  return read_record (&reader, xmlDocGetRootElement (doc), spec->root, record);
}

KaiRecord *
kai_voucher_decode (const void *xml, gsize length, const KaiMessageSpec *spec, GError **error)
{
  KaiFieldPlace place = { spec->number, 1 };
  g_autoptr (KaiRecord) record = kai_record_new ();

  return read_voucher (xml, length, spec, &place, record, error) ? g_steal_pointer (&record) : NULL;
}

/* ---- The frame around the vouchers ---- */

/* The element children of @parent are exactly @names, each once; out[i] is the i-th. In @more, the last may stand there more often (1 or more). */
static gboolean
read_frame (xmlNode *parent, const char *const *names, gboolean more, xmlNode **out, GError **error)
{
  for (int i = 0; names[i]; i++)
    {
      out[i] = more && !names[i + 1] ? kai_xml_child (parent, NULL, names[i])
                                     : kai_xml_only_child (parent, NULL, names[i], error);
      if (!out[i])
        return error && *error ? FALSE : malformed (error, _ ("it has no voucher."));
    }
  for (xmlNode *node = parent->children; node; node = node->next)
    {
      if (node->type == XML_TEXT_NODE && xmlIsBlankNode (node))
        continue;
      if (node->type != XML_ELEMENT_NODE || node->ns
          || !g_strv_contains (names, (const char *)node->name))
        return malformed (error, _ ("it holds something that does not belong there."));
    }
  return TRUE;
}

static gboolean
read_head_field (xmlNode *head, const KaiFieldSpec *field, KaiMessage *message, GError **error)
{
  char **value = kai_message_head_field (message, field->tag);
  gboolean is_id = g_str_equal (field->tag, "MsgID") || g_str_equal (field->tag, "MsgRef");
  KaiFieldPlace place = { message->number, 0 };
  xmlNode *node = kai_xml_child (head, NULL, field->tag);
  char *text;

  if (node && !(node = kai_xml_only_child (head, NULL, field->tag, error)))
    return FALSE;
  text = node ? kai_xml_text (node, error) : g_strdup ("");
  if (!text)
    return FALSE;
  if (!kai_field_check (field, text, is_id ? KAI_MESSAGE_MAX_READ_ID : -1, &place, error))
    {
      g_free (text);
      return FALSE;
    }
  g_free (*value);
  *value = text;
  return TRUE;
}

static gboolean
read_head (xmlNode *head, KaiMessage *message, const KaiCatalogue *catalogue, GError **error)
{
  const KaiMessageSpec *spec = kai_catalogue_get (catalogue, "*");

  /* The number first, so that errors about the other fields can name the message. */
  for (int pass = 0; pass < 2; pass++)
    for (guint i = 0; i < spec->fields->len; i++)
      {
        const KaiFieldSpec *field = spec->fields->pdata[i];

        if (g_str_equal (field->tag, "MsgNo") == (pass == 0)
            && !read_head_field (head, field, message, error))
          return FALSE;
      }
  return TRUE;
}

gboolean
kai_message_region_is_valid (const char *region)
{
  gsize length = region ? strlen (region) : 0;

  return length >= 1 && length <= 6 && strspn (region, "0123456789") == length;
}

/* Attributes of one body; the region of the first one is the message's. */
static gboolean
read_attributes (xmlNode *body, KaiMessage *message, guint n, GError **error)
{
  g_autofree char *region = kai_xml_attribute (body, "AdmDivCode");
  g_autofree char *year = kai_xml_attribute (body, "StYear");
  g_autofree char *number = kai_xml_attribute (body, "VtCode");
  g_autofree char *order = kai_xml_attribute (body, "VoucherNo");
  g_autofree char *expected = g_strdup_printf ("%u", n);

  if (!kai_message_region_is_valid (region) || !year || strlen (year) != 4
      || strspn (year, "0123456789") != 4)
    return malformed (error, _ ("a voucher has no region or year."));
  if (g_strcmp0 (number, message->number) != 0)
    return malformed (error, _ ("a voucher is of another kind than the message."));
  if (g_strcmp0 (order, expected) != 0)
    return malformed (error, _ ("its vouchers are not numbered 1, 2, 3 and so on."));
  if (n == 1)
    {
      g_free (message->region);
      message->region = g_steal_pointer (&region);
    }
  else if (strcmp (region, message->region) != 0)
    return malformed (error, _ ("its vouchers are of different regions."));
  return TRUE;
}

/* Strict: g_base64_decode alone would skip what is not base64. */
static gboolean
decode_base64 (char *text, gsize *length)
{
  gsize n = 0, padding;

  for (const char *p = text; *p; p++)
    if (!g_ascii_isspace (*p))
      text[n++] = *p;
  text[n] = '\0';
  for (padding = 0; padding < 2 && padding < n && text[n - 1 - padding] == '='; padding++)
    ;
  if (n % 4 || !n
      || strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
             != n - padding)
    return FALSE;
  g_base64_decode_inplace (text, length);
  return TRUE;
}

/* A GBK document whose vouchers bear no declaration of their own holds them in GBK too. */
static char *
voucher_to_utf8 (const char *xml, gsize *length, const char *encoding)
{
  gsize written;
  char *text;

  if (!encoding || !g_str_has_prefix (encoding, "GB") || g_str_has_prefix (xml, "<?xml"))
    return NULL;
  text = g_convert (xml, (gssize)*length, "UTF-8", encoding, NULL, &written, NULL);
  if (text)
    *length = written;
  return text;
}

GBytes *
kai_message_voucher_bytes (xmlNode *body, GError **error)
{
  xmlNode *voucher = kai_xml_only_child (body, NULL, "Voucher", error);
  g_autofree char *text = voucher ? kai_xml_text (voucher, error) : NULL;
  gsize length;
  char *converted;

  if (!text)
    return NULL;
  if (!decode_base64 (text, &length))
    return malformed (error, _ ("a voucher is not in base64.")), NULL;
  converted = voucher_to_utf8 (text, &length, (const char *)body->doc->encoding);
  return g_bytes_new_take (converted ? converted : g_steal_pointer (&text), length);
}

static gboolean
read_body (xmlNode *body, KaiMessage *message, const KaiMessageSpec *spec, KaiRecord *record,
           GError **error)
{
  KaiFieldPlace place = { message->number, message->vouchers->len };
  g_autoptr (GBytes) bytes = kai_message_voucher_bytes (body, error);

  return bytes
         && read_voucher (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), spec, &place,
                          record, error);
}

static gboolean
read_vouchers (xmlNode *mof, KaiMessage *message, const KaiMessageSpec *spec, GPtrArray *problems,
               GError **error)
{
  for (xmlNode *body = mof->children; body; body = body->next)
    {
      KaiRecord *record;
      g_autoptr (GError) problem = NULL;

      if (!kai_xml_is (body, NULL, "VoucherBody"))
        continue;
      record = kai_record_new ();
      g_ptr_array_add (message->vouchers, record);
      if (!read_attributes (body, message, message->vouchers->len, error))
        return FALSE;
      if (!read_body (body, message, spec, record, &problem) && !problems)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      if (problems)
        g_ptr_array_add (problems, g_steal_pointer (&problem));
    }
  return TRUE;
}

static void
free_problem (gpointer problem)
{
  if (problem)
    g_error_free (problem);
}

KaiMessage *
kai_message_decode_each (xmlNode *cfx, const KaiCatalogue *catalogue, GPtrArray **problems,
                         GError **error)
{
  static const char *const in_cfx[] = { "HEAD", "MSG", NULL };
  static const char *const in_msg[] = { "MOF", NULL };
  static const char *const in_mof[] = { "VoucherCount", "VoucherBody", NULL };
  g_autoptr (KaiMessage) message = kai_message_new ("");
  g_autoptr (GPtrArray) list = problems ? g_ptr_array_new_with_free_func (free_problem) : NULL;
  g_autofree char *count = NULL;
  g_autofree char *expected = NULL;
  const KaiMessageSpec *spec;
  xmlNode *top[2], *mof, *parts[2];

  if (!kai_xml_is (cfx, NULL, "CFX"))
    return malformed (error, _ ("there is no CFX where one must be.")), NULL;
  if (!read_frame (cfx, in_cfx, FALSE, top, error)
      || !read_frame (top[1], in_msg, FALSE, &mof, error)
      || !read_frame (mof, in_mof, TRUE, parts, error)
      || !read_head (top[0], message, catalogue, error))
    return NULL;
  spec = kai_catalogue_get (catalogue, message->number);
  if (!spec)
    {
      kai_net_fail (error, KAI_NET_ERROR_UNKNOWN_MESSAGE,
                    _ ("The number %s is not that of a known message."), message->number);
      return NULL;
    }
  if (!read_vouchers (mof, message, spec, list, error))
    return NULL;
  count = kai_xml_text (parts[0], error);
  expected = g_strdup_printf ("%u", message->vouchers->len);
  if (!count)
    return NULL;
  if (!g_str_equal (count, expected))
    return malformed (error, _ ("it does not hold as many vouchers as it says.")), NULL;
  /* From here on the number that the catalogue knows it by. */
  g_free (message->number);
  message->number = g_strdup (spec->number);
  if (problems)
    *problems = g_steal_pointer (&list);
  return g_steal_pointer (&message);
}

KaiMessage *
kai_message_decode (xmlNode *cfx, const KaiCatalogue *catalogue, GError **error)
{
  return kai_message_decode_each (cfx, catalogue, NULL, error);
}

KaiMessage *
kai_message_decode_bytes (GBytes *bytes, const KaiCatalogue *catalogue, GError **error)
{
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);
  g_autoptr (xmlDoc) doc = kai_xml_parse (data, length, error);

  return doc ? kai_message_decode (xmlDocGetRootElement (doc), catalogue, error) : NULL;
}
