/* PINs of key files: rules, changing, and the count of wrong tries. */
#include "security/kai-pin.h"

#include "messages/kai-net-error.h"
#include "security/kai-certificate.h"
#include "security/kai-key-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS12, PKCS12_free)

#define MIN_LENGTH 8
#define MAX_LENGTH 64
#define ITERATIONS 100000
#define MAX_FILE (1024 * 1024)
#define TRIES_FILE "pin-tries.ini"

/* ---- Rules ---- */

gboolean
kai_pin_is_initial (const char *pin)
{
  static const char *const initial[] = { "12345678", "111111", "123456", "88888888", "00000000" };

  for (guint i = 0; i < G_N_ELEMENTS (initial); i++)
    if (g_strcmp0 (pin, initial[i]) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
has_all_kinds (const char *pin)
{
  gboolean upper = FALSE, lower = FALSE, digit = FALSE, sign = FALSE;

  for (const char *p = pin; *p; p++)
    {
      upper |= g_ascii_isupper (*p);
      lower |= g_ascii_islower (*p);
      digit |= g_ascii_isdigit (*p);
      sign |= g_ascii_ispunct (*p);
    }
  return upper && lower && digit && sign;
}

gboolean
kai_pin_check_new (const char *pin, const char *old, const char *user, GError **error)
{
  /* Other characters depend on the input method and on how a program writes them down: a key that opens here would not there. */
  for (const char *p = pin; *p; p++)
    if (!g_ascii_isgraph (*p))
      return kai_net_fail (error, KAI_NET_ERROR_PIN,
                           _ ("The new PIN may hold only letters, digits and signs of the English "
                              "keyboard, and no spaces."));
  if (strlen (pin) < MIN_LENGTH || strlen (pin) > MAX_LENGTH)
    return kai_net_fail (error, KAI_NET_ERROR_PIN,
                         _ ("The new PIN must have %d to %d characters. Type another one."),
                         MIN_LENGTH, MAX_LENGTH);
  if (!has_all_kinds (pin))
    return kai_net_fail (error, KAI_NET_ERROR_PIN,
                         _ ("The new PIN must have a capital letter, a small letter, a digit and a "
                            "sign such as ! or -. Type another one."));
  if (g_strcmp0 (pin, old) == 0)
    return kai_net_fail (error, KAI_NET_ERROR_PIN,
                         _ ("The new PIN is the old one. Type another one."));
  if (user && *user && strstr (pin, user))
    return kai_net_fail (error, KAI_NET_ERROR_PIN,
                         _ ("The new PIN must not hold the user code. Type another one."));
  return TRUE;
}

/* ---- Changing ---- */

static char *
path_of (const char *uri, GError **error)
{
  g_autofree char *path = NULL;

  if (!g_str_has_prefix (uri, "file:"))
    {
      kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                    _ ("The PIN of this kind of key is changed with the program of its maker."));
      return NULL;
    }
  path = g_canonicalize_filename (uri + strlen ("file:"), NULL);
  /* The file itself, not a link to it, is replaced. */
  return g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? realpath (path, NULL)
                                                    : g_steal_pointer (&path);
}

static PKCS12 *
read_p12 (const char *data, gsize length)
{
  const unsigned char *cursor = (const unsigned char *)data;
  PKCS12 *p12 = length <= MAX_FILE ? d2i_PKCS12 (NULL, &cursor, (long)length) : NULL;

  ERR_clear_error ();
  return p12;
}

/* The same key, certificates and name behind @new; NULL when OpenSSL cannot. */
static GBytes *
wrap_again (PKCS12 *p12, const char *old, const char *new)
{
  g_autoptr (EVP_PKEY) pkey = NULL;
  g_autoptr (X509) certificate = NULL;
  g_autoptr (PKCS12) fresh = NULL;
  STACK_OF (X509) *others = NULL;
  GBytes *bytes = NULL;
  unsigned char *der = NULL;
  int length = -1;

  if (PKCS12_parse (p12, old, &pkey, &certificate, &others) == 1 && pkey && certificate)
    {
      int n = 0;
      const char *alias = (const char *)X509_alias_get0 (certificate, &n);
      g_autofree char *name = alias ? g_strndup (alias, (gsize)n) : NULL;

      fresh = PKCS12_create (new, name, pkey, certificate, others, NID_aes_256_cbc, NID_aes_256_cbc,
                             ITERATIONS, -1, 0);
      if (fresh && PKCS12_set_mac (fresh, new, -1, NULL, 0, ITERATIONS, EVP_sha256 ()) == 1)
        length = i2d_PKCS12 (fresh, &der);
    }
  sk_X509_pop_free (others, X509_free);
  ERR_clear_error ();
  if (length > 0)
    bytes = g_bytes_new (der, (gsize)length);
  OPENSSL_free (der);
  return bytes;
}

/* What is about to replace the file must open with the new PIN and hold the same key and certificate. */
static gboolean
is_same (GBytes *bytes, const char *new, const char *path, const char *old)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  g_autoptr (PKCS12) p12 = read_p12 (data, length);
  g_autoptr (EVP_PKEY) pkey = NULL;
  g_autoptr (X509) certificate = NULL;
  g_autoptr (KaiKey) key = kai_key_file_open (path, old, NULL);
  gboolean same;

  same = key && p12 && PKCS12_parse (p12, new, &pkey, &certificate, NULL) == 1 && certificate
         && X509_cmp (certificate, kai_key_get_certificate (key)) == 0
         && X509_check_private_key (certificate, pkey) == 1;
  ERR_clear_error ();
  return same;
}

static gboolean
replace_file (const char *path, GBytes *bytes, GError **error)
{
  g_autoptr (GError) local = NULL;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  return g_file_set_contents_full (path, data, (gssize)length,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, &local)
         || kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                          _ ("The key file cannot be written: %s. The PIN is still the old one."),
                          local->message);
}

gboolean
kai_pin_change (const char *uri, const char *old, const char *new, const char *user, GError **error)
{
  g_autofree char *path = path_of (uri, error);
  g_autofree char *content = NULL;
  g_autoptr (KaiKey) key = NULL;
  g_autoptr (PKCS12) p12 = NULL;
  g_autoptr (GBytes) bytes = NULL;
  gsize length = 0;

  if (!path || !(key = kai_key_file_open (path, old, error))
      || !kai_pin_check_new (new, old, user, error))
    return FALSE;
  if (g_file_get_contents (path, &content, &length, NULL))
    p12 = read_p12 (content, length);
  bytes = p12 ? wrap_again (p12, old, new) : NULL;
  if (!bytes || !is_same (bytes, new, path, old))
    return kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                         _ ("The key file could not be written with the new PIN. The PIN is still "
                            "the old one; ask the issuer for a new file."));
  return replace_file (path, bytes, error);
}

/* ---- Tries ---- */

/* Seconds to wait after that many wrong tries. */
static int
pause_after (int wrong)
{
  static const int pauses[] = { 30, 60, 120, 300, 900, 1800 };
  int index = wrong - KAI_PIN_FREE_TRIES;

  return index < 0 ? 0 : pauses[MIN (index, (int)G_N_ELEMENTS (pauses) - 1)];
}

/* The place of the key is nobody's business. */
static char *
group_of (const char *uri)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, uri, -1);

  return g_strndup (sum, 16);
}

static GKeyFile *
read_tries (const char *path)
{
  GKeyFile *file = g_key_file_new ();

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  return file;
}

static void
describe_state (int wrong, gint64 last, gint64 now, KaiPinTries *out)
{
  int pause = pause_after (wrong);

  out->wrong = wrong;
  out->left = MAX (0, KAI_PIN_FREE_TRIES - wrong);
  /* A clock that was set back makes nobody wait longer than the pause. */
  out->wait_s = pause == 0 ? 0 : (int)CLAMP (last + pause - now, 0, pause);
}

void
kai_pin_tries_load (const char *home, const char *uri, gint64 now, KaiPinTries *out)
{
  g_autofree char *path = g_build_filename (home, TRIES_FILE, NULL);
  g_autofree char *group = group_of (uri);
  g_autoptr (GKeyFile) file = read_tries (path);

  describe_state (CLAMP (g_key_file_get_integer (file, group, "wrong", NULL), 0, 1000000),
                  g_key_file_get_int64 (file, group, "last", NULL), now, out);
}

static void
write_tries (const char *home, const char *path, GKeyFile *file)
{
  g_autofree char *data = g_key_file_to_data (file, NULL, NULL);

  /* Who cannot write here cannot sign in either: opening the store says so in better words. */
  g_mkdir_with_parents (home, 0700);
  g_file_set_contents_full (path, data, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

void
kai_pin_tries_add (const char *home, const char *uri, gint64 now, KaiPinTries *out)
{
  g_autofree char *path = g_build_filename (home, TRIES_FILE, NULL);
  g_autofree char *group = group_of (uri);
  g_autoptr (GKeyFile) file = read_tries (path);
  int wrong = CLAMP (g_key_file_get_integer (file, group, "wrong", NULL), 0, 1000000) + 1;

  g_key_file_set_integer (file, group, "wrong", wrong);
  g_key_file_set_int64 (file, group, "last", now);
  write_tries (home, path, file);
  describe_state (wrong, now, now, out);
}

void
kai_pin_tries_clear (const char *home, const char *uri)
{
  g_autofree char *path = g_build_filename (home, TRIES_FILE, NULL);
  g_autofree char *group = group_of (uri);
  g_autoptr (GKeyFile) file = read_tries (path);

  if (g_key_file_remove_group (file, group, NULL))
    write_tries (home, path, file);
}

char *
kai_pin_tries_describe (const KaiPinTries *tries)
{
  if (tries->wait_s > 0)
    return g_strdup_printf (
        ngettext ("%d wrong PIN in a row. The next try is taken in %d seconds.",
                  "%d wrong PINs in a row. The next try is taken in %d seconds.", tries->wrong),
        tries->wrong, tries->wait_s);
  if (tries->wrong > 0 && tries->left > 0)
    return g_strdup_printf (ngettext ("%d try left before you have to wait.",
                                      "%d tries left before you have to wait.", tries->left),
                            tries->left);
  if (tries->wrong > 0)
    return g_strdup_printf (_ ("If the next PIN is wrong too, you have to wait %d seconds."),
                            pause_after (tries->wrong + 1));
  return g_strdup ("");
}

gboolean
kai_pin_tries_check (const KaiPinTries *tries, GError **error)
{
  return tries->wait_s == 0
         || kai_net_fail (error, KAI_NET_ERROR_PIN,
                          ngettext ("Too many wrong PINs. Wait %d second before the next try.",
                                    "Too many wrong PINs. Wait %d seconds before the next try.",
                                    tries->wait_s),
                          tries->wait_s);
}
