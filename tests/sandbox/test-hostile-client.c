/* A hostile client at the server: every attack on a signed message is refused with its own code, changes nothing in the server's database, and is in its log. */
#include "kai-attack-maker.h"
#include "kai-sandbox-fixture.h"

#include "messages/kai-result-code.h"
#include "transport/kai-soap.h"

#include <openssl/pem.h>
#include <string.h>

/* The server's root with its private key, so that the test can make certificates that the server knows. */
static KaiTestKey *
load_root (Fixture *fixture)
{
  g_autofree char *key_path = g_build_filename (fixture->dir, "keys", "ca-key.pem", NULL);
  KaiTestKey *key = g_new0 (KaiTestKey, 1);
  BIO *certificate = BIO_new_file (fixture->trust, "r"), *pkey = BIO_new_file (key_path, "r");

  key->certificate = PEM_read_bio_X509 (certificate, NULL, NULL, NULL);
  key->pkey = PEM_read_bio_PrivateKey (pkey, NULL, NULL, NULL);
  g_assert_nonnull (key->certificate);
  g_assert_nonnull (key->pkey);
  BIO_free (certificate);
  BIO_free (pkey);
  return key;
}

/* Every row of every table but the log, as one checksum. */
static char *
dump (Fixture *fixture)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  sqlite3_stmt *stmt = kai_database_prepare (
      fixture->ctl->db,
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('message', "
      "'sqlite_sequence') ORDER BY name",
      &error);
  gboolean row;

  g_assert_no_error (error);
  while (kai_database_step (fixture->ctl->db, stmt, &row, &error) && row)
    g_ptr_array_add (tables, kai_column_dup (stmt, 0));
  g_assert_no_error (error);
  g_assert_cmpuint (tables->len, >, 10);
  for (guint i = 0; i < tables->len; i++)
    {
      g_autofree char *sql = g_strdup_printf ("SELECT * FROM \"%s\"", (char *)tables->pdata[i]);
      sqlite3_stmt *rows;

      g_checksum_update (sum, (const guchar *)sql, -1);
      g_assert_cmpint (
          sqlite3_prepare_v2 (kai_database_get_handle (fixture->ctl->db), sql, -1, &rows, NULL), ==,
          SQLITE_OK);
      while (sqlite3_step (rows) == SQLITE_ROW)
        for (int column = 0; column < sqlite3_column_count (rows); column++)
          {
            g_checksum_update (sum, sqlite3_column_blob (rows, column),
                               sqlite3_column_bytes (rows, column));
            g_checksum_update (sum, (const guchar *)"|", 1);
          }
      sqlite3_finalize (rows);
    }
  return g_strdup (g_checksum_get_string (sum));
}

/* Posts it; the fault's code, or "00000". */
static char *
post (Fixture *fixture, GBytes *envelope)
{
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autoptr (KaiSoapEnvelope) answer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint status =
      fixture_http (fixture, "/exchange", "text/xml; charset=utf-8", envelope, &text, NULL);

  kai_trust_add_file (trust, fixture->trust, &error);
  g_assert_no_error (error);
  answer = kai_soap_open (text, strlen (text), FALSE, trust, g_get_real_time () / G_USEC_PER_SEC,
                          &error);
  g_assert_no_error (error);
  g_assert_cmpuint (status, ==, answer->is_fault ? 500 : 200);
  if (answer->is_fault)
    {
      /* A sentence for a person, and signed: the caller can tell it from a forged one. */
      g_assert_cmpstr (answer->fault_sentence, !=, "");
      g_assert_nonnull (answer->verified);
    }
  return g_strdup (answer->is_fault ? answer->fault_result : KAI_RESULT_OK);
}

typedef struct
{
  Fixture *fixture;
  KaiTestKey *root, *signer, *revoked;
  KaiKey *key;
  char *msg_id;
  char *code; /* of the notice that the good message enters */
  GBytes *good;
} Attacker;

static GBytes *
build (Attacker *self, const char *msg_id, const char *payer)
{
  g_autoptr (KaiMessage) message = kai_message_new ("8994");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autofree char *id = kai_soap_new_message_id ();
  GBytes *envelope;

  g_free (message->id);
  message->id = g_strdup (msg_id);
  g_free (message->source);
  message->source = g_strdup ("K3206840001");
  g_free (message->destination);
  message->destination = g_strdup ("F320684");
  g_free (message->region);
  message->region = g_strdup ("320684");
  add_notice (message, self->code, FIXED_ITEM, 1, "850.00");
  kai_record_set (message->vouchers->pdata[0], "PayerName", payer);
  body = kai_message_encode (message, self->fixture->catalogue, FALSE, &error);
  g_assert_no_error (error);
  envelope = kai_soap_build (body, id, self->fixture->url, NULL, self->key,
                             g_get_real_time () / G_USEC_PER_SEC, &error);
  g_assert_no_error (error);
  return envelope;
}

static void
attacker_set_up (Attacker *self, Fixture *fixture)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *serial = NULL;
  g_autoptr (GError) error = NULL;

  self->fixture = fixture;
  self->root = load_root (fixture);
  self->msg_id = kai_message_new_id ();
  self->signer = kai_test_clerk_new (self->root, KAI_ALGORITHM_P256, SCHOOL, CLERK);
  self->revoked = kai_test_clerk_new (self->root, KAI_ALGORITHM_P256, SCHOOL, CLERK);
  self->key = kai_key_new_for_pkey (self->signer->pkey, self->signer->certificate);
  serial = kai_certificate_dup_serial (self->revoked->certificate);
  kai_database_run (fixture->ctl->db, &error, "INSERT INTO revocation (serial, at) VALUES (?, 1)",
                    "t", serial);
  g_assert_no_error (error);
  self->code = make_code ("101", desk_lease (desk, 1));
  self->good = build (self, self->msg_id, "张小明");
}

static void
attacker_clear (Attacker *self)
{
  kai_test_key_free (self->root);
  kai_test_key_free (self->signer);
  kai_test_key_free (self->revoked);
  g_object_unref (self->key);
  g_free (self->msg_id);
  g_free (self->code);
  g_bytes_unref (self->good);
}

/* @bad is refused as @symbol, nothing has changed, and the log's last line says so. */
static void
assert_refused (Fixture *fixture, GBytes *bad, const char *symbol)
{
  g_autofree char *before = dump (fixture);
  gint64 lines = count_rows (fixture, "SELECT count(*) FROM message");
  g_autofree char *result = post (fixture, bad);
  g_autofree char *after = dump (fixture);
  g_autofree char *logged = NULL;
  sqlite3_stmt *stmt;
  g_autoptr (GError) error = NULL;
  gboolean row;

  g_assert_cmpstr (kai_result_code_find (result)->symbol, ==, symbol);
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM message"), ==, lines + 1);
  stmt = kai_database_prepare (
      fixture->ctl->db, "SELECT result, detail FROM message ORDER BY row_id DESC LIMIT 1", &error);
  g_assert_true (kai_database_step (fixture->ctl->db, stmt, &row, &error) && row);
  logged = kai_column_dup (stmt, 0);
  g_assert_cmpstr (logged, ==, result);
  g_assert_null (strstr ((const char *)sqlite3_column_text (stmt, 1), "张小明"));
  sqlite3_reset (stmt);
}

/* One server for all attacks: it must survive them, too. */
static Fixture shared;

static void
test_attack (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  Attacker attacker = { NULL };
  KaiAttackKeys keys;
  g_autoptr (GBytes) bad = NULL;
  g_autofree char *result = NULL;
  gint64 notices;

  if (!shared.dir)
    fixture_set_up (&shared, NULL);
  notices = count_rows (&shared, "SELECT count(*) FROM notice");
  attacker_set_up (&attacker, &shared);
  keys = (KaiAttackKeys){ attacker.root, attacker.signer, attacker.revoked,
                          g_get_real_time () / G_USEC_PER_SEC };
  bad = kai_attack_make (n, attacker.good, &keys);
  assert_refused (&shared, bad, kai_attack_get (n)->symbol);
  /* What was attacked is good by itself, and the server is still well. */
  result = post (&shared, attacker.good);
  g_assert_cmpstr (result, ==, KAI_RESULT_OK);
  g_assert_cmpint (count_rows (&shared, "SELECT count(*) FROM notice"), ==, notices + 1);
  attacker_clear (&attacker);
}

static void
test_replay (Fixture *fixture, gconstpointer data)
{
  Attacker attacker = { NULL };
  g_autofree char *first = NULL;

  attacker_set_up (&attacker, fixture);
  first = post (fixture, attacker.good);
  g_assert_cmpstr (first, ==, KAI_RESULT_OK);
  assert_refused (fixture, attacker.good, "replayed");
  attacker_clear (&attacker);
}

/* The MsgID of a message that was accepted, with another payer. */
static void
test_other_content (Fixture *fixture, gconstpointer data)
{
  Attacker attacker = { NULL };
  g_autoptr (GBytes) other = NULL;
  g_autofree char *first = NULL;
  g_autofree char *result = NULL;

  attacker_set_up (&attacker, fixture);
  first = post (fixture, attacker.good);
  g_assert_cmpstr (first, ==, KAI_RESULT_OK);
  other = build (&attacker, attacker.msg_id, "李四");
  result = post (fixture, other);
  g_assert_cmpstr (kai_result_code_find (result)->symbol, ==, "id-reused");
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM notice WHERE payer_name = '李四'"),
                   ==, 0);
  attacker_clear (&attacker);
}

/* An answer that the server itself made, sent back to it. */
static void
test_answer_as_request (Fixture *fixture, gconstpointer data)
{
  Attacker attacker = { NULL };
  g_autofree char *text = NULL;
  g_autoptr (GBytes) answer = NULL;

  attacker_set_up (&attacker, fixture);
  fixture_http (fixture, "/exchange", "text/xml; charset=utf-8", attacker.good, &text, NULL);
  answer = g_bytes_new (text, strlen (text));
  assert_refused (fixture, answer, "malformed");
  attacker_clear (&attacker);
}

/* A certificate of ours is good until the moment in which it is revoked, by its user or its serial. */
static void
test_revoked_later (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_SM2);
  g_autoptr (Desk) other = desk_new (fixture, COURT_CLERK, KAI_ALGORITHM_SM2);
  g_autoptr (KaiMessage) message = desk_message (desk, "8002");
  g_autoptr (KaiMessage) second = desk_message (desk, "8002");
  g_autoptr (KaiMessage) third = desk_message (other, "8002");
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (KaiMessage) others = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *fault = NULL;
  g_autofree char *list = NULL;
  int revoked = 0;

  add_voucher (message);
  add_voucher (second);
  add_voucher (third);
  answer = desk_send (desk, message);
  g_assert_true (kai_sandbox_revoke (fixture->ctl, CLERK, &revoked, &error));
  g_assert_cmpint (revoked, ==, 1);
  g_assert_true (kai_sandbox_revoke (fixture->ctl, CLERK, &revoked, &error));
  g_assert_cmpint (revoked, ==, 0);
  fault = desk_send_failing (desk, second);
  g_assert_cmpstr (fault, ==, code_of ("revoked"));
  /* Nobody else's. */
  others = desk_send (other, third);
  g_assert_cmpuint (fixture_http (fixture, "/crl.pem", NULL, NULL, &list, NULL), ==, 200);
  g_assert_nonnull (strstr (list, "BEGIN X509 CRL"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/hostile-client/replay", test_replay },
    { "/hostile-client/other-content", test_other_content },
    { "/hostile-client/answer-as-request", test_answer_as_request },
    { "/hostile-client/revoked-later", test_revoked_later },
  };

  int status;

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < kai_n_attacks; i++)
    {
      g_autofree char *name = g_strconcat ("/hostile-client/", kai_attack_get (i)->name, NULL);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_attack);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, fixture_set_up, tests[i].func, fixture_tear_down);
  status = g_test_run ();
  if (shared.dir)
    fixture_tear_down (&shared, NULL);
  return status;
}
