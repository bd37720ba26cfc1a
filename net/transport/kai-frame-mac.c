/* The two MACs of the socket. 3DES-ECB over the token alone is what the published interface has: it shows who holds the token and binds nothing of the content. */
#include "transport/kai-frame-mac.h"
#include "messages/kai-net-error.h"
#include "transport/kai-frame.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_LENGTH 24
#define MAX_SECRET 256 /* of a file's first line */

struct _KaiMac
{
  KaiMacKind kind;
  int width;
  char token[KAI_TOKEN_LENGTH + 1];
  unsigned char key[KEY_LENGTH];
  gboolean has_key;
};

static void
wipe (char *text)
{
  if (!text)
    return;
  OPENSSL_cleanse (text, strlen (text));
  g_free (text);
}

/* ---- Making ---- */

gboolean
kai_token_is_valid (const char *token)
{
  for (const char *p = token; *p; p++)
    if (!g_ascii_isgraph (*p))
      return FALSE;
  return strlen (token) == KAI_TOKEN_LENGTH;
}

static gboolean
decode_hex (const char *hex, unsigned char *out, gsize length)
{
  if (strlen (hex) != 2 * length)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      int high = g_ascii_xdigit_value (hex[2 * i]), low = g_ascii_xdigit_value (hex[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      out[i] = (unsigned char)(high << 4 | low);
    }
  return TRUE;
}

/* Two keys are three of which the third is the first. */
static gboolean
set_key (KaiMac *mac, const char *hex)
{
  mac->has_key = decode_hex (hex, mac->key, KEY_LENGTH) || decode_hex (hex, mac->key, 16);
  if (mac->has_key && strlen (hex) == 32)
    memcpy (mac->key + 16, mac->key, 8);
  return mac->has_key;
}

KaiMac *
kai_mac_new (KaiMacKind kind, int width, const char *token, const char *key, GError **error)
{
  g_autoptr (KaiMac) mac = g_new0 (KaiMac, 1);

  mac->kind = kind;
  mac->width = width;
  if (!kai_token_is_valid (token))
    kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                  _ ("The socket's token is not 32 printable characters. Write the agreed token "
                     "into the first line of its file."));
  else if (key && *key && !set_key (mac, key))
    kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                  _ ("The socket's key is not 32 or 48 hexadecimal digits. Write the agreed key "
                     "into the first line of its file."));
  else if (kind == KAI_MAC_3DES_TOKEN && !mac->has_key)
    kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                  _ ("The socket needs the agreed 3DES key. Name its file in the site profile "
                     "(key-file in [socket])."));
  else
    {
      kai_mac_set_token (mac, token);
      return g_steal_pointer (&mac);
    }
  return NULL;
}

void
kai_mac_free (KaiMac *mac)
{
  if (!mac)
    return;
  OPENSSL_cleanse (mac, sizeof *mac);
  g_free (mac);
}

int
kai_mac_get_width (const KaiMac *mac)
{
  return mac->width;
}

void
kai_mac_set_token (KaiMac *mac, const char *token)
{
  g_return_if_fail (kai_token_is_valid (token));
  memcpy (mac->token, token, KAI_TOKEN_LENGTH);
}

/* ---- The files ---- */

static char *
below_home (const char *path, const char *home)
{
  return g_path_is_absolute (path) ? g_strdup (path) : g_build_filename (home, path, NULL);
}

char *
kai_mac_dup_token_path (const KaiSiteProfile *profile, const char *home)
{
  return below_home (profile->socket_token_file, home);
}

static gboolean
check_mode (int fd, const char *path, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
    return kai_net_fail (error, KAI_NET_ERROR_NO_KEY, _ ("%s is not a file."), path);
  if (st.st_mode & (S_IRWXG | S_IRWXO))
    return kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                         _ ("Others may read the secret in %s. Make it readable by its owner only "
                            "(chmod 600) and have it replaced if somebody may have seen it."),
                         path);
  return TRUE;
}

/* The first line; freed with wipe. */
static char *
read_secret (const char *path, GError **error)
{
  char buffer[MAX_SECRET] = "";
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gssize n;
  char *text = NULL;

  if (fd < 0)
    {
      kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                    _ ("The socket's secret %s cannot be read: %s. Put the agreed value there, or "
                       "correct [socket] in the site profile."),
                    path, g_strerror (errno));
      return NULL;
    }
  if (check_mode (fd, path, error))
    {
      n = read (fd, buffer, sizeof buffer - 1);
      buffer[MAX (n, 0)] = '\0';
      buffer[strcspn (buffer, "\r\n")] = '\0';
      text = g_strdup (buffer);
      OPENSSL_cleanse (buffer, sizeof buffer);
    }
  close (fd);
  return text;
}

KaiMac *
kai_mac_load (const KaiSiteProfile *profile, const char *home, GError **error)
{
  g_autofree char *token_path = kai_mac_dup_token_path (profile, home);
  g_autofree char *key_path = below_home (profile->socket_key_file, home);
  char *token = NULL, *key = NULL;
  KaiMac *mac = NULL;

  if (!profile->socket_enabled)
    {
      kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                    _ ("The socket is not enabled at this site. Use the server's https:// address; "
                       "only where a network requires the socket, enable it in the site profile "
                       "([socket] enabled=true)."));
      return NULL;
    }
  token = read_secret (token_path, error);
  if (token && *profile->socket_key_file)
    key = read_secret (key_path, error);
  if (token && (key || !*profile->socket_key_file))
    mac = kai_mac_new (profile->socket_mac, profile->socket_mac_width, token, key, error);
  wipe (token);
  wipe (key);
  return mac;
}

/* ---- Computing ---- */

static char *
encode_hex (const unsigned char *bytes, gsize length)
{
  GString *out = g_string_sized_new (2 * length);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (out, "%02x", bytes[i]);
  return g_string_free (out, FALSE);
}

/* 32 bytes in, 32 bytes out: 3DES-ECB without padding. */
static void
crypt_token (const KaiMac *mac, const unsigned char *in, unsigned char *out, gboolean encrypt)
{
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();
  int length = 0, rest = 0;

  if (!context
      || !EVP_CipherInit_ex (context, EVP_des_ede3_ecb (), NULL, mac->key, NULL, encrypt ? 1 : 0)
      || !EVP_CIPHER_CTX_set_padding (context, 0)
      || !EVP_CipherUpdate (context, out, &length, in, KAI_TOKEN_LENGTH)
      || !EVP_CipherFinal_ex (context, out + length, &rest) || length + rest != KAI_TOKEN_LENGTH)
    g_error ("3DES failed");
  EVP_CIPHER_CTX_free (context);
}

static void
hash (const KaiMac *mac, GBytes *body, unsigned char *out)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gsize length;
  const void *data = g_bytes_get_data (body, &length);
  unsigned int n = 0;

  if (!context || !EVP_DigestInit_ex (context, EVP_sha256 (), NULL)
      || !EVP_DigestUpdate (context, mac->token, KAI_TOKEN_LENGTH)
      || !EVP_DigestUpdate (context, data, length) || !EVP_DigestFinal_ex (context, out, &n))
    g_error ("SHA-256 failed");
  EVP_MD_CTX_free (context);
}

char *
kai_mac_compute (const KaiMac *mac, GBytes *body)
{
  unsigned char bytes[KAI_MAC_DIGITS / 2];

  if (mac->kind == KAI_MAC_SHA256)
    hash (mac, body, bytes);
  else
    crypt_token (mac, (const unsigned char *)mac->token, bytes, TRUE);
  return encode_hex (bytes, sizeof bytes);
}

gboolean
kai_mac_check (const KaiMac *mac, GBytes *body, const char *received)
{
  g_autofree char *expected = kai_mac_compute (mac, body);
  g_autofree char *lower = g_ascii_strdown (received, -1);

  /* The length is no secret. */
  return strlen (lower) == KAI_MAC_DIGITS && CRYPTO_memcmp (expected, lower, KAI_MAC_DIGITS) == 0;
}

/* ---- Changing the token ---- */

char *
kai_mac_new_token (void)
{
  static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
  unsigned char bytes[KAI_TOKEN_LENGTH];
  char *token = g_malloc0 (KAI_TOKEN_LENGTH + 1);

  G_STATIC_ASSERT (sizeof alphabet == 64 + 1);
  if (RAND_bytes (bytes, sizeof bytes) != 1)
    g_error ("the random generator failed");
  for (int i = 0; i < KAI_TOKEN_LENGTH; i++)
    token[i] = alphabet[bytes[i] % 64];
  OPENSSL_cleanse (bytes, sizeof bytes);
  return token;
}

static gboolean
require_key (const KaiMac *mac, GError **error)
{
  return mac->has_key
         || kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                          _ ("A token travels sealed with the agreed 3DES key, and none is given. "
                             "Name its file in the site profile (key-file in [socket])."));
}

char *
kai_mac_seal_token (const KaiMac *mac, const char *token, GError **error)
{
  unsigned char bytes[KAI_TOKEN_LENGTH];

  g_return_val_if_fail (kai_token_is_valid (token), NULL);
  if (!require_key (mac, error))
    return NULL;
  crypt_token (mac, (const unsigned char *)token, bytes, TRUE);
  return encode_hex (bytes, sizeof bytes);
}

char *
kai_mac_open_token (const KaiMac *mac, const char *sealed, GError **error)
{
  unsigned char bytes[KAI_TOKEN_LENGTH], token[KAI_TOKEN_LENGTH + 1] = "";

  if (!require_key (mac, error))
    return NULL;
  if (decode_hex (sealed, bytes, sizeof bytes))
    {
      crypt_token (mac, bytes, token, FALSE);
      if (kai_token_is_valid ((char *)token))
        return g_strdup ((char *)token);
    }
  kai_net_fail (error, KAI_NET_ERROR_SIGNATURE,
                _ ("The new token cannot be opened with the agreed key."));
  return NULL;
}
