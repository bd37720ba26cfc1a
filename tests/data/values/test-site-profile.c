/* The site profile: defaults, what a file changes, and that nothing wrong in it passes. */
#include "kai-test.h"
#include "values/kai-error.h"
#include "values/kai-site-profile.h"

#include <string.h>

static void
assert_default (const KaiSiteProfile *profile)
{
  const KaiPaymentCodeRule *rule = kai_payment_code_rule_default ();

  g_assert_cmpint (profile->payment_code.region_digits, ==, rule->region_digits);
  g_assert_cmpint (profile->payment_code.year_digits, ==, rule->year_digits);
  g_assert_cmpstr (profile->payment_code.fixed, ==, rule->fixed);
  g_assert_cmpint (profile->payment_code.assigner_digits, ==, rule->assigner_digits);
  g_assert_cmpint (profile->payment_code.sequence_digits, ==, rule->sequence_digits);
  g_assert_cmpint (profile->payment_code.check, ==, rule->check);
  g_assert_cmpstr (profile->app, ==, "CNNONTAX");
  g_assert_cmpstr (profile->message_version, ==, "1.0");
  g_assert_cmpstr (profile->finance_node, ==, "");
  g_assert_cmpstr (profile->client_node, ==, "");
  g_assert_cmpstr (profile->ebill_tag, ==, "CZ-EI-32");
  g_assert_cmpstr (profile->ebill_version, ==, "1.1.0");
  g_assert_cmpstr (profile->ebill_time_format, ==, "HHMMSS");
  g_assert_cmpstr (profile->ebill_interface_version, ==, "1.0");
  g_assert_cmpstr (profile->pay_info_separator, ==, "|");
  g_assert_cmpint (profile->notice_days, ==, 10);
  g_assert_cmpint (profile->batch_limit, ==, 500);
  g_assert_cmpint (profile->lease_size, ==, 1000);
  g_assert_cmpint (profile->lease_low_water, ==, 200);
  g_assert_false (profile->socket_enabled);
  g_assert_cmpint (profile->socket_mac, ==, KAI_MAC_3DES_TOKEN);
  g_assert_cmpint (profile->socket_mac_width, ==, 64);
  g_assert_cmpstr (profile->socket_token_file, ==, "");
  g_assert_cmpstr (profile->socket_key_file, ==, "");
}

static KaiSiteProfile *
load_text (const char *text, gssize length, GError **error)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "site-profile.ini", NULL);

  g_assert_true (g_file_set_contents (path, text, length, NULL));
  return kai_site_profile_load (path, error);
}

static void
test_default (void)
{
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_new_default ();

  assert_default (profile);
}

static void
test_no_file (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "site-profile.ini", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_load (path, &error);

  g_assert_no_error (error);
  assert_default (profile);
}

static void
test_empty_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSiteProfile) profile = load_text ("# nothing\n[messages]\n", -1, &error);

  g_assert_no_error (error);
  assert_default (profile);
}

/* The city of the handbook's example makes the codes that are really in use there. */
static void
test_city (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSiteProfile) profile =
      load_text ("[payment-code]\nfixed=30\nassigner-digits=0\nsequence-digits=10\n"
                 "check-digit=none\n",
                 -1, &error);
  g_autofree char *code = NULL;

  g_assert_no_error (error);
  code = kai_payment_code_build (&profile->payment_code, "320682", 2022, NULL, 7, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (code, ==, "32068222300000000007");
}

static void
test_all_keys (void)
{
  static const char text[] =
      "[payment-code]\nregion-digits=4\nyear-digits=4\nfixed=9\nassigner-digits=2\n"
      "sequence-digits=7\ncheck-digit=none\n"
      "[messages]\napp=OTHER\nversion=2.0\nfinance-node=F320600\nclient-node=K3206840001\n"
      "pay-info-separator=^\nbatch-limit=100\n"
      "[ebills]\ntag=CZ-EI-44\nversion=1.2.0\ntime-format=HH:mm:ss\ninterface-version=2\n"
      "[notices]\nvalid-days=30\n"
      "[leases]\nsize=50\nlow-water=10\n"
      "[socket]\nenabled=true\nmac=sha256\nmac-width=128\ntoken-file=token\nkey-file=/k y\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSiteProfile) profile = load_text (text, -1, &error);

  g_assert_no_error (error);
  g_assert_cmpint (profile->payment_code.region_digits, ==, 4);
  g_assert_cmpint (profile->payment_code.year_digits, ==, 4);
  g_assert_cmpstr (profile->payment_code.fixed, ==, "9");
  g_assert_cmpint (profile->payment_code.assigner_digits, ==, 2);
  g_assert_cmpint (profile->payment_code.sequence_digits, ==, 7);
  g_assert_cmpint (profile->payment_code.check, ==, KAI_CHECK_DIGIT_NONE);
  g_assert_cmpstr (profile->app, ==, "OTHER");
  g_assert_cmpstr (profile->message_version, ==, "2.0");
  g_assert_cmpstr (profile->finance_node, ==, "F320600");
  g_assert_cmpstr (profile->client_node, ==, "K3206840001");
  g_assert_cmpstr (profile->pay_info_separator, ==, "^");
  g_assert_cmpint (profile->batch_limit, ==, 100);
  g_assert_cmpstr (profile->ebill_tag, ==, "CZ-EI-44");
  g_assert_cmpstr (profile->ebill_version, ==, "1.2.0");
  g_assert_cmpstr (profile->ebill_time_format, ==, "HH:mm:ss");
  g_assert_cmpstr (profile->ebill_interface_version, ==, "2");
  g_assert_cmpint (profile->notice_days, ==, 30);
  g_assert_cmpint (profile->lease_size, ==, 50);
  g_assert_cmpint (profile->lease_low_water, ==, 10);
  g_assert_true (profile->socket_enabled);
  g_assert_cmpint (profile->socket_mac, ==, KAI_MAC_SHA256);
  g_assert_cmpint (profile->socket_mac_width, ==, 128);
  g_assert_cmpstr (profile->socket_token_file, ==, "token");
  g_assert_cmpstr (profile->socket_key_file, ==, "/k y");
}

typedef struct
{
  const char *text;
  const char *named; /* what the sentence names */
} Wrong;

static const Wrong wrongs[] = {
  { "[nonsense]\nx=1\n", "nonsense" },
  { "[nonsense]\n", "nonsense" },
  { "[messages]\nbatch-limits=1\n", "batch-limits" },
  { "[messages]\nvalid-days=1\n", "valid-days" },
  { "[messages]\nbatch-limit=0\n", "batch-limit" },
  { "[messages]\nbatch-limit=501\n", "batch-limit" },
  { "[messages]\nbatch-limit=many\n", "batch-limit" },
  { "[messages]\nbatch-limit=\n", "batch-limit" },
  { "[messages]\nbatch-limit=5.0\n", "batch-limit" },
  { "[messages]\nbatch-limit=99999999999999999999\n", "batch-limit" },
  { "[messages]\napp=\n", "app" },
  { "[messages]\napp=税\n", "app" },
  { "[messages]\nversion=10\n", "version" },
  { "[messages]\nfinance-node=F320684000000\n", "finance-node" },
  { "[messages]\npay-info-separator=||\n", "pay-info-separator" },
  { "[messages]\npay-info-separator=#\n", "pay-info-separator" },
  { "[messages]\npay-info-separator=a\n", "pay-info-separator" },
  { "[messages]\npay-info-separator=\n", "pay-info-separator" },
  { "[payment-code]\nfixed=3x\n", "fixed" },
  { "[payment-code]\nsequence-digits=19\n", "sequence-digits" },
  { "[payment-code]\nsequence-digits=-1\n", "sequence-digits" },
  { "[payment-code]\ncheck-digit=mod11\n", "check-digit" },
  { "[payment-code]\nsequence-digits=9\n", "21 digits" },
  { "[ebills]\ntime-format=HHMM\n", "time-format" },
  { "[ebills]\nversion=1.1\n", "version" },
  { "[notices]\nvalid-days=0\n", "valid-days" },
  { "[leases]\nsize=100\n", "low-water" },
  { "[socket]\nenabled=yes\n", "enabled" },
  { "[socket]\nmac=md5\n", "3des-token, sha256" },
  { "[socket]\nmac-width=63\n", "mac-width" },
  { "[socket]\nmac-width=129\n", "mac-width" },
  { "[socket]\ntoken=secret\n", "token" },
  { "[socket]\nenabled=true\nmac=sha256\n", "token-file" },
  { "[socket]\nenabled=true\ntoken-file=t\n", "key-file" },
  { "[messages]\napp=a\\qb\n", "app" },
  { "[messages]\napp=\xff\n", "app" },
  { "no group\n", "site-profile.ini" },
  { "[broken\n", "site-profile.ini" },
  { "key=value\n", "site-profile.ini" },
};

static void
test_wrong (gconstpointer data)
{
  const Wrong *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSiteProfile) profile = load_text (row->text, -1, &error);

  g_assert_null (profile);
  g_assert_nonnull (error);
  g_assert_true (error->domain == KAI_DATA_ERROR);
  g_assert_nonnull (strstr (error->message, row->named));
  g_assert_nonnull (strstr (error->message, "site-profile.ini"));
}

static void
test_not_a_file (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (GError) error = NULL;

  g_assert_null (kai_site_profile_load (dir, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_UNREADABLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/site-profile/default", test_default);
  g_test_add_func ("/site-profile/no-file", test_no_file);
  g_test_add_func ("/site-profile/empty-file", test_empty_file);
  g_test_add_func ("/site-profile/city", test_city);
  g_test_add_func ("/site-profile/all-keys", test_all_keys);
  g_test_add_func ("/site-profile/not-a-file", test_not_a_file);
  for (gsize i = 0; i < G_N_ELEMENTS (wrongs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/site-profile/wrong/%02u", (guint)i);

      g_test_add_data_func (path, &wrongs[i], test_wrong);
    }
  return g_test_run ();
}
