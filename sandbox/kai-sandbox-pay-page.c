/* The payer's pages: the address in a notice's QR code, the e-bill's download, what this server is.
 * Plain HTML that needs no scripts; every value is escaped; the check code on the notice stands
 * against forged requests. */
#include "kai-sandbox-server.h"

#include "kai-sandbox-call.h"
#include "model/kai-notice.h"
#include "values/kai-money.h"

#include <string.h>

#define STYLE "/cn/kaipiao/sandbox/page.css"
#define MAX_TRIES 10
#define MAX_FORM 4096

/* ---- HTML ---- */

static void
add_text (GString *html, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  g_string_append (html, escaped);
}

static void
add_row (GString *html, const char *label, const char *text)
{
  g_string_append_printf (html, "<div class=\"row\"><dt>%s</dt><dd>", label);
  add_text (html, text);
  g_string_append (html, "</dd></div>\n");
}

static GString *
begin_page (const char *title)
{
  GString *html =
      g_string_new ("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<link rel=\"stylesheet\" href=\"/page.css\">\n<title>");

  add_text (html, title);
  g_string_append (
      html, "</title>\n</head>\n<body>\n<p class=\"training\">培训环境 · 不会产生真实的缴款</p>\n"
            "<main>\n<h1>");
  add_text (html, title);
  g_string_append (html, "</h1>\n");
  return html;
}

static void
set_headers (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (
      headers, "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri "
      "'none'; frame-ancestors 'none'");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "X-Frame-Options", "DENY");
  soup_message_headers_replace (headers, "Referrer-Policy", "no-referrer");
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
}

/* Takes @html. */
static void
end_page (SoupServerMessage *message, guint status, GString *html)
{
  gsize length;
  char *text;

  g_string_append (html, "</main>\n</body>\n</html>\n");
  length = html->len;
  text = g_string_free (html, FALSE);
  set_headers (message);
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/html; charset=utf-8", SOUP_MEMORY_TAKE, text,
                                    length);
}

static void
serve_sentence (SoupServerMessage *message, guint status, const char *title, const char *sentence)
{
  GString *html = begin_page (title);

  g_string_append (html, "<p>");
  add_text (html, sentence);
  g_string_append (html, "</p>\n");
  end_page (message, status, html);
}

void
kai_pay_page_not_found (SoupServerMessage *message)
{
  serve_sentence (message, SOUP_STATUS_NOT_FOUND, "没有这个页面",
                  "请核对网址，或重新扫描缴款通知书上的二维码。");
}

void
kai_pay_page_serve_style (SoupServerMessage *message)
{
  g_autoptr (GBytes) style = g_resources_lookup_data (STYLE, 0, NULL);
  gsize length;
  const char *text = g_bytes_get_data (style, &length);

  set_headers (message);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/css; charset=utf-8", SOUP_MEMORY_COPY, text,
                                    length);
}

void
kai_pay_page_serve_index (KaiSandbox *sandbox, SoupServerMessage *message)
{
  GString *html = begin_page ("开票 · 财政培训服务器");

  g_string_append (
      html,
      "<p>这里是培训和测试用的财政服务器：数据是虚构的，缴款不会发生。</p>\n"
      "<p>请扫描缴款通知书上的二维码打开缴款页面。</p>\n"
      "<p>接口说明：<a href=\"/exchange?wsdl\">/exchange?wsdl</a></p>\n"
      "<p lang=\"en\">A finance server for training and tests. Nothing here is real money.</p>\n");
  end_page (message, SOUP_STATUS_OK, html);
}

/* ---- the notice ---- */

typedef struct
{
  char *code, *unit_name, *payer, *state, *check_code, *paid_on;
  KaiMoney amount, late_fee;
  KaiDay valid_until;
  int wrong_tries;
} Notice;

static void
notice_clear (Notice *notice)
{
  g_free (notice->code);
  g_free (notice->unit_name);
  g_free (notice->payer);
  g_free (notice->state);
  g_free (notice->check_code);
  g_free (notice->paid_on);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Notice, notice_clear)

/* First character, and of a long (organisation's) name the last two. */
static char *
mask_name (const char *name)
{
  glong length = g_utf8_strlen (name, -1);
  glong tail = length > 4 ? 2 : 0;
  GString *masked = g_string_new (NULL);
  const char *cursor = name;

  for (glong i = 0; i < length; i++, cursor = g_utf8_next_char (cursor))
    if (i == 0 || i >= length - tail)
      g_string_append_unichar (masked, g_utf8_get_char (cursor));
    else
      g_string_append_c (masked, '*');
  return g_string_free (masked, FALSE);
}

/* FALSE when there is none, or the database fails. */
static gboolean
load_notice (KaiSandbox *sandbox, const char *code, Notice *notice)
{
  sqlite3_stmt *stmt;
  gboolean row;
  g_autofree char *name = NULL;

  if (!kai_sandbox_lapse (sandbox, NULL))
    return FALSE;
  stmt = kai_database_prepare (
      sandbox->db,
      "SELECT unit.name, payer_name, state, check_code, amount, late_fee, valid_until, "
      "wrong_tries, "
      "coalesce((SELECT day FROM payment AS p WHERE p.payment_code = notice.payment_code AND "
      "p.state = "
      "'confirmed'), 0) FROM notice JOIN unit ON unit.code = unit_code WHERE payment_code = ?",
      NULL);
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "t", code);
  if (!kai_database_step (sandbox->db, stmt, &row, NULL) || !row)
    return FALSE;
  name = kai_column_dup (stmt, 1);
  notice->code = g_strdup (code);
  notice->unit_name = kai_column_dup (stmt, 0);
  notice->payer = mask_name (name);
  notice->state = kai_column_dup (stmt, 2);
  notice->check_code = kai_column_dup (stmt, 3);
  notice->amount = sqlite3_column_int64 (stmt, 4);
  notice->late_fee = sqlite3_column_int64 (stmt, 5);
  notice->valid_until = sqlite3_column_int (stmt, 6);
  notice->wrong_tries = sqlite3_column_int (stmt, 7);
  notice->paid_on = kai_day_to_iso (sqlite3_column_int (stmt, 8));
  sqlite3_reset (stmt);
  return TRUE;
}

static void
add_items (KaiSandbox *sandbox, GString *html, const Notice *notice)
{
  sqlite3_stmt *stmt = kai_database_prepare (sandbox->db,
                                             "SELECT name, quantity, unit_of_measure, amount FROM "
                                             "notice_item WHERE payment_code = ? ORDER BY position",
                                             NULL);
  gboolean row;

  if (!stmt)
    return;
  g_string_append (
      html, "<table>\n<thead><tr><th>项目</th><th>数量</th><th class=\"money\">金额（元）</th></tr>"
            "</thead>\n<tbody>\n");
  kai_statement_bind (stmt, "t", notice->code);
  while (kai_database_step (sandbox->db, stmt, &row, NULL) && row)
    {
      g_autofree char *name = kai_column_dup (stmt, 0), *measure = kai_column_dup (stmt, 2);
      g_autofree char *amount = kai_money_to_display (sqlite3_column_int64 (stmt, 3));

      g_string_append (html, "<tr><td>");
      add_text (html, name);
      g_string_append_printf (html, "</td><td>%lld ", (long long)sqlite3_column_int64 (stmt, 1));
      add_text (html, measure);
      g_string_append_printf (html, "</td><td class=\"money\">%s</td></tr>\n", amount);
    }
  if (notice->late_fee > 0)
    {
      g_autofree char *fee = kai_money_to_display (notice->late_fee);

      g_string_append_printf (
          html, "<tr><td>滞纳金</td><td></td><td class=\"money\">%s</td></tr>\n", fee);
    }
  g_string_append (html, "</tbody>\n</table>\n");
}

/* The code in the QR code's address fills the field; the payer still presses the button. */
static void
add_form (GString *html, const Notice *notice, const char *typed, const char *amount)
{
  g_string_append (html, "<form method=\"post\" action=\"/pay/");
  add_text (html, notice->code);
  g_string_append (html, "\">\n<label for=\"c\">通知书上的 4 位校验码</label>\n"
                         "<input id=\"c\" name=\"c\" inputmode=\"numeric\" autocomplete=\"off\" "
                         "maxlength=\"4\" pattern=\"[0-9]{4}\" required value=\"");
  add_text (html, typed);
  g_string_append_printf (html, "\">\n<button type=\"submit\">立即缴款 ￥%s</button>\n</form>\n",
                          amount);
}

static const char *
state_word (const char *state)
{
  if (g_str_equal (state, "paid"))
    return "已缴款";
  if (g_str_equal (state, "void"))
    return "已作废";
  return g_str_equal (state, "lapsed") ? "已过有效期" : "待缴款";
}

static void
serve_notice (KaiSandbox *sandbox, SoupServerMessage *message, const Notice *notice, guint status,
              const char *typed, const char *problem)
{
  GString *html = begin_page ("缴款通知书");
  g_autofree char *amount = kai_money_to_display (notice->amount);
  g_autofree char *last = kai_day_to_iso (notice->valid_until);

  g_string_append_printf (html, "<p class=\"state %s\">%s</p>\n", notice->state,
                          state_word (notice->state));
  g_string_append_printf (html, "<p class=\"amount\"><small>￥</small>%s</p>\n<dl>\n", amount);
  add_row (html, "缴款码", notice->code);
  add_row (html, "执收单位", notice->unit_name);
  add_row (html, "缴款人", notice->payer);
  add_row (html, "有效期至", last);
  if (*notice->paid_on)
    add_row (html, "缴款日期", notice->paid_on);
  g_string_append (html, "</dl>\n");
  add_items (sandbox, html, notice);
  if (problem)
    {
      g_string_append (html, "<p class=\"problem\" role=\"alert\">");
      add_text (html, problem);
      g_string_append (html, "</p>\n");
    }
  if (g_str_equal (notice->state, "unpaid") && notice->wrong_tries < MAX_TRIES)
    add_form (html, notice, typed, amount);
  end_page (message, status, html);
}

/* ---- paying ---- */

/* The typed check code; "" when there is none. Caller frees. */
static char *
read_form (SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = body->length <= MAX_FORM ? soup_message_body_flatten (body) : NULL;
  g_autofree char *text = NULL;
  g_autoptr (GHashTable) form = NULL;
  const char *typed;

  if (!bytes)
    return g_strdup ("");
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  form = soup_form_decode (text);
  typed = g_hash_table_lookup (form, "c");
  return g_strstrip (g_strdup (typed && g_utf8_validate (typed, -1, NULL) ? typed : ""));
}

static void
refuse_code (KaiSandbox *sandbox, SoupServerMessage *message, Notice *notice)
{
  kai_database_run (sandbox->db, NULL,
                    "UPDATE notice SET wrong_tries = wrong_tries + 1 WHERE payment_code = ?", "t",
                    notice->code);
  notice->wrong_tries++;
  serve_notice (sandbox, message, notice, SOUP_STATUS_FORBIDDEN, "",
                notice->wrong_tries < MAX_TRIES
                    ? "校验码不正确，没有缴款。请看通知书上的 4 位数字，再输入一次。"
                    : "校验码错误次数过多，网上缴款已停用。请持通知书到银行柜台缴款。");
}

static void
pay (KaiSandbox *sandbox, SoupServerMessage *message, Notice *notice)
{
  g_autofree char *typed = read_form (message);
  g_autofree char *back = g_strconcat ("/pay/", notice->code, NULL);
  KaiPayOutcome outcome;
  const char *refusal = NULL;

  /* A second press of the button is not a second payment. */
  if (!g_str_equal (notice->state, "unpaid"))
    {
      serve_notice (sandbox, message, notice, SOUP_STATUS_CONFLICT, "", "这张通知书现在不能缴款。");
      return;
    }
  if (notice->wrong_tries >= MAX_TRIES || !g_str_equal (typed, notice->check_code))
    {
      refuse_code (sandbox, message, notice);
      return;
    }
  if (!kai_sandbox_pay (sandbox, notice->code, KAI_SANDBOX_CHANNEL_ONLINE, &outcome, &refusal,
                        NULL))
    serve_sentence (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, "缴款没有完成",
                    "服务器出错，没有扣款。请稍后再试。");
  else if (outcome == KAI_PAY_REFUSED)
    serve_sentence (message, SOUP_STATUS_CONFLICT, "缴款没有完成",
                    kai_result_code_by_symbol (refusal)->zh);
  else
    {
      set_headers (message);
      soup_server_message_set_redirect (message, SOUP_STATUS_SEE_OTHER, back);
    }
}

static gboolean
is_digits (const char *text, gsize length)
{
  return strlen (text) == length && strspn (text, "0123456789") == length;
}

void
kai_pay_page_serve (KaiSandbox *sandbox, SoupServerMessage *message, const char *path,
                    GHashTable *query)
{
  const char *code = g_str_has_prefix (path, "/pay/") ? path + strlen ("/pay/") : "";
  const char *typed = query ? g_hash_table_lookup (query, "c") : NULL;
  g_auto (Notice) notice = { NULL };

  /* Only digits reach the database, and nothing of the path reaches a page. */
  if (!is_digits (code, 20) || !load_notice (sandbox, code, &notice))
    serve_sentence (
        message, SOUP_STATUS_NOT_FOUND, "没有这张通知书",
        "请核对缴款码，或重新扫描缴款通知书上的二维码。通知书刚刚开具时，请稍等片刻再试。");
  else if (g_str_equal (soup_server_message_get_method (message), "POST"))
    pay (sandbox, message, &notice);
  else
    serve_notice (sandbox, message, &notice, SOUP_STATUS_OK,
                  typed && is_digits (typed, 4) ? typed : "", NULL);
}

/* ---- the e-bill's file ---- */

void
kai_pay_page_serve_ebill (KaiSandbox *sandbox, SoupServerMessage *message, const char *path,
                          GHashTable *query)
{
  const char *number = path + strlen ("/ebill/");
  const char *typed = query ? g_hash_table_lookup (query, "c") : NULL;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autoptr (GBytes) file = NULL;
  g_autofree char *name = NULL;
  sqlite3_stmt *stmt = NULL;
  gboolean row = FALSE;

  if (is_digits (number, 10) && typed)
    stmt = kai_database_prepare (
        sandbox->db,
        "SELECT file, code FROM ebill WHERE number = ? AND check_code = ? AND state "
        "= 'issued'",
        NULL);
  if (stmt)
    {
      kai_statement_bind (stmt, "tt", number, typed);
      if (kai_database_step (sandbox->db, stmt, &row, NULL) && row)
        {
          file = kai_column_bytes (stmt, 0);
          name = g_strdup_printf ("attachment; filename=\"%s-%s.xml\"",
                                  (const char *)sqlite3_column_text (stmt, 1), number);
          sqlite3_reset (stmt);
        }
    }
  if (!file)
    {
      serve_sentence (message, SOUP_STATUS_NOT_FOUND, "没有这张电子票据",
                      "请核对票据号码和校验码。");
      return;
    }
  set_headers (message);
  soup_message_headers_replace (headers, "Content-Disposition", name);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "application/xml", SOUP_MEMORY_COPY,
                                    g_bytes_get_data (file, NULL), g_bytes_get_size (file));
}
