/* What the server holds, as one JSON document (`ctl state`). */
#include "kai-sandbox.h"

#include "model/kai-notice-text.h"
#include "values/kai-money.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* A member for each column; the column's name says its kind:
 * "money:amount" fen → "12.50", "words:roles" → array,
 * "flag:electronic" → true or false. */
static void
add_words (JsonBuilder *builder, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  json_builder_begin_array (builder);
  for (int i = 0; words[i]; i++)
    if (*words[i])
      json_builder_add_string_value (builder, words[i]);
  json_builder_end_array (builder);
}

/* What the payer was told: the columns of the unit's name, payer, items, amount, validity, payment and check code, joined by \x1f. The same
 * function makes the preview at the desk. */
static void
add_sms (KaiSandbox *self, JsonBuilder *builder, const char *joined)
{
  g_auto (GStrv) parts = g_strsplit (joined, "\x1f", 7);
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autoptr (KaiUnit) unit = kai_unit_new ();
  g_autofree char *url = NULL, *text = NULL;

  if (g_strv_length (parts) != 7)
    {
      json_builder_add_string_value (builder, "");
      return;
    }
  kai_notice_set (&unit->name, parts[0]);
  kai_notice_set (&notice->payer_name, parts[1]);
  kai_notice_set (&kai_notice_add_item (notice, "", 1, 0)->name, parts[2]);
  notice->amount = g_ascii_strtoll (parts[3], NULL, 10);
  notice->valid_until = (KaiDay)g_ascii_strtoll (parts[4], NULL, 10);
  kai_notice_set (&notice->payment_code, parts[5]);
  kai_notice_set (&notice->check_code, parts[6]);
  url = g_strconcat (self->address, "/pay/", parts[5], NULL);
  text = kai_notice_build_sms (KAI_NOTICE_SMS_DEFAULT, notice, unit, url);
  json_builder_add_string_value (builder, text);
}

static void
add_column (KaiSandbox *self, JsonBuilder *builder, sqlite3_stmt *stmt, int i)
{
  const char *name = sqlite3_column_name (stmt, i);
  const char *colon = strchr (name, ':');
  g_autofree char *text = kai_column_dup (stmt, i);
  g_autofree char *formatted = NULL;

  json_builder_set_member_name (builder, colon ? colon + 1 : name);
  if (g_str_has_prefix (name, "money:"))
    {
      formatted = kai_money_to_wire (sqlite3_column_int64 (stmt, i));
      json_builder_add_string_value (builder, formatted);
    }
  else if (g_str_has_prefix (name, "sms:"))
    add_sms (self, builder, text);
  else if (g_str_has_prefix (name, "words:"))
    add_words (builder, text);
  else if (g_str_has_prefix (name, "flag:"))
    json_builder_add_boolean_value (builder, sqlite3_column_int (stmt, i) != 0);
  else if (sqlite3_column_type (stmt, i) == SQLITE_INTEGER)
    json_builder_add_int_value (builder, sqlite3_column_int64 (stmt, i));
  else
    json_builder_add_string_value (builder, text);
}

static gboolean
add_array (KaiSandbox *self, JsonBuilder *builder, const char *name, const char *sql,
           GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (self->db, sql, error);
  gboolean row;

  if (!stmt)
    return FALSE;
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  while (kai_database_step (self->db, stmt, &row, error))
    {
      if (!row)
        {
          json_builder_end_array (builder);
          return TRUE;
        }
      json_builder_begin_object (builder);
      for (int i = 0; i < sqlite3_column_count (stmt); i++)
        add_column (self, builder, stmt, i);
      json_builder_end_object (builder);
    }
  return FALSE;
}

static const struct
{
  const char *name, *sql;
} arrays[] = {
  { "users",
    "SELECT code, name, unit_code AS unit, roles AS 'words:roles' FROM user ORDER BY code" },
  { "units", "SELECT code, name, region, credit_code, assigner FROM unit ORDER BY code" },
  { "items", "SELECT code, name, unit_of_measure AS unit, CASE standard WHEN 1 THEN 'fixed' WHEN 2 "
             "THEN 'free' ELSE "
             "'range' END AS standard, min AS 'money:min', max AS 'money:max', bill_type, (SELECT "
             "group_concat(unit_code, ' ') FROM unit_item WHERE item_code = code) AS 'words:units' "
             "FROM item ORDER BY "
             "code" },
  { "bill_types", "SELECT code, name, version, electronic AS 'flag:electronic', ebill_code FROM "
                  "bill_type ORDER BY code" },
  { "notices",
    "SELECT payment_code, unit_code AS unit, payer_name AS payer, amount AS "
    "'money:amount', state, bill_date, "
    "valid_until, check_code, (SELECT name FROM unit WHERE code = unit_code) || char(31) || "
    "payer_name || char(31) || (SELECT group_concat(i.name, '、') FROM (SELECT name FROM "
    "notice_item WHERE notice_item.payment_code = notice.payment_code ORDER BY position) AS i) "
    "|| char(31) || amount || char(31) || valid_until || char(31) || payment_code || char(31) "
    "|| check_code AS 'sms:sms' FROM notice ORDER BY created_at, payment_code" },
  { "payments",
    "SELECT payment_code, amount AS 'money:amount', channel, bank, trace_no, state FROM "
    "payment ORDER BY id" },
  { "ebills", "SELECT coalesce(payment_code, '') AS payment_code, code, number, check_code, "
              "unit_code AS unit, state "
              "FROM ebill ORDER BY code, number" },
  { "ranges", "SELECT type, r.version AS version, unit_code AS unit, holder, state, printf('%0*d', "
              "number_width, "
              "first_no) AS first, printf('%0*d', number_width, last_no) AS last, last_no - "
              "first_no + 1 AS count FROM "
              "stock_range AS r JOIN bill_type ON code = type ORDER BY type, r.version, first_no" },
  { "leases",
    "SELECT unit_code AS unit, desk, former, year, assigner, first_no AS first, last_no AS last "
    "FROM code_lease ORDER "
    "BY id" },
  { "pushes", "SELECT id, unit_code AS unit, number FROM push ORDER BY id" },
  { "banks", "SELECT node, name, outlet FROM bank ORDER BY node" },
  { "peers", "SELECT node, unit_code AS unit FROM peer ORDER BY node" },
  { "faults", "SELECT kind, value, number, remaining FROM fault ORDER BY id" },
  { "messages", "SELECT id, number, result, unit_code AS unit, user_code AS user, vouchers, "
                "refused, repeated AS "
                "'flag:repeated' FROM message ORDER BY row_id" },
};

static JsonNode *
build_state (KaiSandbox *self, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *socket = kai_database_dup_setting (self->db, KAI_SANDBOX_SOCKET);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "address");
  json_builder_add_string_value (builder, self->address);
  json_builder_set_member_name (builder, "socket");
  json_builder_add_string_value (builder, socket ? socket : "");
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    if (!add_array (self, builder, arrays[i].name, arrays[i].sql, error))
      return NULL;
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

char *
kai_sandbox_dup_state (KaiSandbox *self, GError **error)
{
  JsonNode *root;
  char *text;

  /* One view for all lists, while the server goes on writing. */
  if (!kai_database_begin_read (self->db, error))
    return NULL;
  root = build_state (self, error);
  if (!root || !kai_database_commit (self->db, error))
    {
      if (root)
        json_node_unref (root);
      else
        kai_database_rollback (self->db);
      return NULL;
    }
  text = json_to_string (root, TRUE);
  json_node_unref (root);
  return text;
}
