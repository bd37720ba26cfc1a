#pragma once

#include "values/kai-codes.h"

G_BEGIN_DECLS

/* How a frame of the socket is authenticated (docs/protocol.md). */
typedef enum
{
  KAI_MAC_3DES_TOKEN, /* the agreed token, 3DES-encrypted: says who holds it, binds no content */
  KAI_MAC_SHA256,     /* SHA-256 over token and body */
} KaiMacKind;

/* What differs from place to place. Compiled-in defaults, overridden key by key by the file
 * site-profile.ini in the data directory. */
typedef struct
{
  KaiPaymentCodeRule payment_code;
  char *app;                     /* CFX HEAD APP: CNNONTAX */
  char *message_version;         /* HEAD VER: 1.0 */
  char *finance_node;            /* DES; "" = F + region of the unit */
  char *client_node;             /* SRC; "" = K + region + last four digits of the unit code */
  char *ebill_tag;               /* CZ-EI-32 */
  char *ebill_version;           /* 1.1.0 */
  char *ebill_time_format;       /* "HHMMSS" or "HH:mm:ss" */
  char *ebill_interface_version; /* Version of 8981/8982 */
  char *pay_info_separator;      /* "|" */
  char *sm2_name;                /* how messages name SM2 with SM3: urn:oid:1.2.156.10197.1.501 */
  char *sm3_name;                /* and SM3: urn:oid:1.2.156.10197.1.401 */
  char *sms_text;                /* of a notice, with {words}: see model/kai-notice-text.h */
  int notice_days;               /* validity, 10 */
  gboolean two_person;           /* a reviewer checks each notice, whatever base data say; off */
  int batch_limit;               /* vouchers a message, 500 */
  int lease_size;                /* payment codes asked for at once, 1000 */
  int lease_low_water;           /* ask for more below this, 200 */
  gboolean socket_enabled;       /* the published socket may be used; off */
  KaiMacKind socket_mac;         /* 3des-token */
  int socket_mac_width;          /* characters of a frame's MAC field, 64 */
  char *socket_token_file; /* file with the token, relative to the data directory; "" = none */
  char *socket_key_file;   /* file with the 3DES key; "" = none */
} KaiSiteProfile;

KaiSiteProfile *kai_site_profile_new_default (void);
/* Defaults overridden by the key file at @path (docs/site-profile.md); a missing file is fine, a broken one, an
 * unknown key or a wrong value is an error that names it. */
KaiSiteProfile *kai_site_profile_load (const char *path, GError **error);
void kai_site_profile_free (KaiSiteProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSiteProfile, kai_site_profile_free)

G_END_DECLS
