#pragma once

#include "security/kai-xml-signature.h"

G_BEGIN_DECLS

/* What signing (kai-xml-signature.c) and verifying (kai-xml-verify.c) share. */

#define SOAP_NS "http://schemas.xmlsoap.org/soap/envelope/"
#define WSA_NS "http://www.w3.org/2005/08/addressing"
#define WSS_BASE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
#define WSSE_NS WSS_BASE "wssecurity-secext-1.0.xsd"
#define WSU_NS WSS_BASE "wssecurity-utility-1.0.xsd"
#define X509V3_TYPE WSS_BASE "x509-token-profile-1.0#X509v3"
#define BASE64_TYPE WSS_BASE "soap-message-security-1.0#Base64Binary"
#define DS_NS "http://www.w3.org/2000/09/xmldsig#"
#define EXC_C14N_NS                                                                                \
  "http://www.w3.org/2001/10/xml-exc-c14n#" /* the algorithm's name and its parameters' namespace */

/* Seconds that a message of ours lives, and that Created may differ from the clock. */
#define TIMESTAMP_WINDOW 300

/* Identifiers of an algorithm in the message: signature and digest. */
typedef struct
{
  const char *signature, *digest;
} KaiXmlAlgorithm;
extern const KaiXmlAlgorithm
    kai_xml_algorithms[3]; /* by KaiAlgorithm; of SM2 the site may choose others */

/* Exclusive canonical form without comments of the subtree at @node; @prefixes: InclusiveNamespaces PrefixList, NULL-terminated, or NULL. NULL on error. */
GBytes *kai_xml_canonical_full (xmlNode *node, char **prefixes, GError **error);

G_END_DECLS
