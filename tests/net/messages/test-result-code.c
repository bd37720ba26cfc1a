/* The table of result codes is whole, and errors find their way into it. */
#include "messages/kai-net-error.h"
#include "messages/kai-record.h"
#include "messages/kai-result-code.h"

#include <gio/gio.h>
#include <string.h>

static const char *const symbols[] = {
  "ok",
  "failed",
  "malformed",
  "unknown-message",
  "field",
  "id-reused",
  "too-many-vouchers",
  "no-signature",
  "bad-signature",
  "not-covered",
  "bad-certificate",
  "certificate-expired",
  "certificate-unknown",
  "wrong-holder",
  "time-window",
  "replayed",
  "wrong-unit",
  "unknown-unit",
  "unknown-user",
  "not-allowed",
  "unknown-item",
  "outside-standard",
  "sum-mismatch",
  "bad-code",
  "code-exists",
  "code-not-leased",
  "unknown-notice",
  "already-paid",
  "already-void",
  "lapsed",
  "not-paid",
  "already-swapped",
  "void-notice",
  "unknown-bill-type",
  "no-ebill-numbers",
  "number-not-yours",
  "unit-signature",
  "content-mismatch",
  "unknown-number",
  "no-file-yet",
  "range-not-delivered",
  "range-not-free",
  "unknown-holder",
  "over-limit",
  "server-error",
};

static void
test_symbol (gconstpointer data)
{
  const KaiResultCode *entry = kai_result_code_by_symbol (data);

  g_assert_cmpuint (strlen (entry->code), ==, 5);
  g_assert_cmpuint (strspn (entry->code, "0123456789"), ==, 5);
  g_assert_true (kai_result_code_find (entry->code) == entry);
  g_assert_true (*entry->zh && *entry->en);
  g_assert_true (g_str_has_suffix (entry->zh, "。") && g_str_has_suffix (entry->en, "."));
  /* What is refused comes with advice. */
  g_assert_cmpint (!*entry->advice_zh, ==, g_str_equal (data, "ok"));
  g_assert_cmpint (!*entry->advice_en, ==, g_str_equal (data, "ok"));
}

static void
test_describe (void)
{
  g_autofree char *known = kai_result_code_describe ("30012", "server's words");
  g_autofree char *field = kai_result_code_describe ("10003", "Voucher 3, PayerName.");
  g_autofree char *unknown = kai_result_code_describe ("31999", "The bureau is closed.");
  g_autofree char *nothing = kai_result_code_describe ("31999", "");

  g_assert_cmpstr (known, ==,
                   "This notice has been paid already. It can no longer be changed; apply "
                   "for a refund if the money must go back.");
  g_assert_cmpstr (field, ==,
                   "Voucher 3, PayerName. Correct the field that is named and submit again.");
  g_assert_cmpstr (unknown, ==, "The bureau is closed.");
  g_assert_nonnull (strstr (nothing, "did not do this"));
  g_assert_null (kai_result_code_find ("31999"));
  g_assert_null (kai_result_code_find (NULL));
}

static void
test_error_code (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) copy = NULL;
  g_autoptr (GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x");

  g_assert_false (kai_net_fail (&error, KAI_NET_ERROR_TIME, "x"));
  g_assert_cmpstr (kai_net_error_get_code (error), ==, "20008");
  g_clear_error (&error);
  g_assert_false (kai_net_fail_result (&error, KAI_NET_ERROR_SIGNATURE, "not-covered", "x"));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_SIGNATURE);
  copy = g_error_copy (error);
  g_assert_cmpstr (kai_net_error_get_code (copy), ==, "20003");
  g_clear_error (&error);
  g_assert_false (kai_net_fail_fault (&error, "31999", "words"));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FAULT);
  g_assert_cmpstr (kai_net_error_get_code (error), ==, "31999");
  g_assert_cmpstr (kai_net_error_get_code (other), ==, KAI_RESULT_FAILED);
  g_assert_cmpstr (kai_net_error_get_code (NULL), ==, KAI_RESULT_FAILED);
}

static void
test_record (void)
{
  g_autoptr (KaiRecord) record = kai_record_new ();
  g_autoptr (GError) error = NULL;
  gint64 value = 7;

  g_assert_cmpstr (kai_record_get (record, "A"), ==, "");
  g_assert_false (kai_record_has (record, "A"));
  kai_record_set (record, "A", NULL);
  g_assert_true (kai_record_has (record, "A"));
  kai_record_set_money (record, "A", 123450);
  g_assert_cmpstr (kai_record_get (record, "A"), ==, "1234.50");
  g_assert_true (kai_record_get_money (record, "A", &value, &error));
  g_assert_cmpint (value, ==, 123450);
  g_assert_false (kai_record_get_int (record, "A", &value, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
  g_assert_nonnull (strstr (error->message, "A"));
  g_clear_error (&error);
  kai_record_set_int (record, "B", -42);
  g_assert_true (kai_record_get_int (record, "B", &value, &error));
  g_assert_cmpint (value, ==, -42);
  g_assert_false (kai_record_get_money (record, "B", &value, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
  kai_record_set (kai_record_add (record, "L/I"), "C", "1");
  kai_record_set (kai_record_add (record, "L/I"), "C", "2");
  g_assert_cmpuint (kai_record_get_n (record, "L/I"), ==, 2);
  g_assert_cmpuint (kai_record_get_n (record, "M/I"), ==, 0);
  g_assert_cmpstr (kai_record_get (kai_record_nth (record, "L/I", 1), "C"), ==, "2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (symbols); i++)
    {
      g_autofree char *name = g_strconcat ("/result-code/symbol/", symbols[i], NULL);

      g_test_add_data_func (name, symbols[i], test_symbol);
    }
  g_test_add_func ("/result-code/describe", test_describe);
  g_test_add_func ("/result-code/error", test_error_code);
  g_test_add_func ("/record", test_record);
  return g_test_run ();
}
