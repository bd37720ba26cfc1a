#pragma once

#include "kai-sandbox-authority.h"
#include "messages/kai-message.h"
#include "store/kai-database.h"
#include "values/kai-day.h"
#include "values/kai-site-profile.h"

G_BEGIN_DECLS

/* The training server without its HTTP side: database, keys, catalogue. Used by the server and, on the same directory at the same time, by
 * `kaipiao-sandbox ctl`. One per thread. */
typedef struct
{
  KaiDatabase *db;
  KaiAuthority *authority;
  KaiCatalogue *catalogue;
  KaiSiteProfile *profile;
  gint64 n_revoked, list_made_at; /* of the revocation list that the authority has */
  char *address;                  /* "https://127.0.0.1:PORT", "" before the server has served */
} KaiSandbox;

/* @create: makes directory, database and keys when missing (the server); otherwise a directory without them is NOT_FOUND (ctl). */
KaiSandbox *kai_sandbox_open (const char *dir, gboolean create, GError **error);
void kai_sandbox_free (KaiSandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSandbox, kai_sandbox_free)

/* Puts the compiled-in demo data into an empty database; does nothing where there are units already. */
gboolean kai_sandbox_load_demo_data (KaiSandbox *sandbox, GError **error);
gboolean kai_sandbox_set_address (KaiSandbox *sandbox, const char *address, GError **error);

/* The server's clock, moved by `fault clock:SECONDS`. */
gint64 kai_sandbox_now (KaiSandbox *sandbox);
KaiDay kai_sandbox_today (KaiSandbox *sandbox);
/* "20261121093000+0800"; caller frees. */
char *kai_sandbox_format_time (gint64 at);
/* NULL without error when there is none; caller frees. */
KaiUnit *kai_sandbox_find_unit (KaiSandbox *sandbox, const char *code, GError **error);
KaiUser *kai_sandbox_find_user (KaiSandbox *sandbox, const char *code, GError **error);
KaiBillType *kai_sandbox_find_bill_type (KaiSandbox *sandbox, const char *code, GError **error);
/* @length characters out of @alphabet, from the cryptographic generator; caller frees. */
char *kai_sandbox_random (const char *alphabet, int length);

/* Setting with the socket's address, nontax://127.0.0.1:PORT, while it is served. */
#define KAI_SANDBOX_SOCKET "socket"

/* ---- Payments, as the public payment platform makes them ---- */
#define KAI_SANDBOX_CHANNEL_ONLINE 3

typedef enum
{
  KAI_PAY_CONFIRMED,
  KAI_PAY_REFUNDED, /* paid a second time: recorded and refunded at once */
  KAI_PAY_REFUSED,
} KaiPayOutcome;

/* Pays a notice and queues the 5996 for its unit, in one transaction. *refusal (nullable, borrowed): symbol of the result code where REFUSED. FALSE only on a failure of the
 * database. */
gboolean kai_sandbox_pay (KaiSandbox *sandbox, const char *payment_code, int channel,
                          KaiPayOutcome *outcome, const char **refusal, GError **error);
/* The same as a bank's counter confirms it: @voucher a 2612 of @bank (node). The bank's transaction number said again with the same payment gives the same outcome once more. Within the
 * caller's transaction. */
gboolean kai_sandbox_pay_at_bank (KaiSandbox *sandbox, const char *bank, const KaiRecord *voucher,
                                  KaiPayOutcome *outcome, const char **refusal, GError **error);
/* Unpaid notices past their last day become lapsed. */
gboolean kai_sandbox_lapse (KaiSandbox *sandbox, GError **error);

/* ---- Keys ---- */
gboolean kai_sandbox_issue_key (KaiSandbox *sandbox, const char *user_code, KaiAlgorithm algorithm,
                                const char *pin, const char *path, GError **error);

/* Revokes every certificate of the user with this code, or the one with this serial (hex); *revoked: how many are now that were not. Rewrites DIR/crl.pem. */
gboolean kai_sandbox_revoke (KaiSandbox *sandbox, const char *which, int *revoked, GError **error);
/* Sees that signers are checked against all revocations, those of another process too. */
gboolean kai_sandbox_refresh_revocations (KaiSandbox *sandbox, GError **error);

/* ---- Faults (docs/sandbox.md) ---- */
typedef struct
{
  gboolean drop_request, drop_answer, http_500;
  int busy; /* HTTP 503 with this Retry-After, 0 = none */
  int delay_ms;
  int cut; /* -1 = not cut */
} KaiFaults;
/* INVALID (KAI_DATA_ERROR) says what is wrong with @spec. */
gboolean kai_sandbox_add_fault (KaiSandbox *sandbox, const char *spec, GError **error);
/* Takes what applies to a message of @number ("" = not readable) and counts it down. */
gboolean kai_sandbox_take_faults (KaiSandbox *sandbox, const char *number, KaiFaults *faults,
                                  GError **error);

/* What the server holds, as one JSON document; caller frees. */
char *kai_sandbox_dup_state (KaiSandbox *sandbox, GError **error);

/* `kaipiao-sandbox ctl …`; returns the exit status. */
int kai_sandbox_ctl (int argc, char **argv);

G_END_DECLS
