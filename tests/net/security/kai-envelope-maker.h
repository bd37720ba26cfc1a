#pragma once

#include "kai-test-keys.h"
#include "messages/kai-xml.h"
#include "security/kai-xml-signature.h"

G_BEGIN_DECLS

/* Envelopes for the tests of the signature, right and wrong ones. */

#define SOAP "http://schemas.xmlsoap.org/soap/envelope/"
#define WSA "http://www.w3.org/2005/08/addressing"
#define WSS "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
#define WSSE WSS "wssecurity-secext-1.0.xsd"
#define WSU WSS "wssecurity-utility-1.0.xsd"
#define DS "http://www.w3.org/2000/09/xmldsig#"
#define EXC "http://www.w3.org/2001/10/xml-exc-c14n#"

/* An envelope that is not signed yet, with or without addressing headers. */
xmlDoc *make_envelope (gboolean addressing);
KaiKey *make_key (const KaiTestKey *key);
/* make_envelope() signed by our own code. */
xmlDoc *make_signed (const KaiTestKey *key, gboolean addressing, gint64 at);
char *to_text (xmlDoc *doc);
/* Through the parser again, as it comes from the network. */
xmlDoc *parse (const char *text);

/* First element of this local name, in document order. */
xmlNode *find (xmlDoc *doc, const char *name);
/* A new element before @next or, when that is NULL, as last child of @parent, parsed from @xml. */
xmlNode *insert (xmlDoc *doc, xmlNode *parent, xmlNode *next, const char *xml);
/* Makes digests and signature anew after the signature's structure was changed, as a signer would who has @key. Only references by #id that can be found get a digest. */
void sign_again (xmlDoc *doc, const KaiTestKey *key);

/* What both test programs of the signature stand on: the time, a root, a clerk for each algorithm, trust in the root. */
#define ALGORITHMS 3
extern gint64 now;
extern KaiTestKey *root, *clerks[ALGORITHMS];
extern KaiTrust *trust;
void set_up (void);
void tear_down (void);
/* Parsed and verified; the result borrows from a document that is kept until the next call. */
KaiVerified *verify_text (const char *text, gint64 at, GError **error);
void assert_refused (const char *text, int code);

G_END_DECLS
