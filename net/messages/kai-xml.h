#pragma once

#include <glib.h>
#include <libxml/tree.h>

G_BEGIN_DECLS

/* The one XML entry point: no network, no entities, no DTD, limits on bytes, depth, attributes and nodes. */
#define KAI_XML_MAX_BYTES (64 * 1024 * 1024)
#define KAI_XML_MAX_DEPTH 64
#define KAI_XML_MAX_ATTRIBUTES 64 /* of one element, namespace declarations included */
#define KAI_XML_MAX_NODES 2000000 /* libxml2 takes about 120 bytes each */
/* UTF-8 (or without declaration), GBK, GB2312 and GB18030; text of one element up to 10 MB (libxml2's limit); CDATA sections become text.
 * doc->encoding is what the document declared. NULL with MALFORMED. Caller frees with xmlFreeDoc. */
xmlDoc *kai_xml_parse (const void *data, gsize length, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

/* First child element by namespace (NULL = none) and name; only_child sets @error when it is missing or there is more than one. Borrowed. */
xmlNode *kai_xml_child (xmlNode *parent, const char *ns, const char *name);
xmlNode *kai_xml_only_child (xmlNode *parent, const char *ns, const char *name, GError **error);
gboolean kai_xml_is (xmlNode *node, const char *ns, const char *name);
/* Text of an element that holds only text (comments, child elements: MALFORMED); caller frees. */
char *kai_xml_text (xmlNode *node, GError **error);
/* Attribute without namespace; NULL when it is not there; caller frees. */
char *kai_xml_attribute (xmlNode *node, const char *name);
/* Appends @text escaped for element content or attribute. Characters XML cannot hold are dropped. */
void kai_xml_append_escaped (GString *out, const char *text);

G_END_DECLS
