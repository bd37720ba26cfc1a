/* The fields of an e-bill, Header and EInvoiceData, as a table: order, presence, types and lengths of the standard. Building and reading both follow it. */
#include "security/kai-ebill-private.h"

#include "messages/kai-net-error.h"
#include "security/kai-xml-signature.h"
#include "values/kai-codes.h"
#include "values/kai-text.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_ITEMS 999
#define MAX_FREE_TEXT 1000 /* where the standard names no length */

typedef enum
{
  FIELD_TEXT,      /* char *, length in characters */
  FIELD_DIGITS,    /* char * of digits */
  FIELD_MONEY,     /* KaiMoney; optional: 0 = absent */
  FIELD_DAY,       /* KaiDay */
  FIELD_TIME,      /* char *, HHMMSS or HH:mm:ss */
  FIELD_PAYER,     /* KaiPayerKind, 1 or 2 */
  FIELD_INTEGER,   /* gint64; optional: 0 = absent */
  FIELD_GROUP,     /* children */
  FIELD_EXTENSION, /* children in any order, strangers among them are passed over */
  FIELD_ITEMS,     /* Item elements, children describe one */
  FIELD_FOREIGN,   /* read over: we neither write nor keep it */
} FieldKind;

typedef struct _Field Field;
struct _Field
{
  const char *tag;
  FieldKind kind;
  int min, max;
  gboolean required;
  gsize offset;
  const Field *children;
};

#define OF(field) G_STRUCT_OFFSET (KaiEbill, field)
#define OF_ITEM(field) G_STRUCT_OFFSET (KaiNoticeItem, field)

static const Field header_fields[] = {
  { "EInvoiceTag", FIELD_TEXT, 8, 8, TRUE, OF (tag) },
  { "EInvoiceID", FIELD_TEXT, 19, 19, TRUE, OF (identity) },
  { "Version", FIELD_TEXT, 5, 5, TRUE, OF (version) },
  { NULL },
};

static const Field unit_fields[] = {
  { "InvoicingPartyCode", FIELD_TEXT, 1, 30, TRUE, OF (issuer_code) },
  { "InvoicingPartyName", FIELD_TEXT, 1, 100, TRUE, OF (issuer_name) },
  { "RecName", FIELD_TEXT, 0, 100, FALSE, OF (payee_name) },
  { "RecAcct", FIELD_TEXT, 0, 50, FALSE, OF (payee_account) },
  { "RecOpBk", FIELD_TEXT, 0, 100, FALSE, OF (payee_bank) },
  { NULL },
};

static const Field payer_fields[] = {
  { "PayerPartyType", FIELD_PAYER, 1, 1, TRUE, OF (payer_kind) },
  { "PayerPartyCode", FIELD_TEXT, 0, 30, FALSE, OF (payer_code) },
  { "PayerPartyName", FIELD_TEXT, 1, 100, TRUE, OF (payer_name) },
  { "PayerAcct", FIELD_FOREIGN },
  { "PayerOpBk", FIELD_FOREIGN },
  { NULL },
};

static const Field extension_fields[] = {
  { "RelatedInvoiceCode", FIELD_DIGITS, 8, 8, FALSE, OF (related_code) },
  { "RelatedInvoiceNumber", FIELD_DIGITS, 10, 10, FALSE, OF (related_number) },
  { "PayCode", FIELD_TEXT, 0, 20, FALSE, OF (payment_code) },
  { NULL },
};

static const Field unit_seal_fields[] = {
  { "SealId", FIELD_TEXT, 1, 32, TRUE, OF (unit_seal_id) },
  { "SealName", FIELD_TEXT, 1, 100, TRUE, OF (unit_seal_name) },
  { "SealHash", FIELD_TEXT, 1, 256, TRUE, OF (unit_seal_hash) },
  { NULL },
};

static const Field supervisor_seal_fields[] = {
  { "SealId", FIELD_TEXT, 1, 32, TRUE, OF (supervisor_seal_id) },
  { "SealName", FIELD_TEXT, 1, 100, TRUE, OF (supervisor_seal_name) },
  { "SealHash", FIELD_TEXT, 1, 256, TRUE, OF (supervisor_seal_hash) },
  { NULL },
};

static const Field main_fields[] = {
  { "EInvoiceName", FIELD_TEXT, 1, 100, TRUE, OF (name) },
  { "EInvoiceCode", FIELD_DIGITS, 8, 8, TRUE, OF (code) },
  { "EInvoiceNumber", FIELD_DIGITS, 10, 10, TRUE, OF (number) },
  { "RandomNumber", FIELD_TEXT, 6, 6, TRUE, OF (check_code) },
  { "EInvoiceSpecimenCode", FIELD_TEXT, 10, 10, TRUE, OF (specimen) },
  { "SupervisorAreaCode", FIELD_TEXT, 6, 6, TRUE, OF (region) },
  { "TotalAmount", FIELD_MONEY, 4, 19, TRUE, OF (total) },
  { "IssueDate", FIELD_DAY, 8, 8, TRUE, OF (issue_date) },
  { "IssueTime", FIELD_TIME, 6, 8, TRUE, OF (issue_time) },
  { "InvoicingParty", FIELD_GROUP, 0, 0, TRUE, 0, unit_fields },
  { "PayerParty", FIELD_GROUP, 0, 0, TRUE, 0, payer_fields },
  { "PayMode", FIELD_FOREIGN },
  { "BizCode", FIELD_FOREIGN },
  { "CurrencyType", FIELD_FOREIGN },
  { "ExchangeRate", FIELD_FOREIGN },
  { "Remark", FIELD_TEXT, 0, MAX_FREE_TEXT, FALSE, OF (remark) },
  { "HandlingPerson", FIELD_TEXT, 1, 20, TRUE, OF (clerk) },
  { "Checker", FIELD_TEXT, 1, 20, TRUE, OF (reviewer) },
  { "SupervisorRemark", FIELD_FOREIGN },
  { "MainExt", FIELD_EXTENSION, 0, 0, FALSE, 0, extension_fields },
  { "InvoicingPartySeal", FIELD_GROUP, 0, 0, FALSE, 0, unit_seal_fields },
  { "SupervisorPartySeal", FIELD_GROUP, 0, 0, FALSE, 0, supervisor_seal_fields },
  { NULL },
};

static const Field item_fields[] = {
  { "ItemCode", FIELD_TEXT, 1, 30, TRUE, OF_ITEM (code) },
  { "ItemName", FIELD_TEXT, 1, 100, TRUE, OF_ITEM (name) },
  { "ItemAmount", FIELD_MONEY, 4, 19, TRUE, OF_ITEM (amount) },
  { "ItemUnit", FIELD_TEXT, 0, 30, FALSE, OF_ITEM (unit_of_measure) },
  { "ItemQuantity", FIELD_INTEGER, 1, 9, FALSE, OF_ITEM (quantity) },
  { "ItemStd", FIELD_MONEY, 4, 19, FALSE, OF_ITEM (min) },
  { "ItemExt", FIELD_FOREIGN },
  { NULL },
};

static const Field data_fields[] = {
  { "Main", FIELD_GROUP, 0, 0, TRUE, 0, main_fields },
  { "Details", FIELD_ITEMS, 0, 0, TRUE, OF (items), item_fields },
  { "AuxDetails", FIELD_FOREIGN },
  { NULL },
};

static gboolean
fail (GError **error, const Field *field, const char *why)
{
  return kai_net_fail (error, KAI_NET_ERROR_FIELD, _ ("Field %s of the e-bill is wrong: %s"),
                       field->tag, why);
}

/* ---- One value ---- */

static gboolean
is_time (const char *text)
{
  int hour, minute, second;
  const char *form = strlen (text) == 8 ? "00:00:00" : "000000";

  if (strlen (text) != strlen (form))
    return FALSE;
  for (gsize i = 0; form[i]; i++)
    if (form[i] == ':' ? text[i] != ':' : !g_ascii_isdigit (text[i]))
      return FALSE;
  if (sscanf (text, strlen (text) == 8 ? "%2d:%2d:%2d" : "%2d%2d%2d", &hour, &minute, &second) != 3)
    return FALSE;
  return hour < 24 && minute < 60 && second < 60;
}

static gboolean
check_text (const Field *field, const char *text, GError **error)
{
  glong length;

  if (!*text)
    return !field->required || fail (error, field, _ ("it is empty."));
  if (kai_text_is_broken (text))
    return fail (error, field, _ ("it holds characters that cannot be written."));
  length = g_utf8_strlen (text, -1);
  if (length < field->min || length > field->max)
    return fail (error, field, _ ("it is too short or too long."));
  if (field->kind == FIELD_DIGITS && strspn (text, "0123456789") != strlen (text))
    return fail (error, field, _ ("only digits are allowed."));
  return field->kind != FIELD_TIME || is_time (text)
         || fail (error, field, _ ("it is not a time of day."));
}

/* The text that stands in the file; "" = absent. Caller frees. */
static char *
get_value (const Field *field, const void *record)
{
  const char *at = (const char *)record + field->offset;

  switch (field->kind)
    {
    case FIELD_MONEY:
      return field->required || *(const KaiMoney *)at ? kai_money_to_wire (*(const KaiMoney *)at)
                                                      : g_strdup ("");
    case FIELD_DAY:
      return kai_day_to_wire (*(const KaiDay *)at);
    case FIELD_PAYER:
      return g_strdup_printf ("%d", (int)*(const KaiPayerKind *)at);
    case FIELD_INTEGER:
      return *(const gint64 *)at ? g_strdup_printf ("%" G_GINT64_FORMAT, *(const gint64 *)at)
                                 : g_strdup ("");
    default:
      return g_strdup (*(char *const *)at);
    }
}

static gboolean
set_day (const Field *field, const char *text, KaiDay *out, GError **error)
{
  if (strspn (text, "0123456789") == 8)
    *out = (KaiDay)g_ascii_strtoll (text, NULL, 10);
  return (strspn (text, "0123456789") == 8 && kai_day_is_valid (*out))
         || fail (error, field, _ ("it is not a day."));
}

/* @text was checked for its length. */
static gboolean
set_value (const Field *field, const char *text, void *record, GError **error)
{
  char *at = (char *)record + field->offset;

  switch (field->kind)
    {
    case FIELD_MONEY:
      return kai_money_parse_wire (text, (KaiMoney *)at, NULL)
             || fail (error, field, _ ("it is not an amount with two decimals."));
    case FIELD_DAY:
      return set_day (field, text, (KaiDay *)at, error);
    case FIELD_PAYER:
      if (strcmp (text, "1") != 0 && strcmp (text, "2") != 0)
        return fail (error, field, _ ("it is neither 1 (person) nor 2 (organisation)."));
      *(KaiPayerKind *)at = *text - '0';
      return TRUE;
    case FIELD_INTEGER:
      return g_ascii_string_to_signed (text, 10, -99999999, 99999999, (gint64 *)at, NULL)
             || fail (error, field, _ ("it is not a whole number."));
    default:
      g_free (*(char **)at);
      *(char **)at = g_strdup (text);
      return TRUE;
    }
}

/* ---- Writing ---- */

static gboolean write_fields (xmlNode *parent, const Field *fields, const void *record,
                              GError **error);

/* A group that is optional is there when its first field has text. */
static gboolean
is_group_used (const Field *group, const void *record)
{
  for (const Field *field = group->children; field->tag; field++)
    {
      g_autofree char *value = get_value (field, record);

      if (*value)
        return TRUE;
    }
  return FALSE;
}

static gboolean
write_items (xmlNode *parent, const Field *field, const KaiEbill *ebill, GError **error)
{
  if (ebill->items->len < 1 || ebill->items->len > MAX_ITEMS)
    return fail (error, field, _ ("a bill has 1 to 999 items."));
  for (guint i = 0; i < ebill->items->len; i++)
    {
      KaiNoticeItem line = *(const KaiNoticeItem *)g_ptr_array_index (ebill->items, i);

      /* Only a fixed standard is the standard of the line. */
      if (line.standard != KAI_STANDARD_FIXED)
        line.min = 0;
      if (!write_fields (xmlNewChild (parent, NULL, BAD_CAST "Item", NULL), field->children, &line,
                         error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_field (xmlNode *parent, const Field *field, const void *record, GError **error)
{
  g_autofree char *value = NULL;

  switch (field->kind)
    {
    case FIELD_FOREIGN:
      return TRUE;
    case FIELD_ITEMS:
      return write_items (xmlNewChild (parent, NULL, BAD_CAST field->tag, NULL), field, record,
                          error);
    case FIELD_GROUP:
    case FIELD_EXTENSION:
      if (!field->required && !is_group_used (field, record))
        return TRUE;
      return write_fields (xmlNewChild (parent, NULL, BAD_CAST field->tag, NULL), field->children,
                           record, error);
    default:
      value = get_value (field, record);
      if (!check_text (field, value, error))
        return FALSE;
      if (*value)
        xmlNewTextChild (parent, NULL, BAD_CAST field->tag, BAD_CAST value);
      return TRUE;
    }
}

static gboolean
write_fields (xmlNode *parent, const Field *fields, const void *record, GError **error)
{
  for (const Field *field = fields; field->tag; field++)
    if (!write_field (parent, field, record, error))
      return FALSE;
  return TRUE;
}

GBytes *
kai_ebill_content_bytes (xmlNode *header, xmlNode *data, GError **error)
{
  g_autoptr (GBytes) first = kai_xml_canonical (header, error);
  g_autoptr (GBytes) second = first ? kai_xml_canonical (data, error) : NULL;
  GByteArray *both;

  if (!second)
    return NULL;
  both = g_byte_array_new ();
  g_byte_array_append (both, g_bytes_get_data (first, NULL), g_bytes_get_size (first));
  g_byte_array_append (both, g_bytes_get_data (second, NULL), g_bytes_get_size (second));
  return g_byte_array_free_to_bytes (both);
}

static gboolean
check_identity (const KaiEbill *ebill, GError **error)
{
  g_autofree char *identity = kai_ebill_identity (ebill->code, ebill->number);

  return g_strcmp0 (identity, ebill->identity) == 0
         || kai_net_fail (error, KAI_NET_ERROR_FIELD,
                          _ ("Field EInvoiceID of the e-bill is not made from its code and "
                             "number."));
}

GBytes *
kai_ebill_content_build (const KaiEbill *ebill, GError **error)
{
  g_autoptr (xmlDoc) doc = xmlNewDoc (BAD_CAST "1.0");
  xmlNode *root = xmlNewDocNode (doc, NULL, BAD_CAST "EInvoice", NULL);
  xmlNode *header, *data;

  xmlDocSetRootElement (doc, root);
  header = xmlNewChild (root, NULL, BAD_CAST "Header", NULL);
  data = xmlNewChild (root, NULL, BAD_CAST "EInvoiceData", NULL);
  if (!write_fields (header, header_fields, ebill, error)
      || !write_fields (data, data_fields, ebill, error) || !check_identity (ebill, error)
      || !kai_ebill_check_sums (ebill, error))
    return NULL;
  return kai_ebill_content_bytes (header, data, error);
}

/* ---- Reading ---- */

xmlNode *
kai_ebill_to_element (xmlNode *node)
{
  while (node && node->type != XML_ELEMENT_NODE)
    node = node->next;
  return node;
}

xmlNode *
kai_ebill_take (xmlNode **cursor, const char *name)
{
  xmlNode *found = *cursor;

  if (!kai_xml_is (found, NULL, name))
    return NULL;
  *cursor = kai_ebill_to_element (found->next);
  return found;
}

static gboolean read_fields (xmlNode *parent, const Field *fields, void *record, GError **error);

static gboolean
read_value (xmlNode *node, const Field *field, void *record, GError **error)
{
  g_autofree char *text = kai_xml_text (node, error);

  if (!text || !check_text (field, text, error))
    return FALSE;
  return !*text || set_value (field, text, record, error);
}

static gboolean
read_items (xmlNode *parent, const Field *field, KaiEbill *ebill, GError **error)
{
  xmlNode *cursor = kai_ebill_to_element (parent->children), *node;

  while ((node = kai_ebill_take (&cursor, "Item")))
    {
      KaiNoticeItem *line = kai_notice_item_new ("", 1, 0);

      g_ptr_array_add (ebill->items, line);
      if (ebill->items->len > MAX_ITEMS)
        return fail (error, field, _ ("a bill has 1 to 999 items."));
      if (!read_fields (node, field->children, line, error))
        return FALSE;
      line->standard = line->min ? KAI_STANDARD_FIXED : KAI_STANDARD_FREE;
      line->max = line->min;
    }
  return (!cursor && ebill->items->len > 0)
         || fail (error, field, _ ("a bill has 1 to 999 items."));
}

static gboolean
read_extension (xmlNode *parent, const Field *group, void *record, GError **error)
{
  for (const Field *field = group->children; field->tag; field++)
    {
      xmlNode *node = kai_xml_child (parent, NULL, field->tag);

      if (node
          && (!kai_xml_only_child (parent, NULL, field->tag, error)
              || !read_value (node, field, record, error)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_field (xmlNode *node, const Field *field, void *record, GError **error)
{
  switch (field->kind)
    {
    case FIELD_FOREIGN:
      return TRUE;
    case FIELD_ITEMS:
      return read_items (node, field, record, error);
    case FIELD_GROUP:
      return read_fields (node, field->children, record, error);
    case FIELD_EXTENSION:
      return read_extension (node, field, record, error);
    default:
      return read_value (node, field, record, error);
    }
}

/* Text between the fields is signed and shown by nobody. */
static gboolean
has_stray_text (xmlNode *parent)
{
  for (xmlNode *node = parent->children; node; node = node->next)
    if (node->type != XML_ELEMENT_NODE && (node->type != XML_TEXT_NODE || !xmlIsBlankNode (node)))
      return TRUE;
  return FALSE;
}

static gboolean
read_fields (xmlNode *parent, const Field *fields, void *record, GError **error)
{
  xmlNode *cursor = kai_ebill_to_element (parent->children);

  if (has_stray_text (parent))
    return kai_net_fail (error, KAI_NET_ERROR_FIELD,
                         _ ("Element %s of the e-bill holds text between its fields."),
                         (const char *)parent->name);
  for (const Field *field = fields; field->tag; field++)
    {
      xmlNode *node = kai_ebill_take (&cursor, field->tag);

      if (!node && field->required)
        return fail (error, field, _ ("it is missing or out of order."));
      if (node && !read_field (node, field, record, error))
        return FALSE;
    }
  return !cursor
         || kai_net_fail (
             error, KAI_NET_ERROR_FIELD,
             _ ("Element %s of the e-bill holds something unexpected or out of order."),
             (const char *)parent->name);
}

KaiEbill *
kai_ebill_content_read (xmlNode *header, xmlNode *data, GError **error)
{
  g_autoptr (KaiEbill) ebill = kai_ebill_new ();

  if (!read_fields (header, header_fields, ebill, error)
      || !read_fields (data, data_fields, ebill, error))
    return NULL;
  return g_steal_pointer (&ebill);
}

KaiEbill *
kai_ebill_content_parse (GBytes *content, GError **error)
{
  g_autoptr (GString) text = g_string_new ("<EInvoice>");
  g_autoptr (xmlDoc) doc = NULL;
  g_autoptr (GBytes) canonical = NULL;
  xmlNode *root, *cursor, *header, *data;

  g_string_append_len (text, g_bytes_get_data (content, NULL), g_bytes_get_size (content));
  g_string_append (text, "</EInvoice>");
  doc = kai_xml_parse (text->str, text->len, error);
  if (!doc)
    return NULL;
  root = xmlDocGetRootElement (doc);
  cursor = kai_ebill_to_element (root->children);
  header = kai_ebill_take (&cursor, "Header");
  data = kai_ebill_take (&cursor, "EInvoiceData");
  canonical = header && data && !cursor ? kai_ebill_content_bytes (header, data, NULL) : NULL;
  /* What was signed is what is read: the bytes must be the canonical form of what the parser saw. */
  if (!canonical || !g_bytes_equal (canonical, content))
    {
      kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                    _ ("The content of the e-bill is not Header and EInvoiceData in canonical "
                       "form."));
      return NULL;
    }
  return kai_ebill_content_read (header, data, error);
}

gboolean
kai_ebill_check_sums (const KaiEbill *ebill, GError **error)
{
  gboolean is_red = *ebill->related_code || *ebill->related_number;
  KaiMoney sum = 0;

  if (is_red && (!*ebill->related_code || !*ebill->related_number))
    return kai_net_fail (error, KAI_NET_ERROR_FIELD,
                         _ ("The red bill names only one of code and number of the blue bill."));
  for (guint i = 0; i < ebill->items->len; i++)
    {
      const KaiNoticeItem *line = g_ptr_array_index (ebill->items, i);

      if (is_red ? line->amount > 0 : line->amount < 0)
        return kai_net_fail (error, KAI_NET_ERROR_FIELD,
                             is_red ? _ ("An amount of the red bill is not negative.")
                                    : _ ("An amount of the bill is negative."));
      if (!kai_money_add (sum, line->amount, &sum))
        return kai_net_fail (error, KAI_NET_ERROR_FIELD,
                             _ ("The amounts of the bill are too large."));
    }
  if (sum != ebill->total)
    return kai_net_fail (error, KAI_NET_ERROR_FIELD,
                         _ ("The total of the bill is not the sum of its items."));
  return !is_red || sum < 0
         || kai_net_fail (error, KAI_NET_ERROR_FIELD,
                          _ ("The total of the red bill is not negative."));
}
