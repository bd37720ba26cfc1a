#pragma once

#include "model/kai-notice.h"

G_BEGIN_DECLS

/* The face of an e-bill (财政电子票据): what stands in Header and EInvoiceData. Text owned, non-NULL. */
typedef struct
{
  char *code;       /* 8 */
  char *number;     /* 10 */
  char *check_code; /* RandomNumber, 6, from the server */
  char *identity;   /* EInvoiceID */
  char *tag, *version, *name, *specimen, *region;
  KaiMoney total;
  KaiDay issue_date;
  char *issue_time; /* as written */
  char *issuer_code, *issuer_name, *payee_name, *payee_account, *payee_bank;
  KaiPayerKind payer_kind;
  char *payer_code, *payer_name;
  char *payment_code;
  char *clerk, *reviewer, *remark;
  char *related_code, *related_number; /* red bill: the blue one */
  char *unit_seal_id, *unit_seal_name, *unit_seal_hash;
  char *supervisor_seal_id, *supervisor_seal_name, *supervisor_seal_hash;
  GPtrArray *items; /* KaiNoticeItem */
} KaiEbill;

KaiEbill *kai_ebill_new (void);
void kai_ebill_free (KaiEbill *ebill);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiEbill, kai_ebill_free)

G_END_DECLS
