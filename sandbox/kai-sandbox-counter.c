/* A bank's counter: what a teller's program would send over the socket, with the bank's own token. */
#include "kai-sandbox-counter.h"

#include "kai-sandbox-peers.h"
#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "transport/kai-socket-client.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  KaiSandbox *sandbox;
  KaiSocketClient *client;
  char *node, *outlet, *name;
} Counter;

static void
counter_clear (Counter *counter)
{
  g_clear_pointer (&counter->client, kai_socket_client_free);
  g_free (counter->node);
  g_free (counter->outlet);
  g_free (counter->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Counter, counter_clear)

static gboolean
find_bank (Counter *counter, const char *bank, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      counter->sandbox->db,
      "SELECT node, outlet, name FROM bank WHERE ?1 = '' OR node = ?1 ORDER BY node LIMIT 1",
      error);
  gboolean row;

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "t", bank);
  if (!kai_database_step (counter->sandbox->db, stmt, &row, error))
    return FALSE;
  if (!row)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("There is no bank %s. `kaipiao-sandbox ctl state` lists them."),
                          bank ? bank : "");
  counter->node = kai_column_dup (stmt, 0);
  counter->outlet = kai_column_dup (stmt, 1);
  counter->name = kai_column_dup (stmt, 2);
  sqlite3_reset (stmt);
  return TRUE;
}

static gboolean
open_counter (Counter *counter, const char *bank, GError **error)
{
  g_autofree char *address = kai_database_dup_setting (counter->sandbox->db, KAI_SANDBOX_SOCKET);
  g_autoptr (KaiPeer) peer = NULL;

  if (!address)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("The training server does not serve the socket. Start it with "
                             "--socket-port N."));
  if (!find_bank (counter, bank, error))
    return FALSE;
  peer = kai_sandbox_find_peer (counter->sandbox, counter->node, error);
  if (!peer)
    return (error && *error)
           || kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND, _ ("The bank %s has no token yet."),
                             counter->node);
  counter->client = kai_socket_client_new (address, g_steal_pointer (&peer->mac), NULL,
                                           counter->sandbox->catalogue, NULL, error);
  return counter->client != NULL;
}

static void
replace (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

/* Takes @voucher; the one voucher of the answer stands in *answer. */
static const KaiRecord *
ask (Counter *counter, const char *number, KaiRecord *voucher, KaiMessage **answer, GError **error)
{
  g_autoptr (KaiMessage) message = kai_message_new (number);
  g_autoptr (GBytes) body = NULL;
  const KaiRecord *reply;
  const char *result;

  replace (&message->source, counter->node);
  replace (&message->region, "320684");
  replace (&message->destination, "F320684");
  kai_record_set (voucher, "BankOutlet", counter->outlet);
  kai_record_set (voucher, "Operator", "柜员0001");
  g_ptr_array_add (message->vouchers, voucher);
  body = kai_message_encode (message, counter->sandbox->catalogue, FALSE, error);
  if (!body)
    return NULL;
  *answer = kai_socket_client_exchange (counter->client, body, message->id, NULL, NULL, error);
  if (!*answer)
    return NULL;
  reply = (*answer)->vouchers->pdata[0];
  result = kai_record_has (reply, "Result") ? kai_record_get (reply, "Result") : KAI_RESULT_OK;
  if (g_str_equal (result, KAI_RESULT_OK))
    return reply;
  kai_net_fail_fault (error, result, kai_record_get (reply, "AddWord"));
  return NULL;
}

static KaiRecord *
make_confirmation (Counter *counter, const KaiRecord *notice, const char *amount,
                   const char *trace_no)
{
  g_autofree char *stamp = kai_sandbox_format_time (kai_sandbox_now (counter->sandbox));
  g_autofree char *day = g_strndup (stamp, 8), *time = g_strndup (stamp + 8, 6);
  g_autofree char *made = kai_message_new_id ();
  KaiRecord *voucher = kai_record_new ();

  kai_record_set (voucher, "PayCode", kai_record_get (notice, "PayCode"));
  kai_record_set (voucher, "CfmDate", day);
  kai_record_set (voucher, "CfmTime", time);
  kai_record_set (voucher, "Amt", amount ? amount : kai_record_get (notice, "Amt"));
  kai_record_set (voucher, "PayMode", "1");
  kai_record_set (voucher, "TraNoBus", trace_no ? trace_no : made);
  kai_record_set (voucher, "PayerName", kai_record_get (notice, "PayerName"));
  kai_record_set (voucher, "PayerOpBk", counter->name);
  return voucher;
}

gboolean
kai_sandbox_counter_pay (KaiSandbox *sandbox, const char *payment_code, const char *bank,
                         const char *amount, const char *trace_no, KaiPayOutcome *outcome,
                         GError **error)
{
  g_auto (Counter) counter = { .sandbox = sandbox };
  g_autoptr (KaiMessage) shown = NULL, confirmed = NULL;
  KaiRecord *query;
  const KaiRecord *notice, *reply;

  if (!open_counter (&counter, bank, error))
    return FALSE;
  query = kai_record_new ();
  kai_record_set (query, "PayCode", payment_code);
  notice = ask (&counter, "2601", query, &shown, error);
  if (!notice)
    return FALSE;
  reply = ask (&counter, "2612", make_confirmation (&counter, notice, amount, trace_no), &confirmed,
               error);
  if (!reply)
    return FALSE;
  *outcome = g_str_equal (kai_record_get (reply, "Information"), "REFUNDED") ? KAI_PAY_REFUNDED
                                                                             : KAI_PAY_CONFIRMED;
  return TRUE;
}
