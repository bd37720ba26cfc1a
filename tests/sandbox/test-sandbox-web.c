/* The payer's pages, as a browser and as an attacker see them. */
#include "kai-sandbox-fixture.h"

#include <string.h>

static char *
check_code_of (Fixture *fixture, const char *code)
{
  g_autoptr (GError) error = NULL;
  char *check_code = kai_database_dup_text (
      fixture->ctl->db, &error, "SELECT check_code FROM notice WHERE payment_code = ?", "t", code);

  g_assert_no_error (error);
  return check_code;
}

static guint
pay_online (Fixture *fixture, const char *code, const char *typed, char **page,
            SoupMessageHeaders **headers)
{
  g_autofree char *path = g_strconcat ("/pay/", code, NULL);
  g_autofree char *form = g_strconcat ("c=", typed, NULL);
  g_autoptr (GBytes) body = g_bytes_new (form, strlen (form));

  return fixture_http (fixture, path, "application/x-www-form-urlencoded", body, page, headers);
}

static char *
other_code (const char *check_code)
{
  return g_strdup (g_str_equal (check_code, "0000") ? "0001" : "0000");
}

static void
test_page (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk), *path = g_strconcat ("/pay/", code, NULL);
  g_autofree char *filled = g_strconcat (path, "?c=1234", NULL);
  g_autofree char *page = NULL, *filled_page = NULL;
  g_autoptr (SoupMessageHeaders) headers = NULL;

  g_assert_cmpuint (fixture_http (fixture, path, NULL, NULL, &page, &headers), ==, 200);
  g_assert_nonnull (strstr (page, "海门市东洲湾实验学校"));
  g_assert_nonnull (strstr (page, "850.00"));
  g_assert_nonnull (strstr (page, "待缴款"));
  g_assert_nonnull (strstr (page, "<button type=\"submit\">"));
  g_assert_nonnull (strstr (page, "name=\"viewport\""));
  g_assert_nonnull (strstr (page, "张**"));
  g_assert_null (strstr (page, "张小明"));
  g_assert_null (strstr (page, "11010519491231002X"));
  g_assert_null (strstr (page, "<script"));
  g_assert_cmpstr (soup_message_headers_get_one (headers, "X-Content-Type-Options"), ==, "nosniff");
  g_assert_nonnull (strstr (soup_message_headers_get_one (headers, "Content-Security-Policy"),
                            "default-src 'none'"));
  g_assert_cmpuint (fixture_http (fixture, filled, NULL, NULL, &filled_page, NULL), ==, 200);
  g_assert_nonnull (strstr (filled_page, "value=\"1234\""));
}

static void
test_pay (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk), *check_code = check_code_of (fixture, code);
  g_autofree char *wrong = other_code (check_code), *path = g_strconcat ("/pay/", code, NULL);
  g_autofree char *page = NULL, *paid = NULL;
  g_autoptr (SoupMessageHeaders) headers = NULL;

  g_assert_cmpuint (pay_online (fixture, code, wrong, &page, NULL), ==, 403);
  g_assert_nonnull (strstr (page, "校验码不正确"));
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM payment"), ==, 0);
  g_assert_cmpuint (pay_online (fixture, code, check_code, NULL, &headers), ==, 303);
  g_assert_true (g_str_has_suffix (soup_message_headers_get_one (headers, "Location"), path));
  g_assert_cmpint (count_rows (fixture,
                               "SELECT count(*) FROM payment WHERE state = 'confirmed' AND "
                               "channel = 3"),
                   ==, 1);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM push"), ==, 1);
  g_assert_cmpuint (fixture_http (fixture, path, NULL, NULL, &paid, NULL), ==, 200);
  g_assert_nonnull (strstr (paid, "已缴款"));
  g_assert_null (strstr (paid, "<form"));
  /* The button pressed twice is not a second payment. */
  g_assert_cmpuint (pay_online (fixture, code, check_code, NULL, NULL), ==, 409);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM payment"), ==, 1);
}

/* The four digits cannot be tried out. */
static void
test_tries (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk), *check_code = check_code_of (fixture, code);
  g_autofree char *wrong = other_code (check_code), *page = NULL;

  for (int i = 0; i < 10; i++)
    g_assert_cmpuint (pay_online (fixture, code, wrong, NULL, NULL), ==, 403);
  g_assert_cmpuint (pay_online (fixture, code, check_code, &page, NULL), ==, 403);
  g_assert_null (strstr (page, "<form"));
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM payment"), ==, 0);
}

static void
test_escaping (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = desk_message (desk, "8994"), answer = NULL;
  g_autofree char *code = make_code ("101", desk_lease (desk, 1)),
                  *path = g_strconcat ("/pay/", code, NULL);
  g_autofree char *page = NULL;
  KaiRecord *voucher = add_notice (message, code, FIXED_ITEM, 1, "850.00");

  kai_record_set (voucher, "PayInfo",
                  FIXED_ITEM "|<script>alert(1)</script>|850.00|<b>|1|固定标准|850.00#");
  kai_record_set (voucher, "PayerName", "<i>");
  answer = desk_send (desk, message);
  g_assert_cmpstr (result_of (answer, 0), ==, "00000");
  g_assert_cmpuint (fixture_http (fixture, path, NULL, NULL, &page, NULL), ==, 200);
  g_assert_null (strstr (page, "<script"));
  g_assert_null (strstr (page, "<b>"));
  g_assert_null (strstr (page, "<i>"));
  g_assert_nonnull (strstr (page, "&lt;script&gt;"));
}

static void
test_hostile_paths (Fixture *fixture, gconstpointer data)
{
  static const char *const rows[] = {
    "/pay/",
    "/pay",
    "/pay/1",
    "/pay/00000000000000000000",
    "/pay/%3Cscript%3Ealert(1)%3C/script%3E",
    "/pay/'%20OR%20'1'='1",
    "/pay/../../etc/passwd",
    "/pay/%2e%2e/%2e%2e/etc/passwd",
    "/pay/%00",
    "/pay/%ff%fe",
    "/payment",
    "/ebill/",
    "/ebill/0000000001",
    "/ebill/0000000001?c=%3Cscript%3E",
    "/exchange/more",
    "/nothing?a=%3Cscript%3E",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *page = NULL;
      guint status;

      g_test_message ("%s", rows[i]);
      status = fixture_http (fixture, rows[i], NULL, NULL, &page, NULL);
      /* libsoup itself answers what is no proper path. */
      g_assert_true (status == 404 || status == 400);
      g_assert_null (strstr (page, "<script"));
      g_assert_null (strstr (page, "root:"));
    }
}

static void
test_other_pages (Fixture *fixture, gconstpointer data)
{
  g_autofree char *index = NULL, *wsdl = NULL, *style = NULL;
  g_autoptr (GBytes) form = g_bytes_new_static ("a=b", 3);

  g_assert_cmpuint (fixture_http (fixture, "/", NULL, NULL, &index, NULL), ==, 200);
  g_assert_nonnull (strstr (index, "培训"));
  g_assert_cmpuint (fixture_http (fixture, "/page.css", NULL, NULL, &style, NULL), ==, 200);
  g_assert_cmpuint (fixture_http (fixture, "/healthz", NULL, NULL, NULL, NULL), ==, 200);
  g_assert_cmpuint (fixture_http (fixture, "/exchange?wsdl", NULL, NULL, &wsdl, NULL), ==, 200);
  g_assert_nonnull (strstr (wsdl, fixture->url));
  g_assert_cmpuint (fixture_http (fixture, "/exchange", NULL, NULL, NULL, NULL), ==, 405);
  g_assert_cmpuint (fixture_http (fixture, "/", "text/plain", form, NULL, NULL), ==, 405);
}

/* A body that is announced as too long is not read. */
static void
test_too_long (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GTlsDatabase) roots = g_tls_file_database_new (fixture->trust, &error);
  g_autoptr (GIOStream) tls = NULL;
  g_autoptr (GSocketConnectable) name = g_network_address_new ("127.0.0.1", 443);
  g_autofree char *host = g_strdup (fixture->address + strlen ("https://"));
  char answer[64] = "";
  g_autofree char *request = g_strdup_printf (
      "POST /exchange HTTP/1.1\r\nHost: a\r\n%sContent-Length: 99999999999\r\n\r\n",
      (const char *)data);

  g_assert_no_error (error);
  connection = g_socket_client_connect_to_host (client, host, 443, NULL, &error);
  g_assert_no_error (error);
  tls = g_tls_client_connection_new (G_IO_STREAM (connection), name, &error);
  g_assert_no_error (error);
  g_tls_connection_set_database (G_TLS_CONNECTION (tls), roots);
  g_output_stream_write_all (g_io_stream_get_output_stream (tls), request, strlen (request), NULL,
                             NULL, &error);
  g_assert_no_error (error);
  /* Who asks first is told; for others the connection ends. */
  g_input_stream_read (g_io_stream_get_input_stream (tls), answer, sizeof answer - 1, NULL, NULL);
  g_assert_cmpint (g_str_has_prefix (answer, "HTTP/1.1 413"), ==, *(const char *)data != '\0');
  if (!*(const char *)data)
    g_assert_cmpstr (answer, ==, "");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
    const char *data;
  } tests[] = {
    { "/sandbox/web/page", test_page },
    { "/sandbox/web/pay", test_pay },
    { "/sandbox/web/tries", test_tries },
    { "/sandbox/web/escaping", test_escaping },
    { "/sandbox/web/hostile-paths", test_hostile_paths },
    { "/sandbox/web/other-pages", test_other_pages },
    { "/sandbox/web/too-long", test_too_long, "" },
    { "/sandbox/web/too-long-asked", test_too_long, "Expect: 100-continue\r\n" },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].data, fixture_set_up, tests[i].func,
                fixture_tear_down);
  return g_test_run ();
}
