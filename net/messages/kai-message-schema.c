/* The catalogue as XML Schema. */
#include "messages/kai-message-schema.h"
#include "messages/kai-catalogue-private.h"
#include "messages/kai-message-private.h"

#include <string.h>

#define DAY "[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
#define CLOCK "([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"

static const char *
get_pattern (KaiFieldType type)
{
  switch (type)
    {
    case KAI_TYPE_STRING:
      return "[ -~]*";
    case KAI_TYPE_NSTRING:
      return "[0-9]*";
    case KAI_TYPE_CURRENCY:
      return "-?[0-9]{1,15}\\.[0-9]{2}";
    case KAI_TYPE_INTEGER:
      return "[+\\-]?[0-9]{1,8}";
    case KAI_TYPE_DECIMAL:
      return "[+\\-]?[0-9]+(\\.[0-9]+)?";
    case KAI_TYPE_DATE:
      return DAY;
    case KAI_TYPE_TIME:
      return CLOCK;
    case KAI_TYPE_DATETIME:
      return DAY CLOCK;
    case KAI_TYPE_UTCDATETIME:
      return DAY CLOCK "[+\\-][0-9]{4}";
    case KAI_TYPE_GBSTRING:
    case KAI_TYPE_NODE:
    default:
      return NULL;
    }
}

static void
append_leaf (GString *out, const KaiFieldSpec *field, int max, gboolean required)
{
  const char *pattern = get_pattern (field->type);

  g_string_append_printf (out,
                          "<xs:element name=\"%s\" minOccurs=\"%d\"><xs:simpleType>"
                          "<xs:restriction base=\"xs:string\">",
                          field->tag, required);
  if (required)
    g_string_append_printf (out, "<xs:minLength value=\"%d\"/>", MAX (field->min, 1));
  if (max >= 0)
    g_string_append_printf (out, "<xs:maxLength value=\"%d\"/>", max);
  /* An optional field may stand there empty. */
  if (pattern)
    g_string_append_printf (out, "<xs:pattern value=\"(%s)%s\"/>", pattern, required ? "" : "?");
  g_string_append (out, "</xs:restriction></xs:simpleType></xs:element>");
}

static void
append_content (GString *out, const KaiSpecNode *parent, gboolean required)
{
  g_string_append (out, "<xs:complexType><xs:all>");
  for (guint i = 0; i < parent->children->len; i++)
    {
      const KaiSpecNode *node = parent->children->pdata[i];
      gboolean needed = required && node->field && node->field->presence == 'M';

      if (node->kind == KAI_SPEC_LEAF)
        {
          append_leaf (out, node->field, node->field->max, needed);
          continue;
        }
      g_string_append_printf (out, "<xs:element name=\"%s\" minOccurs=\"%d\">", node->tag, needed);
      if (node->kind == KAI_SPEC_GROUP)
        append_content (out, node, needed);
      else
        {
          g_string_append_printf (out,
                                  "<xs:complexType><xs:sequence><xs:element name=\"%s\" "
                                  "minOccurs=\"0\" maxOccurs=\"unbounded\">",
                                  node->item);
          append_content (out, node, TRUE);
          g_string_append (out, "</xs:element></xs:sequence></xs:complexType>");
        }
      g_string_append (out, "</xs:element>");
    }
  g_string_append (out, "</xs:all></xs:complexType>");
}

char *
kai_message_schema_voucher (const KaiCatalogue *catalogue, const char *number)
{
  const KaiMessageSpec *spec = kai_catalogue_get (catalogue, number);
  GString *out;

  if (!spec)
    return NULL;
  out =
      g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xs:schema "
                    "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"Voucher\">");
  append_content (out, spec->root, TRUE);
  g_string_append (out, "</xs:element></xs:schema>\n");
  return g_string_free (out, FALSE);
}

static void
append_head (GString *out, const KaiCatalogue *catalogue)
{
  const KaiMessageSpec *head = kai_catalogue_get (catalogue, "*");

  g_string_append (out, "<xs:element name=\"HEAD\"><xs:complexType><xs:all>");
  for (guint i = 0; i < head->fields->len; i++)
    {
      const KaiFieldSpec *field = head->fields->pdata[i];
      gboolean id = g_str_equal (field->tag, "MsgID") || g_str_equal (field->tag, "MsgRef");

      append_leaf (out, field, id ? KAI_MESSAGE_MAX_READ_ID : field->max, field->presence == 'M');
    }
  g_string_append (out, "</xs:all></xs:complexType></xs:element>");
}

char *
kai_message_schema_cfx (const KaiCatalogue *catalogue, const char *prefix)
{
  GString *out = g_string_new ("<xs:complexType name=\"CFX\"><xs:sequence>");

  append_head (out, catalogue);
  g_string_append_printf (
      out,
      "<xs:element name=\"MSG\"><xs:complexType><xs:sequence><xs:element name=\"MOF\">"
      "<xs:complexType><xs:sequence>"
      "<xs:element name=\"VoucherCount\" type=\"xs:positiveInteger\"/>"
      "<xs:element name=\"VoucherBody\" type=\"%s:VoucherBody\" maxOccurs=\"unbounded\"/>"
      "</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"
      "</xs:sequence></xs:complexType>"
      "<xs:complexType name=\"VoucherBody\"><xs:sequence>"
      "<xs:element name=\"Voucher\" type=\"xs:base64Binary\"/></xs:sequence>"
      "<xs:attribute name=\"AdmDivCode\" use=\"required\"><xs:simpleType>"
      "<xs:restriction base=\"xs:string\"><xs:pattern value=\"[0-9]{1,6}\"/></xs:restriction>"
      "</xs:simpleType></xs:attribute>"
      "<xs:attribute name=\"StYear\" use=\"required\"><xs:simpleType>"
      "<xs:restriction base=\"xs:string\"><xs:pattern value=\"[0-9]{4}\"/></xs:restriction>"
      "</xs:simpleType></xs:attribute>"
      "<xs:attribute name=\"VtCode\" use=\"required\"><xs:simpleType>"
      "<xs:restriction base=\"xs:string\"><xs:pattern value=\"[0-9]{4}\"/></xs:restriction>"
      "</xs:simpleType></xs:attribute>"
      "<xs:attribute name=\"VoucherNo\" type=\"xs:positiveInteger\" use=\"required\"/>"
      "</xs:complexType>",
      prefix);
  return g_string_free (out, FALSE);
}
