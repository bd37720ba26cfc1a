#pragma once

#include "kai-sandbox.h"
#include "kai-sandbox-peers.h"
#include "messages/kai-result-code.h"

G_BEGIN_DECLS

/* One request that was verified, and how its vouchers are answered. A handler gives the answer to one voucher: a record, also for a refusal; NULL with an error only
 * when the database fails, and then nothing of the whole message happens. */
typedef struct
{
  KaiSandbox *sandbox;
  char *
      user; /* code, from the certificate; over the socket the unit's user that the message names, or "" */
  char *unit;          /* code, from the certificate or of the peer; of a bank its node */
  X509 *certificate;   /* signer; NULL over the socket */
  const KaiPeer *peer; /* over the socket, borrowed; NULL over SOAP */
  KaiMessage *request;
  const char *answer; /* number of the answer that refusals are written for */
  gint64 now;
  KaiDay today;
} KaiCall;

void kai_call_free (KaiCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiCall, kai_call_free)

typedef KaiRecord *(*KaiVoucherFunc) (KaiCall *call, const KaiRecord *voucher, GError **error);

/* Answers in the form of call->answer: Result or 5001's fields, with whatever else that answer must hold. @format NULL, or a detail in Chinese put in brackets after
 * the sentence of the code; without personal data. */
KaiRecord *kai_call_refuse (KaiCall *call, const char *symbol, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
KaiRecord *kai_call_accept (KaiCall *call);
/* Result code in a record made by these; borrowed. */
const char *kai_call_result (const KaiRecord *answer);
/* TRUE and *refusal NULL when @unit_code is the signer's unit. */
gboolean kai_call_check_unit (KaiCall *call, const char *unit_code, KaiRecord **refusal);

KaiRecord *kai_sandbox_test_link (KaiCall *call, const KaiRecord *voucher,
                                  GError **error); /* 8002 */
KaiRecord *kai_sandbox_give_base_data (KaiCall *call, const KaiRecord *voucher,
                                       GError **error); /* 8901 */
KaiRecord *kai_sandbox_lease_codes (KaiCall *call, const KaiRecord *voucher,
                                    GError **error); /* 8651 */
KaiRecord *kai_sandbox_list_leases (KaiCall *call, const KaiRecord *voucher,
                                    GError **error); /* 8652 */
KaiRecord *kai_sandbox_list_ebills (KaiCall *call, const KaiRecord *voucher,
                                    GError **error); /* 8633 */
KaiRecord *kai_sandbox_enter_notice (KaiCall *call, const KaiRecord *voucher,
                                     GError **error); /* 8994 */
KaiRecord *kai_sandbox_show_notice (KaiCall *call, const KaiRecord *voucher,
                                    GError **error); /* 8997 */
KaiRecord *kai_sandbox_change_token (KaiCall *call, const KaiRecord *voucher,
                                     GError **error); /* 2003 */
KaiRecord *kai_sandbox_query_notice (KaiCall *call, const KaiRecord *voucher,
                                     GError **error); /* 2601 */
KaiRecord *kai_sandbox_confirm_payment (KaiCall *call, const KaiRecord *voucher,
                                        GError **error); /* 2612 */
KaiRecord *kai_sandbox_list_education (KaiCall *call, const KaiRecord *voucher,
                                       GError **error); /* 2698 */
/* 5997's fields of a notice, from its 8994; those of 5603 and 5698 are the same. */
gboolean kai_sandbox_describe_notice (KaiCall *call, const char *voucher_xml, const char *state,
                                      KaiRecord *answer, GError **error);
KaiRecord *kai_sandbox_void_notice (KaiCall *call, const KaiRecord *voucher,
                                    GError **error); /* 8641 */
KaiRecord *kai_sandbox_reserve_ebill (KaiCall *call, const KaiRecord *voucher,
                                      GError **error); /* 8999 */
KaiRecord *kai_sandbox_issue_ebill (KaiCall *call, const KaiRecord *voucher,
                                    GError **error); /* 8981 */
KaiRecord *kai_sandbox_give_ebill (KaiCall *call, const KaiRecord *voucher,
                                   GError **error); /* 8982 */
KaiRecord *kai_sandbox_show_ebill (KaiCall *call, const KaiRecord *voucher,
                                   GError **error); /* 8632 */
KaiRecord *kai_sandbox_list_stock (KaiCall *call, const KaiRecord *voucher,
                                   GError **error); /* 8621 */
KaiRecord *kai_sandbox_list_deliveries (KaiCall *call, const KaiRecord *voucher,
                                        GError **error); /* 8617 */
KaiRecord *kai_sandbox_move_stock (KaiCall *call, const KaiRecord *voucher,
                                   GError **error); /* 8614 8618 8619 8620 8622 */
KaiRecord *kai_sandbox_give_revocations (KaiCall *call, const KaiRecord *voucher,
                                         GError **error); /* 8675 */
KaiRecord *kai_sandbox_give_pushes (KaiCall *call, const KaiRecord *voucher,
                                    GError **error); /* 8902 */
/* Seconds that an 8902 without anything waiting may be kept open; 0 = answer now. */
int kai_sandbox_get_wait (KaiCall *call);
/* Takes in the acknowledgements of an 8902 before it waits. */
gboolean kai_sandbox_take_acks (KaiCall *call, GError **error);
gboolean kai_sandbox_has_pushes (KaiCall *call, GError **error);
/* Queues a push for a unit. */
gboolean kai_sandbox_push (KaiSandbox *sandbox, const char *unit_code, const char *number,
                           const KaiRecord *record, GError **error);

G_END_DECLS
