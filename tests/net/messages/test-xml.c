/* The XML entry point refuses what could hurt before libxml2 sees it, and reads the encodings of the protocol. */
#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"

#include <string.h>

static const struct
{
  const char *name, *xml, *text; /* text of the root; NULL = refused */
} rows[] = {
  { "plain", "<a>x</a>", "x" },
  { "declaration", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a>张</a>", "张" },
  { "byte-order-mark", "\xef\xbb\xbf<a>x</a>", "x" },
  { "gbk", "<?xml version='1.0' encoding='GBK'?><a>\xd5\xc5\xc8\xfd</a>", "张三" },
  { "gbk-reference", "<?xml version='1.0' encoding='GBK'?><a>&#134071;</a>", "𠮷" },
  { "gb18030", "<?xml version='1.0' encoding='GB18030'?><a>\x95\x34\xb2\x35</a>", "𠮷" },
  { "cdata", "<a><![CDATA[<x>&]]></a>", "<x>&" },
  { "predefined-entities", "<a>&lt;&amp;&#20013;</a>", "<&中" },
  { "quotes-in-attributes", "<a x='>' y=\"<\"/>", NULL }, /* a bare < in an attribute is not XML */
  { "greater-in-attribute", "<a x='>' y=\">\">t</a>", "t" },
  { "comment-outside", "<!-- <b> --><a>x</a>", "x" },
  { "empty", "", NULL },
  { "blank", "  \n", NULL },
  { "text", "hello", NULL },
  { "not-closed", "<a>", NULL },
  { "cut-tag", "<a", NULL },
  { "cut-comment", "<a><!-- </a>", NULL },
  { "short-comment", "<a><!--></a>", NULL },
  { "two-roots", "<a/><b/>", NULL },
  { "dtd", "<!DOCTYPE a><a/>", NULL },
  { "dtd-system", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", NULL },
  { "entity", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", NULL },
  { "external-entity", "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", NULL },
  { "dtd-after-comment", "<!-- x --><!DOCTYPE a><a/>", NULL },
  { "unknown-entity", "<a>&e;</a>", NULL },
  { "not-utf8", "<a>\xd5\xc5</a>", NULL },
  { "wrong-gbk", "<?xml version='1.0' encoding='GBK'?><a>\xff</a>", NULL },
  { "utf-16-declared", "<?xml version='1.0' encoding='UTF-16'?><a/>", NULL },
  { "utf-7-declared", "<?xml version='1.0' encoding='UTF-7'?><a/>", NULL },
  { "utf-16", "\xff\xfe<\0a\0/\0>\0", NULL },
  { "control", "<a>\x01</a>", NULL },
  { "attribute-twice", "<a x='1' x='2'/>", NULL },
  { "prefix-not-bound", "<p:a/>", NULL },
};

static void
test_row (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (xmlDoc) doc = kai_xml_parse (rows[i].xml, strlen (rows[i].xml), &error);
  g_autofree char *text = NULL;

  if (!rows[i].text)
    {
      g_assert_null (doc);
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
      return;
    }
  g_assert_no_error (error);
  text = kai_xml_text (xmlDocGetRootElement (doc), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, rows[i].text);
}

static gboolean
accepts (GString *xml)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (xmlDoc) doc = kai_xml_parse (xml->str, xml->len, &error);

  if (!doc)
    g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
  return doc != NULL;
}

static void
repeat (GString *out, const char *text, int n)
{
  for (int i = 0; i < n; i++)
    g_string_append (out, text);
}

static void
test_depth (void)
{
  const struct
  {
    int depth;
    gboolean good;
  } depths[] = { { KAI_XML_MAX_DEPTH, TRUE }, { KAI_XML_MAX_DEPTH + 1, FALSE }, { 10000, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (depths); i++)
    {
      g_autoptr (GString) xml = g_string_new (NULL);

      repeat (xml, "<a>", depths[i].depth);
      repeat (xml, "</a>", depths[i].depth);
      g_assert_cmpint (accepts (xml), ==, depths[i].good);
    }
}

/* A comment that closes later than a careless scanner thinks must not hide a deep tree from it. */
static void
test_hidden_depth (void)
{
  g_autoptr (GString) xml = g_string_new ("<r><!--><a b=\"-->");

  repeat (xml, "<a>", 1000);
  repeat (xml, "</a>", 1000);
  g_string_append (xml, "</r>");
  g_assert_false (accepts (xml));
}

static void
test_attributes (void)
{
  const struct
  {
    int n;
    gboolean good;
  } counts[] = { { KAI_XML_MAX_ATTRIBUTES, TRUE },
                 { KAI_XML_MAX_ATTRIBUTES + 1, FALSE },
                 { 100000, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autoptr (GString) xml = g_string_new ("<a");

      for (int n = 0; n < counts[i].n; n++)
        g_string_append_printf (xml, " x%d='='", n);
      g_string_append (xml, "/>");
      g_assert_cmpint (accepts (xml), ==, counts[i].good);
    }
}

static void
test_nodes (void)
{
  g_autoptr (GString) xml = g_string_new ("<r>");

  repeat (xml, "<a/>", KAI_XML_MAX_NODES / 2 + 1);
  g_string_append (xml, "</r>");
  g_assert_false (accepts (xml));
}

static void
test_long_text (void)
{
  g_autoptr (GString) xml = g_string_new ("<a>");
  g_autoptr (GString) bad = g_string_new ("<a b='");

  repeat (xml, "0123456789abcdef", 512 * 1024);
  g_string_append (xml, "</a>");
  g_assert_true (accepts (xml));
  g_string_truncate (xml, xml->len - 4);
  while (xml->len <= KAI_XML_MAX_BYTES)
    g_string_append_len (xml, xml->str + 3, 4 * 1024 * 1024);
  g_string_append (xml, "</a>");
  g_assert_false (accepts (xml));
  repeat (bad, "0123456789abcdef", 8 * 1024);
  g_string_append (bad, "'/>");
  g_assert_false (accepts (bad));
}

static void
test_escape (void)
{
  static const char *const values[] = { "",  "a", "<&>\"'", "\t\n\r x", "张𠮷", "\xef\xbc\x88全角",
                                        NULL };

  for (int i = 0; values[i]; i++)
    {
      g_autoptr (GString) xml = g_string_new ("<a b=\"");
      g_autoptr (GError) error = NULL;
      g_autoptr (xmlDoc) doc = NULL;
      g_autofree char *text = NULL;
      g_autofree char *attribute = NULL;

      kai_xml_append_escaped (xml, values[i]);
      g_string_append (xml, "\">");
      kai_xml_append_escaped (xml, values[i]);
      g_string_append (xml, "</a>");
      doc = kai_xml_parse (xml->str, xml->len, &error);
      g_assert_no_error (error);
      text = kai_xml_text (xmlDocGetRootElement (doc), &error);
      attribute = kai_xml_attribute (xmlDocGetRootElement (doc), "b");
      g_assert_cmpstr (text, ==, values[i]);
      g_assert_cmpstr (attribute, ==, values[i]);
    }
}

static void
test_escape_drops (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  kai_xml_append_escaped (out, "a\x01"
                               "b\x1f\xef\xbf\xbe"
                               "c\xef\xbf\xbf");
  g_assert_cmpstr (out->str, ==, "abc");
}

static void
test_children (void)
{
  const char *xml = "<r xmlns:n='urn:n'><a/><n:a/><b/><b/></r>";
  g_autoptr (GError) error = NULL;
  g_autoptr (xmlDoc) doc = kai_xml_parse (xml, strlen (xml), &error);
  xmlNode *root = xmlDocGetRootElement (doc);

  g_assert_no_error (error);
  g_assert_true (kai_xml_child (root, NULL, "a") != kai_xml_child (root, "urn:n", "a"));
  g_assert_nonnull (kai_xml_only_child (root, "urn:n", "a", &error));
  g_assert_null (kai_xml_child (root, "urn:other", "a"));
  g_assert_null (kai_xml_only_child (root, NULL, "b", &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_null (kai_xml_only_child (root, NULL, "c", &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strconcat ("/xml/parse/", rows[i].name, NULL);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_row);
    }
  g_test_add_func ("/xml/depth", test_depth);
  g_test_add_func ("/xml/hidden-depth", test_hidden_depth);
  g_test_add_func ("/xml/attributes", test_attributes);
  g_test_add_func ("/xml/nodes", test_nodes);
  g_test_add_func ("/xml/long-text", test_long_text);
  g_test_add_func ("/xml/escape", test_escape);
  g_test_add_func ("/xml/escape-drops", test_escape_drops);
  g_test_add_func ("/xml/children", test_children);
  return g_test_run ();
}
