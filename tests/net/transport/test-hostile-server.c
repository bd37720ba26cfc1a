/* A hostile server answers a real desk that delivers a notice: every answer that cannot be believed is refused with its own code, changes nothing in the store, and leaves a line
 * in its log. Afterwards the good answer still does its work. */
#include "kai-attack-maker.h"
#include "kai-test.h"
#include "messages/kai-result-code.h"
#include "store/kai-audit-log.h"
#include "store/kai-base-data-store.h"
#include "store/kai-code-lease.h"
#include "store/kai-notice-store.h"
#include "sync/kai-sync-private.h"
#include "transport/kai-soap.h"
#include "values/kai-problem.h"

#include <libsoup/soup.h>
#include <string.h>

#define UNIT "320684001"
#define CLERK "32068400101"
#define ITEM "320600000001"
#define ANONYMOUS "http://www.w3.org/2005/08/addressing/anonymous"

typedef enum
{
  GOOD,
  DROP,
  ATTACK, /* the good answer, attacked: Fixture.attack */
  OTHER_REQUEST,
  OTHER_MESSAGE,
  OTHER_UNIT,
  OTHER_REGION,
  OTHER_BUREAU, /* signed by the finance server of another county */
  BY_CLERK,
  REPLAYED, /* the answer to an earlier try of this very message */
  REQUEST_BACK,
  FORGED_PAYMENT, /* a 5996 in place of the answer, well signed */
  UNSIGNED_FAULT,
  CUT,
} Mode;

typedef struct
{
  char *dir;
  KaiTestKey *root, *clerk, *finance, *other_bureau, *revoked, *tls;
  KaiKey *clerk_key, *finance_key, *other_key;
  KaiDesk *desk;
  KaiTrust *trust;
  KaiNotice *notice;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GAsyncQueue *ready;
  /* of the server's thread while it answers */
  Mode mode;
  guint attack;
  GBytes *first_answer;
} Fixture;

static Fixture shared;

/* ---- the server ---- */

static void
replace (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static GBytes *
encode_answer (Fixture *f, const KaiMessage *request)
{
  g_autoptr (KaiMessage) answer = kai_message_new (f->mode == FORGED_PAYMENT ? "5996" : "5001");
  KaiRecord *record = kai_desk_add_voucher (answer);
  g_autoptr (GError) error = NULL;
  GBytes *cfx;

  replace (&answer->source, request->destination);
  replace (&answer->destination, f->mode == OTHER_UNIT ? "K3206840002" : request->source);
  replace (&answer->region, f->mode == OTHER_REGION ? "320600" : request->region);
  replace (&answer->reference, f->mode == OTHER_MESSAGE ? "261121OTHER" : request->id);
  if (f->mode == FORGED_PAYMENT)
    {
      const char *const fields[][2] = { { "CfmDate", "20261121" }, { "CfmTime", "093000" },
                                        { "Amt", "120.00" },       { "BankOutlet", "1" },
                                        { "Operator", "1" },       { "PayMode", "3" },
                                        { "TraNoBus", "1" },       { "PayerName", "王小明" },
                                        { "RecAcctType", "3" } };

      kai_record_set (record, "PayCode", f->notice->payment_code);
      for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
        kai_record_set (record, fields[i][0], fields[i][1]);
    }
  else
    {
      kai_record_set (record, "OriMsgNo", request->number);
      kai_record_set (record, "Result", KAI_RESULT_OK);
    }
  cfx = kai_message_encode (answer, f->desk->catalogue, FALSE, &error);
  g_assert_no_error (error);
  return cfx;
}

static GBytes *
make_answer (Fixture *f, GBytes *body)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSoapEnvelope) envelope = kai_soap_open (
      g_bytes_get_data (body, NULL), g_bytes_get_size (body), TRUE, f->trust, now, &error);
  g_autoptr (KaiMessage) request = NULL;
  g_autoptr (GBytes) cfx = NULL;
  g_autoptr (GBytes) good = NULL;
  KaiKey *key = f->mode == BY_CLERK       ? f->clerk_key
                : f->mode == OTHER_BUREAU ? f->other_key
                                          : f->finance_key;
  KaiAttackKeys keys = { f->root, f->finance, f->revoked, now };

  g_assert_no_error (error);
  request = kai_message_decode (envelope->cfx, f->desk->catalogue, &error);
  g_assert_no_error (error);
  cfx = encode_answer (f, request);
  good =
      kai_soap_build (cfx, "urn:uuid:reply", ANONYMOUS,
                      f->mode == OTHER_REQUEST ? "urn:uuid:other" : envelope->verified->message_id,
                      key, now, &error);
  g_assert_no_error (error);
  return f->mode == ATTACK ? kai_attack_make (f->attack, good, &keys) : g_bytes_ref (good);
}

static void
cut_connection (SoupServerMessage *message)
{
  static const char text[] = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
                             "Content-Length: 1000\r\n\r\n<?xml version='1.0'?><soap:Env";
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), text, strlen (text), NULL,
                             NULL, NULL);
  g_io_stream_close (stream, NULL, NULL);
}

static void
on_request_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
               gpointer data)
{
  Fixture *f = data;
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (GBytes) answer = NULL;

  if (f->mode == CUT)
    {
      cut_connection (message);
      return;
    }
  if (f->mode == REPLAYED)
    answer = g_bytes_ref (f->first_answer);
  else if (f->mode == REQUEST_BACK)
    answer = g_bytes_ref (body);
  else if (f->mode == UNSIGNED_FAULT)
    answer = kai_soap_build_fault ("Client", "30012", "Paid.", NULL, 0);
  else
    answer = make_answer (f, body);
  if (f->mode == DROP)
    {
      f->first_answer = g_bytes_ref (answer);
      soup_server_message_set_status (message, 503, NULL);
      return;
    }
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Content-Type",
                                "text/xml; charset=utf-8");
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), answer);
  soup_server_message_set_status (message, f->mode == UNSIGNED_FAULT ? 500 : 200, NULL);
}

static gpointer
run_server (gpointer data)
{
  Fixture *f = data;
  g_autofree char *pem = kai_test_key_full_pem (f->tls);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, &error);
  g_autoptr (SoupServer) server = NULL;
  GSList *uris;

  g_assert_no_error (error);
  g_main_context_push_thread_default (f->context);
  server = soup_server_new ("tls-certificate", certificate, NULL);
  soup_server_add_handler (server, NULL, on_request_cb, f, NULL);
  g_assert_true (soup_server_listen_local (
      server, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (server);
  g_async_queue_push (f->ready, g_uri_to_string (uris->data));
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  g_main_loop_run (f->loop);
  soup_server_disconnect (server);
  g_clear_object (&server);
  while (g_main_context_iteration (f->context, FALSE))
    ;
  g_main_context_pop_thread_default (f->context);
  return NULL;
}

/* ---- the desk ---- */

static KaiBaseData *
make_base_data (void)
{
  KaiBaseData *base = kai_base_data_new ();
  KaiUnit *unit = g_new0 (KaiUnit, 1);
  KaiItem *item = g_new0 (KaiItem, 1);

  replace (&base->version, "1");
  base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
  *unit = (KaiUnit){ .code = g_strdup (UNIT),
                     .name = g_strdup ("第一中学"),
                     .region = g_strdup ("320684"),
                     .credit_code = g_strdup (""),
                     .assigner = g_strdup ("001"),
                     .account_type = g_strdup ("1"),
                     .account_name = g_strdup ("财政专户"),
                     .account = g_strdup ("1001"),
                     .account_bank = g_strdup ("农商行"),
                     .account_bank_no = g_strdup ("3140000001") };
  *item = (KaiItem){ .code = g_strdup (ITEM),
                     .name = g_strdup ("学费"),
                     .unit_of_measure = g_strdup ("学期"),
                     .standard = KAI_STANDARD_FREE,
                     .bill_type = g_strdup ("") };
  g_ptr_array_add (base->units, unit);
  g_ptr_array_add (base->items, item);
  return base;
}

static void
issue_notice (Fixture *f)
{
  g_autoptr (GPtrArray) notices = kai_notices_new ();
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GError) error = NULL;
  KaiNotice *notice = kai_notice_new ();
  int skipped = 0;

  notice->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, "王小明");
  kai_notice_set (&notice->mobile, "13800000000");
  kai_notice_add_item (notice, ITEM, 1, 12000);
  g_assert_true (kai_notice_check (notice, f->desk->base, 0, problems));
  g_ptr_array_add (notices, notice);
  g_assert_true (
      kai_code_lease_add (f->desk->db, "320684", kai_day_today () / 10000, "001", 1, 9, &error));
  g_assert_true (kai_desk_issue (f->desk, notices, "", &skipped, &error));
  g_assert_no_error (error);
  f->notice = kai_notice_store_load (f->desk->db, notice->id, &error);
  g_assert_no_error (error);
}

static void
open_desk (Fixture *f, const char *trust_path, const char *url)
{
  g_autoptr (KaiConnection) connection = kai_connection_new (f->dir);
  g_autoptr (KaiBaseData) base = make_base_data ();
  g_autoptr (GError) error = NULL;

  replace (&connection->trust_path, trust_path);
  replace (&connection->server, url);
  f->desk = kai_desk_open (connection, f->clerk_key, &error);
  g_assert_no_error (error);
  g_assert_true (kai_base_data_store_replace (f->desk->db, base, &error));
  g_assert_true (kai_desk_reload_base_data (f->desk, &error));
  g_assert_no_error (error);
}

/* Delivers once; the error, or NULL. */
static GError *
deliver (Fixture *f, Mode mode)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSyncEngine) engine = kai_sync_engine_new (f->desk, &error);
  KaiSyncResult result = { 0 };
  GError *refusal = NULL;

  g_assert_no_error (error);
  f->mode = mode;
  kai_sync_engine_deliver (engine, &result, NULL, &refusal);
  g_assert_cmpint (result.sent, ==, mode == GOOD);
  return refusal;
}

static KaiKey *
make_key (const KaiTestKey *key)
{
  return kai_key_new_for_pkey (key->pkey, key->certificate);
}

static Fixture *
get_fixture (void)
{
  Fixture *f = &shared;
  KaiTestLeaf tls = { .name = "Server",
                      .algorithm = KAI_ALGORITHM_P256,
                      .alt_name = "IP:127.0.0.1" };
  KaiTestLeaf bureau = { .name = "Other", .unit = "F320682", .algorithm = KAI_ALGORITHM_P256 };
  KaiTestKey *list[2] = { NULL };
  g_autofree char *pem = NULL, *crl = NULL, *both = NULL, *path = NULL, *url = NULL;
  g_autoptr (GError) first = NULL;

  if (f->dir)
    return f;
  f->dir = kai_test_make_dir ();
  f->root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);
  f->clerk = kai_test_clerk_new (f->root, KAI_ALGORITHM_P256, UNIT, CLERK);
  f->finance = kai_test_finance_new (f->root, KAI_ALGORITHM_P256);
  f->revoked = kai_test_finance_new (f->root, KAI_ALGORITHM_P256);
  f->other_bureau = kai_test_key_issue (f->root, &bureau);
  f->tls = kai_test_key_issue (f->root, &tls);
  f->clerk_key = make_key (f->clerk);
  f->finance_key = make_key (f->finance);
  f->other_key = make_key (f->other_bureau);
  /* The file that --trust names holds the list of what was revoked, too. */
  list[0] = f->revoked;
  pem = kai_test_key_certificate_pem (f->root);
  crl = kai_test_crl_pem (f->root, list);
  both = g_strconcat (pem, crl, NULL);
  path = g_build_filename (f->dir, "trust.pem", NULL);
  g_assert_true (g_file_set_contents (path, both, -1, NULL));
  f->trust = kai_trust_new ();
  g_assert_true (kai_trust_add_pem (f->trust, pem, -1, NULL));
  f->context = g_main_context_new ();
  f->loop = g_main_loop_new (f->context, FALSE);
  f->ready = g_async_queue_new ();
  f->thread = g_thread_new ("server", run_server, f);
  url = g_async_queue_pop (f->ready);
  open_desk (f, path, url);
  issue_notice (f);
  /* From now on the notice is on its way. */
  first = deliver (f, DROP);
  g_assert_error (first, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
  return f;
}

static gboolean
quit_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
clear_fixture (Fixture *f)
{
  if (!f->dir)
    return;
  g_main_context_invoke (f->context, quit_cb, f->loop);
  g_thread_join (f->thread);
  g_async_queue_unref (f->ready);
  g_main_loop_unref (f->loop);
  g_main_context_unref (f->context);
  g_clear_pointer (&f->first_answer, g_bytes_unref);
  kai_notice_unref (f->notice);
  kai_desk_close (f->desk);
  kai_trust_unref (f->trust);
  g_object_unref (f->clerk_key);
  g_object_unref (f->finance_key);
  g_object_unref (f->other_key);
  kai_test_key_free (f->tls);
  kai_test_key_free (f->other_bureau);
  kai_test_key_free (f->revoked);
  kai_test_key_free (f->finance);
  kai_test_key_free (f->clerk);
  kai_test_key_free (f->root);
  kai_test_remove_dir (f->dir);
}

/* ---- before and after ---- */

static void
add_rows (GChecksum *sum, sqlite3 *db, const char *sql)
{
  sqlite3_stmt *rows;

  g_checksum_update (sum, (const guchar *)sql, -1);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &rows, NULL), ==, SQLITE_OK);
  while (sqlite3_step (rows) == SQLITE_ROW)
    for (int column = 0; column < sqlite3_column_count (rows); column++)
      {
        g_checksum_update (sum, sqlite3_column_blob (rows, column),
                           sqlite3_column_bytes (rows, column));
        g_checksum_update (sum, (const guchar *)"|", 1);
      }
  sqlite3_finalize (rows);
}

/* Every row of every table but the log; of the outbox all but how often it was tried, and with what success. */
static char *
dump (Fixture *f)
{
  sqlite3 *db = kai_database_get_handle (f->desk->db);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func (g_free);
  sqlite3_stmt *stmt;

  g_assert_cmpint (sqlite3_prepare_v2 (db,
                                       "SELECT name FROM sqlite_master WHERE type = 'table' AND "
                                       "name NOT IN ('audit_log', 'outbox', 'sqlite_sequence') "
                                       "ORDER BY name",
                                       -1, &stmt, NULL),
                   ==, SQLITE_OK);
  while (sqlite3_step (stmt) == SQLITE_ROW)
    g_ptr_array_add (tables, kai_column_dup (stmt, 0));
  sqlite3_finalize (stmt);
  g_assert_cmpuint (tables->len, >, 8);
  for (guint i = 0; i < tables->len; i++)
    {
      g_autofree char *sql = g_strdup_printf ("SELECT * FROM \"%s\"", (char *)tables->pdata[i]);

      add_rows (sum, db, sql);
    }
  add_rows (sum, db, "SELECT id, msg_id, msg_no, body, state, batch_id FROM outbox");
  return g_strdup (g_checksum_get_string (sum));
}

static guint
count_lines (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = kai_audit_log_list (f->desk->db, NULL, 100000, &error);

  g_assert_no_error (error);
  return lines->len;
}

static void
assert_refused (Mode mode, guint attack, const char *symbol, int code)
{
  Fixture *f = get_fixture ();
  g_autofree char *before = dump (f);
  guint lines = count_lines (f);
  g_autoptr (GError) refusal = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GPtrArray) log = NULL;
  const KaiAuditLine *line;

  f->attack = attack;
  refusal = deliver (f, mode);
  after = dump (f);
  g_assert_error (refusal, KAI_NET_ERROR, code);
  g_assert_cmpstr (kai_result_code_find (kai_net_error_get_code (refusal))->symbol, ==, symbol);
  g_assert_cmpstr (refusal->message, !=, "");
  g_assert_cmpstr (before, ==, after);
  if (mode == UNSIGNED_FAULT)
    return; /* shown, and nothing more */
  log = kai_audit_log_list (f->desk->db, NULL, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_lines (f), ==, lines + 1);
  line = log->pdata[0];
  g_assert_cmpstr (line->action, ==, "security.refused");
  g_assert_cmpstr (line->outcome, ==, kai_net_error_get_code (refusal));
  g_assert_nonnull (strstr (line->subject, "8994/"));
}

static void
test_attack (gconstpointer data)
{
  const KaiAttack *attack = kai_attack_get (GPOINTER_TO_UINT (data));

  assert_refused (ATTACK, GPOINTER_TO_UINT (data), attack->symbol, attack->code);
}

static const struct
{
  const char *name;
  Mode mode;
  const char *symbol;
  int code;
} answers[] = {
  { "other-request", OTHER_REQUEST, "wrong-request", KAI_NET_ERROR_REPLY },
  { "other-message", OTHER_MESSAGE, "wrong-message", KAI_NET_ERROR_REPLY },
  { "other-unit", OTHER_UNIT, "wrong-receiver", KAI_NET_ERROR_REPLY },
  { "other-region", OTHER_REGION, "wrong-receiver", KAI_NET_ERROR_REPLY },
  { "other-bureau", OTHER_BUREAU, "wrong-receiver", KAI_NET_ERROR_REPLY },
  { "by-a-clerk", BY_CLERK, "wrong-holder", KAI_NET_ERROR_CERTIFICATE },
  { "replayed", REPLAYED, "wrong-request", KAI_NET_ERROR_REPLY },
  { "own-request", REQUEST_BACK, "malformed", KAI_NET_ERROR_MALFORMED },
  { "cut", CUT, "cut", KAI_NET_ERROR_UNREACHABLE },
  { "unsigned-fault", UNSIGNED_FAULT, "already-paid", KAI_NET_ERROR_FAULT },
};

static void
test_answer (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  assert_refused (answers[i].mode, 0, answers[i].symbol, answers[i].code);
}

/* An answer of the right server to the right request that says something else than its number may say. */
static void
test_forged_payment (void)
{
  Fixture *f = get_fixture ();
  g_autoptr (GError) refusal = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiNotice) after = NULL;

  refusal = deliver (f, FORGED_PAYMENT);
  g_assert_nonnull (refusal);
  after = kai_notice_store_load (f->desk->db, f->notice->id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (after->state, ==, f->notice->state);
  g_assert_cmpint (kai_outbox_count (f->desk->db, KAI_OUTBOX_WAITING), ==, 1);
}

/* After all of it the message is still there, and the good answer is taken. */
static void
test_afterwards (void)
{
  Fixture *f = get_fixture ();
  g_autoptr (GError) error = deliver (f, GOOD);

  g_assert_no_error (error);
  g_assert_cmpint (kai_outbox_count (f->desk->db, KAI_OUTBOX_WAITING), ==, 0);
  g_assert_true (kai_audit_log_verify (f->desk->db, NULL, &error));
  g_assert_no_error (error);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < kai_n_attacks; i++)
    {
      g_autofree char *name = g_strconcat ("/hostile-server/", kai_attack_get (i)->name, NULL);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_attack);
    }
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autofree char *name = g_strconcat ("/hostile-server/answer/", answers[i].name, NULL);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_answer);
    }
  g_test_add_func ("/hostile-server/answer/forged-payment", test_forged_payment);
  g_test_add_func ("/hostile-server/z/afterwards", test_afterwards);
  status = g_test_run ();
  clear_fixture (&shared);
  return status;
}
