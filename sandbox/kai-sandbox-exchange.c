/* What happens to a request: signature, holder, replay, doing it once, its vouchers, the answer.
 * A message's effects, its answer and its line in the log are one transaction. */
#include "kai-sandbox-exchange-private.h"

#include "messages/kai-net-error.h"

#include <string.h>

#define ANONYMOUS "http://www.w3.org/2005/08/addressing/anonymous"
/* A timestamp older than this is refused anyway, so its envelope need not be remembered. */
#define ENVELOPE_KEPT 1800

static const KaiHandler handlers[] = {
  { "2003", "5001", NULL, kai_sandbox_change_token, KAI_FROM_EITHER },
  { "2601", "5603", "5001", kai_sandbox_query_notice, KAI_FROM_BANK },
  { "2612", "5001", NULL, kai_sandbox_confirm_payment, KAI_FROM_BANK },
  { "2698", "5698", NULL, kai_sandbox_list_education, KAI_FROM_BANK },
  { "8002", "5002", NULL, kai_sandbox_test_link },
  { "8614", "5001", NULL, kai_sandbox_move_stock },
  { "8617", "5617", NULL, kai_sandbox_list_deliveries },
  { "8618", "5001", NULL, kai_sandbox_move_stock },
  { "8619", "5001", NULL, kai_sandbox_move_stock },
  { "8620", "5001", NULL, kai_sandbox_move_stock },
  { "8621", "5621", NULL, kai_sandbox_list_stock },
  { "8622", "5001", NULL, kai_sandbox_move_stock },
  { "8632", "5632", NULL, kai_sandbox_show_ebill },
  { "8633", "5633", NULL, kai_sandbox_list_ebills },
  { "8641", "5001", NULL, kai_sandbox_void_notice },
  { "8651", "5651", NULL, kai_sandbox_lease_codes },
  { "8652", "5652", NULL, kai_sandbox_list_leases },
  { "8675", "5675", NULL, kai_sandbox_give_revocations },
  { "8901", "5901", NULL, kai_sandbox_give_base_data },
  { "8902", "5902", NULL, kai_sandbox_give_pushes },
  { "8981", "5981", NULL, kai_sandbox_issue_ebill },
  { "8982", "5982", NULL, kai_sandbox_give_ebill },
  { "8994", "5001", NULL, kai_sandbox_enter_notice },
  { "8997", "5997", "5001", kai_sandbox_show_notice },
  { "8999", "5001", NULL, kai_sandbox_reserve_ebill },
};

KaiSandboxExchange *
kai_sandbox_exchange_new (KaiSandbox *sandbox)
{
  KaiSandboxExchange *self = g_new0 (KaiSandboxExchange, 1);

  self->sandbox = sandbox;
  self->algorithm = KAI_ALGORITHM_P256;
  self->faults.cut = -1;
  return self;
}

void
kai_sandbox_exchange_free (KaiSandboxExchange *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->envelope, kai_soap_envelope_free);
  g_clear_pointer (&self->call, kai_call_free);
  g_clear_pointer (&self->peer, kai_peer_free);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_clear_pointer (&self->answer, g_bytes_unref);
  g_free (self->content_hash);
  g_free (self->source);
  g_free (self->destination);
  g_free (self->id);
  g_free (self->number);
  g_free (self->region);
  g_free (self);
}

int
kai_sandbox_exchange_get_wait (KaiSandboxExchange *self)
{
  return self->wait;
}

guint
kai_sandbox_exchange_get_status (KaiSandboxExchange *self)
{
  return self->status;
}

GBytes *
kai_sandbox_exchange_get_answer (KaiSandboxExchange *self)
{
  return self->answer;
}

const KaiFaults *
kai_sandbox_exchange_get_faults (KaiSandboxExchange *self)
{
  return &self->faults;
}

/* ---- log and faults ---- */

static gboolean
log_message (KaiSandboxExchange *self, const char *result, const char *detail, int refused,
             gboolean repeated, GError **error)
{
  const KaiCall *call = self->call;
  const KaiMessage *request = call ? call->request : NULL;

  return kai_database_run (
      self->sandbox->db, error,
      "INSERT INTO message (at, id, number, unit_code, user_code, vouchers, refused, repeated, "
      "result, "
      "detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      "lttttiiitt", kai_sandbox_now (self->sandbox), request ? request->id : "",
      request ? request->number : "", call ? call->unit : "", call ? call->user : "",
      request ? (int)request->vouchers->len : 0, refused, repeated, result, detail);
}

static void
set_answer (KaiSandboxExchange *self, guint status, GBytes *answer)
{
  g_clear_pointer (&self->answer, g_bytes_unref);
  self->status = status;
  self->answer = answer;
}

static GBytes *
build_fault (KaiSandboxExchange *self, const char *code, const char *sentence)
{
  gboolean ours = g_str_equal (code, kai_result_code_by_symbol ("server-error")->code);

  return self->is_frame ? kai_sandbox_exchange_build_frame_fault (self, code, sentence)
                        : kai_soap_build_fault (ours ? "Server" : "Client", code, sentence,
                                                kai_authority_get_finance_key (
                                                    self->sandbox->authority, self->algorithm),
                                                kai_sandbox_now (self->sandbox));
}

/* A SOAP Fault, or what stands for it on the socket; nothing of the message has happened. @code borrowed from the table or from an
 * error. */
static void
answer_fault (KaiSandboxExchange *self, const char *code, const char *detail)
{
  const KaiResultCode *known = kai_result_code_find (code);
  g_autofree char *sentence = g_strdup (known ? known->zh : detail);
  g_autoptr (GError) error = NULL;

  set_answer (self, 500, build_fault (self, code, sentence));
  if (!log_message (self, code, detail, 0, FALSE, &error))
    g_message ("The refused message could not be logged: %s", error->message);
}

static void
answer_symbol (KaiSandboxExchange *self, const char *symbol)
{
  const KaiResultCode *code = kai_result_code_by_symbol (symbol);

  answer_fault (self, code->code, code->en);
}

static void
answer_failure (KaiSandboxExchange *self, const GError *error)
{
  g_message ("A message could not be carried out: %s", error ? error->message : "unknown reason");
  answer_symbol (self, "server-error");
}

/* ---- who sends ---- */

/* The certificate's user must be one of ours, in the unit that the certificate names. */
static const char *
check_holder (KaiSandboxExchange *self, GError **error)
{
  KaiCall *call = self->call;
  g_autoptr (KaiUser) user = NULL;

  if (!*call->user || !*call->unit)
    return "wrong-holder";
  user = kai_sandbox_find_user (self->sandbox, call->user, error);
  if (!user)
    return "unknown-user";
  return g_str_equal (user->unit_code, call->unit) ? NULL : "wrong-holder";
}

static void
make_call (KaiSandboxExchange *self)
{
  KaiCall *call = g_new0 (KaiCall, 1);
  X509 *certificate = self->envelope->verified->certificate;

  X509_up_ref (certificate);
  call->sandbox = self->sandbox;
  call->certificate = certificate;
  call->user = kai_certificate_dup_user (certificate);
  call->unit = kai_certificate_dup_unit (certificate);
  call->now = kai_sandbox_now (self->sandbox);
  call->today = kai_sandbox_today (self->sandbox);
  kai_certificate_get_algorithm (certificate, &self->algorithm);
  self->call = call;
}

char *
kai_sandbox_exchange_hash (xmlNode *cfx)
{
  g_autoptr (GBytes) canonical = kai_xml_canonical (cfx, NULL);

  return canonical ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, canonical) : NULL;
}

/* Opens, verifies, identifies and decodes; FALSE when a fault is the answer. */
static gboolean
read_request (KaiSandboxExchange *self, GBytes *request)
{
  g_autoptr (GError) error = NULL;
  const char *symbol;
  gsize length;
  const void *data = g_bytes_get_data (request, &length);

  if (!kai_sandbox_refresh_revocations (self->sandbox, &error))
    {
      answer_failure (self, error);
      return FALSE;
    }
  self->envelope =
      kai_soap_open (data, length, TRUE, kai_authority_get_trust (self->sandbox->authority),
                     kai_sandbox_now (self->sandbox), &error);
  if (!self->envelope)
    {
      answer_fault (self, kai_net_error_get_code (error), error->message);
      return FALSE;
    }
  make_call (self);
  symbol = check_holder (self, &error);
  if (error)
    answer_failure (self, error);
  else if (symbol)
    answer_symbol (self, symbol);
  if (symbol || error)
    return FALSE;
  self->call->request = kai_message_decode_each (self->envelope->cfx, self->sandbox->catalogue,
                                                 &self->problems, &error);
  self->content_hash = kai_sandbox_exchange_hash (self->envelope->cfx);
  if (self->call->request && self->content_hash)
    return TRUE;
  answer_fault (self, error ? kai_net_error_get_code (error) : "10001",
                error ? error->message : "canonical form");
  return FALSE;
}

static const KaiHandler *
find_handler (const char *number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    if (g_str_equal (handlers[i].number, number))
      return &handlers[i];
  return NULL;
}

/* Banks call over the socket only. */
static gboolean
may_send (const KaiSandboxExchange *self)
{
  gboolean bank = self->peer && kai_peer_is_bank (self->peer);

  return self->handler->sender == KAI_FROM_EITHER
         || (self->handler->sender == KAI_FROM_BANK) == bank;
}

static gboolean
check_message (KaiSandboxExchange *self)
{
  self->handler = find_handler (self->call->request->number);
  if (!self->handler)
    answer_symbol (self, "unknown-message");
  else if (!may_send (self))
    answer_symbol (self, "not-allowed");
  else if ((int)self->call->request->vouchers->len > self->sandbox->profile->batch_limit)
    answer_symbol (self, "too-many-vouchers");
  else
    {
      self->call->answer = self->handler->refusal ? self->handler->refusal : self->handler->answer;
      return TRUE;
    }
  return FALSE;
}

/* ---- carrying out ---- */

/* *seen TRUE when this very envelope was here before. */
static gboolean
remember_envelope (KaiSandboxExchange *self, gboolean *seen, GError **error)
{
  KaiDatabase *db = self->sandbox->db;
  const char *id = self->is_frame ? NULL : self->envelope->verified->message_id;

  *seen = FALSE;
  /* Without a signed MessageID the MsgID inside the body is what identifies the message. */
  if (!id)
    return TRUE;
  if (!kai_database_run (db, error, "DELETE FROM envelope WHERE at < ?", "l",
                         g_get_real_time () / G_USEC_PER_SEC - ENVELOPE_KEPT)
      || !kai_database_run (db, error, "INSERT OR IGNORE INTO envelope (id, at) VALUES (?, ?)",
                            "tl", id, g_get_real_time () / G_USEC_PER_SEC))
    return FALSE;
  *seen = kai_database_changes (db) == 0;
  return TRUE;
}

/* The answer given before to this MsgID, NULL when it is new; *reused when it then had another
 * content. */
static GBytes *
find_answer (KaiSandboxExchange *self, gboolean *reused, GError **error)
{
  KaiDatabase *db = self->sandbox->db;
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT content_hash, content FROM answer WHERE unit_code = ? AND msg_id = ?", error);
  GBytes *answer;
  gboolean row;

  *reused = FALSE;
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "tt", self->call->unit, self->call->request->id);
  if (!kai_database_step (db, stmt, &row, error) || !row)
    return NULL;
  *reused = g_strcmp0 ((const char *)sqlite3_column_text (stmt, 0), self->content_hash) != 0;
  answer = kai_column_bytes (stmt, 1);
  sqlite3_reset (stmt);
  return answer;
}

static KaiRecord *
answer_voucher (KaiSandboxExchange *self, guint i, GError **error)
{
  KaiCall *call = self->call;
  const GError *problem = self->problems->pdata[i];

  if (!problem)
    return self->handler->func (call, call->request->vouchers->pdata[i], error);
  return kai_call_refuse (call,
                          problem->domain == KAI_NET_ERROR && problem->code == KAI_NET_ERROR_FIELD
                              ? "field"
                              : "malformed",
                          "%s", problem->message);
}

/* A message has one number: where one voucher of several is refused in another form, all answer in
 * that form, those that were found with their state. */
static void
settle_form (KaiSandboxExchange *self, KaiMessage *answer)
{
  KaiCall *call = self->call;
  gboolean refused = FALSE;

  for (guint i = 0; i < answer->vouchers->len; i++)
    refused |= kai_record_has (answer->vouchers->pdata[i], "Result");
  if (!self->handler->refusal || !refused)
    return;
  g_free (answer->number);
  answer->number = g_strdup (self->handler->refusal);
  for (guint i = 0; i < answer->vouchers->len; i++)
    {
      KaiRecord *record = answer->vouchers->pdata[i];

      if (kai_record_has (record, "Result"))
        continue;
      answer->vouchers->pdata[i] = kai_call_accept (call);
      kai_record_set (answer->vouchers->pdata[i], "Information",
                      kai_record_get (record, "PayStats"));
      kai_record_free (record);
    }
}

static KaiMessage *
answer_vouchers (KaiSandboxExchange *self, GError **error)
{
  const KaiMessage *request = self->call->request;
  g_autoptr (KaiMessage) answer = kai_message_new (self->handler->answer);

  for (guint i = 0; i < request->vouchers->len; i++)
    {
      KaiRecord *record = answer_voucher (self, i, error);

      if (!record)
        return NULL;
      g_ptr_array_add (answer->vouchers, record);
    }
  settle_form (self, answer);
  return g_steal_pointer (&answer);
}

static void
replace (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

/* What the log says of a whole message: the first refusal. */
static gboolean
log_answer (KaiSandboxExchange *self, const KaiMessage *answer, GError **error)
{
  const char *result = KAI_RESULT_OK;
  int refused = 0;

  for (guint i = answer->vouchers->len; i-- > 0;)
    if (!g_str_equal (kai_call_result (answer->vouchers->pdata[i]), KAI_RESULT_OK))
      {
        result = kai_call_result (answer->vouchers->pdata[i]);
        refused++;
      }
  return log_message (self, result, "", refused, FALSE, error);
}

/* The CFX document that answers; stored under the MsgID. */
static GBytes *
carry_out (KaiSandboxExchange *self, GError **error)
{
  const KaiMessage *request = self->call->request;
  g_autoptr (KaiMessage) answer = answer_vouchers (self, error);
  g_autoptr (GBytes) content = NULL;

  if (!answer)
    return NULL;
  replace (&answer->app, request->app);
  replace (&answer->version, request->version);
  replace (&answer->source, request->destination);
  replace (&answer->destination, request->source);
  replace (&answer->reference, request->id);
  replace (&answer->region, request->region);
  content = kai_message_encode (answer, self->sandbox->catalogue, FALSE, error);
  if (!content || !log_answer (self, answer, error)
      || !kai_database_run (
          self->sandbox->db, error,
          "INSERT INTO answer (unit_code, msg_id, content_hash, content) VALUES (?, ?, "
          "?, ?)",
          "tttb", self->call->unit, request->id, self->content_hash, content))
    return NULL;
  return g_steal_pointer (&content);
}

static void
sign_answer (KaiSandboxExchange *self, GBytes *content)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = kai_soap_new_message_id ();
  GBytes *answer =
      self->is_frame ? kai_sandbox_exchange_seal_frame (self, content, &error)
                     : kai_soap_build (
                         content, id, ANONYMOUS, self->envelope->verified->message_id,
                         kai_authority_get_finance_key (self->sandbox->authority, self->algorithm),
                         kai_sandbox_now (self->sandbox), &error);

  if (answer)
    set_answer (self, 200, answer);
  else
    answer_failure (self, error);
}

typedef enum
{
  STEP_DONE,
  STEP_REPLAYED,
  STEP_REUSED,
  STEP_WAIT,
  STEP_STRANGER,
  STEP_FAILED
} Step;

/* Within the transaction. @last: the 8902 has waited already. */
static Step
process (KaiSandboxExchange *self, gboolean last, GBytes **content, GError **error)
{
  gboolean seen = FALSE, reused;

  if (!last && !remember_envelope (self, &seen, error))
    return STEP_FAILED;
  if (seen)
    return STEP_REPLAYED;
  *content = find_answer (self, &reused, error);
  if (*error)
    return STEP_FAILED;
  if (reused)
    return STEP_REUSED;
  if (*content)
    return log_message (self, KAI_RESULT_OK, "", 0, TRUE, error) ? STEP_DONE : STEP_FAILED;
  /* A new change under the token before the last one. */
  if (self->peer && self->peer->previous)
    return STEP_STRANGER;
  if (!last && g_str_equal (self->handler->number, "8902"))
    {
      if (!kai_sandbox_take_acks (self->call, error))
        return STEP_FAILED;
      self->wait = self->problems->pdata[0] ? 0 : kai_sandbox_get_wait (self->call);
      if (self->wait && !kai_sandbox_has_pushes (self->call, error))
        return *error ? STEP_FAILED : STEP_WAIT;
    }
  self->wait = 0;
  *content = carry_out (self, error);
  return *content ? STEP_DONE : STEP_FAILED;
}

static void
run (KaiSandboxExchange *self, gboolean last)
{
  KaiDatabase *db = self->sandbox->db;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = NULL;
  Step step;

  if (!kai_database_begin (db, &error))
    {
      answer_failure (self, error);
      return;
    }
  step = process (self, last, &content, &error);
  if (step == STEP_FAILED)
    kai_database_rollback (db);
  else if (!kai_database_commit (db, &error))
    step = STEP_FAILED;
  if (step == STEP_DONE)
    sign_answer (self, content);
  else if (step == STEP_REPLAYED)
    answer_symbol (self, "replayed");
  else if (step == STEP_REUSED)
    answer_symbol (self, "id-reused");
  else if (step == STEP_STRANGER)
    {
      g_clear_pointer (&self->peer, kai_peer_free);
      answer_symbol (self, "bad-signature");
    }
  else if (step == STEP_FAILED)
    {
      self->wait = 0;
      answer_failure (self, error);
    }
}

static void
go_on (KaiSandboxExchange *self, gboolean readable)
{
  g_autoptr (GError) error = NULL;
  const char *number = self->call && self->call->request ? self->call->request->number : "";

  if (!kai_sandbox_take_faults (self->sandbox, number, &self->faults, &error))
    answer_failure (self, error);
  else if (self->faults.drop_request)
    set_answer (self, 500, NULL);
  else if (self->faults.busy > 0)
    set_answer (self, 503, self->is_frame ? NULL : g_bytes_new_static ("Busy\n", 5));
  else if (self->faults.http_500)
    set_answer (self, 500,
                self->is_frame ? NULL : g_bytes_new_static ("Internal Server Error\n", 22));
  else if (readable)
    run (self, FALSE);
  if (self->faults.drop_answer && !self->wait)
    set_answer (self, 500, NULL);
}

void
kai_sandbox_exchange_refuse (KaiSandboxExchange *self, const char *symbol)
{
  answer_symbol (self, symbol);
}

void
kai_sandbox_exchange_receive (KaiSandboxExchange *self, GBytes *request)
{
  go_on (self, read_request (self, request) && check_message (self));
}

static gboolean
read_frame (KaiSandboxExchange *self, const KaiFrame *frame)
{
  g_autoptr (GError) error = NULL;

  self->is_frame = TRUE;
  if (kai_sandbox_exchange_open_frame (self, frame, &error))
    return TRUE;
  if (error->domain == KAI_NET_ERROR)
    answer_fault (self, kai_net_error_get_code (error), error->message);
  else
    answer_failure (self, error);
  return FALSE;
}

void
kai_sandbox_exchange_receive_frame (KaiSandboxExchange *self, const KaiFrame *frame)
{
  go_on (self, read_frame (self, frame) && check_message (self));
}

gboolean
kai_sandbox_exchange_is_ready (KaiSandboxExchange *self)
{
  g_autoptr (GError) error = NULL;

  /* A failure is told at once too. */
  return kai_sandbox_has_pushes (self->call, &error) || error;
}

void
kai_sandbox_exchange_finish (KaiSandboxExchange *self)
{
  self->wait = 0;
  run (self, TRUE);
  if (self->faults.drop_answer)
    set_answer (self, 500, NULL);
}
