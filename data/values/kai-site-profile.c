/* What differs from place to place: one table of keys, read from a key file over the defaults. Each key
 * and its values are described in docs/site-profile.md. */
#include "values/kai-site-profile.h"

#include "model/kai-notice-text.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Longest payment code that fits the messages. */
#define MAX_PAYMENT_CODE 20

typedef gboolean (*TextRule) (const char *text);

/* A key of the file: a whole number between bounds, one of several words, or a text by a rule. */
typedef struct
{
  const char *group;
  const char *key;
  gsize offset;
  int min, max;
  const char *const *words; /* the number is the place of the word */
  TextRule rule;            /* a text; else a number */
  const char *expect;       /* what a text may be, for the error */
  const char *text;         /* the defaults */
  int number;
} Key;

static gboolean
is_plain (const char *text, gsize min, gsize max)
{
  gsize length = strlen (text);

  for (const char *p = text; *p; p++)
    if (!g_ascii_isgraph (*p))
      return FALSE;
  return length >= min && length <= max;
}

static gboolean
is_short_digits (const char *text)
{
  return strspn (text, "0123456789") == strlen (text) && strlen (text) <= 10;
}

static gboolean
is_node (const char *text)
{
  return is_plain (text, 0, 12);
}

static gboolean
is_app (const char *text)
{
  return is_plain (text, 1, 80);
}

static gboolean
is_message_version (const char *text)
{
  return is_plain (text, 3, 3);
}

/* One mark: the item list must fit its field whatever the mark is. */
static gboolean
is_separator (const char *text)
{
  return strlen (text) == 1 && g_ascii_ispunct (*text) && !strchr ("#.-<>&", *text);
}

static gboolean
is_ebill_version (const char *text)
{
  return is_plain (text, 5, 5);
}

static gboolean
is_interface_version (const char *text)
{
  return is_plain (text, 1, 4);
}

/* A URI that is not one of the W3C's, each of which means something else. */
static gboolean
is_algorithm_name (const char *text)
{
  return is_plain (text, 3, 200) && strchr (text, ':') && !strpbrk (text, "<>&\"'")
         && !strstr (text, "://www.w3.org/");
}

static gboolean
is_time_format (const char *text)
{
  return g_str_equal (text, "HHMMSS") || g_str_equal (text, "HH:mm:ss");
}

/* Known words only: a mistyped one would reach every parent. */
static gboolean
is_sms_text (const char *text)
{
  g_autofree char *unknown = kai_notice_find_unknown_word (text);

  return *text && g_utf8_validate (text, -1, NULL) && g_utf8_strlen (text, -1) <= 500 && !unknown;
}

static gboolean
is_path (const char *text)
{
  return strlen (text) < 4096 && g_utf8_validate (text, -1, NULL);
}

/* In the order of their enumerations. */
static const char *const check_digits[] = { "none", "mod9", NULL };
static const char *const truths[] = { "false", "true", NULL };
static const char *const mac_kinds[] = { "3des-token", "sha256", NULL };

#define AT(field) G_STRUCT_OFFSET (KaiSiteProfile, field)
#define NUMBER(group, key, field, min, max, number)                                                \
  {                                                                                                \
    group, key, AT (field), min, max, NULL, NULL, NULL, NULL, number                               \
  }
#define TEXT(group, key, field, rule, expect, text)                                                \
  {                                                                                                \
    group, key, AT (field), 0, 0, NULL, rule, expect, text, 0                                      \
  }
#define WORD(group, key, field, words, number)                                                     \
  {                                                                                                \
    group, key, AT (field), 0, 0, words, NULL, NULL, NULL, number                                  \
  }

static const Key keys[] = {
  NUMBER ("payment-code", "region-digits", payment_code.region_digits, 1, 12, 6),
  NUMBER ("payment-code", "year-digits", payment_code.year_digits, 2, 4, 2),
  TEXT ("payment-code", "fixed", payment_code.fixed, is_short_digits, N_ ("up to 10 digits"), ""),
  NUMBER ("payment-code", "assigner-digits", payment_code.assigner_digits, 0, 9, 3),
  NUMBER ("payment-code", "sequence-digits", payment_code.sequence_digits, 1, 18, 8),
  WORD ("payment-code", "check-digit", payment_code.check, check_digits, KAI_CHECK_DIGIT_MOD9),
  TEXT ("messages", "app", app, is_app, N_ ("1 to 80 ASCII characters"), "CNNONTAX"),
  TEXT ("messages", "version", message_version, is_message_version, N_ ("3 ASCII characters"),
        "1.0"),
  TEXT ("messages", "finance-node", finance_node, is_node, N_ ("at most 12 ASCII characters"), ""),
  TEXT ("messages", "client-node", client_node, is_node, N_ ("at most 12 ASCII characters"), ""),
  TEXT ("messages", "pay-info-separator", pay_info_separator, is_separator,
        N_ ("one punctuation mark, not # . - < > &"), "|"),
  NUMBER ("messages", "batch-limit", batch_limit, 1, 500, 500),
  TEXT ("ebills", "tag", ebill_tag, is_app, N_ ("1 to 80 ASCII characters"), "CZ-EI-32"),
  TEXT ("ebills", "version", ebill_version, is_ebill_version, N_ ("5 ASCII characters"), "1.1.0"),
  TEXT ("ebills", "time-format", ebill_time_format, is_time_format, N_ ("HHMMSS or HH:mm:ss"),
        "HHMMSS"),
  TEXT ("ebills", "interface-version", ebill_interface_version, is_interface_version,
        N_ ("1 to 4 ASCII characters"), "1.0"),
  TEXT ("signatures", "sm2", sm2_name, is_algorithm_name, N_ ("a URI that is not one of the W3C's"),
        "urn:oid:1.2.156.10197.1.501"),
  TEXT ("signatures", "sm3", sm3_name, is_algorithm_name, N_ ("a URI that is not one of the W3C's"),
        "urn:oid:1.2.156.10197.1.401"),
  TEXT ("notices", "sms-text", sms_text, is_sms_text,
        N_ ("a text of at most 500 characters with {unit} {payer} {items} {amount} {valid_until} "
            "{payment_code} {check_code} {pay_url} {term} {class}"),
        KAI_NOTICE_SMS_DEFAULT),
  NUMBER ("notices", "valid-days", notice_days, 1, 365, 10),
  WORD ("notices", "two-person", two_person, truths, FALSE),
  NUMBER ("leases", "size", lease_size, 1, 1000000, 1000),
  NUMBER ("leases", "low-water", lease_low_water, 0, 1000000, 200),
  WORD ("socket", "enabled", socket_enabled, truths, FALSE),
  WORD ("socket", "mac", socket_mac, mac_kinds, KAI_MAC_3DES_TOKEN),
  NUMBER ("socket", "mac-width", socket_mac_width, 64, 128, 64),
  TEXT ("socket", "token-file", socket_token_file, is_path, N_ ("the path of a file"), ""),
  TEXT ("socket", "key-file", socket_key_file, is_path, N_ ("the path of a file"), ""),
};

static const Key *
find_key (const char *group, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].group, group) && (!name || g_str_equal (keys[i].key, name)))
      return &keys[i];
  return NULL;
}

static char **
text_field (KaiSiteProfile *profile, const Key *key)
{
  return G_STRUCT_MEMBER_P (profile, key->offset);
}

KaiSiteProfile *
kai_site_profile_new_default (void)
{
  KaiSiteProfile *profile = g_new0 (KaiSiteProfile, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (!keys[i].rule)
        G_STRUCT_MEMBER (int, profile, keys[i].offset) = keys[i].number;
      else
        *text_field (profile, &keys[i]) = g_strdup (keys[i].text);
    }
  return profile;
}

void
kai_site_profile_free (KaiSiteProfile *profile)
{
  if (!profile)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].rule)
      g_free (*text_field (profile, &keys[i]));
  g_free (profile);
}

/* ---- Reading the file ---- */

static gboolean
apply_number (KaiSiteProfile *profile, const Key *key, const char *value, const char *path,
              GError **error)
{
  gint64 number;

  if (!g_ascii_string_to_signed (value, 10, key->min, key->max, &number, NULL))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s has a wrong value for %s in [%s]: it must be a "
                             "whole number from %d to %d. Correct the file."),
                          path, key->key, key->group, key->min, key->max);
  G_STRUCT_MEMBER (int, profile, key->offset) = (int)number;
  return TRUE;
}

static gboolean
apply_text (KaiSiteProfile *profile, const Key *key, const char *value, const char *path,
            GError **error)
{
  if (!key->rule (value))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s has a wrong value for %s in [%s]: it must be %s. "
                             "Correct the file."),
                          path, key->key, key->group, _ (key->expect));
  g_free (*text_field (profile, key));
  *text_field (profile, key) = g_strdup (value);
  return TRUE;
}

static gboolean
apply_word (KaiSiteProfile *profile, const Key *key, const char *value, const char *path,
            GError **error)
{
  g_autofree char *all = NULL;

  for (int i = 0; key->words[i]; i++)
    if (g_str_equal (key->words[i], value))
      {
        G_STRUCT_MEMBER (int, profile, key->offset) = i;
        return TRUE;
      }
  all = g_strjoinv (", ", (char **)key->words);
  return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                        _ ("The site profile %s has a wrong value for %s in [%s]: it must be one "
                           "of %s. Correct the file."),
                        path, key->key, key->group, all);
}

static gboolean
apply_key (KaiSiteProfile *profile, GKeyFile *file, const char *group, const char *name,
           const char *path, GError **error)
{
  const Key *key = find_key (group, name);
  g_autoptr (GError) reason = NULL;
  g_autofree char *value = NULL;

  if (!key)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s has the unknown key %s in [%s]. Correct or "
                             "delete it."),
                          path, name, group);
  value = g_key_file_get_string (file, group, name, &reason);
  if (reason) /* an unknown escape gives a value and an error */
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s has a value for %s in [%s] that cannot be read. "
                             "Write it as UTF-8 text without backslashes."),
                          path, name, group);
  if (key->words)
    return apply_word (profile, key, value, path, error);
  return key->rule ? apply_text (profile, key, value, path, error)
                   : apply_number (profile, key, value, path, error);
}

static gboolean
apply_group (KaiSiteProfile *profile, GKeyFile *file, const char *group, const char *path,
             GError **error)
{
  g_auto (GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);

  if (!find_key (group, NULL))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s has the unknown group [%s]. Correct or delete "
                             "it."),
                          path, group);
  for (char **name = names; *name; name++)
    if (!apply_key (profile, file, group, *name, path, error))
      return FALSE;
  return TRUE;
}

/* Rules between keys. */
static gboolean
check_whole (const KaiSiteProfile *profile, const char *path, GError **error)
{
  const KaiPaymentCodeRule *rule = &profile->payment_code;
  gsize length = rule->region_digits + rule->year_digits + strlen (rule->fixed)
                 + rule->assigner_digits + rule->sequence_digits
                 + (rule->check == KAI_CHECK_DIGIT_NONE ? 0 : 1);

  if (length > MAX_PAYMENT_CODE)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s makes payment codes of %u digits; messages hold "
                             "at most %d. Correct the digits in [payment-code]."),
                          path, (guint)length, MAX_PAYMENT_CODE);
  if (g_str_equal (profile->sm2_name, profile->sm3_name))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s names sm2 and sm3 in [signatures] alike. Correct "
                             "the file."),
                          path);
  if (profile->lease_low_water >= profile->lease_size)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s has a low-water in [leases] that is not below "
                             "size. Correct the file."),
                          path);
  if (profile->socket_enabled && !*profile->socket_token_file)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s enables the socket without saying where the "
                             "token is. Add token-file to [socket]."),
                          path);
  if (profile->socket_enabled && profile->socket_mac == KAI_MAC_3DES_TOKEN
      && !*profile->socket_key_file)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The site profile %s enables the socket with mac 3des-token without "
                             "saying where the key is. Add key-file to [socket]."),
                          path);
  return TRUE;
}

KaiSiteProfile *
kai_site_profile_load (const char *path, GError **error)
{
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_new_default ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) reason = NULL;
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &reason))
    {
      if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer (&profile);
      kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                     _ ("The site profile %s cannot be read: %s. Correct or delete the file."),
                     path, reason->message);
      return NULL;
    }
  groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group; group++)
    if (!apply_group (profile, file, *group, path, error))
      return NULL;
  if (!check_whole (profile, path, error))
    return NULL;
  return g_steal_pointer (&profile);
}
