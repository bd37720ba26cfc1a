#pragma once

#include "kai-sandbox-server.h"
#include "kai-test.h"
#include "transport/kai-soap-client.h"

G_BEGIN_DECLS

#define SCHOOL "320684001"
#define COURT "320684002"
#define CLERK "32068400101"
#define COURT_CLERK "32068400201"
#define FIXED_ITEM "320600010001" /* 850.00 a term */
#define RANGE_ITEM "320600010007" /* 10.00 to 200.00 */
#define FREE_ITEM "320600010010"
#define PIN "Test-1234"

/* A training server with demo data in a thread of its own, and `ctl` beside it in the test's thread. */
typedef struct
{
  char *dir;
  char *address, *url, *trust; /* https://127.0.0.1:PORT, its /exchange, ca.pem */
  KaiSandbox *ctl;
  KaiCatalogue *catalogue;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
} Fixture;
void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);

/* A desk: a new key of @user and a client that signs with it. */
typedef struct
{
  Fixture *fixture;
  KaiKey *key;
  KaiSoapClient *client;
  const char *user;
  char *unit;
} Desk;
Desk *desk_new (Fixture *fixture, const char *user, KaiAlgorithm algorithm);
void desk_free (Desk *desk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Desk, desk_free)

/* A request of the desk; vouchers are added with add_voucher. */
KaiMessage *desk_message (Desk *desk, const char *number);
KaiRecord *add_voucher (KaiMessage *message); /* borrowed */
KaiRecord *add_stock_voucher (KaiMessage *message, const char *from, const char *to,
                              const char *first, const char *last);
/* Sends and expects an answer. */
KaiMessage *desk_send (Desk *desk, KaiMessage *message);
/* Sends and expects that it fails; the 5-digit code of a fault, "" when there was no answer. Caller frees. */
char *desk_send_failing (Desk *desk, KaiMessage *message);
const char *result_of (const KaiMessage *answer, guint n); /* Result of the n-th voucher */
const char *code_of (const char *symbol);                  /* 5 digits */

/* Leases @count codes; the first one, to be counted on with make_code. */
gint64 desk_lease (Desk *desk, int count);
char *make_code (const char *assigner, gint64 sequence);
/* An 8994 voucher of the school over one item. */
KaiRecord *add_notice (KaiMessage *message, const char *code, const char *item, int quantity,
                       const char *amount);
/* Leases a code and issues a notice over 850.00 with it; caller frees the code. */
char *issue_notice (Desk *desk);
void pay_notice (Fixture *fixture, const char *code);
/* One number out of the database. */
gint64 count_rows (Fixture *fixture, const char *sql);

/* Raw HTTPS from the test, on a new connection: status and body (caller frees). @body NULL = GET. @headers (nullable) gets the answer's. */
guint fixture_http (Fixture *fixture, const char *path, const char *type, GBytes *body,
                    char **answer, SoupMessageHeaders **headers);

G_END_DECLS
